import { ironicContract } from "../../ironic/contract";
import { startIronic } from "../support/ironic";

ironicContract("a real Ironic", () => startIronic("noauth"));
ironicContract("a real Ironic with http_basic", () => startIronic("http_basic"));

import { startIronic } from "../support/ironic";
import { constructsContract } from "./contract";

constructsContract("a real Ironic with http_basic", () => startIronic("http_basic"));

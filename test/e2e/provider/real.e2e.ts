import { startIronic } from "../support/ironic";
import { providerContract } from "./contract";

providerContract("a real Ironic", () => startIronic("noauth"));
providerContract("a real Ironic with http_basic", () => startIronic("http_basic"));

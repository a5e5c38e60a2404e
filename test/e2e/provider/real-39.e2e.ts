import { startIronic } from "../support/ironic";
import { providerContract } from "./contract";

providerContract("a real Ironic 39", () => startIronic("noauth", { suite: "sid" }));

import { InProcessIronic } from "../../../src/testing/ironic";
import { providerContract } from "./contract";

providerContract("the stand-in", () => InProcessIronic.start());

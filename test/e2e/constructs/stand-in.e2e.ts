import { InProcessIronic } from "../../../src/testing/ironic";
import { constructsContract } from "./contract";

constructsContract("the stand-in", () => InProcessIronic.start());

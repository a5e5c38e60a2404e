import { InProcessIronic } from "../../../src/testing/ironic";
import { startIronic } from "../support/ironic";
import { takeoverContract } from "./takeover/contract";

takeoverContract("the stand-in", () => InProcessIronic.start());
takeoverContract("a real Ironic", () => startIronic("noauth"));

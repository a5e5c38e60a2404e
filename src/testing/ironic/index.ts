/**
 * An in-process Ironic for tests and the demo: the Bare Metal API on a loopback port, with fake hardware whose operations take
 * milliseconds. `InProcessIronic.start` is the entry point; `intercept` and `fail` inject faults. Its state machine (machine.ts) is
 * independent of the client's (src/ironic/states.ts) on purpose: a shared mistake would pass each test. The contract suite
 * (test/ironic/contract.ts) runs against it and against a real Ironic.
 *
 * Imports no other module.
 */

export type { Thing } from "./fault";
export { InProcessIronic, type InProcessIronicOptions, type Interceptor } from "./server";

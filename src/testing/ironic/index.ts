export { InProcessIronic, type InProcessIronicOptions, type Interceptor } from "./server";
export type { Thing } from "./store";

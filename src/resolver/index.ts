export { type NodeFacts, profileFor, type Role, type SelectionProfile } from "../selection";
export type { ExtraChecks } from "./checks";
export type { Pin, PinWarning } from "./pin";
export { OciResolver, type OciResolverOptions, type ResolveOptions } from "./resolver";

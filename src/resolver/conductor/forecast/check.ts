/** `warning`: it may go wrong, or goes wrong under a condition that the reason names; `unknown`: it can't be told from here. */
export type Outcome = "ok" | "warning" | "unknown" | "fails";

export type CheckName =
  | "registry"
  | "reference"
  | "interface"
  | "detection"
  | "class"
  | "layers"
  | "format"
  | "compression"
  | "size check"
  | "memory"
  | "token"
  | "agent's pull"
  | "boot interface"
  | "configuration";

/** One thing that decides whether a deployment ends well. */
export interface Check {
  readonly check: CheckName;
  readonly outcome: Outcome;
  readonly reason: string;
  /** What to do, where something is to be done. */
  readonly advice?: string | undefined;
}

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

/** One check of the forecast. */
export interface Check {
  readonly check: CheckName;
  readonly outcome: Outcome;
  readonly reason: string;
  /** A remedy, if one is needed. */
  readonly advice?: string | undefined;
}

import type { Reference } from "../../../reference";
import type { Conductor, Target } from "../conductor";
import { bootFileChecks } from "./boot-file";
import { Case, type Findings } from "./case";
import type { Check } from "./check";
import { autodetectChecks, bootcChecks, detectedInterface } from "./container";
import { directChecks } from "./disk";

export type { Findings } from "./case";
export type { Check, CheckName, Outcome } from "./check";

/**
 * Whether the artifact will be deployed, as far as manifests and configuration tell: each thing that decides, in the order in which it
 * comes up.
 */
export function forecast(reference: Reference, conductor: Conductor, target: Target, findings: Findings): Check[] {
  const each = new Case(reference, conductor, target, findings);
  if (target.role !== "image") return bootFileChecks(each);
  switch (target.deployInterface) {
    case "direct":
      return directChecks(each);
    case "bootc":
      return bootcChecks(each);
    case "autodetect":
      return autodetectChecks(each);
  }
}

/** The deploy interface that does the work, which is what `autodetect` becomes; undefined for a kernel or ramdisk, and where it is not known. */
export function deployedBy(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  findings: Findings,
): string | undefined {
  if (target.role !== "image") return undefined;
  if (target.deployInterface !== "autodetect") return target.deployInterface;
  return detectedInterface(new Case(reference, conductor, target, findings));
}

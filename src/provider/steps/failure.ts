import { type IronicNode, isFailed, type ProvisionError, stepInReport, stepName } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import { sentence } from "../diagnostics";
import type { Kind } from "./kind";

/** The facts of a run that has failed. */
export interface Failure {
  readonly error: ProvisionError;
  /** The node after it, where it could be read. */
  readonly node: IronicNode | undefined;
  /** The names of all steps; empty where they are not known. */
  readonly names: readonly string[];
  /** The last step that was seen, and its index in `names`, or -1. Ironic forgets it when it fails. */
  readonly seen: { readonly step: string | undefined; readonly index: number };
  /** What to do, where the cause is known. */
  readonly advice: string | undefined;
}

/** The error of a cleaning or a servicing: the step, its place among all, Ironic's reason, the node's state, and what to do. */
export function failureOf(kind: Kind, { error, node, names: configured, seen, advice }: Failure): ProviderError {
  const names = configured.length > 0 ? configured : namesIn(node, kind);
  const step = stepInReport(error.lastError ?? "", names) ?? seen.step;
  const index = step === undefined ? -1 : placeOf(step, names, seen.index);
  const place = index < 0 ? "" : ` ${index + 1} of ${names.length}`;
  const failed = step === undefined ? `The ${kind.noun}` : `Step${place}, ${step}, of the ${kind.noun}`;
  const reason = error.lastError ? `: ${error.lastError}` : "";
  const maintenance = node?.maintenance ? ", in maintenance" : "";
  const known = advice === undefined ? "" : `${sentence(advice)} `;
  const what = sentence(`${failed} of node ${error.node} has failed${reason}`);
  const detail = `${what}\n\nThe node is in state "${error.state}"${maintenance}. ${known}${sentence(nextStep(kind, error, node))}`;
  const summary = step === undefined ? `The ${kind.noun} has failed` : `The ${kind.verb} step ${step} has failed`;
  return new ProviderError(summary, { detail, cause: error });
}

/** The index of a step; -1 where it is not known which of several of the same name it is. */
function placeOf(step: string, names: readonly string[], seen: number): number {
  if (names[seen] === step) return seen;
  return names.indexOf(step) === names.lastIndexOf(step) ? names.indexOf(step) : -1;
}

function namesIn(node: IronicNode | undefined, { all }: Kind): readonly string[] {
  const steps = node?.driver_internal_info?.[all];
  return Array.isArray(steps) ? steps.map((step) => stepName(step as never)) : [];
}

function nextStep(kind: Kind, error: ProvisionError, node: IronicNode | undefined): string {
  if (!isFailed({ provision_state: error.state })) {
    return `Another client has changed the node meanwhile: bring it to "${kind.goal}", and apply again`;
  }
  const again = `The next apply runs all steps again, from the first one`;
  const otherwise =
    kind.verb === "service"
      ? ". To give the servicing up, run `baremetal node abort` (Ironic 32 and later), which makes the node active again, or undeploy the node"
      : `. To give the cleaning up, run \`baremetal node manage ${error.node}\``;
  // The hint of a node in maintenance says what ends that.
  return node?.maintenance && error.hint
    ? `${sentence(error.hint)} ${again}${otherwise}`
    : `Once the cause is gone, apply again. ${again}${otherwise}`;
}

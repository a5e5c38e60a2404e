import { isUnknown, type Plan, type PlannedState, type Unknown, unknown } from "../../tfplugin";
import { hasUnknown } from "../shared/values";
import { changedParts } from "./changes";
import type { ImportFacts } from "./private-state";
import type { DeploymentSchema, DeploymentState, Rebuilt } from "./schema";

// `disk_written_by`: a reviewer of a plan sees in it whether the apply rewrites the disk, in the text of `terraform plan` and in the
// JSON of `terraform show`, which has no warnings. It changes with each rebuild and with nothing else, hence the number; a rebuild that
// is tried again is still the same one. It has names of arguments only: values may be sensitive.

/** The value for the deployment of a node without one; null for an adoption, which writes no disk. */
export function firstDiskWriter(adopt: boolean | null): string | null {
  return adopt === true ? null : "deployment";
}

const REBUILD = /^rebuild (\d+):/;

/** The change that a plan or an apply makes. */
interface Change<Values> {
  readonly planned: Values;
  readonly state: DeploymentState;
  /** The changed arguments: see `changes`. */
  readonly changed: readonly Rebuilt[];
  readonly imported: ImportFacts | undefined;
}

/**
 * The planned value; unknown where only the apply shows whether it rebuilds the node.
 * @param unfinished the last attempt has not ended well: the apply may continue with it
 */
export function planDiskWriter(
  { changed, ...change }: Change<Plan<DeploymentSchema>>,
  unfinished: boolean,
): string | null | Unknown {
  const { planned, state } = change;
  if (changed.some((name) => hasUnknown(planned[name]))) return unknown;
  if (changed.length > 0) return rebuildAfter(state, { changed, ...change });
  return unfinished ? unknown : state.disk_written_by;
}

/** The value after an update. */
export function diskWriterAfter(change: Change<PlannedState<DeploymentSchema>>): string | null {
  const { planned, state, changed } = change;
  if (!isUnknown(planned.disk_written_by)) return planned.disk_written_by;
  return changed.length > 0 ? rebuildAfter(state, change) : state.disk_written_by;
}

function rebuildAfter(
  { disk_written_by: before }: DeploymentState,
  { planned, state, changed, imported }: Change<Plan<DeploymentSchema>>,
): string {
  const number = Number(REBUILD.exec(before ?? "")?.[1] ?? 0) + 1;
  return `rebuild ${number}: ${changedParts(changed, planned, state, imported).join(", ")}`;
}

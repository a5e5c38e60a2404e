import type { Diagnostics, PrivateState } from "../../tfplugin";
import type { Session } from "../session";
import { warnOfUnconfigured } from "./free-form";
import { isImported } from "./legacy-state";
import { keptNodeReference } from "./node-reference";

interface PlanCall<Planned> {
  readonly config: { readonly node_uuid: unknown };
  readonly state: { readonly node_uuid: string | null } | null;
  readonly planned: Planned;
  readonly client: Session;
  readonly signal: AbortSignal;
  readonly privateState: PrivateState;
  readonly diagnostics: Diagnostics;
}

/**
 * The plan of an object that belongs to a node: the name of the node instead of its UUID is not a change, and after an import it warns
 * of keys that are not configured.
 * @param freeForm the names of its free-form fields
 */
export async function planNodeMember<Planned extends object>(
  { config, state, planned, client: session, signal, privateState, diagnostics }: PlanCall<Planned>,
  freeForm: readonly string[],
) {
  if (state === null) return undefined;
  if (isImported(privateState))
    warnOfUnconfigured(freeForm, planned as Readonly<Record<string, unknown>>, state, diagnostics);
  const node_uuid = await keptNodeReference(session, config.node_uuid, state.node_uuid, signal);
  return node_uuid === undefined ? undefined : { ...planned, node_uuid };
}

import type { Session } from "../session";
import { keptNodeReference } from "./node-reference";

interface PlanCall<Planned> {
  readonly config: { readonly node_uuid: unknown };
  readonly state: { readonly node_uuid: string | null } | null;
  readonly planned: Planned;
  readonly client: Session;
  readonly signal: AbortSignal;
}

/** The plan of an object that belongs to a node: the name of the node instead of its UUID is not a change. */
export async function planNodeMember<Planned extends object>({
  config,
  state,
  planned,
  client: session,
  signal,
}: PlanCall<Planned>): Promise<Planned> {
  if (state === null) return planned;
  const node_uuid = await keptNodeReference(session, config.node_uuid, state.node_uuid, signal);
  return node_uuid === undefined ? planned : { ...planned, node_uuid };
}

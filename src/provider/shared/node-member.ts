import { diff, type IronicClient, type JsonObject, type PatchOperation } from "../../ironic";
import type { PlannedState, Schema, State } from "../../tfplugin";
import type { Session } from "../session";
import type { Crud, FieldsUpdate } from "./crud";
import { newHolder } from "./holder";
import { keptNodeReference, nodeUuid } from "./node-reference";
import { createOrTakeOver, type Member } from "./take-over";
import { withoutNulls } from "./values";

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

/** An object of a node, as the API shows it. */
interface MemberWithExtra extends Member {
  readonly extra: JsonObject | null;
}

/** An object that belongs to a node, such as a port: its fields, and the requests of its API. */
export interface NodeMember<S extends Schema, Found extends MemberWithExtra, FreeForm extends keyof State<S> & string> {
  readonly freeForm: readonly FreeForm[];
  /**
   * The planned fields, by the names of the API, without the node. Null removes a field; one that keeps Ironic's value is left out.
   * @param update undefined for a creation
   */
  fieldsOf(planned: PlannedState<S>, update?: FieldsUpdate<S, Found, FreeForm>): JsonObject;
  /**
   * Looks up an existing object in the place of the planned one, such as the one of its name or address; undefined where there can't be one.
   * @param node UUID
   */
  find(
    client: IronicClient,
    planned: PlannedState<S>,
    node: string,
    signal: AbortSignal,
  ): (() => Promise<Found>) | undefined;
  get(client: IronicClient, id: string, signal: AbortSignal): Promise<Found>;
  post(client: IronicClient, fields: JsonObject, signal: AbortSignal): Promise<Found>;
  patch(client: IronicClient, id: string, patch: readonly PatchOperation[], signal: AbortSignal): Promise<Found>;
}

/**
 * The part of {@link Crud} that the objects of nodes have in common: a creation takes an existing object over
 * ({@link createOrTakeOver}), and an update is a patch.
 */
export function nodeMember<S extends Schema, Found extends MemberWithExtra, FreeForm extends keyof State<S> & string>({
  freeForm,
  fieldsOf,
  find,
  get,
  post,
  patch,
}: NodeMember<S, Found, FreeForm>): Required<
  Pick<Crud<S, Found>, "freeForm" | "get" | "create" | "update" | "heldIn">
> {
  // Keys of free-form fields that are not configured are left unchanged.
  const unset = Object.fromEntries(freeForm.map((name) => [name, null])) as Pick<State<S>, FreeForm>;
  const changes = (found: Found, fields: JsonObject) => diff(found as unknown as JsonObject, fields);
  return {
    freeForm: { names: freeForm },
    get,
    heldIn: ({ extra }) => extra ?? {},

    async create(client, planned, { signal }) {
      const { node_uuid: node } = planned as { readonly node_uuid: string | null };
      const node_uuid = await nodeUuid(client, node ?? "", signal);
      const requests = {
        create: () => post(client, { node_uuid, ...withoutNulls(fieldsOf(planned)) }, signal),
        find: find(client, planned, node_uuid, signal),
        patch: (found: Found) => {
          const { extra, ...fields } = withoutNulls(fieldsOf(planned, { found, state: unset }));
          const held = { ...fields, extra: { ...(extra as JsonObject), ...newHolder() } };
          return patch(client, found.uuid, changes(found, held), signal);
        },
      };
      return createOrTakeOver(client, node_uuid, requests, signal);
    },

    update(client, update, signal) {
      const { found, planned } = update;
      return patch(client, found.uuid, changes(found, fieldsOf(planned, update)), signal);
    },
  };
}

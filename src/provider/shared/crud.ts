import { type IronicClient, type JsonObject, NotFoundError } from "../../ironic";
import {
  type JsonValue,
  type KnownConfig,
  type PlannedState,
  ProviderError,
  type Resource,
  type ResourceHooks,
  type Schema,
  type State,
  type StoredState,
} from "../../tfplugin";
import { resource } from "../plugin";
import type { Session } from "../session";
import { claimsOf, keptWarning, type ObjectName } from "./claims";
import { isHeldByAnother, recordHolder } from "./holder";
import {
  clearImported,
  isUnread,
  markApplied,
  markImported,
  markRead,
  upgradeLegacyState,
  wasAppliedHere,
} from "./legacy-state";
import { nullIfNotFound } from "./not-found";
import { checkSetTwice, freeFormSources } from "./set-twice";
import { type Timeouts, withTimeout } from "./timeouts";
import { typedPaths } from "./typed";
import {
  configuredOnly,
  type FreeForm,
  keepUnnamed,
  namedState,
  recordUnnamed,
  unnamedSinceImport,
  warnOfUnnamed,
} from "./unnamed";

type Hooks<S extends Schema> = ResourceHooks<S, Session>;
type CreateCall<S extends Schema> = Parameters<Hooks<S>["create"]>[0];

/** The parameters of `update`. */
export interface CrudUpdate<S extends Schema, Found> {
  /** The object in Ironic before the update. */
  readonly found: Found;
  readonly config: KnownConfig<S>;
  /** The planned state; its free-form fields have the configured keys only. */
  readonly planned: PlannedState<S>;
  /** The prior state; its free-form fields have the keys only that were configured. */
  readonly state: State<S>;
}

/** What the fields of a change depend on: `state` with the free-form fields that were configured before. */
export type FieldsUpdate<S extends Schema, Found, FreeForm extends keyof State<S>> = Pick<
  CrudUpdate<S, Found>,
  "found"
> & { readonly state: Pick<State<S>, FreeForm> };

/** The parameters of `read`. */
export interface CrudRead<S extends Schema, Found> {
  readonly found: Found;
  readonly state: StoredState<S>;
  /** Imported, and not read yet: the first read takes all keys of free-form fields. */
  readonly unread: boolean;
  /** False for an object that `openshift-metal3/ironic` applied last: see `wasAppliedHere`. */
  readonly appliedHere: boolean;
}

/** A resource with one object in Ironic, that the API creates, shows, patches and deletes by UUID. */
export interface Crud<S extends Schema, Found extends { readonly uuid: string }> {
  readonly name: ObjectName;
  /** The identifiers by which `get` finds an object to import. */
  readonly importedBy: string;
  /** The free-form arguments: see `free-form.ts`. */
  readonly freeForm: Pick<FreeForm, "names">;
  /** Values in state of `openshift-metal3/ironic` for arguments that were not configured. */
  readonly legacyUnset: { readonly [argument: string]: JsonValue };
  /** Default timeouts of creation and deletion, for a schema with a block `timeouts`; there are none otherwise. */
  readonly timeouts?: { readonly create: string; readonly delete: string };
  readonly get: (client: IronicClient, id: string, signal: AbortSignal) => Promise<Found>;
  /** The object for a refresh. Default: `get`. */
  readonly refresh?: (client: IronicClient, id: string, signal: AbortSignal) => Promise<Found>;
  create(
    client: IronicClient,
    planned: PlannedState<S>,
    call: Pick<CreateCall<S>, "config" | "signal" | "log" | "save">,
  ): Promise<Found>;
  /** Without it, the resource has to have an update of its own, or every change replaces it. */
  update?(client: IronicClient, update: CrudUpdate<S, Found>, signal: AbortSignal): Promise<Found>;
  delete(client: IronicClient, id: string, signal: AbortSignal): Promise<void>;
  /** The field that shows which resource holds the object, where a creation may take it over: see `holder.ts`. */
  readonly heldIn?: (found: Found) => JsonObject;
  /** The state from the current object. */
  read(client: IronicClient, read: CrudRead<S, Found>, signal: AbortSignal): Promise<State<S>> | State<S>;
  /** The state after a creation or an update. */
  stateAfter(found: Found, planned: PlannedState<S>): State<S>;
}

/**
 * A resource from the calls of its API: an object that does not exist reads as destroyed and is deleted already; an import looks it up;
 * private state records whether it was imported or applied.
 * @param more further hooks, such as `plan`, or hooks to use instead
 */
export function crudResource<S extends Schema, Found extends { readonly uuid: string }>(
  schema: S,
  crud: Crud<S, Found>,
  more: Partial<Hooks<S>> = {},
): Resource<Session> {
  const { name, timeouts } = crud;
  const freeFormOf = (config: unknown): FreeForm => ({
    ...crud.freeForm,
    elsewhere: typedPaths(crud.freeForm.names, config),
  });
  const limited = <T>(
    values: unknown,
    operation: "create" | "delete",
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (timeouts === undefined) return work(signal);
    const { timeouts: configured } = values as { readonly timeouts: Timeouts };
    const title = operation === "create" ? `The ${name}` : `Deleting the ${name}`;
    return withTimeout(signal, configured?.[operation], timeouts[operation], title, work);
  };
  const { update } = crud;
  const hooks: Hooks<S> = {
    upgrade: ({ state }) => upgradeLegacyState(schema, state, crud.legacyUnset),

    create: ({ planned, config, client: session, signal: whole, log, save, privateState }) =>
      limited(planned, "create", whole, async (signal) => {
        markApplied(privateState);
        const found = await crud.create(await session.ironic(signal), planned, { config, signal, log, save });
        if (crud.heldIn) recordHolder(privateState, crud.heldIn(found));
        return crud.stateAfter(found, planned);
      }),

    async read({ state, client: session, signal, privateState }) {
      const client = await session.ironic(signal);
      const found = await nullIfNotFound(() => (crud.refresh ?? crud.get)(client, idOf(state), signal));
      if (found === null) return null;
      const unread = isUnread(privateState);
      markRead(privateState);
      return crud.read(client, { found, state, unread, appliedHere: wasAppliedHere(privateState) }, signal);
    },

    ...(update && {
      async update({ planned, config, state, client: session, signal, privateState }) {
        markApplied(privateState);
        const client = await session.ironic(signal);
        const found = await crud.get(client, idOf(state), signal);
        const unnamed = unnamedSinceImport(privateState);
        const change = {
          ...{ found, config, planned: configuredOnly(planned, config, unnamed, crud.freeForm.names) },
          state: namedState(state, unnamed, crud.freeForm.names),
        };
        const updated = await update(client, change, signal);
        clearImported(privateState);
        recordUnnamed(privateState, config, planned, unnamed, freeFormOf(config));
        return crud.stateAfter(updated, planned);
      },
    }),

    delete: ({ state, client: session, signal: whole, diagnostics, privateState }) =>
      limited(state, "delete", whole, async (signal) => {
        const client = await session.ironic(signal);
        const id = idOf(state);
        const { heldIn } = crud;
        const found = heldIn && (await nullIfNotFound(() => (crud.refresh ?? crud.get)(client, id, signal)));
        const isLost = found ? isHeldByAnother(privateState, heldIn(found)) : false;
        const kept = isLost || (await claimsOf(client).remove(id, () => crud.delete(client, id, signal)));
        if (kept) diagnostics.warning(...keptWarning(name, id));
      }),

    async import({ id, client: session, signal, privateState }) {
      markApplied(privateState);
      markImported(privateState);
      const client = await session.ironic(signal);
      const found = await crud.get(client, id, signal).catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
        const detail = `Import a resource of this type by its ${crud.importedBy}. ${error.message}.`;
        throw new ProviderError(`No such ${name}`, { detail, cause: error });
      });
      if (crud.heldIn) recordHolder(privateState, crud.heldIn(found));
      // `read` completes it.
      return { id: found.uuid } as unknown as Awaited<ReturnType<NonNullable<Hooks<S>["import"]>>>;
    },
  };
  const validate: Hooks<S>["validate"] = (call) => {
    for (const field of crud.freeForm.names) checkSetTwice(freeFormSources(field, call.config), call.diagnostics);
    return more.validate?.(call);
  };
  const plan: Hooks<S>["plan"] = async (call) => {
    const { config, state, privateState, diagnostics } = call;
    if (state === null) return more.plan?.(call);
    const [unnamed, freeForm] = [unnamedSinceImport(privateState), freeFormOf(config)];
    const kept = keepUnnamed(config, state, call.planned, unnamed, freeForm);
    const planned = (await more.plan?.({ ...call, planned: kept })) ?? kept;
    // Without updates, another object replaces this one.
    if (update) warnOfUnnamed(planned, state, unnamed, freeForm, diagnostics);
    return planned;
  };
  return resource(schema, { ...hooks, ...more, validate, plan });
}

function idOf(state: unknown): string {
  return (state as { readonly id: string }).id;
}

import { hasFeature, type IronicClient, type IronicRunbook, type JsonObject } from "../ironic";
import { computed, isUnknown, type PlannedState, required, type State, schema, t } from "../tfplugin";
import { ironicString, userBool, userSet, userString } from "./shared/attributes";
import { crudResource } from "./shared/crud";
import { readManaged } from "./shared/managed";
import { nullIfNotFound } from "./shared/not-found";
import { checkKnownElements, objectsToSend, readObjects } from "./shared/object-list";
import { changesOf, createNamed, extraToSend, readExtra, userExtra } from "./shared/plain-object";
import { RUNBOOK_STEPS, requiredSteps } from "./shared/steps";
import { areTraits, atMost, isName, isTrait } from "./shared/validators";
import { isEmpty, keepPriorIfEmpty, plannedOr, sameElements } from "./shared/values";

const runbookSchema = schema({
  description:
    "A runbook: steps of cleaning and servicing under a name, for the nodes with its trait (microversion 1.92).",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the runbook." }),
    name: required(t.string, {
      description:
        "Name of the runbook: a trait, such as `CUSTOM_FIRMWARE_2026`, which a node has to have. Any name with microversion 1.112 (Ironic 36 and later), where `traits` has the traits.",
      validate: isName,
    }),
    steps: requiredSteps(RUNBOOK_STEPS, {
      description:
        'Steps, such as `[{ interface = "bios", step = "apply_configuration", order = 1, args = { settings = [{ name = "LogicalProc", value = "Enabled" }] } }]`: each with `interface`, `step`, `order` (by which Ironic sorts them; the order in the list has no meaning) and `args`, which may have values of any type. A value that is secret, such as a password, is to come from a sensitive variable.',
    }),
    description: userString({
      description: "Description (microversion 1.112: Ironic 36 and later).",
      validate: atMost(255),
    }),
    traits: userSet({
      description:
        "Traits of the nodes on which the runbook may run: a node has to have one of them (microversion 1.112: Ironic 36 and later). Default: the name, where it is a trait.",
      validate: areTraits,
    }),
    disable_ramdisk: userBool({
      description:
        "Whether the steps run without booting the agent on the node. Ironic before 39 can't change it: the runbook is replaced. Default: `false`.",
    }),
    public: userBool({
      description: "Whether every project may use the runbook. A public one has no owner. Default: `false`.",
    }),
    owner: ironicString({
      description: "Project that owns the runbook. Default: the project of the credentials, if they have one.",
    }),
    extra: userExtra(),
  },
});

type RunbookSchema = typeof runbookSchema;
type Planned = PlannedState<RunbookSchema>;

export const runbook = crudResource<RunbookSchema, IronicRunbook>(
  runbookSchema,
  {
    name: "runbook",
    importedBy: "UUID or name",
    freeForm: { names: [] },
    legacyUnset: {},
    heldIn: ({ extra }) => extra ?? {},
    get: (client, id, signal) => client.runbooks.get(id, { signal }),

    async create(client, planned, { signal }) {
      await checkMicroversion(client, planned, signal);
      const fields = (found?: IronicRunbook) => fieldsOf(planned, found);
      const found = await createNamed(client, client.runbooks, planned.name, fields, signal);
      try {
        await setTraits(client, found, planned, signal);
        // Without system scope, a creation may not name the owner.
        const owner = changesOf(found, ownerOf(planned));
        return owner.length === 0 ? found : await client.runbooks.patch(found.uuid, owner, { signal });
      } catch (error) {
        // The next apply starts from nothing: Terraform would otherwise taint the runbook, or not know it.
        await nullIfNotFound(() => client.runbooks.delete(found.uuid)).catch(() => undefined);
        throw error;
      }
    },

    async update(client, { found, planned, state }, signal) {
      await checkMicroversion(client, planned, signal);
      const changes = changesOf(found, { ...fieldsOf(planned, found, state), ...ownerOf(planned) });
      const patched = await client.runbooks.patch(found.uuid, changes, { signal });
      await setTraits(client, patched, planned, signal, state);
      return patched;
    },

    delete: (client, id, signal) => client.runbooks.delete(id, { signal }),

    read: (_client, { found, state, unread }) => ({
      id: found.uuid,
      name: found.name,
      // Ironic has at least one step.
      steps: readObjects(RUNBOOK_STEPS, state.steps, found.steps) as State<RunbookSchema>["steps"],
      description: readManaged(state.description, found.description, unread),
      traits: readTraits(state.traits, found),
      disable_ramdisk: keepPriorIfEmpty(state.disable_ramdisk, found.disable_ramdisk),
      public: keepPriorIfEmpty(state.public, found.public),
      owner: found.owner,
      extra: readExtra(state.extra, found.extra),
    }),

    stateAfter: (found, planned) => ({ ...planned, id: found.uuid, owner: plannedOr(planned.owner, found.owner) }),
  },
  {
    validate({ config, diagnostics }) {
      checkKnownElements(RUNBOOK_STEPS, "steps", config.steps, diagnostics);
      if (typeof config.name === "string" && isTrait(config.name) !== undefined && isEmpty(config.traits)) {
        const detail = `${config.name} is not a trait, and the runbook has no traits: Ironic runs it on no node. Set traits.`;
        diagnostics.warning("A runbook for no node", { detail, path: ["traits"] });
      }
      if (config.public !== true || isUnknown(config.owner) || isEmpty(config.owner)) return;
      const detail = "A public runbook has no owner. Leave out owner, or public.";
      diagnostics.error("A public runbook can't have an owner", { detail, path: ["owner"] });
    },

    async plan({ config, state, planned, client: session, signal, requireReplace }) {
      const [before, after] = [state?.disable_ramdisk ?? false, planned.disable_ramdisk ?? false];
      if (state !== null && before !== after) {
        const microversion = await (await session.ironic(signal)).microversion({ signal });
        if (!hasFeature(microversion, PATCHES_DISABLE_RAMDISK)) requireReplace(["disable_ramdisk"]);
      }
      // Ironic removes the owner of a runbook that becomes public.
      return planned.public === true && isEmpty(config.owner) ? { ...planned, owner: null } : planned;
    },
  },
);

/** Ironic 39 is the first that accepts `disable_ramdisk` in a patch, without a microversion for it; Ironic 38 has 1.113. */
const PATCHES_DISABLE_RAMDISK = "1.114";

async function checkMicroversion(client: IronicClient, planned: Planned, signal: AbortSignal): Promise<void> {
  const need = (purpose: string) => client.require({ microversion: "1.112", purpose }, { signal });
  if (isTrait(planned.name) !== undefined) await need("a name of runbooks that is not a trait");
  if (!isEmpty(planned.traits)) await need("traits of runbooks");
}

/**
 * The traits that a runbook has by default. Since microversion 1.112, Ironic gives it none, and runs it on no node; before, its name counts
 * (`_handle_runbook` in ironic.api.controllers.v1.node).
 */
function defaultTraits({ name, traits }: IronicRunbook): readonly string[] {
  return traits === undefined || isTrait(name) !== undefined ? [] : [name];
}

function readTraits(prior: State<RunbookSchema>["traits"], found: IronicRunbook): State<RunbookSchema>["traits"] {
  if (found.traits === undefined) return prior;
  const isDefault = isEmpty(prior) && sameElements(found.traits, defaultTraits(found));
  return isDefault ? prior : keepPriorIfEmpty(prior, found.traits);
}

/** Sets the traits, which have an endpoint of their own. */
async function setTraits(
  client: IronicClient,
  found: IronicRunbook,
  planned: Planned,
  signal: AbortSignal,
  state?: State<RunbookSchema>,
): Promise<void> {
  const traits = isEmpty(planned.traits) ? defaultTraits(found) : (planned.traits ?? []);
  const before = found.traits ?? state?.traits ?? [];
  if (!sameElements(traits, before)) await client.setRunbookTraits(found.uuid, traits, { signal });
}

function ownerOf({ owner }: Planned): JsonObject {
  return typeof owner === "string" && owner !== "" ? { owner } : {};
}

function fieldsOf(planned: Planned, found?: IronicRunbook, state?: State<RunbookSchema>): JsonObject {
  const { name, steps, extra } = planned;
  return {
    name,
    steps: objectsToSend(RUNBOOK_STEPS, "steps", steps, found?.steps, state?.steps),
    // A field that is removed would be null, which Ironic can't store for a flag.
    disable_ramdisk: planned.disable_ramdisk ?? false,
    public: planned.public ?? false,
    extra: extraToSend(extra, found?.extra),
    ...((planned.description || found?.description) && { description: planned.description || null }),
  };
}

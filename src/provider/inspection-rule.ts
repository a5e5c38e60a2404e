import type { IronicInspectionRule, JsonObject } from "../ironic";
import {
  between,
  computed,
  type Diagnostics,
  oneOf,
  optional,
  type PlannedState,
  type State,
  schema,
  t,
  type Unknown,
} from "../tfplugin";
import { userString } from "./shared/attributes";
import { crudResource } from "./shared/crud";
import {
  checkKnownElements,
  type ObjectListValue,
  objectsToSend,
  readObjects,
  requiredObjects,
  userObjects,
} from "./shared/object-list";
import { changesOf } from "./shared/plain-object";
import { ACTION_LIST, CONDITIONS } from "./shared/rule-list";
import { atMost } from "./shared/validators";
import { isEmpty, keepPriorIfEmpty, withoutNulls } from "./shared/values";

const inspectionRuleSchema = schema({
  description:
    "An inspection rule: what Ironic does to a node with the findings of its inspection (microversion 1.96: Ironic 29 and later).",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the inspection rule." }),
    description: userString({ description: "Description.", validate: atMost(255) }),
    priority: optional(t.integer, {
      default: 0,
      description: "Priority from 0 to 9999: rules with a higher one are applied first. Default: 0.",
      validate: between(0, 9999),
    }),
    phase: optional(t.string, {
      default: "main",
      description: "Phase of the inspection: `main`, which is the default and the only one.",
      validate: oneOf("main"),
    }),
    sensitive: optional(t.bool, {
      meansUnset: isEmpty,
      description:
        "Whether Ironic hides the conditions and actions in its responses; inventories that the rule sees then have their passwords. Changes of these by others can't be seen. A rule that is no longer sensitive is replaced. The arguments themselves are in state: values that are secret are to come from sensitive variables. Default: `false`.",
      requiresReplace: ({ state, planned }) => state === true && planned !== true,
    }),
    conditions: userObjects(CONDITIONS, {
      description:
        'Conditions, all of which have to hold, such as `[{ op = "eq", args = { values = ["{inventory[system_vendor][manufacturer]}", "ACME"] } }]`: each with `op` (with `!` before it for the opposite), `args` by their names, and with `loop`, if any, `multiple` (`any`, `all`, `first`, `last`). Default: none, the rule applies to each node.',
    }),
    actions: requiredObjects(ACTION_LIST, {
      description:
        'Actions, in their order, such as `[{ op = "set-attribute", args = { path = "/properties/vendor", value = "acme" } }]`: each with `op`, `args` by their names, and `loop`, if any.',
    }),
  },
});

type RuleSchema = typeof inspectionRuleSchema;

export const inspectionRule = crudResource<RuleSchema, IronicInspectionRule>(
  inspectionRuleSchema,
  {
    name: "inspection rule",
    importedBy: "UUID",
    freeForm: { names: [] },
    legacyUnset: {},
    get: (client, id, signal) => client.inspectionRules.get(id, { signal }),
    create: (client, planned, { signal }) => client.inspectionRules.create(withoutNulls(fieldsOf(planned)), { signal }),
    update: (client, { found, planned, state }, signal) =>
      client.inspectionRules.patch(found.uuid, changesOf(found, fieldsOf(planned, found, state)), { signal }),
    delete: (client, id, signal) => client.inspectionRules.delete(id, { signal }),

    read(_client, { found, state }) {
      const hidden = found.actions === null;
      return {
        id: found.uuid,
        description: found.description,
        priority: found.priority,
        phase: found.phase ?? "main",
        sensitive: keepPriorIfEmpty(state.sensitive, found.sensitive),
        conditions: hidden ? state.conditions : readObjects(CONDITIONS, state.conditions, found.conditions),
        // A sensitive rule that was imported has none in state, until it is configured.
        actions: (hidden
          ? state.actions
          : readObjects(ACTION_LIST, state.actions, found.actions)) as State<RuleSchema>["actions"],
      };
    },

    stateAfter: (found, planned) => ({ ...planned, id: found.uuid }),
  },
  {
    validate({ config: { conditions, actions }, diagnostics }) {
      checkKnownElements(CONDITIONS, "conditions", conditions, diagnostics);
      checkKnownElements(ACTION_LIST, "actions", actions, diagnostics);
    },

    plan({ state, planned, diagnostics }) {
      // An imported rule whose actions Ironic hides.
      if (state !== null && state.actions === null) warnOfHidden(planned.conditions, diagnostics);
      return planned;
    },
  },
);

function warnOfHidden(conditions: ObjectListValue | Unknown, diagnostics: Diagnostics): void {
  const none = isEmpty(conditions) ? ", which has no conditions: the rule then applies to each node" : "";
  const detail = `Ironic does not show the conditions and actions of a sensitive rule. The apply replaces both with those of the configuration${none}.`;
  diagnostics.warning("The hidden conditions of the imported rule are replaced", { detail, path: ["conditions"] });
}

function fieldsOf(
  planned: PlannedState<RuleSchema>,
  found?: IronicInspectionRule,
  state?: State<RuleSchema>,
): JsonObject {
  const { conditions, actions } = planned;
  return {
    description: planned.description || null,
    priority: planned.priority,
    phase: planned.phase,
    sensitive: planned.sensitive ?? false,
    // Ironic can't show a rule whose conditions were removed: they are null then.
    conditions: objectsToSend(CONDITIONS, "conditions", conditions, found?.conditions ?? undefined, state?.conditions),
    actions: objectsToSend(ACTION_LIST, "actions", actions, found?.actions ?? undefined, state?.actions),
  };
}

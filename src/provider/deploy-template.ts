import type { IronicDeployTemplate, JsonObject } from "../ironic";
import { computed, type PlannedState, required, type State, schema, t } from "../tfplugin";
import { crudResource } from "./shared/crud";
import { checkKnownElements, objectsOf, objectsToSend, readObjects } from "./shared/object-list";
import { changesOf, createNamed, extraToSend, readExtra, userExtra } from "./shared/plain-object";
import { deploymentFault, requiredSteps, TEMPLATE_STEPS, warnOfFlowSteps } from "./shared/steps";
import { isTrait } from "./shared/validators";

const deployTemplateSchema = schema({
  description:
    "A deploy template: steps of a deployment for the nodes and deployments that ask for a trait (microversion 1.55).",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the deploy template." }),
    name: required(t.string, {
      description:
        'Name of the deploy template: the trait, such as `CUSTOM_HYPERTHREADING_ON`, with which a deployment selects it: `instance_info_typed = { traits = ["CUSTOM_…"] }`. The node has to have the trait.',
      validate: isTrait,
    }),
    steps: requiredSteps(TEMPLATE_STEPS, {
      description:
        'Deploy steps, such as `[{ interface = "bios", step = "apply_configuration", priority = 150, args = { settings = [{ name = "LogicalProc", value = "Enabled" }] } }]`: each with `interface`, `step`, `priority` (0 disables a step that runs by default; the order in the list has no meaning) and `args`, which may have values of any type. A value that is secret, such as a password, is to come from a sensitive variable.',
    }),
    extra: userExtra(),
  },
});

type DeployTemplateSchema = typeof deployTemplateSchema;

export const deployTemplate = crudResource<DeployTemplateSchema, IronicDeployTemplate>(
  deployTemplateSchema,
  {
    name: "deploy template",
    importedBy: "UUID or name",
    freeForm: { names: [] },
    legacyUnset: {},
    heldIn: ({ extra }) => extra ?? {},
    get: (client, id, signal) => client.deployTemplates.get(id, { signal }),
    create: (client, planned, { signal }) =>
      createNamed(client, client.deployTemplates, planned.name, (found) => fieldsOf(planned, found), signal),
    update: (client, { found, planned, state }, signal) =>
      client.deployTemplates.patch(found.uuid, changesOf(found, fieldsOf(planned, found, state)), { signal }),
    delete: (client, id, signal) => client.deployTemplates.delete(id, { signal }),
    read: (_client, { found, state }) => ({
      id: found.uuid,
      name: found.name,
      // Ironic has at least one step.
      steps: readObjects(TEMPLATE_STEPS, state.steps, found.steps) as State<DeployTemplateSchema>["steps"],
      extra: readExtra(state.extra, found.extra),
    }),
    stateAfter: (found, planned) => ({ ...planned, id: found.uuid }),
  },
  {
    validate({ config, diagnostics }) {
      checkKnownElements(TEMPLATE_STEPS, "steps", config.steps, diagnostics);
      const steps = objectsOf(TEMPLATE_STEPS, config.steps);
      warnOfFlowSteps(steps, { where: "the steps of a template", path: ["steps"], diagnostics });
      const fault = deploymentFault(steps);
      if (fault === undefined) return;
      const detail = `Ironic accepts the template, and fails each deployment of a node with its trait: ${fault}.`;
      diagnostics.warning("A template that deploys nothing", { detail, path: ["steps"] });
    },
  },
);

function fieldsOf(
  { name, steps, extra }: PlannedState<DeployTemplateSchema>,
  found?: IronicDeployTemplate,
  state?: State<DeployTemplateSchema>,
): JsonObject {
  return {
    name,
    steps: objectsToSend(TEMPLATE_STEPS, "steps", steps, found?.steps, state?.steps),
    extra: extraToSend(extra, found?.extra),
  };
}

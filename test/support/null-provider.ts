import { randomInt } from "node:crypto";
import {
  computed,
  optional,
  optionalComputed,
  type Provider,
  ProviderError,
  pluginFor,
  schema,
  t,
} from "../../src/tfplugin";

const { provider, resource, dataSource } = pluginFor<undefined>();

const resourceSchema = schema({
  description: "A resource that does nothing, and is replaced when one of its triggers changes.",
  attributes: {
    triggers: optional(t.map(t.string), {
      description: "Whatever should cause the resource to be replaced when it changes.",
      requiresReplace: true,
    }),
    id: computed(t.string, { description: "A random number.", nonNull: true }),
  },
});

const nullResource = resource(resourceSchema, {
  create: ({ planned }) => ({ ...planned, id: newId() }),
  read: ({ state }) => state,
  delete: () => {},
  import: ({ id }) => {
    if (!/^\d+$/.test(id))
      throw new ProviderError("Not an ID", { detail: "The ID of a null_resource is a number.", path: ["id"] });
    return { id };
  },
});

const dataSourceSchema = schema({
  description: "A data source that returns what it is given.",
  attributes: {
    inputs: optional(t.map(t.string), { description: "What to return." }),
    outputs: computed(t.map(t.string), { description: "What was given." }),
    random: computed(t.string, { description: "A random number." }),
    has_computed_default: optionalComputed(t.string, { description: 'If unset, it is set to "default".' }),
    id: computed(t.string),
  },
});

const nullDataSource = dataSource(dataSourceSchema, {
  read: ({ config }) => ({
    ...config,
    outputs: config.inputs,
    random: newId(),
    has_computed_default: config.has_computed_default ?? "default",
    id: "static",
  }),
});

/** The address is an option for tests of providers that move between addresses. */
export const nullProvider = (address = "registry.terraform.io/hashicorp/null"): Provider =>
  provider({
    address,
    schema: schema({}),
    configure: () => undefined,
    resources: { null_resource: nullResource },
    dataSources: { null_data_source: nullDataSource },
  });

function newId(): string {
  return String(randomInt(2 ** 47));
}

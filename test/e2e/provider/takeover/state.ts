import type { JsonObject } from "../../../../src/ironic";
import { readFixture } from "../../../support/fixtures";

export const OLD_ADDRESS = "registry.terraform.io/openshift-metal3/ironic";

/** One instance of a resource as the old provider left it. */
export interface OldInstance {
  readonly type: "ironic_node_v1" | "ironic_port_v1" | "ironic_allocation_v1" | "ironic_deployment";
  readonly name: string;
  readonly index?: number | string;
  /** What state says of it; what is left out is null. */
  readonly attributes: JsonObject;
  /** What Ironic was sent and state does not say: for a node its `driver_info`, for a deployment its `instance_info`. */
  readonly sent?: JsonObject;
}

interface OldSchemas {
  readonly provider_schemas: Readonly<
    Record<string, { readonly resource_schemas: Readonly<Record<string, { block: { attributes: JsonObject } }>> }>
  >;
}

/** A state file of the old provider. Its SDK wrote `null` as private state, or nothing. */
export function oldState(instances: readonly OldInstance[]): string {
  const { provider_schemas } = readFixture("old-provider", "schema.json") as OldSchemas;
  const schemas = provider_schemas[OLD_ADDRESS]?.resource_schemas ?? {};
  const keys = [...new Set(instances.map(({ type, name }) => `${type}.${name}`))];
  const resources = keys.map((key) => {
    const own = instances.filter(({ type, name }) => `${type}.${name}` === key);
    const { type, name, index } = own[0] as OldInstance;
    const each = index === undefined ? {} : { each: typeof index === "number" ? "list" : "map" };
    return {
      mode: "managed",
      type,
      name,
      ...each,
      provider: `provider["${OLD_ADDRESS}"]`,
      instances: own.map(instance),
    };
  });
  return JSON.stringify({ version: 4, terraform_version: "1.11.4", serial: 1, lineage: "old", outputs: {}, resources });

  function instance({ type, index, attributes }: OldInstance) {
    const unset = Object.fromEntries(Object.keys(schemas[type]?.block.attributes ?? {}).map((name) => [name, null]));
    return {
      ...(index !== undefined && { index_key: index }),
      schema_version: 0,
      attributes: { ...unset, ...attributes },
      sensitive_attributes: type === "ironic_node_v1" ? [[{ type: "get_attr", value: "driver_info" }]] : [],
      ...(index === undefined && { private: Buffer.from("null").toString("base64") }),
      dependencies: instances.map((other) => `${other.type}.${other.name}`).filter((one) => before(one, type)),
    };
  }
}

/** Deployments go before allocations, and those before nodes, when all is destroyed. */
function before(one: string, type: OldInstance["type"]): boolean {
  if (one.startsWith("ironic_node_v1.")) return type !== "ironic_node_v1";
  return one.startsWith("ironic_allocation_v1.") && type === "ironic_deployment";
}

import type { JsonObject } from "../../ironic";
import { computed, required, schema, t } from "../../tfplugin";
import { INTERFACES } from "../node/schema";
import { dataSource } from "../plugin";
import { isIdentifier } from "../shared/validators";
import { toText } from "../shared/values";

const nodeDataSchema = schema({
  description: "A node that is there already.",
  attributes: {
    node: required(t.string, { description: "UUID or name.", validate: isIdentifier }),
    id: computed(t.string, { description: "The node's UUID." }),
    name: computed(t.string),
    driver: computed(t.string),
    deploy_kernel: computed(t.string, { description: "`driver_info.deploy_kernel`." }),
    deploy_ramdisk: computed(t.string, { description: "`driver_info.deploy_ramdisk`." }),
    properties: computed(t.map(t.string)),
    extra: computed(t.map(t.string)),
    instance_info: computed(t.map(t.string), { description: "What is deployed; secrets are masked by Ironic." }),
    interfaces: computed(t.map(t.string), { description: "`boot_interface`, `deploy_interface`, …" }),
    resource_class: computed(t.string),
    traits: computed(t.set(t.string)),
    conductor_group: computed(t.string),
    owner: computed(t.string),
    provision_state: computed(t.string),
    power_state: computed(t.string),
    instance_uuid: computed(t.string),
    maintenance: computed(t.bool),
    last_error: computed(t.string),
  },
});

export const nodeData = dataSource(nodeDataSchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const node = await client.getNode(config.node, { signal });
    const boot = (name: string) => (typeof node.driver_info[name] === "string" ? node.driver_info[name] : null);
    return {
      node: config.node,
      id: node.uuid,
      name: node.name,
      driver: node.driver,
      deploy_kernel: boot("deploy_kernel"),
      deploy_ramdisk: boot("deploy_ramdisk"),
      properties: texts(node.properties),
      extra: texts(node.extra),
      instance_info: texts(node.instance_info),
      interfaces: Object.fromEntries(
        INTERFACES.flatMap((name) => (typeof node[name] === "string" ? [[name, node[name]]] : [])),
      ),
      resource_class: node.resource_class,
      traits: node.traits ?? null,
      conductor_group: node.conductor_group ?? null,
      owner: node.owner ?? null,
      provision_state: node.provision_state,
      power_state: node.power_state,
      instance_uuid: node.instance_uuid,
      maintenance: node.maintenance,
      last_error: node.last_error,
    };
  },
});

function texts(fields: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [[key, toText(value)]])),
  );
}

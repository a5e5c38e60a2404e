import { computed, required, schema, t } from "../../tfplugin";
import { withoutOwnKeys } from "../deployment/instance-info";
import { withoutMark } from "../node/enrollment";
import { INTERFACES } from "../node/schema";
import { dataSource } from "../plugin";
import { isIdentifier } from "../shared/validators";
import { texts } from "./facts";

const nodeDataSchema = schema({
  description: "An existing node.",
  attributes: {
    node: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    id: computed(t.string, { description: "UUID of the node." }),
    name: computed(t.string, { description: "Name of the node." }),
    driver: computed(t.string, { description: "Hardware type of the node." }),
    deploy_kernel: computed(t.string, {
      description: "Kernel of the deploy agent (Ironic's `driver_info.deploy_kernel`).",
    }),
    deploy_ramdisk: computed(t.string, {
      description: "Ramdisk of the deploy agent (Ironic's `driver_info.deploy_ramdisk`).",
    }),
    properties: computed(t.map(t.string), {
      description: "Physical properties (Ironic's `properties`); values that are not strings are JSON.",
    }),
    extra: computed(t.map(t.string), {
      description: "Free-form metadata (Ironic's `extra`); values that are not strings are JSON.",
    }),
    instance_info: computed(t.map(t.string), {
      description: "Image and settings of the deployment (Ironic's `instance_info`); Ironic masks secrets.",
    }),
    interfaces: computed(t.map(t.string), {
      description: "Hardware interfaces by name: `boot_interface`, `deploy_interface`, …",
    }),
    resource_class: computed(t.string, { description: "Resource class of the node." }),
    traits: computed(t.set(t.string), { description: "Traits of the node." }),
    conductor_group: computed(t.string, { description: "Conductor group of the node." }),
    owner: computed(t.string, { description: "Project ID that owns the node." }),
    provision_state: computed(t.string, { description: "Current provision state of the node." }),
    power_state: computed(t.string, { description: "Current power state of the node." }),
    instance_uuid: computed(t.string, { description: "UUID of the instance or allocation that uses the node." }),
    maintenance: computed(t.bool, { description: "Whether the node is in maintenance mode." }),
    last_error: computed(t.string, { description: "Last error of the node (Ironic's `last_error`)." }),
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
      extra: texts(withoutMark(node.extra)),
      instance_info: texts(withoutOwnKeys(node.instance_info)),
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

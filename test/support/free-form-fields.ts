import type { Thing } from "../../src/testing/ironic";
import type { TfObject } from "../../src/tfplugin/cty";
import type { IronicRig } from "./ironic-rig";

/** One of Ironic's free-form fields, as an argument. */
export interface FreeFormField {
  readonly resource: string;
  readonly argument: string;
  /** The rest of a configuration. */
  readonly base: (rig: IronicRig, node: string) => TfObject;
  /** What an import takes. */
  readonly id: string;
  /** The field in Ironic. */
  readonly inIronic: (rig: IronicRig) => Thing;
  /** What the configuration always has in the map. */
  readonly always?: Readonly<Record<string, string>>;
}

const only = (things: ReadonlyMap<string, Thing>) => [...things.values()].at(-1) as Thing;
/** The node that was created last. */
export const theNode = (rig: IronicRig) => only(rig.ironic.store.nodes);
const thePort = (rig: IronicRig) => only(rig.ironic.store.ports);
/** The arguments of a node. */
export const NODE = { driver: "fake-hardware", name: "n" };
const port = (_rig: IronicRig, node_uuid: string) => ({ node_uuid, address: "52:54:00:00:00:01" });
const image_source = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;

/** The fields whose keys Ironic adds to. */
export const FREE_FORM_FIELDS: readonly FreeFormField[] = [
  ...["driver_info", "properties", "extra"].map((argument) => ({
    ...{ resource: "ironic_node_v1", argument, base: () => NODE, id: "n" },
    inIronic: (rig: IronicRig) => theNode(rig)[argument] as Thing,
  })),
  {
    ...{ resource: "ironic_node_v1", argument: "root_device", base: () => NODE, id: "n" },
    inIronic: (rig) => ((theNode(rig).properties as Thing).root_device ?? {}) as Thing,
  },
  {
    ...{ resource: "ironic_port_v1", argument: "extra", base: port, id: "52:54:00:00:00:01" },
    inIronic: (rig) => thePort(rig).extra as Thing,
  },
  ...["properties", "extra"].map((argument) => ({
    ...{ resource: "ironic_port_group_v1", argument, id: "bond0" },
    base: (_rig: IronicRig, node_uuid: string) => ({ node_uuid, name: "bond0" }),
    inIronic: (rig: IronicRig) => only(rig.ironic.store.portGroups)[argument] as Thing,
  })),
  {
    ...{ resource: "ironic_allocation_v1", argument: "extra", id: "a" },
    base: () => ({ name: "a", resource_class: "c" }),
    inIronic: (rig) => only(rig.ironic.store.allocations).extra as Thing,
  },
  {
    ...{ resource: "ironic_deployment", argument: "instance_info", id: "n", always: { image_source } },
    base: (_rig, node_uuid) => ({ node_uuid }),
    inIronic: (rig) => theNode(rig).instance_info as Thing,
  },
];

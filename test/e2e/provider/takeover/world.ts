import { type IronicClient, type JsonObject, MASK } from "../../../../src/ironic";
import type { OldInstance } from "./state";

type Texts = Readonly<Record<string, string>>;

/** Makes Ironic hold what the old provider's state says it holds, in the order in which it made it. */
export async function rebuildWorld(client: IronicClient, instances: readonly OldInstance[]): Promise<void> {
  const of = (wanted: OldInstance["type"]) => instances.filter(({ type }) => type === wanted);
  for (const node of of("ironic_node_v1")) await enroll(client, node);
  for (const { attributes } of of("ironic_port_v1")) {
    const { id: uuid, node_uuid, address, pxe_enabled, physical_network } = attributes;
    await client.createPort({
      ...{ uuid, node_uuid, address, pxe_enabled: pxe_enabled === true },
      ...(physical_network && { physical_network }),
    } as JsonObject);
  }
  for (const { attributes } of of("ironic_allocation_v1")) {
    const { id: uuid, name, resource_class, candidate_nodes, traits, extra, node_uuid } = attributes;
    const said = Object.entries({ name, candidate_nodes, traits, extra }).filter(([, value]) => value);
    await client.createAllocation({ uuid, resource_class, ...Object.fromEntries(said) } as JsonObject);
    await client.waitUntil(String(node_uuid), ({ instance_uuid }) => instance_uuid !== null);
  }
  for (const { attributes, sent } of of("ironic_deployment")) {
    const { uuid } = await client.getNode(String(attributes.node_uuid));
    const info = Object.entries({ ...(attributes.instance_info as Texts), ...sent });
    await client.patchNode(
      uuid,
      info.map(([key, value]) => ({ op: "add", path: `/instance_info/${key}`, value })),
    );
    const { user_data } = attributes;
    const drive = typeof user_data === "string" && user_data !== "" ? { configdrive: { user_data } } : {};
    await client.moveTo(uuid, "active", { through: { active: drive } });
  }
}

async function enroll(client: IronicClient, { attributes, sent }: OldInstance): Promise<void> {
  const { id, name, driver, driver_info, properties, root_device, extra, resource_class, owner } = attributes;
  const uuid = String(id);
  const said = Object.entries({ name, resource_class, owner, extra }).filter(([, value]) => value);
  const open = Object.entries((driver_info ?? {}) as Texts).filter(([, value]) => value !== MASK);
  await client.createNode({
    ...{ uuid, driver, ...Object.fromEntries(said) },
    driver_info: { ...Object.fromEntries(open), ...sent },
    properties: { ...(properties as JsonObject), root_device: root_device ?? {} },
  } as JsonObject);
  for (const port of (attributes.ports ?? []) as Texts[]) {
    await client.createPort({
      node_uuid: uuid,
      address: port.address ?? "",
      pxe_enabled: port.pxe_enabled === "true",
    });
  }
  const { provision_state, power_state } = attributes;
  if (provision_state === "manageable" || provision_state === "available") await client.moveTo(uuid, provision_state);
  if (typeof power_state !== "string" || power_state === "") return;
  await client.setPower(uuid, power_state === "power off" ? "soft power off" : power_state);
  await client.waitUntil(uuid, (now) => now.power_state === power_state && now.target_power_state === null);
}

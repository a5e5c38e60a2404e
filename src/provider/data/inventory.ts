import { type Facts, type IronicClient, type IronicInventory, isInspecting, isSecretField, MASK } from "../../ironic";
import { computed, nested, optional, ProviderError, required, schema, t } from "../../tfplugin";
import { sentence } from "../diagnostics";
import { dataSource } from "../plugin";
import { nodeUuid } from "../shared/node-reference";
import { isIdentifier } from "../shared/validators";
import { decimal, flag, text, textList, texts, whole } from "./facts";

const disks = nested.list({
  name: computed(t.string, { description: "Device name, such as `/dev/sda`; another boot may assign another one." }),
  by_path: computed(t.string, { description: "Stable name by position: `/dev/disk/by-path/…`." }),
  model: computed(t.string, { description: "Model." }),
  vendor: computed(t.string, { description: "Vendor." }),
  serial: computed(t.string, { description: "Serial number." }),
  size: computed(t.integer, { description: "Size in bytes." }),
  size_gib: computed(t.integer, {
    description: "Size in GiB, rounded down, as root device hints and `properties.local_gb` have it.",
  }),
  rotational: computed(t.bool, { description: "Whether the disk has rotating platters; false for SSDs." }),
  wwn: computed(t.string, { description: "World Wide Name." }),
  wwn_with_extension: computed(t.string, { description: "World Wide Name with the vendor's extension." }),
  wwn_vendor_extension: computed(t.string, { description: "The vendor's extension of the World Wide Name." }),
  hctl: computed(t.string, { description: "SCSI address: host, channel, target and LUN." }),
  transport: computed(t.string, { description: "Transport, such as `sata`, `sas` or `nvme`." }),
  logical_sectors: computed(t.integer, { description: "Logical sector size in bytes." }),
  physical_sectors: computed(t.integer, { description: "Physical sector size in bytes." }),
});

const interfaces = nested.list({
  name: computed(t.string, {
    description: "Name of the interface, such as `eno1`; over Redfish the BMC's name of it.",
  }),
  mac_address: computed(t.string, { description: "MAC address." }),
  ipv4_address: computed(t.string, { description: "IPv4 address during inspection." }),
  ipv6_address: computed(t.string, { description: "IPv6 address during inspection." }),
  has_carrier: computed(t.bool, { description: "Whether a cable is connected." }),
  speed_mbps: computed(t.integer, { description: "Speed in Mbit/s." }),
  vendor: computed(t.string, { description: "PCI ID of the vendor, such as `0x8086`." }),
  product: computed(t.string, { description: "PCI ID of the product." }),
  pci_address: computed(t.string, { description: "PCI address." }),
  driver: computed(t.string, { description: "Driver in the agent's kernel." }),
  biosdevname: computed(t.string, { description: "Name by the BIOS." }),
  client_id: computed(t.string, { description: "DHCP client ID, of InfiniBand." }),
  pxe_enabled: computed(t.bool, {
    description: "Whether the machine has booted the agent from it; null where the inspection does not know.",
  }),
  lldp: computed(t.map(t.string), {
    description:
      "What the switch announces by LLDP, such as `switch_system_name`, `switch_chassis_id` and `switch_port_id`; values that are not strings are JSON. Null without the inspection hook `parse-lldp`, or without announcements.",
  }),
});

const inventorySchema = schema({
  description:
    "The hardware that the last successful inspection of a node has found (microversion 1.81: Ironic 21.3 and later). Facts that it did not find are null: inspection by the agent finds more than one over Redfish. It is an error if the node has no inventory; `ironic_introspection` shows whether it has one.",
  attributes: {
    node: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    include_raw: optional(t.bool, {
      description:
        "Whether to read `inventory_json` and `plugin_data_json`, which are large, into state. Default: false.",
    }),
    id: computed(t.string, { description: "UUID of the node." }),
    hostname: computed(t.string, { description: "Host name of the agent." }),
    bmc_address: computed(t.string, { description: "IPv4 address of the BMC." }),
    bmc_v6address: computed(t.string, { description: "IPv6 address of the BMC." }),
    bmc_mac: computed(t.string, { description: "MAC address of the BMC." }),
    manufacturer: computed(t.string, { description: "Manufacturer of the machine." }),
    product_name: computed(t.string, { description: "Product." }),
    serial_number: computed(t.string, { description: "Serial number of the machine." }),
    bios_vendor: computed(t.string, { description: "Vendor of the BIOS." }),
    bios_version: computed(t.string, { description: "Version of the BIOS." }),
    bios_date: computed(t.string, { description: "Build date of the BIOS, as the BIOS has it." }),
    boot_mode: computed(t.string, { description: "Boot mode during inspection: `uefi` or `bios`." }),
    cpu_arch: computed(t.string, { description: "CPU architecture, such as `x86_64`." }),
    cpu_count: computed(t.integer, { description: "Number of logical CPUs." }),
    cpu_sockets: computed(t.integer, { description: "Number of CPU sockets." }),
    cpu_model: computed(t.string, { description: "Model of the CPUs." }),
    cpu_frequency_mhz: computed(t.number, { description: "Frequency of the CPUs in MHz." }),
    cpu_flags: computed(t.list(t.string), { description: "Flags of the CPUs, such as `aes`." }),
    memory_mb: computed(t.integer, { description: "Installed memory in MiB." }),
    disks: computed(disks, { description: "Disks, in the order of the inventory." }),
    interfaces: computed(interfaces, { description: "Network interfaces, in the order of the inventory." }),
    inventory_json: computed(t.string, {
      description:
        "The whole inventory as JSON, for `jsondecode`; null unless `include_raw` is true. Values of fields with the name of a secret are masked.",
    }),
    plugin_data_json: computed(t.string, {
      description:
        "The data of the inspection hooks as JSON, such as `parsed_lldp` and `pci_devices`; null unless `include_raw` is true. Values of fields with the name of a secret are masked.",
    }),
  },
});

export const nodeInventory = dataSource(inventorySchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const uuid = await nodeUuid(client, config.node, signal);
    const read = await client.getInventory(uuid, { signal });
    if (read === undefined) throw await noInventory(client, uuid, signal);
    const { inventory, plugin_data = {} } = read;
    const raw = (value: unknown) => (config.include_raw === true ? JSON.stringify(withoutSecrets(value)) : null);
    return {
      node: config.node,
      include_raw: config.include_raw,
      id: uuid,
      ...machineOf(inventory),
      disks: (inventory.disks ?? []).map(diskOf),
      interfaces: (inventory.interfaces ?? []).map((each) =>
        interfaceOf(each, plugin_data, text(inventory.boot?.pxe_interface)),
      ),
      inventory_json: raw(inventory),
      plugin_data_json: raw(plugin_data),
    };
  },
});

function machineOf({ cpu, memory, system_vendor: vendor, boot, ...facts }: IronicInventory["inventory"]) {
  return {
    ...named(facts, "hostname", "bmc_address", "bmc_v6address", "bmc_mac"),
    ...named(vendor ?? {}, "manufacturer", "product_name", "serial_number"),
    bios_vendor: text(vendor?.firmware?.vendor),
    bios_version: text(vendor?.firmware?.version),
    bios_date: text(vendor?.firmware?.build_date),
    boot_mode: text(boot?.current_boot_mode),
    cpu_arch: cpu?.architecture || null,
    cpu_count: whole(cpu?.count),
    cpu_sockets: whole(cpu?.socket_count),
    cpu_model: text(cpu?.model_name),
    cpu_frequency_mhz: decimal(cpu?.frequency),
    cpu_flags: textList(cpu?.flags),
    memory_mb: whole(memory?.physical_mb),
  };
}

function diskOf(facts: Facts) {
  const size = whole(facts.size);
  return {
    ...named(facts, "name", "by_path", "model", "vendor", "serial", "hctl"),
    ...named(facts, "wwn", "wwn_with_extension", "wwn_vendor_extension"),
    size,
    size_gib: size === null ? null : Math.floor(size / 2 ** 30),
    rotational: flag(facts.rotational),
    transport: text(facts.tran),
    logical_sectors: whole(facts.logical_sectors),
    physical_sectors: whole(facts.physical_sectors),
  };
}

/** @param pxe the MAC address of the interface from which the agent was booted, where the inspection knows it */
function interfaceOf(facts: Facts, plugins: IronicInventory["plugin_data"], pxe: string | null) {
  const name = text(facts.name);
  const address = text(facts.mac_address);
  return {
    ...named(facts, "name", "mac_address", "ipv4_address", "ipv6_address", "vendor", "product"),
    ...named(facts, "pci_address", "driver", "biosdevname", "client_id"),
    has_carrier: flag(facts.has_carrier),
    speed_mbps: whole(facts.speed_mbps),
    pxe_enabled: pxe === null ? null : pxe.toLowerCase() === address?.toLowerCase(),
    lldp: name === null ? null : lldpOf(plugins.parsed_lldp, name),
  };
}

/** The result of the hook `parse-lldp` for an interface (ironic.drivers.modules.inspector.hooks.parse_lldp). */
function lldpOf(parsed: unknown, name: string): Record<string, string> | null {
  const found = isObject(parsed) && Object.hasOwn(parsed, name) ? parsed[name] : undefined;
  return isObject(found) ? texts(found as IronicInventory["plugin_data"]) : null;
}

function named<Name extends string>(facts: Facts, ...names: readonly Name[]): Record<Name, string | null> {
  return Object.fromEntries(names.map((name) => [name, text(facts[name])])) as Record<Name, string | null>;
}

/** The values of fields with the name of a secret are masked, as Ironic masks those of driver_info: hooks may store what they like. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      isSecretField(key) && each !== null ? MASK : withoutSecrets(each),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for a node without an inventory: Ironic's response is the same for each reason. */
async function noInventory(client: IronicClient, uuid: string, signal: AbortSignal): Promise<ProviderError> {
  const node = await client.getNode(uuid, { signal });
  const [cause, advice] = isInspecting(node)
    ? ["It is being inspected for the first time.", "Plan again when the inspection has ended."]
    : node.provision_state === "inspect failed"
      ? [`Its inspection has failed: ${sentence(node.last_error ?? "Ironic has no reason")}`, INSPECT]
      : [`It is ${node.provision_state}, and has not been inspected, or Ironic does not keep inventories.`, INSPECT];
  return new ProviderError("The node has no inventory", {
    detail: `Node ${node.name ?? uuid}: ${cause} ${advice}`,
    path: ["node"],
  });
}

const INSPECT =
  "Inspect it: `inspect = true` of ironic_node_v1, or `baremetal node inspect`. Inspection needs an inspect interface that stores an inventory (`agent` or `redfish`), and `[inventory]data_backend` of Ironic other than `none`.";

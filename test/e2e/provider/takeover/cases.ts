import type { JsonObject } from "../../../../src/ironic";
import type { OldInstance } from "./state";

/**
 * What users of `openshift-metal3/ironic` may come with: a configuration, and what version 0.3.0 made of it. Each was run with
 * the old provider itself against Ironic; `plan clean` was what it said after that, save where the case says otherwise.
 */
export interface OldCase {
  readonly name: string;
  readonly configuration: string;
  readonly instances: readonly OldInstance[];
  /** A change that the user makes next: what is planned, and what Ironic has of the first node after it. */
  readonly change?: { readonly configuration: string; readonly planned: readonly string[]; readonly holds: JsonObject };
}

let last = 0;
const uuids = new Map<string, string>();
/** A UUID for a name, the same each time. */
function uuid(name: string): string {
  if (!uuids.has(name)) uuids.set(name, `00000000-0000-4000-8000-${String(++last).padStart(12, "0")}`);
  return uuids.get(name) as string;
}

const fake = (...names: string[]) => Object.fromEntries(names.map((name) => [`${name}_interface`, "fake"]));
/** A node's attributes: what the old provider wrote where nothing was said, and what this one says. */
const attributes = (name: string, said: JsonObject): JsonObject => ({
  id: uuid(name),
  driver: "fake-hardware",
  ...{ name: "", resource_class: "", owner: "", conductor_group: "", instance_uuid: "", power_state: "" },
  provision_state: "enroll",
  ...fake("boot", "console", "deploy", "inspect", "management", "power", "raid", "rescue", "vendor"),
  ...{ network_interface: "noop", storage_interface: "noop" },
  ...said,
});
const node = (name: string, said: JsonObject = {}, more: Partial<OldInstance> = {}): OldInstance => ({
  ...{ type: "ironic_node_v1", name, attributes: attributes(name, said) },
  ...more,
});
const deployment = (name: string, on: string, said: JsonObject, more: Partial<OldInstance> = {}): OldInstance => ({
  ...{ type: "ironic_deployment", name },
  attributes: { id: uuid(on), node_uuid: uuid(on), last_error: "", provision_state: "active", ...said },
  ...more,
});
const allocation = (name: string, on: string, said: JsonObject): OldInstance => ({
  ...{ type: "ironic_allocation_v1", name },
  attributes: {
    id: uuid(`${name} allocation`),
    node_uuid: uuid(on),
    name: "",
    last_error: "",
    state: "active",
    ...said,
  },
});
const MANAGEABLE = { provision_state: "manageable", power_state: "power off" };
const AVAILABLE = { provision_state: "available", power_state: "power off" };

const nodeBlock = (name: string, body: string) =>
  `resource "ironic_node_v1" "${name}" {\n  driver = "fake-hardware"\n  ${body}\n}\n`;
const deploymentBlock = (name: string, body: string, on = name) =>
  `resource "ironic_deployment" "${name}" {\n  node_uuid = ironic_node_v1.${on}.id\n  ${body}\n}\n`;

const IMAGE = "http://images.example/fcos.qcow2";
const NEW_IMAGE = "http://images.example/fcos-2.qcow2";
const DIGEST = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;

/** As OpenShift's installer wrote it: everything said, and much of it "". */
const installer = (image: string) => `
resource "ironic_node_v1" "master" {
  count                = 2
  name                 = "master-\${count.index}"
  driver               = "fake-hardware"
  resource_class       = "master"
  inspect              = true
  clean                = true
  available            = true
  ports                = [{ address = "52:54:00:10:00:0\${count.index}", pxe_enabled = "true" }]
  properties           = { local_gb = "50", cpu_arch = "x86_64" }
  root_device          = { name = "/dev/sda" }
  driver_info          = { ipmi_address = "192.0.2.\${count.index}", ipmi_password = "hunter2" }
  boot_interface       = "fake"
  management_interface = ""
  power_interface      = ""
  raid_interface       = ""
  vendor_interface     = ""
  raid_config          = ""
  bios_settings        = ""
}
resource "ironic_deployment" "master" {
  count                 = 2
  node_uuid             = element(ironic_node_v1.master.*.id, count.index)
  instance_info         = { image_source = "${image}", image_checksum = "${IMAGE}.md5sum", root_gb = 25 }
  user_data             = jsonencode({ ignition = { version = "3.2.0" } })
  user_data_url         = ""
  user_data_url_ca_cert = ""
  user_data_url_headers = {}
  deploy_steps          = ""
}
`;
const master = (index: number): OldInstance[] => [
  node(
    "master",
    {
      ...{ id: uuid(`master ${index}`), name: `master-${index}`, resource_class: "master", ...AVAILABLE },
      ...{ inspect: true, clean: true, available: true },
      ports: [{ address: `52:54:00:10:00:0${index}`, pxe_enabled: "true" }],
      properties: { local_gb: "50", cpu_arch: "x86_64" },
      root_device: { name: "/dev/sda" },
      driver_info: { ipmi_address: `192.0.2.${index}`, ipmi_password: "******" },
    },
    { index, sent: { ipmi_password: "hunter2" } },
  ),
  deployment(
    "master",
    `master ${index}`,
    {
      instance_info: { image_source: IMAGE, image_checksum: `${IMAGE}.md5sum`, root_gb: "25" },
      user_data: '{"ignition":{"version":"3.2.0"}}',
      ...{ user_data_url: "", user_data_url_ca_cert: "", deploy_steps: "" },
    },
    { index },
  ),
];

export const oldCases: readonly OldCase[] = [
  {
    name: "a node that is enrolled and no more",
    configuration: nodeBlock("bare", ""),
    instances: [node("bare")],
    change: {
      configuration: nodeBlock("bare", 'name = "bare"'),
      planned: ["update ironic_node_v1.bare"],
      holds: { name: "bare", provision_state: "enroll" },
    },
  },
  {
    name: 'arguments that say "", {}, [], false and 0, of which state kept some',
    configuration: nodeBlock(
      "empty",
      `name = "empty"
  boot_interface = ""
  raid_interface = ""
  owner = ""
  conductor_group = ""
  resource_class = ""
  bios_settings = ""
  raid_config = ""
  power_state_timeout = 0
  target_power_state = ""
  extra = {}
  properties = {}
  root_device = {}
  driver_info = {}
  ports = []
  manage = false
  clean = false
  inspect = false
  available = false`,
    ),
    instances: [
      node("empty", {
        ...{ name: "empty", target_power_state: "", power_state_timeout: 0 },
        ...{ manage: false, clean: false, inspect: false, available: false },
      }),
    ],
    change: {
      configuration: nodeBlock("empty", 'name = "empty"\n  extra = { rack = "r1" }\n  owner = ""'),
      planned: ["update ironic_node_v1.empty"],
      holds: { extra: { rack: "r1" }, owner: null, boot_interface: "fake", provision_state: "enroll" },
    },
  },
  {
    name: "arguments that said nothing, and say it aloud since",
    configuration: nodeBlock(
      "aloud",
      'clean = false\n  available = false\n  target_power_state = ""\n  resource_class = ""\n  extra = {}\n  raid_config = ""',
    ),
    instances: [node("aloud")],
  },
  {
    name: "manageable, with its BMC's password, which Ironic masks",
    configuration: nodeBlock(
      "ipmi",
      'driver_info = { ipmi_address = "192.0.2.9", ipmi_port = 6230, ipmi_password = "hunter2" }\n  manage = true',
    ),
    instances: [
      node(
        "ipmi",
        {
          driver_info: { ipmi_address: "192.0.2.9", ipmi_port: "6230", ipmi_password: "******" },
          manage: true,
          ...MANAGEABLE,
        },
        { sent: { ipmi_password: "hunter2" } },
      ),
    ],
    change: {
      configuration: nodeBlock(
        "ipmi",
        'driver_info = { ipmi_address = "192.0.2.10", ipmi_port = 6230, ipmi_password = "hunter2" }\n  manage = true',
      ),
      planned: ["update ironic_node_v1.ipmi"],
      holds: { driver_info: { ipmi_address: "192.0.2.10", ipmi_port: "6230", ipmi_password: "******" } },
    },
  },
  {
    name: "another driver's password, for which the old provider planned a change for ever",
    configuration: nodeBlock(
      "redfish",
      'driver_info = { redfish_address = "https://bmc.example", redfish_password = "hunter2" }',
    ),
    instances: [
      node(
        "redfish",
        { driver_info: { redfish_address: "https://bmc.example", redfish_password: "******" } },
        { sent: { redfish_password: "hunter2" } },
      ),
    ],
  },
  {
    name: "a password that state holds as it is",
    configuration: nodeBlock("plain", 'driver_info = { ipmi_password = "hunter2" }'),
    instances: [node("plain", { driver_info: { ipmi_password: "hunter2" } }, { sent: { ipmi_password: "hunter2" } })],
  },
  {
    name: "numbers, booleans and JSON in maps of strings",
    configuration: nodeBlock(
      "typed",
      `inspect = true
  available = true
  properties = { cpu_arch = "x86_64", local_gb = 50, capabilities = "boot_mode:uefi" }
  root_device = { size = 10, rotational = false }
  extra = { a = 1, b = true, c = jsonencode({ x = 1 }) }`,
    ),
    instances: [
      node("typed", {
        ...{ inspect: true, available: true, ...AVAILABLE },
        properties: { cpu_arch: "x86_64", local_gb: "50", capabilities: "boot_mode:uefi" },
        root_device: { size: "10", rotational: "false" },
        extra: { a: "1", b: "true", c: '{"x":1}' },
      }),
    ],
    change: {
      configuration: nodeBlock(
        "typed",
        `inspect = true
  available = true
  properties = { cpu_arch = "x86_64", local_gb = 50 }
  root_device = { size = 10, rotational = false }
  extra = { a = 2, b = true }`,
      ),
      planned: ["update ironic_node_v1.typed"],
      holds: {
        properties: { cpu_arch: "x86_64", local_gb: "50", root_device: { size: "10", rotational: "false" } },
        extra: { a: "2", b: "true" },
        provision_state: "available",
      },
    },
  },
  {
    name: "nulls in maps, which were never sent and never in state",
    configuration:
      nodeBlock("gaps", 'available = true\n  extra = { a = "b", c = null }\n  properties = { nope = null }') +
      deploymentBlock(
        "gaps",
        `instance_info = { image_source = "${IMAGE}", image_checksum = null }\n  metadata = { x = null }`,
      ),
    instances: [
      node("gaps", { available: true, ...AVAILABLE, extra: { a: "b" } }),
      deployment("gaps", "gaps", { instance_info: { image_source: IMAGE } }),
    ],
    change: {
      configuration:
        nodeBlock("gaps", 'available = true\n  extra = { a = "c", c = null }\n  properties = { nope = null }') +
        deploymentBlock(
          "gaps",
          `instance_info = { image_source = "${NEW_IMAGE}", image_checksum = null }\n  metadata = { x = null }`,
        ),
      planned: ["update ironic_deployment.gaps", "update ironic_node_v1.gaps"],
      holds: { extra: { a: "c" }, instance_info: { image_source: NEW_IMAGE } },
    },
  },
  {
    name: "cleaned with settings that are gone from the configuration since",
    configuration: nodeBlock("cleaned", 'name = "cleaned"\n  clean = true'),
    instances: [
      node("cleaned", {
        ...{ name: "cleaned", clean: true, ...MANAGEABLE, power_state_timeout: 30 },
        ...{ bios_settings: '[{"name":"a","value":"b"}]', raid_config: '{"hardwareRAIDVolumes":[{"level":"1"}]}' },
      }),
    ],
  },
  {
    name: "inspected after it was made available, which left it manageable",
    configuration: nodeBlock("behind", "available = true\n  inspect = true"),
    instances: [node("behind", { available: true, inspect: true, ...MANAGEABLE })],
    change: {
      configuration: nodeBlock("behind", 'available = true\n  inspect = true\n  extra = { rack = "r1" }'),
      planned: ["update ironic_node_v1.behind"],
      holds: { extra: { rack: "r1" }, provision_state: "manageable" },
    },
  },
  {
    name: "powered on",
    configuration: nodeBlock("on", 'available = true\n  target_power_state = "power on"\n  power_state_timeout = 60'),
    instances: [
      node("on", {
        ...{ available: true, target_power_state: "power on", power_state_timeout: 60 },
        ...{ provision_state: "available", power_state: "power on" },
      }),
    ],
  },
  {
    name: "a power state that was reached already when it was asked for, which state never learnt",
    configuration: nodeBlock("reached", 'available = true\n  target_power_state = "power off"'),
    instances: [node("reached", { available: true, target_power_state: "power on", ...AVAILABLE })],
  },
  {
    name: "powered off, and then powered on by its deployment",
    configuration:
      nodeBlock("woken", 'available = true\n  target_power_state = "power off"') +
      deploymentBlock("woken", `instance_info = { image_source = "${IMAGE}" }`),
    instances: [
      node("woken", { available: true, target_power_state: "power off", ...AVAILABLE }),
      deployment("woken", "woken", { instance_info: { image_source: IMAGE } }),
    ],
  },
  {
    name: "ports, of whose fields only two were ever sent",
    configuration: nodeBlock(
      "ports",
      `ports = [
    { address = "52:54:00:20:00:AA", pxe_enabled = true },
    { address = "52:54:00:20:00:02" },
    { address = "52:54:00:20:00:03", pxe_enabled = "yes", physical_network = "net", is_smart_nic = true },
  ]`,
    ),
    instances: [
      node("ports", {
        ports: [
          { address: "52:54:00:20:00:AA", pxe_enabled: "true" },
          { address: "52:54:00:20:00:02" },
          { address: "52:54:00:20:00:03", pxe_enabled: "yes", physical_network: "net", is_smart_nic: "true" },
        ],
      }),
    ],
    change: {
      configuration: nodeBlock(
        "ports",
        'ports = [{ address = "52:54:00:20:00:AA", pxe_enabled = true }, { address = "52:54:00:20:00:02" }]',
      ),
      planned: ["update ironic_node_v1.ports"],
      holds: { provision_state: "enroll" },
    },
  },
  {
    name: "a node of such a port, of which something else changes",
    configuration: nodeBlock("beside", 'ports = [{ address = "52:54:00:20:01:01", physical_network = "net" }]'),
    instances: [node("beside", { ports: [{ address: "52:54:00:20:01:01", physical_network: "net" }] })],
    change: {
      configuration: nodeBlock(
        "beside",
        'ports = [{ address = "52:54:00:20:01:01", physical_network = "net" }]\n  extra = { rack = "r1" }',
      ),
      planned: ["update ironic_node_v1.beside"],
      holds: { extra: { rack: "r1" } },
    },
  },
  {
    name: "lost capabilities of a deployment whose name alone changes",
    configuration:
      nodeBlock("lost", "available = true") +
      deploymentBlock("lost", `instance_info = { image_source = "${IMAGE}", capabilities = "boot_option:local" }`),
    instances: [
      node("lost", { available: true, ...AVAILABLE }),
      deployment(
        "lost",
        "lost",
        { instance_info: { image_source: IMAGE } },
        { sent: { capabilities: { boot_option: "local" } } },
      ),
    ],
    change: {
      configuration:
        nodeBlock("lost", "available = true") +
        deploymentBlock(
          "lost",
          `name = "found"\n  instance_info = { image_source = "${IMAGE}", capabilities = "boot_option:local" }`,
        ),
      planned: ["update ironic_deployment.lost"],
      holds: { provision_state: "active", instance_info: { capabilities: { boot_option: "local" } } },
    },
  },
  {
    name: "a port of 0.2, which sent neither its extra nor its connection",
    configuration: `${nodeBlock("ported", "")}resource "ironic_port_v1" "port" {
  node_uuid             = ironic_node_v1.ported.id
  address               = "52:54:00:30:00:0A"
  pxe_enabled           = true
  extra                 = { a = "b" }
  local_link_connection = { switch_id = "00:00:00:00:00:01", port_id = "p" }
}
`,
    instances: [
      node("ported"),
      {
        ...{ type: "ironic_port_v1", name: "port" },
        attributes: {
          ...{ id: uuid("port"), node_uuid: uuid("ported"), address: "52:54:00:30:00:0a" },
          ...{ pxe_enabled: true, physical_network: "", is_smart_nic: false, extra: { a: "b" } },
          local_link_connection: { switch_id: "00:00:00:00:00:01", port_id: "p" },
        },
      },
    ],
  },
  {
    name: "everything on the way to a deployment, and capabilities that were lost on the way to state",
    configuration: everything(IMAGE),
    instances: [
      node("whole", { name: "whole", resource_class: "whole", available: true, ...AVAILABLE }),
      allocation("whole", "whole", { resource_class: "whole", candidate_nodes: [] }),
      deployment(
        "whole",
        "whole",
        {
          instance_info: { image_source: IMAGE, root_gb: "10" },
          ...{ name: "whole", user_data: "#!/bin/sh", network_data: { links: "[]" }, metadata: { hostname: "whole" } },
          deploy_steps: '[{"args":{"a":"b"},"interface":"deploy","priority":50,"step":"deploy"}]',
        },
        { sent: { capabilities: { secure_boot: "true", boot_option: "local" } } },
      ),
    ],
    change: {
      configuration: everything(NEW_IMAGE).replace(/ {2}deploy_steps .*\n/, ""),
      planned: ["update ironic_deployment.whole"],
      holds: {
        provision_state: "active",
        instance_info: {
          image_source: NEW_IMAGE,
          root_gb: "10",
          capabilities: { secure_boot: "true", boot_option: "local" },
        },
      },
    },
  },
  {
    name: "a deployment on a node by its name",
    configuration: `${nodeBlock("called", 'name = "called"\n  available = true')}resource "ironic_deployment" "called" {
  node_uuid     = "called"
  instance_info = { image_source = "${IMAGE}", root_gb = 25 }
  depends_on    = [ironic_node_v1.called]
}
`,
    instances: [
      node("called", { name: "called", available: true, ...AVAILABLE }),
      deployment("called", "called", {
        ...{ id: "called", node_uuid: "called", instance_info: { image_source: IMAGE, root_gb: "25" } },
      }),
    ],
  },
  {
    name: 'a deployment that says "" and {}',
    configuration:
      nodeBlock("hushed", "available = true") +
      deploymentBlock(
        "hushed",
        `instance_info = { image_source = "${IMAGE}" }
  name = ""
  user_data = ""
  user_data_url = ""
  user_data_url_ca_cert = ""
  user_data_url_headers = {}
  network_data = {}
  metadata = {}
  deploy_steps = ""`,
      ),
    instances: [
      node("hushed", { available: true, ...AVAILABLE }),
      deployment("hushed", "hushed", {
        instance_info: { image_source: IMAGE },
        ...{ name: "", user_data: "", user_data_url: "", user_data_url_ca_cert: "", deploy_steps: "" },
      }),
    ],
  },
  {
    name: "an OCI image with its pull secret, which Ironic masks",
    configuration:
      nodeBlock("pulled", "available = true") +
      deploymentBlock("pulled", `instance_info = { image_source = "${DIGEST}", image_pull_secret = "user:hunter2" }`),
    instances: [
      node("pulled", { available: true, ...AVAILABLE }),
      deployment("pulled", "pulled", { instance_info: { image_source: DIGEST, image_pull_secret: "user:hunter2" } }),
    ],
  },
  {
    name: "an allocation among candidates by name, which the old provider would have picked anew for ever",
    configuration: `${nodeBlock("picked", 'name = "picked"\n  resource_class = "picked"\n  available = true')}
resource "ironic_allocation_v1" "picked" {
  name            = "picked"
  resource_class  = "picked"
  candidate_nodes = [ironic_node_v1.picked.name]
  traits          = []
  extra           = { why = "x" }
}
`,
    instances: [
      node("picked", { name: "picked", resource_class: "picked", available: true, ...AVAILABLE }),
      allocation("picked", "picked", {
        ...{ name: "picked", resource_class: "picked", candidate_nodes: [uuid("picked")], extra: { why: "x" } },
      }),
    ],
  },
  {
    name: "an allocation whose candidates are gone from the configuration since",
    configuration: `${nodeBlock("free", 'resource_class = "free"\n  available = true')}
resource "ironic_allocation_v1" "free" {
  name           = ""
  resource_class = "free"
  extra          = {}
  depends_on     = [ironic_node_v1.free]
}
`,
    instances: [
      node("free", { resource_class: "free", available: true, ...AVAILABLE }),
      allocation("free", "free", { resource_class: "free", candidate_nodes: [uuid("free")] }),
    ],
  },
  {
    name: "several, as OpenShift's installer made them",
    configuration: installer(IMAGE),
    instances: [0, 1].flatMap(master),
    change: {
      configuration: installer(NEW_IMAGE),
      planned: ["update ironic_deployment.master[0]", "update ironic_deployment.master[1]"],
      holds: { provision_state: "active", instance_info: { image_source: NEW_IMAGE, root_gb: "25" } },
    },
  },
  {
    name: "one for each of a set",
    configuration: `resource "ironic_node_v1" "each" {
  for_each = toset(["a", "b"])
  name     = "each-\${each.key}"
  driver   = "fake-hardware"
  manage   = true
}
`,
    instances: ["a", "b"].map((index) =>
      node("each", { id: uuid(`each ${index}`), name: `each-${index}`, manage: true, ...MANAGEABLE }, { index }),
    ),
  },
];

function everything(image: string): string {
  return `${nodeBlock("whole", 'name = "whole"\n  resource_class = "whole"\n  available = true')}
resource "ironic_allocation_v1" "whole" {
  resource_class = ironic_node_v1.whole.resource_class
}
resource "ironic_deployment" "whole" {
  name          = "whole"
  node_uuid     = ironic_allocation_v1.whole.node_uuid
  instance_info = { image_source = "${image}", root_gb = 10, capabilities = "secure_boot:true,boot_option:local" }
  user_data     = "#!/bin/sh"
  network_data  = { links = "[]" }
  metadata      = { hostname = "whole" }
  deploy_steps  = jsonencode([{ interface = "deploy", step = "deploy", priority = 50, args = { a = "b" } }])
}
`;
}

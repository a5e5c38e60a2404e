import { App, TerraformStack, TerraformVariable, Testing } from "cdktf";
import {
  BareMetalDeployment,
  type BareMetalDeploymentProps,
  BareMetalNode,
  type BareMetalNodeProps,
  type InvalidPropsError,
  IronicTarget,
  NullTarget,
  OciImage,
  pinsForTesting,
} from "cdktf-ironic-oci";
import { BOOT_FILES, type BootFileProp } from "../../src/artifact-fields";
import { Bench } from "../support/rack";

// The props that deployments need every day: the files that a machine boots, bonds, deploy steps, timeouts, allocations.

type Arguments = Record<string, unknown>;
interface Json {
  readonly resource: Record<string, Record<string, Arguments>>;
}

function synthesized(build: (stack: TerraformStack) => void): Json["resource"] {
  const app = Testing.app();
  pinsForTesting(app);
  const stack = new TerraformStack(app, "rack-1");
  build(stack);
  return (JSON.parse(Testing.synth(stack, true)) as Json).resource;
}

const OS = "oci://registry.example/images/os:1";
const ref = (expression: string) => `\${${expression}}`;
const ironic = new IronicTarget();
const node = (props: Partial<BareMetalNodeProps>, target = ironic as BareMetalNodeProps["target"]) =>
  synthesized(
    (stack) => void new BareMetalNode(stack, "n", { driver: "redfish", ...(target && { target }), ...props }),
  );
const deployment = (props: Partial<BareMetalDeploymentProps>, target = ironic as BareMetalNodeProps["target"]) =>
  synthesized((stack) => void new BareMetalDeployment(stack, "d", { ...(target && { target }), ...props }));

function problems(build: () => unknown): readonly string[] {
  try {
    build();
    return [];
  } catch (error) {
    return (error as InvalidPropsError).problems;
  }
}

const FILES = BOOT_FILES.filter((each) => each.prop !== undefined);
/** What Ironic uses together with a file only. */
const PARTNERS: Partial<Record<BootFileProp, BootFileProp>> = {
  rescueKernel: "rescueRamdisk",
  rescueRamdisk: "rescueKernel",
  instanceKernel: "instanceRamdisk",
  instanceRamdisk: "instanceKernel",
};
const withPartner = (prop: BootFileProp, reference: (name: string) => string) =>
  Object.fromEntries([prop, PARTNERS[prop]].flatMap((each) => (each ? [[each, reference(each.toLowerCase())]] : [])));

describe("a file that the machine boots", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.start();
  });
  afterEach(() => bench.stop());

  test.each(FILES)("$prop is resolved, pinned, locked by its role, and goes into $field.$key", async (file) => {
    const { prop, field, key, role } = file;
    const names = Object.values(withPartner(prop, (name) => name));
    for (const name of names) bench.pushFile(name);
    let found: string | undefined;
    const json = (await bench.synthesize((stack) => {
      const props = withPartner(prop, (name) => bench.ref(`files/${name}:1`));
      const made = new BareMetalNode(stack, "n", {
        driver: "redfish",
        cpuArch: "x86_64",
        ports: [],
        target: ironic,
        ...props,
      });
      const artifact = { deployKernel: made.kernel, deployRamdisk: made.ramdisk, ...made.artifacts }[prop];
      found = artifact?.url;
    })) as unknown as Json;
    const { ironic_node_v1: nodes, ironic_deployment: deployments } = json.resource;
    const own = nodes?.n ?? {};
    const driverInfo = { ...(own.driver_info as Arguments), ...own };
    const where = field === "driver_info" ? driverInfo : ((deployments?.n?.instance_info ?? {}) as Arguments);
    expect(where[key]).toMatch(new RegExp(`^oci://127.0.0.1:\\d+/files/${prop.toLowerCase()}@sha256:[0-9a-f]{64}$`));
    expect(found).toContain("TfToken");
    expect(bench.lockText()).toContain(`"role": "${role}"`);
    expect(deployments?.n === undefined).toBe(field === "driver_info");
  });

  test("that is not in the registry fails the synthesis, and names the node and the file", async () => {
    const built = bench.synthesize((stack) => {
      new BareMetalNode(stack, "n", { driver: "redfish", deployIso: bench.ref("files/none:1"), target: ironic });
    });
    await expect(built).rejects.toMatchObject({
      code: "NOT_PINNED",
      message: expect.stringMatching(/rack-1\/n: .*as iso/),
    });
  });
});

test.each(FILES)("$prop becomes a trigger of the null target", ({ prop, field, key }) => {
  const { null_resource: all } = node(
    withPartner(prop, (name) => `oci://registry.example/${name}:1`),
    new NullTarget(),
  );
  expect(all?.n?.triggers).toHaveProperty([`${field}.${key}`], expect.stringContaining("@sha256:"));
});

test("what the deploy interface ramdisk boots needs no image, and sets the interface", () => {
  const files = { instanceKernel: "oci://h/k:1", instanceRamdisk: "oci://h/r:1" };
  for (const props of [{ bootIso: "oci://h/iso:1" }, files]) {
    const { ironic_node_v1: nodes, ironic_deployment: deployments } = node({ ...props, userData: "x" });
    expect(nodes?.n).toMatchObject({ deploy_interface: "ramdisk", manage: true });
    expect(deployments?.n).toMatchObject({ user_data: "x", node_uuid: ref("ironic_node_v1.n.id") });
  }
  const { ironic_node_v1: partition } = node({ ...files, image: OS });
  expect(partition?.n).not.toHaveProperty("deploy_interface");
});

test.each<[string, Partial<BareMetalNodeProps>, readonly string[]]>([
  [
    "an ISO beside an image",
    { bootIso: "oci://h/i:1", image: OS },
    ["bootIso: can't be beside image: Ironic deploys either"],
  ],
  [
    "one of two files",
    { instanceKernel: "oci://h/k:1" },
    ["instanceKernel: needs instanceRamdisk: Ironic uses neither alone"],
  ],
  [
    "one of two rescue files",
    { rescueRamdisk: "oci://h/k:1" },
    ["rescueRamdisk: needs rescueKernel: Ironic uses neither alone"],
  ],
  [
    "the other one in driverInfo",
    { rescueRamdisk: "oci://h/k:1", driverInfo: { rescue_kernel: "http://web.example/k" } },
    [],
  ],
  [
    "a file twice",
    { deployIso: "oci://h/i:1", driverInfo: { deploy_iso: "x" } },
    ["driverInfo.deploy_iso: is set by deployIso"],
  ],
  [
    "an interface that boots no ISO",
    { bootIso: "oci://h/i:1", deployInterface: "direct" },
    ["deployInterface: direct does not boot a boot ISO: use ramdisk, which is the default for it"],
  ],
  [
    "deploy steps",
    {
      image: OS,
      deploySteps: [
        { interface: "disk", step: "erase", priority: -1 },
        { interface: "bios", step: "", priority: 1.5 },
        {
          interface: "firmware",
          step: "update",
          priority: 5,
          args: { settings: [{ component: "bmc", url: "oci://h/f:1" }] },
        },
      ],
    },
    [
      "deploySteps.0.interface: must be one of vendor, power, management, firmware, deploy, bios, raid",
      "deploySteps.0.priority: must be a whole number from 0",
      "deploySteps.1.step: must not be empty",
      "deploySteps.1.priority: must be a whole number from 0",
      expect.stringContaining(
        "deploySteps.2: has firmware at oci://, from which no release of Ironic",
      ) as unknown as string,
    ],
  ],
  ["deploy steps without an image", { deploySteps: [] }, ["deploySteps: has no effect without an image"]],
  [
    "timeouts",
    { timeouts: { node: { create: "soon", update: "0s" }, deployment: { update: "1 h", delete: "2h30m" } } },
    [
      "timeouts.node.create: must be a duration such as 90s, 30m or 1h30m",
      "timeouts.node.update: must be a duration such as 90s, 30m or 1h30m",
      "timeouts.deployment.update: must be a duration such as 90s, 30m or 1h30m",
    ],
  ],
  [
    "port groups",
    {
      ports: [{ address: "52:54:00:00:00:01" }],
      portGroups: [
        { name: "bond0", ports: [{ address: "52:54:00:00:00:01" }] },
        { name: "bond0", standalonePortsSupported: false, ports: [{ address: "52:54:00:00:00:02" }] },
      ],
    },
    [
      "portGroups.0.ports.0.address: is the address of another port",
      "portGroups.1.name: is the name of another port group",
      "portGroups.1.ports.0.pxeEnabled: must be false: the port group supports no standalone ports",
    ],
  ],
  [
    "the fields of port groups",
    { portGroups: [{ name: "bond 0", address: "x", ports: [] }] },
    [
      "portGroups.0.name: is not a host name, which Ironic requires",
      "portGroups.0.address: is not a MAC address (52:54:00:aa:bb:01)",
      "portGroups.0.ports: needs at least one port",
    ],
  ],
])("%s: faults are all named", (_what, props, expected) => {
  expect(problems(() => node(props))).toEqual(expected);
});

test("a port group whose name in Ironic is none in Terraform has a valid one there, and a unique one", () => {
  const names = ["rack.1~a", "rack_1_a", undefined, "group-2"];
  const address = (index: number) => `52:54:00:00:00:0${index}`;
  const { ironic_port_group_v1: groups } = node({
    portGroups: names.map((name, index) => ({ ...(name && { name }), ports: [{ address: address(index) }] })),
  });
  const named = (name?: string) => expect.objectContaining(name === undefined ? {} : { name }) as unknown;
  expect(groups).toEqual({
    n_rack_1_a: named("rack.1~a"),
    n_rack_1_a_1: named("rack_1_a"),
    "n_group-2": named(),
    "n_group-2_3": named("group-2"),
  });
});

test("a bond is a port group with its ports, which the deployment waits for", () => {
  const resources = node({
    image: OS,
    ports: [{ address: "52:54:00:00:00:01" }],
    portGroups: [
      {
        ...{ name: "bond0", mode: "802.3ad", address: "52:54:00:00:00:02", standalonePortsSupported: false },
        properties: { miimon: 100 },
        ports: [
          { address: "52:54:00:00:00:02", pxeEnabled: false },
          { address: "52:54:00:00:00:03", pxeEnabled: false, physicalNetwork: "tenant" },
        ],
      },
      { ports: [{ address: "52:54:00:00:00:04" }] },
    ],
  });
  const node_uuid = ref("ironic_node_v1.n.id");
  expect(resources.ironic_port_group_v1).toEqual({
    n_bond0: {
      ...{ node_uuid, name: "bond0", mode: "802.3ad", address: "52:54:00:00:00:02" },
      ...{ standalone_ports_supported: false, properties: { miimon: "100" } },
    },
    "n_group-1": { node_uuid },
  });
  expect(resources.ironic_port_v1).toEqual({
    "n_52-54-00-00-00-01": { node_uuid, address: "52:54:00:00:00:01" },
    "n_52-54-00-00-00-02": {
      ...{ node_uuid, address: "52:54:00:00:00:02", pxe_enabled: false },
      port_group_uuid: ref("ironic_port_group_v1.n_bond0.id"),
    },
    "n_52-54-00-00-00-03": {
      ...{ node_uuid, address: "52:54:00:00:00:03", pxe_enabled: false, physical_network: "tenant" },
      port_group_uuid: ref("ironic_port_group_v1.n_bond0.id"),
    },
    "n_52-54-00-00-00-04": {
      ...{ node_uuid, address: "52:54:00:00:00:04" },
      port_group_uuid: ref("ironic_port_group_v1.n_group-1.id"),
    },
  });
  expect(resources.ironic_deployment?.n?.depends_on).toEqual(
    ["01", "02", "03", "04"].map((end) => `ironic_port_v1.n_52-54-00-00-00-${end}`),
  );
});

test("deploy steps and timeouts are arguments of their resources", () => {
  const resources = node({
    image: OS,
    ports: [],
    deploySteps: [
      {
        interface: "bios",
        step: "apply_configuration",
        args: { settings: [{ name: "Boot", value: ref("x") }] },
        priority: 150,
      },
      { interface: "deploy", step: "erase_devices_metadata", priority: 0 },
    ],
    timeouts: { node: { create: "2h" }, deployment: { update: "90m", delete: "1h30m" } },
  });
  expect(resources.ironic_node_v1?.n).toMatchObject({ timeouts: { create: "2h" } });
  const { deploy_steps, timeouts } = resources.ironic_deployment?.n ?? {};
  expect(timeouts).toEqual({ update: "90m", delete: "1h30m" });
  expect(JSON.parse(String(deploy_steps))).toEqual([
    {
      interface: "bios",
      step: "apply_configuration",
      args: { settings: [{ name: "Boot", value: `$${ref("x")}` }] },
      priority: 150,
    },
    { interface: "deploy", step: "erase_devices_metadata", args: {}, priority: 0 },
  ]);
});

describe("BareMetalDeployment", () => {
  const allocation = {
    name: "worker",
    resourceClass: "baremetal",
    traits: ["CUSTOM_GPU"],
    candidateNodes: ["n-1", "n-2"],
  };

  test("with an allocation deploys the pinned image to the node that it chooses", () => {
    const resources = deployment({
      ...{ allocation, cpuArch: "x86_64", image: OS, imageDownloadSource: "local", userData: "x", protected: true },
      timeouts: { allocation: { create: "5m" }, deployment: { create: "4h" } },
    });
    expect(resources).toEqual({
      ironic_allocation_v1: {
        d: {
          ...{ name: "worker", resource_class: "baremetal", traits: ["CUSTOM_GPU"], candidate_nodes: ["n-1", "n-2"] },
          timeouts: { create: "5m" },
        },
      },
      ironic_deployment: {
        d: {
          node_uuid: ref("ironic_allocation_v1.d.node_uuid"),
          instance_info: { image_source: expect.stringContaining("@sha256:"), image_download_source: "local" },
          ...{ user_data: "x", protected: true, timeouts: { create: "4h" } },
        },
      },
    });
  });

  test("with a node deploys to it, whatever its deploy interface for others", () => {
    const { ironic_deployment: all } = synthesized((stack) => {
      const image = new OciImage(stack, "os", { source: OS, expect: "bootc" });
      new BareMetalDeployment(stack, "d", { node: "worker-0", image, target: ironic });
    });
    expect(all?.d).toMatchObject({ node_uuid: "worker-0", instance_info: { deploy_interface: "bootc" } });
  });

  test("gives access to its resources, and becomes triggers of the null target", () => {
    const { null_resource: all } = deployment({ allocation, image: OS }, new NullTarget());
    expect(all?.d?.triggers).toEqual({
      ...{ "allocation.name": "worker", "allocation.resource_class": "baremetal", "allocation.traits": "CUSTOM_GPU" },
      ...{ "allocation.candidate_nodes.0": "n-1", "allocation.candidate_nodes.1": "n-2" },
      "instance_info.image_source": expect.stringContaining("@sha256:"),
      "instance_info.image_disk_format": "raw",
    });
    synthesized((stack) => {
      const made = new BareMetalDeployment(stack, "d", { allocation, image: OS, target: ironic });
      const resources = IronicTarget.deploymentOf(made);
      expect(resources?.deployment).toBe(made.resource);
      expect(resources?.allocation?.terraformResourceType).toBe("ironic_allocation_v1");
      expect(IronicTarget.deploymentOf(new BareMetalDeployment(stack, "e", { node: "n", image: OS }))).toBeUndefined();
    });
  });

  test.each<[string, Partial<BareMetalDeploymentProps>, readonly string[]]>([
    [
      "nothing",
      {},
      ["allocation: is needed, or node", "image: is needed, or bootIso, or instanceKernel and instanceRamdisk"],
    ],
    ["both", { node: "n", allocation, image: OS }, ["allocation: can't be beside node"]],
    [
      "an allocation that is wrong",
      { allocation: { resourceClass: "", traits: ["gold"], candidateNodes: [] }, image: OS },
      [
        "allocation.resourceClass: must not be empty",
        expect.stringContaining("allocation.traits.0: a trait is") as unknown as string,
        "allocation.candidateNodes: needs at least one node",
      ],
    ],
    [
      "a timeout of nothing",
      { node: "n", image: OS, timeouts: { allocation: { create: "5m" } } },
      ["timeouts.allocation: has no effect without an allocation"],
    ],
  ])("%s: faults are all named", (_what, props, expected) => {
    expect(problems(() => deployment(props))).toEqual(expected);
  });

  test("with a target that makes nodes only is refused", () => {
    const target = { create: () => undefined as never };
    expect(problems(() => deployment({ node: "n", image: OS, target }))).toEqual([
      "target: has no createDeployment, so that it makes nodes only",
    ]);
  });

  test("with an image that is not locked fails app.synth(), as a node does", () => {
    const app = new App();
    const stack = new TerraformStack(app, "rack-1");
    new BareMetalDeployment(stack, "d", { node: "n", image: OS, target: ironic });
    expect(() => app.synth()).toThrow(/oci:\/\/registry\.example\/images\/os:1 as image/);
  });
});

test("network data that is a token becomes JSON where it is a list, with both targets", () => {
  const build = (target: BareMetalNodeProps["target"]) =>
    synthesized((stack) => {
      const { value } = new TerraformVariable(stack, "links", {});
      const networkData = { links: value, networks: [{ id: value, link: "a" }], services: [] };
      new BareMetalNode(stack, "n", { driver: "redfish", image: OS, networkData, ...(target && { target }) });
    });
  const links = ref("try(tostring(var.links), jsonencode(var.links))");
  expect(build(ironic).ironic_deployment?.n?.network_data).toEqual({
    links,
    networks: ref('jsonencode([{"id" = var.links, "link" = "a"}])'),
    services: "[]",
  });
  expect(build(new NullTarget()).null_resource?.n?.triggers).toMatchObject({
    "config_drive.network_data.links": links,
  });
});

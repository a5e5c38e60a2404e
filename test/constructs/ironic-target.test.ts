import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { App, Fn, TerraformProvider, TerraformStack, TerraformVariable } from "cdktf";
import {
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  IronicTarget,
  ironic,
  NullTarget,
  OciImage,
  PullSecret,
  type PullSecretForm,
  synthesize,
  version,
} from "cdktf-ironic-oci";
import { Construct } from "constructs";
import { pushArtifact } from "../../src/testing/registry";
import { Bench } from "../support/rack";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

type Arguments = Readonly<Record<string, unknown>>;

/** As much of a stack's JSON as these tests look at. */
interface StackJson {
  readonly terraform: { readonly required_providers: Readonly<Record<string, unknown>> };
  readonly provider: Readonly<Record<string, readonly Arguments[]>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Arguments>>>>;
  readonly variable: Readonly<Record<string, Arguments>>;
}

const ref = (expression: string) => `\${${expression}}`;
const json = (stack = "rack-1") => bench.read(stack) as unknown as StackJson;

/** The arguments of a resource, without CDKTF's remarks. */
function argumentsOf(type: string, name: string, stack?: string): Arguments {
  const { "//": _remarks, ...rest } = json(stack).resource[type]?.[name] ?? {};
  return rest;
}

/** Builds a tree whose nodes are for Ironic. */
async function synthesized(build: (stack: TerraformStack) => void, context: Arguments = {}): Promise<StackJson> {
  const app = bench.app(build, { [CONTEXT.target]: "ironic", ...context });
  await synthesize(app, bench.options());
  return json();
}

/** The provider's file in a stack's folder. */
const delivered = (stack = "rack-1") => {
  const folder = join(bench.folder, "cdktf.out", "stacks", stack, "terraform.d");
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
};

const wholeProps = (stack: TerraformStack): BareMetalNodeProps => ({
  name: "node-0",
  driver: "redfish",
  driverInfo: {
    redfish_address: "https://bmc-0.example",
    redfish_username: "admin",
    redfish_password: PullSecret.fromVariable(stack, "bmc_password"),
    redfish_verify_ca: false,
  },
  properties: { local_gb: 100 },
  cpuArch: "x86_64",
  capabilities: { secure_boot: "true", boot_mode: "uefi" },
  rootDevice: { wwnWithExtension: "0x4000", size: 100, rotational: false },
  bootInterface: "redfish-virtual-media",
  deployInterface: "direct",
  resourceClass: "baremetal",
  traits: ["CUSTOM_SSD", "CUSTOM_GPU"],
  extra: { rack: "r1", position: 4, place: { room: 2, tags: ["a", true] } },
  ports: [
    { address: "52:54:00:AA:bb:01", pxeEnabled: true, physicalNetwork: "provisioning" },
    { address: "52:54:00:aa:bb:02" },
  ],
  image: new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") }),
  imageDownloadSource: "local",
  deployKernel: bench.ref("ipa:kernel"),
  deployRamdisk: bench.ref("ipa:ramdisk"),
  imagePullSecret: PullSecret.fromVariable(stack, "quay_pull_secret"),
  deployPullSecret: PullSecret.fromDockerConfig("quay.io"),
});

test("a whole node becomes a node, its ports and a deployment", async () => {
  const { provider, terraform } = await synthesized(
    (stack) => void new BareMetalNode(stack, "node-0", wholeProps(stack)),
  );
  const pinned = (path: string) => expect.stringMatching(new RegExp(`^oci://[^/]+/${path}@sha256:[0-9a-f]{64}$`));
  expect(argumentsOf("ironic_node_v1", "node-0")).toEqual({
    name: "node-0",
    driver: "redfish",
    driver_info: {
      redfish_address: "https://bmc-0.example",
      redfish_username: "admin",
      redfish_verify_ca: "false",
    },
    driver_info_wo: { redfish_password: ref("var.bmc_password") },
    driver_info_wo_version: expect.any(Number),
    deploy_kernel: pinned("ipa"),
    deploy_ramdisk: pinned("ipa"),
    image_pull_secret_wo: ref(
      'sensitive(base64decode(jsondecode(file(pathexpand("~/.docker/config.json"))).auths["quay.io"].auth))',
    ),
    image_pull_secret_wo_version: expect.any(Number),
    properties: { local_gb: "100", cpu_arch: "x86_64", capabilities: "boot_mode:uefi,secure_boot:true" },
    root_device: { wwn_with_extension: "0x4000", size: "100", rotational: "false" },
    boot_interface: "redfish-virtual-media",
    deploy_interface: "direct",
    resource_class: "baremetal",
    traits: ["CUSTOM_SSD", "CUSTOM_GPU"],
    extra: { rack: "r1", position: "4", place: '{"room":2,"tags":["a",true]}' },
    manage: true,
  });
  const node_uuid = ref("ironic_node_v1.node-0.id");
  expect(argumentsOf("ironic_port_v1", "node-0_52-54-00-aa-bb-01")).toEqual({
    ...{ node_uuid, address: "52:54:00:AA:bb:01", pxe_enabled: true, physical_network: "provisioning" },
  });
  expect(argumentsOf("ironic_port_v1", "node-0_52-54-00-aa-bb-02")).toEqual({
    ...{ node_uuid, address: "52:54:00:aa:bb:02" },
  });
  expect(argumentsOf("ironic_deployment", "node-0")).toEqual({
    node_uuid,
    instance_info: { image_source: pinned("images/cirros"), image_download_source: "local" },
    image_pull_secret_wo: ref("var.quay_pull_secret"),
    image_pull_secret_wo_version: expect.any(Number),
    depends_on: ["ironic_port_v1.node-0_52-54-00-aa-bb-01", "ironic_port_v1.node-0_52-54-00-aa-bb-02"],
  });
  expect(provider).toEqual({ ironic: [{}] });
  expect(terraform.required_providers).toEqual({ ironic: { source: "cdktf-ironic-oci/ironic", version } });
});

test("every prop of a node goes with both targets, and so do those who depend on it", async () => {
  const build = (target: "null" | "ironic") =>
    synthesized(
      (stack) => {
        const node = new BareMetalNode(stack, "node-0", wholeProps(stack));
        new NullProvider(stack, "for-the-other-resource");
        new Resource(stack, "after", {
          dependsOn: [node.resource],
          lifecycle: { replaceTriggeredBy: [node.resource] },
        });
      },
      { [CONTEXT.target]: target },
    );
  const byTarget = { null: "null_resource.node-0", ironic: "ironic_deployment.node-0" } as const;
  for (const target of ["null", "ironic"] as const) {
    const { resource } = await build(target);
    expect(resource.null_resource?.after).toMatchObject({
      depends_on: [byTarget[target]],
      lifecycle: { replace_triggered_by: [ref(byTarget[target])] },
    });
  }
});

test("two runs give the same bytes", async () => {
  const build = (stack: TerraformStack) => void new BareMetalNode(stack, "node-0", wholeProps(stack));
  await synthesized(build);
  const { text } = bench;
  await synthesized(build);
  expect(bench.text).toBe(text);
});

describe("the target", () => {
  const types = (stack?: string) => Object.keys(json(stack).resource).sort();

  test("is the node's own, else its context's, else null", async () => {
    const app = new App({ outdir: join(bench.folder, "cdktf.out"), context: { [CONTEXT.target]: "ironic" } });
    const of = (id: string) => new TerraformStack(app, id);
    const [byApp, byStack, byNode, unset] = [of("by-app"), of("by-stack"), of("by-node"), of("unset")];
    byStack.node.setContext(CONTEXT.target, "null");
    // As cdktf.json's null comes in.
    unset.node.setContext(CONTEXT.target, null);
    const props = { driver: "redfish" };
    new BareMetalNode(byApp, "n", props);
    new BareMetalNode(byStack, "n", props);
    new BareMetalNode(byNode, "n", { ...props, target: new NullTarget() });
    new BareMetalNode(unset, "n", props);
    await synthesize(app, bench.options());
    expect(types("by-app")).toEqual(["ironic_node_v1"]);
    for (const stack of ["by-stack", "by-node", "unset"]) expect(types(stack)).toEqual(["null_resource"]);
  });

  test.each(["Ironic", "", "constructor"])("%j is none", (target) => {
    expect(() =>
      bench.app((stack) => void new BareMetalNode(stack, "n", { driver: "redfish" }), { [CONTEXT.target]: target }),
    ).toThrow(
      expect.objectContaining({
        code: "INVALID_PROPS",
        message: 'rack-1/n: context cdktf-ironic-oci:target: must be "null" or "ironic"',
      }),
    );
  });

  test("both targets live in one stack", async () => {
    const { resource, provider } = await synthesized((stack) => {
      new BareMetalNode(stack, "real", { driver: "redfish" });
      new BareMetalNode(stack, "shadow", { driver: "redfish", target: new NullTarget() });
    });
    expect(Object.keys(resource.ironic_node_v1 ?? {})).toEqual(["real"]);
    expect(Object.keys(resource.null_resource ?? {})).toEqual(["shadow"]);
    expect(Object.keys(provider)).toEqual(["ironic", "null"]);
  });
});

describe("a node without an image", () => {
  const ports = [
    { address: "52:54:00:aa:bb:01" },
    { address: "52:54:00:aa:bb:02", pxeEnabled: false, physicalNetwork: "p" },
  ];

  test.each([
    [undefined, { manage: true }],
    ["manageable", { manage: true }],
    ["enroll", {}],
  ] as const)("goes as far as withoutImage says: %s", async (withoutImage, goal) => {
    const target = new IronicTarget(withoutImage && { withoutImage });
    await synthesized((stack) => {
      const node = new BareMetalNode(stack, "node-0", { driver: "redfish", ports, target });
      expect(node.resource).toBeInstanceOf(ironic.NodeV1);
      expect(IronicTarget.resourcesOf(node)).toMatchObject({ node: node.resource, deployment: undefined });
    });
    expect(argumentsOf("ironic_node_v1", "node-0")).toEqual({ driver: "redfish", ...goal });
    expect(Object.keys(json().resource)).toEqual(["ironic_node_v1", "ironic_port_v1"]);
  });

  test("that goes to available has its ports before it is cleaned", async () => {
    await synthesized((stack) => {
      new BareMetalNode(stack, "node-0", {
        driver: "redfish",
        ports,
        target: new IronicTarget({ withoutImage: "available" }),
      });
    });
    expect(argumentsOf("ironic_node_v1", "node-0")).toEqual({
      driver: "redfish",
      available: true,
      ports: [
        { address: "52:54:00:aa:bb:01", pxe_enabled: "true" },
        { address: "52:54:00:aa:bb:02", pxe_enabled: "false", physical_network: "p" },
      ],
    });
    expect(Object.keys(json().resource)).toEqual(["ironic_node_v1"]);
  });
});

test("what is beyond a node's props is reached through its resources", async () => {
  await synthesized((stack) => {
    const node = new BareMetalNode(stack, "node-0", wholeProps(stack));
    const made = IronicTarget.resourcesOf(node);
    if (!made?.deployment) throw new Error("nothing is deployed");
    expect(node.resource).toBe(made.deployment);
    made.deployment.userData = "#cloud-config";
    made.node.conductorGroup = "rack-1";
    for (const port of made.ports) port.isSmartNic = true;
    const shadow = new BareMetalNode(stack, "shadow", { driver: "redfish", target: new NullTarget() });
    expect(IronicTarget.resourcesOf(shadow)).toBeUndefined();
  });
  expect(argumentsOf("ironic_deployment", "node-0")).toMatchObject({ user_data: "#cloud-config" });
  expect(argumentsOf("ironic_node_v1", "node-0")).toMatchObject({ conductor_group: "rack-1" });
  expect(argumentsOf("ironic_port_v1", "node-0_52-54-00-aa-bb-02")).toMatchObject({ is_smart_nic: true });
});

test("nodes of nested scopes keep apart, and a port of an unknown address has a number", async () => {
  const { resource } = await synthesized((stack) => {
    const address = new TerraformVariable(stack, "mac", {}).stringValue;
    for (const row of ["row-1", "row-2"]) {
      new BareMetalNode(new Construct(stack, row), "node-0", {
        driver: "redfish",
        image: bench.ref("images/cirros:0.6"),
        cpuArch: "x86_64",
        ports: [{ address }, { address: "52:54:00:aa:bb:02" }],
      });
    }
  });
  const nodes = Object.keys(resource.ironic_node_v1 ?? {});
  expect(nodes).toHaveLength(2);
  expect(Object.keys(resource.ironic_deployment ?? {})).toEqual(nodes);
  expect(Object.keys(resource.ironic_port_v1 ?? {}).sort()).toEqual(
    nodes.flatMap((node) => [`${node}_0`, `${node}_52-54-00-aa-bb-02`]).sort(),
  );
  for (const node of nodes) {
    expect(argumentsOf("ironic_port_v1", `${node}_0`)).toEqual({
      node_uuid: ref(`ironic_node_v1.${node}.id`),
      address: ref("var.mac"),
    });
  }
});

test("two ports of one address are refused, whatever the target", () => {
  const ports = [{ address: "52:54:00:aa:bb:01" }, { address: "52:54:00:AA:BB:01" }];
  expect(() => bench.app((stack) => void new BareMetalNode(stack, "n", { driver: "redfish", ports }))).toThrow(
    "ports.1.address: is the address of another port",
  );
});

test("what is deployed has its config drive and its protection", async () => {
  await synthesized(
    (stack) =>
      void new BareMetalNode(stack, "n", {
        driver: "redfish",
        image: new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") }),
        description: "rack 4",
        userData: { ignition: { version: "3.4.0" }, ports: [1] },
        metadata: { hostname: "n", slot: 4, disks: ["a", "b"] },
        networkData: { links: [{ id: "eno1", mtu: 1500 }], services: [] },
        adopt: true,
        protected: true,
      }),
  );
  const node = argumentsOf("ironic_node_v1", "n");
  expect(node).toMatchObject({ description: "rack 4", manage: true });
  // What makes a node available cleans it.
  expect(node).not.toHaveProperty("available");
  expect(argumentsOf("ironic_deployment", "n")).toMatchObject({
    user_data: '{"ignition":{"version":"3.4.0"},"ports":[1]}',
    metadata_typed: { hostname: "n", slot: 4, disks: ["a", "b"] },
    network_data: { links: '[{"id":"eno1","mtu":1500}]', services: "[]" },
    adopt: true,
    protected: true,
  });
});

test("the texts of an object are no templates of Terraform, with or without a token beside them", async () => {
  const script = `echo ${ref("HOME")} %{if}`;
  await synthesized((stack) => {
    const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") });
    const token = new TerraformVariable(stack, "name", { type: "string" }).stringValue;
    const props = { driver: "redfish", image };
    new BareMetalNode(stack, "plain", { ...props, userData: { script }, networkData: { links: [{ id: script }] } });
    new BareMetalNode(stack, "token", { ...props, userData: { script, token } });
    new BareMetalNode(stack, "text", { ...props, userData: `echo $${ref("HOME")}` });
  });
  const escaped = `echo $${ref("HOME")} %%{if}`;
  expect(argumentsOf("ironic_deployment", "plain")).toMatchObject({
    user_data: JSON.stringify({ script: escaped }),
    network_data: { links: JSON.stringify([{ id: escaped }]) },
  });
  expect(argumentsOf("ironic_deployment", "token").user_data).toBe(
    ref(`jsonencode({"script" = "${escaped}", "token" = var.name})`),
  );
  expect(argumentsOf("ironic_deployment", "text").user_data).toBe(`echo $${ref("HOME")}`);
});

test("root device hints among the properties are hints, and nothing else is", async () => {
  const node = (root: never) => (stack: TerraformStack) =>
    void new BareMetalNode(stack, "n", { driver: "redfish", properties: { root_device: root } });
  await synthesized(node({ name: "/dev/sda", rotational: true } as never));
  expect(argumentsOf("ironic_node_v1", "n")).toEqual({
    driver: "redfish",
    root_device: { name: "/dev/sda", rotational: "true" },
    manage: true,
  });
  for (const wrong of ["/dev/sda", ["/dev/sda"]]) {
    expect(() => bench.app(node(wrong as never))).toThrow("properties.root_device: must be a map of hints");
  }
});

test("tokens in free-form fields: text is left to Terraform, and so is JSON around them", async () => {
  await synthesized((stack) => {
    const text = new TerraformVariable(stack, "text", {}).stringValue;
    const count = new TerraformVariable(stack, "count_", {}).numberValue;
    const list = new TerraformVariable(stack, "list", {}).listValue;
    new BareMetalNode(stack, "n", {
      driver: "redfish",
      driverInfo: { redfish_address: text, deploy_kernel: text },
      extra: { count, text: `is ${text}`, nested: { deep: [text, 1] }, list, plain: ["a", 1] },
    });
  });
  expect(argumentsOf("ironic_node_v1", "n")).toMatchObject({
    deploy_kernel: ref("var.text"),
    driver_info: { redfish_address: ref("var.text") },
    extra: {
      count: ref("jsonencode(var.count_)"),
      text: `is ${ref("var.text")}`,
      nested: ref('jsonencode({"deep" = [var.text, 1]})'),
      list: ref("jsonencode(var.list)"),
      plain: '["a",1]',
    },
  });
});

/** As `cdktf get` makes them. */
class OwnProvider extends TerraformProvider {}

describe("the provider", () => {
  const twoNodes = (stack: TerraformStack) => {
    new BareMetalNode(stack, "one", { driver: "redfish" });
    new BareMetalNode(new Construct(stack, "row"), "two", { driver: "redfish" });
  };

  test("is made once for each stack that uses it, and no other", async () => {
    const app = bench.app(twoNodes, { [CONTEXT.target]: "ironic" });
    twoNodes(new TerraformStack(app, "rack-2"));
    new BareMetalNode(new TerraformStack(app, "shadow"), "n", { driver: "redfish", target: new NullTarget() });
    await synthesize(app, bench.options());
    for (const stack of ["rack-1", "rack-2"]) {
      expect(json(stack).provider).toEqual({ ironic: [{}] });
      // For Terraform, and for OpenTofu.
      expect(delivered(stack).filter((path) => path.endsWith(`_v${version}`))).toHaveLength(2);
    }
    expect(Object.keys(json("shadow").provider)).toEqual(["null"]);
    expect(delivered("shadow")).toEqual([]);
  });

  test.each(["before", "after"])("is the program's own, if it makes one %s the nodes", async (when) => {
    const { provider } = await synthesized((stack) => {
      const make = () => new ironic.IronicProvider(new Construct(stack, "deep"), "own", { url: "http://own.example" });
      if (when === "before") make();
      twoNodes(stack);
      if (when === "after") make();
    });
    expect(provider).toEqual({ ironic: [{ url: "http://own.example" }] });
  });

  test("is the program's own also where it comes from its own bindings", async () => {
    const { provider } = await synthesized((stack) => {
      twoNodes(stack);
      new OwnProvider(stack, "own", {
        terraformResourceType: "ironic",
        terraformGeneratorMetadata: { providerName: "ironic" },
        terraformProviderSource: "cdktf-ironic-oci/ironic",
      });
    });
    expect(provider.ironic).toHaveLength(1);
    expect(delivered()).not.toEqual([]);
  });

  test("may be another one for a node: one with an alias, for all its resources", async () => {
    const { provider, resource } = await synthesized((stack) => {
      const other = new ironic.IronicProvider(stack, "other", { alias: "other", url: "http://other.example" });
      new BareMetalNode(stack, "there", { ...wholeProps(stack), target: new IronicTarget({ provider: other }) });
      new BareMetalNode(stack, "here", { driver: "redfish" });
    });
    expect(provider.ironic).toEqual([{ alias: "other", url: "http://other.example" }, {}]);
    const users = Object.values(resource).flatMap((each) =>
      Object.entries(each).map(([name, { provider }]) => [name, provider]),
    );
    expect(users).toHaveLength(5);
    for (const [name, used] of users)
      expect([name, used]).toEqual([name, name === "here" ? undefined : "ironic.other"]);
  });

  test("with an alias only is not made again for a stack in which every node names it", async () => {
    const { provider } = await synthesized((stack) => {
      const other = new ironic.IronicProvider(stack, "other", { alias: "other" });
      new BareMetalNode(stack, "there", { driver: "redfish", target: new IronicTarget({ provider: other }) });
    });
    expect(provider.ironic).toEqual([{ alias: "other" }]);
    expect(delivered()).not.toEqual([]);
  });

  test("of another stack is refused", () => {
    const app = new App({ outdir: join(bench.folder, "cdktf.out") });
    const provider = new ironic.IronicProvider(new TerraformStack(app, "one"), "ironic", {});
    const node = () =>
      new BareMetalNode(new TerraformStack(app, "two"), "n", {
        driver: "redfish",
        target: new IronicTarget({ provider }),
      });
    expect(node).toThrow("two/n: target: the provider is in stack one, and the node in two");
  });

  test("comes along with app.synth() too, and with bindings alone, as an executable file where Terraform looks", async () => {
    const build = (stack: TerraformStack) => {
      new ironic.IronicProvider(stack, "ironic");
      new ironic.IronicProvider(stack, "second", { alias: "second" });
      new ironic.NodeV1(stack, "n", { driver: "redfish" });
    };
    bench.app(build).synth();
    const paths = delivered().filter((each) => each.endsWith(`terraform-provider-ironic_v${version}`));
    // Terraform's, and OpenTofu's.
    expect(paths.map((each) => each.replace(/\/[a-z]+_[a-z0-9]+\/[^/]+$/, "")).sort()).toEqual(
      ["opentofu.org", "terraform.io"].map((host) => `plugins/registry.${host}/cdktf-ironic-oci/ironic/${version}`),
    );
    const path = paths.find((each) => each.includes("terraform.io"));
    const file = join(bench.folder, "cdktf.out/stacks/rack-1/terraform.d", path ?? "");
    expect(statSync(file).mode & 0o111).toBe(0o111);
    rmSync(file);
    bench.app(build).synth();
    expect(existsSync(file)).toBe(true);
  });

  test("does not come along when nothing could be synthesized", () => {
    const app = bench.app((stack) => void new BareMetalNode(stack, "node-0", wholeProps(stack)), {
      [CONTEXT.target]: "ironic",
      [CONTEXT.lockFile]: bench.lockFile,
    });
    expect(() => app.synth()).toThrow("is not in");
    expect(delivered()).toEqual([]);
  });
});

describe("secrets", () => {
  const SECRET = "hunter2-in-the-clear";

  test("a variable becomes ephemeral for the ironic target alone, and somebody's own is left alone", async () => {
    await synthesized((stack) => {
      new TerraformVariable(stack, "own", { sensitive: true }).overrideLogicalId("own");
      new BareMetalNode(stack, "real", {
        driver: "redfish",
        driverInfo: { redfish_password: PullSecret.fromVariable(stack, "ours") },
        deployPullSecret: PullSecret.fromVariable(stack, "own"),
      });
      new BareMetalNode(stack, "again", {
        driver: "redfish",
        deployPullSecret: PullSecret.fromVariable(stack, "ours"),
      });
      new BareMetalNode(stack, "shadow", {
        driver: "redfish",
        deployPullSecret: PullSecret.fromVariable(stack, "shown_by_name"),
        target: new NullTarget(),
      });
    });
    const { ours, own, shown_by_name } = json().variable;
    expect(ours).toMatchObject({ sensitive: true, ephemeral: true });
    expect(own).not.toHaveProperty("ephemeral");
    expect(shown_by_name).not.toHaveProperty("ephemeral");
  });

  test("a literal dressed up as a token is refused at synth time", async () => {
    const failure = synthesized(
      (stack) =>
        void new BareMetalNode(stack, "n", {
          driver: "redfish",
          driverInfo: { redfish_password: PullSecret.fromToken(Fn.sensitive(SECRET) as unknown as string) },
        }),
    );
    await expect(failure).rejects.toThrow("a secret written into the program");
    await expect(failure).rejects.not.toThrow(SECRET);
  });

  describe("out of a Docker configuration", () => {
    const entry = 'jsondecode(file(pathexpand("~/.docker/config.json"))).auths["quay.io"].auth';
    const auth = ref(`sensitive(${entry})`);
    const userAndPassword = ref(`sensitive(base64decode(${entry}))`);
    const secret = () => PullSecret.fromDockerConfig("quay.io");
    type Props = Partial<BareMetalNodeProps>;
    const disk = (stack: TerraformStack) => new OciImage(stack, "image", { source: bench.ref("images/cirros:0.6") });
    const container = (stack: TerraformStack) =>
      new OciImage(stack, "image", { source: bench.ref("os:1"), expect: "bootc" });
    const none = () => undefined;
    const forms = async (
      props: Props,
      context: Arguments = {},
      imageIn: (stack: TerraformStack) => OciImage | undefined = disk,
    ) => {
      pushArtifact(bench.registry.store, "os", { tag: "1", files: [{ content: "os" }], artifactType: null });
      await synthesized((stack) => {
        const image = imageIn(stack);
        new BareMetalNode(stack, "n", { driver: "redfish", cpuArch: "x86_64", ...(image && { image }), ...props });
      }, context);
      const [node, deployment] = [argumentsOf("ironic_node_v1", "n"), argumentsOf("ironic_deployment", "n")];
      return { driver: node.image_pull_secret_wo, image: deployment.image_pull_secret_wo };
    };
    const release = (name: string) => ({ [CONTEXT.ironicRelease]: name });

    test.each<[string, Props, Arguments, typeof container, string]>([
      ["the newest Ironic, which is assumed", {}, {}, disk, userAndPassword],
      ["34 by context", {}, release("34.0"), disk, userAndPassword],
      ["33 by context", {}, release("33.0"), disk, auth],
      ["33 by the node, 39 by context", { ironicRelease: "33.0" }, release("39.0"), disk, auth],
      ["39 by the node, 29 by context", { ironicRelease: "39.0" }, release("2025.1"), disk, userAndPassword],
      ["a bootc container", {}, release("39.0"), container, auth],
      ["one that autodetect has to detect", { deployInterface: "autodetect" }, {}, container, userAndPassword],
    ])("%s", async (_what, props, context, image, expected) => {
      expect((await forms({ ...props, imagePullSecret: secret() }, context, image)).image).toBe(expected);
    });

    test("a form that the program chooses is sent, whatever the node", async () => {
      const chosen = (form: PullSecretForm) => ({
        imagePullSecret: PullSecret.fromDockerConfig("quay.io", undefined, { form }),
      });
      expect((await forms(chosen("user:password"), release("33.0"))).image).toBe(userAndPassword);
      expect((await forms(chosen("auth"), release("39.0"))).image).toBe(auth);
      expect(() => chosen("basic" as "auth")).toThrow('form: must be "user:password" or "auth"');
    });

    test("driver_info's secret is the agent's only where the image has none of its own", async () => {
      const deploy = { deployPullSecret: secret() };
      expect(await forms(deploy, {}, container)).toEqual({ driver: auth, image: undefined });
      const both = { ...deploy, imagePullSecret: secret() };
      expect(await forms(both, {}, container)).toEqual({ driver: userAndPassword, image: auth });
      expect((await forms({ ...deploy, deployInterface: "bootc" }, {}, none)).driver).toBe(userAndPassword);
    });

    test("a secret that a resource takes by itself has the form of the resource's Ironic", async () => {
      const build = (stack: TerraformStack) => {
        new ironic.IronicProvider(stack, "ironic");
        new ironic.Deployment(stack, "d", {
          nodeUuid: "c0ffee",
          instanceInfo: {},
          imagePullSecretWo: PullSecret.fromDockerConfig("quay.io").value,
        });
      };
      await synthesized(build, release("33.0"));
      expect(argumentsOf("ironic_deployment", "d").image_pull_secret_wo).toBe(auth);
      await synthesized(build, release("34.0"));
      expect(argumentsOf("ironic_deployment", "d").image_pull_secret_wo).toBe(userAndPassword);
    });

    test("the release of synthesize counts too", async () => {
      const app = bench.app(
        (stack) =>
          void new BareMetalNode(stack, "n", {
            driver: "redfish",
            deployPullSecret: PullSecret.fromDockerConfig("quay.io"),
          }),
        { [CONTEXT.target]: "ironic" },
      );
      await synthesize(app, { ...bench.options(), ironicRelease: "2025.2" });
      expect(argumentsOf("ironic_node_v1", "n").image_pull_secret_wo).toBe(auth);
    });
  });

  describe("are sent again when, and only when, the program says something new of them", () => {
    type Secrets = (
      stack: TerraformStack,
    ) => Pick<BareMetalNodeProps, "driverInfo" | "deployPullSecret" | "imagePullSecret">;
    const versionsOf = async (secrets: Secrets) => {
      await synthesized((stack) => {
        const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") });
        new BareMetalNode(stack, "n", { driver: "redfish", cpuArch: "x86_64", image, ...secrets(stack) });
      });
      const [node, deployment] = [argumentsOf("ironic_node_v1", "n"), argumentsOf("ironic_deployment", "n")];
      return {
        map: node.driver_info_wo_version,
        pull: node.image_pull_secret_wo_version,
        image: deployment.image_pull_secret_wo_version,
      };
    };
    const variable = (name: string, version?: number) => (stack: TerraformStack) =>
      PullSecret.fromVariable(stack, name, version === undefined ? {} : { version });
    const map =
      (fields: Readonly<Record<string, (stack: TerraformStack) => PullSecret>>) => (stack: TerraformStack) => ({
        driverInfo: Object.fromEntries(Object.entries(fields).map(([field, secret]) => [field, secret(stack)])),
      });

    test("several in driver_info", async () => {
      const [a, b] = [variable("a"), variable("b")];
      const first = await versionsOf(map({ redfish_password: a, snmp_community: b }));
      expect(first).toEqual({ map: expect.any(Number), pull: undefined, image: undefined });
      expect(Number.isSafeInteger(first.map)).toBe(true);
      const same = await versionsOf(map({ snmp_community: b, redfish_password: variable("a", 1) }));
      expect(same).toEqual(first);
      const others = [
        { redfish_password: variable("a", 2), snmp_community: b },
        { redfish_password: a, snmp_community: variable("b", 2) },
        { redfish_password: a },
        { redfish_password: a, snmp_community: b, ipmi_password: b },
        { redfish_password: b, snmp_community: a },
        { ipmi_password: a, snmp_community: b },
      ];
      const versions = [first.map];
      for (const fields of others) versions.push((await versionsOf(map(fields))).map);
      expect(new Set(versions).size).toBe(versions.length);
    });

    test("each pull secret by itself", async () => {
      const both = (deploy?: number, image?: number) => (stack: TerraformStack) => ({
        deployPullSecret: PullSecret.fromDockerConfig(
          "quay.io",
          undefined,
          deploy === undefined ? {} : { version: deploy },
        ),
        imagePullSecret: variable("a", image)(stack),
      });
      const first = await versionsOf(both());
      expect(first).toEqual({ map: undefined, pull: expect.any(Number), image: expect.any(Number) });
      const deployRaised = await versionsOf(both(2));
      expect(deployRaised).toEqual({ ...first, pull: expect.any(Number) });
      expect(deployRaised.pull).not.toBe(first.pull);
      const imageRaised = await versionsOf(both(1, 2));
      expect(imageRaised).toEqual({ ...first, image: expect.any(Number) });
      expect(imageRaised.image).not.toBe(first.image);
    });

    test("a secret that takes another form is sent again", async () => {
      const secret = (ironicRelease: string) => () => ({
        deployPullSecret: PullSecret.fromDockerConfig("quay.io"),
        ironicRelease,
      });
      const [old, recent] = [await versionsOf(secret("33.0")), await versionsOf(secret("39.0"))];
      expect(recent.pull).not.toBe(old.pull);
      expect(await versionsOf(secret("38.0"))).toEqual(recent);
    });

    test.each([0, -1, 1.5, Number.NaN])("version %p is none", (version) => {
      expect(() => bench.app((stack) => void PullSecret.fromVariable(stack, "a", { version }))).toThrow(
        "version: needs a whole number from 1",
      );
    });

    test("a version has to be known: Terraform can't be asked", () => {
      expect(() =>
        bench.app((stack) => {
          const version = new TerraformVariable(stack, "version_", { type: "number" }).numberValue;
          PullSecret.fromVariable(stack, "a", { version });
        }),
      ).toThrow("known at synth time");
    });
  });
});

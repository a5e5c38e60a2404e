import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { App, Fn, TerraformOutput, TerraformStack, TerraformVariable, Token } from "cdktf";
import {
  BareMetalDeployment,
  type BareMetalDeploymentProps,
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  InvalidPropsError,
  IronicTarget,
  NullTarget,
  OciImage,
  type OciImageProps,
  OciResolver,
  PullSecret,
  type SynthesizeOptions,
  synthesize,
} from "cdktf-ironic-oci";
import { Construct } from "constructs";
import { cli } from "../support/cli";
import { lockJson } from "../support/lock-file";
import { Bench, triggersOf } from "../support/rack";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

/** What the resolver says by itself, to hold the constructs against. */
async function pinOf(path: string, architecture?: string, imageDownloadSource?: string) {
  const resolver = new OciResolver({ plainHttp: [bench.registry.host], credentials: {} });
  try {
    return await resolver.resolve(bench.ref(path), { architecture, imageDownloadSource });
  } finally {
    await resolver.close();
  }
}

function wholeNode(stack: TerraformStack): BareMetalNode {
  return new BareMetalNode(stack, "node-0", {
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
    rootDevice: { wwnWithExtension: "0x4000", rotational: false },
    bootInterface: "redfish-virtual-media",
    deployInterface: "direct",
    resourceClass: "baremetal",
    traits: ["CUSTOM_SSD", "CUSTOM_GPU"],
    extra: { rack: "r1", position: 4 },
    ports: [{ address: "52:54:00:aa:bb:01", pxeEnabled: true, physicalNetwork: "provisioning" }],
    image: new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") }),
    imageDownloadSource: "local",
    deployKernel: bench.ref("ipa:kernel"),
    deployRamdisk: bench.ref("ipa:ramdisk"),
    imagePullSecret: PullSecret.fromVariable(stack, "quay_pull_secret"),
    deployPullSecret: PullSecret.fromDockerConfig("quay.io"),
  });
}

/** The problems of the props that a constructor refuses. */
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidPropsError) return error.problems;
    throw error;
  }
  return [];
};

test("a whole node becomes a null_resource that holds its pinned configuration, and no secret", async () => {
  const json = await bench.synthesize((stack) => void wholeNode(stack));
  const image = await pinOf("images/cirros:0.6", "x86_64", "local");
  expect(image.diskFormat).toBe("qcow2");
  expect(triggersOf(json)).toEqual({
    name: "node-0",
    driver: "redfish",
    "driver_info.redfish_address": "https://bmc-0.example",
    "driver_info.redfish_username": "admin",
    "driver_info.redfish_password": "var.bmc_password",
    "driver_info.redfish_verify_ca": "false",
    "driver_info.deploy_kernel": (await pinOf("ipa:kernel")).url,
    "driver_info.deploy_ramdisk": (await pinOf("ipa:ramdisk")).url,
    "driver_info.image_pull_secret":
      'sensitive(base64decode(jsondecode(file(pathexpand("~/.docker/config.json"))).auths["quay.io"].auth))',
    "properties.local_gb": "100",
    "properties.cpu_arch": "x86_64",
    "properties.capabilities": "boot_mode:uefi,secure_boot:true",
    "properties.root_device.wwn_with_extension": "0x4000",
    "properties.root_device.rotational": "false",
    boot_interface: "redfish-virtual-media",
    deploy_interface: "direct",
    resource_class: "baremetal",
    traits: "CUSTOM_GPU,CUSTOM_SSD",
    "extra.rack": "r1",
    "extra.position": "4",
    "ports.0.address": "52:54:00:aa:bb:01",
    "ports.0.pxe_enabled": "true",
    "ports.0.physical_network": "provisioning",
    "instance_info.image_source": image.url,
    "instance_info.image_disk_format": "raw",
    "instance_info.image_download_source": "local",
    "instance_info.image_pull_secret": "var.quay_pull_secret",
  });
  expect(json.variable.quay_pull_secret).toMatchObject({ sensitive: true, type: "string" });
  expect(Object.keys(json.provider)).toEqual(["null"]);
});

test("each node gets the artifact for its own architecture and download source", async () => {
  const json = await bench.synthesize((stack) => {
    const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") });
    for (const [id, cpuArch, imageDownloadSource] of [
      ["a", "x86_64", "local"],
      ["b", "x86_64", "http"],
      ["c", "aarch64", "local"],
    ] as const) {
      new BareMetalNode(stack, id, { driver: "redfish", cpuArch, imageDownloadSource, image });
    }
  });
  const sources = ["a", "b", "c"].map((id) => triggersOf(json, id)["instance_info.image_source"]);
  expect(sources).toEqual([
    (await pinOf("images/cirros:0.6", "x86_64", "local")).url,
    (await pinOf("images/cirros:0.6", "x86_64", "http")).url,
    (await pinOf("images/cirros:0.6", "aarch64", "local")).url,
  ]);
  expect(new Set(sources).size).toBe(3);
});

test("an image's attributes are tokens for any resource or output", async () => {
  const json = await bench.synthesize((stack) => {
    const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6"), architecture: "x86_64" });
    const { url, digest, diskFormat, size, checksum, fileName, mediaType } = image;
    for (const [id, value] of Object.entries({ url, digest, diskFormat, size, checksum, fileName, mediaType })) {
      new TerraformOutput(stack, id, { value });
    }
    new TerraformOutput(stack, "sentence", { value: `boots ${image.fileName} (${image.size} bytes)` });
  });
  const pin = await pinOf("images/cirros:0.6", "x86_64");
  const outputs = Object.fromEntries(Object.entries(json.output).map(([id, { value }]) => [id, value]));
  expect(outputs).toEqual({
    url: pin.url,
    digest: pin.digest,
    diskFormat: "raw",
    size: "one amd64 raw".length,
    checksum: pin.checksum,
    fileName: "cirros-amd64.raw",
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    sentence: "boots cirros-amd64.raw (13 bytes)",
  });
});

test("an image that nothing reads is pinned all the same", async () => {
  await bench.synthesize((stack) => void new OciImage(stack, "unread", { source: bench.ref("images/cirros:0.6") }));
  expect(readFileSync(bench.lockFile, "utf8")).toContain("/images/cirros:0.6");
});

test("two runs give the same bytes, with a moved tag in between", async () => {
  await bench.synthesize((stack) => void wholeNode(stack));
  const [first, lock] = [bench.text, readFileSync(bench.lockFile, "utf8")];
  bench.push("two");
  await bench.synthesize((stack) => void wholeNode(stack));
  expect(bench.text).toBe(first);
  expect(readFileSync(bench.lockFile, "utf8")).toBe(lock);
  await bench.synthesize((stack) => void wholeNode(stack), { lockMode: "update" });
  expect(bench.text).not.toBe(first);
});

test("a thousand nodes ask each tag once", async () => {
  await bench.synthesize((stack) => {
    for (let number = 0; number < 1000; number += 1) {
      new BareMetalNode(stack, `node-${number}`, {
        driver: "redfish",
        cpuArch: "x86_64",
        image: bench.ref("images/cirros:0.6"),
        deployKernel: bench.ref("ipa:kernel"),
        deployRamdisk: bench.ref("ipa:ramdisk"),
      });
    }
  });
  expect(bench.registry.requests).toHaveLength(4);
});

describe("app.synth() by itself", () => {
  const context = () => ({ [CONTEXT.lockFile]: bench.lockFile });

  test("works when the lock file answers everything, without a request", async () => {
    await bench.synthesize((stack) => void wholeNode(stack));
    const text = bench.text;
    const requests = bench.registry.requests.length;
    rmSync(`${bench.folder}/cdktf.out`, { recursive: true });
    bench.app((stack) => void wholeNode(stack), context()).synth();
    expect(bench.text).toBe(text);
    expect(bench.registry.requests).toHaveLength(requests);
  });

  test("else fails, naming every construct and the remedy", () => {
    const app = bench.app((stack) => void wholeNode(stack), context());
    const synth = () => app.synth();
    expect(synth).toThrow("[rack-1/cirros]");
    expect(synth).toThrow("[rack-1/node-0]");
    expect(synth).toThrow(/ipa:kernel as kernel \(x86_64\) is not in .*ironic-oci.lock.json/);
    expect(synth).toThrow('call "await synthesize(app)"');
    expect(existsSync(`${bench.folder}/cdktf.out/stacks/rack-1/cdk.tf.json`)).toBe(false);
  });

  test.each(["29.0", "39.0"])("gives commands that lock what is missing, on Ironic %s", async (ironicRelease) => {
    const app = () =>
      bench.app((stack) => void wholeNode(stack), { ...context(), [CONTEXT.ironicRelease]: ironicRelease });
    let message = "";
    try {
      app().synth();
    } catch (error) {
      message = String(error);
    }
    const commands = [...message.matchAll(/or run: ironic-oci (lock .*)$/gm)].map(([, argv = ""]) => argv.split(" "));
    expect(commands).toHaveLength(3);
    for (const argv of commands) {
      expect(await cli(...argv, "--plain-http", bench.registry.host)).toMatchObject({ code: 0 });
    }
    app().synth();
  });

  test("does not go on with a damaged lock file", () => {
    writeFileSync(bench.lockFile, "{");
    expect(() => bench.app((stack) => void wholeNode(stack), context()).synth()).toThrow("is not JSON");
  });
});

describe("synthesize()", () => {
  test("tells every failure with the constructs that asked, and synthesizes nothing", async () => {
    const build = (stack: TerraformStack) => {
      const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") });
      new BareMetalNode(stack, "ppc", { driver: "redfish", cpuArch: "ppc64le", image });
      new BareMetalNode(stack, "lost", { driver: "redfish", deployKernel: bench.ref("ipa:lost") });
    };
    const failure = bench.synthesize(build);
    await expect(failure).rejects.toMatchObject({ code: "NOT_PINNED" });
    await expect(failure).rejects.toThrow(/rack-1\/cirros, rack-1\/ppc: .*0\.6 as image \(ppc64le/);
    await expect(failure).rejects.toThrow("for amd64, the node is ppc64le");
    await expect(failure).rejects.toThrow(/rack-1\/lost: .*no tag "lost" in this repository/s);
    expect(existsSync(`${bench.folder}/cdktf.out/stacks/rack-1/cdk.tf.json`)).toBe(false);
  });

  test("in mode frozen makes no request", async () => {
    await bench.synthesize((stack) => void wholeNode(stack));
    const [text, requests] = [bench.text, bench.registry.requests.length];
    await bench.synthesize((stack) => void wholeNode(stack), { lockMode: "frozen" });
    expect(bench.text).toBe(text);
    await expect(
      bench.synthesize((stack) => void new OciImage(stack, "new", { source: bench.ref("new:tag") }), {
        lockMode: "frozen",
      }),
    ).rejects.toMatchObject({ code: "LOCK_FROZEN", missing: [expect.stringContaining("/new:tag")] });
    expect(bench.registry.requests).toHaveLength(requests);
  });

  test("an abort ends it before anything is written", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(bench.synthesize((stack) => void wholeNode(stack), { signal })).rejects.toThrow("enough");
    expect(existsSync(bench.lockFile)).toBe(false);
  });
});

test("the Ironic release comes from the node, else its context, else synthesize", async () => {
  const app = new App({ outdir: `${bench.folder}/cdktf.out`, context: { [CONTEXT.lockFile]: bench.lockFile } });
  const image = new OciImage(app, "image", { source: bench.ref("images/cirros:0.6") });
  const old = new TerraformStack(app, "old");
  old.node.setContext(CONTEXT.ironicRelease, "29.0.5");
  new BareMetalNode(old, "by-context", { driver: "redfish", cpuArch: "x86_64", image });
  new BareMetalNode(old, "by-prop", { driver: "redfish", cpuArch: "aarch64", image, ironicRelease: "39.0" });
  new BareMetalNode(new TerraformStack(app, "rack-1"), "by-default", {
    driver: "redfish",
    imageDownloadSource: "local",
    image,
  });
  await synthesize(app, bench.options({ ironicRelease: "2025.2" }));
  const { references } = lockJson(bench.lockFile);
  const [selections] = Object.values(references).map((each) => each.selections);
  expect(selections?.map(({ architecture, profile }) => [architecture, profile])).toEqual([
    [undefined, "ironic-29"],
    ["aarch64", "ironic-34"],
    ["x86_64", "ironic-29"],
  ]);
});

describe("wrong props", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.again = { cyclic };
  const make = (props: unknown) =>
    bench.app((stack) => void new BareMetalNode(stack, "node-0", props as BareMetalNodeProps));

  test.each<[string, Record<string, unknown>, string]>([
    ["no driver", { driver: undefined }, "driver: "],
    ["a field that isn't one", { cpuArc: "x86_64" }, "cpuArc: is not a prop; did you mean cpuArch?"],
    ["a field in Ironic's spelling", { cpu_arch: "x86_64" }, "cpu_arch: is not a prop; did you mean cpuArch?"],
    [
      "a hint in Ironic's spelling",
      { rootDevice: { by_path: "x" } },
      "rootDevice.by_path: is not a prop; did you mean byPath?",
    ],
    ["user data that is a list", { image: "oci://registry.example/fcos:stable", userData: ["a"] }, "userData: "],
    ["user data without an image", { userData: "#!/bin/sh" }, "userData: has no effect without an image"],
    ["an adoption without an image", { adopt: true }, "adopt: has no effect without an image"],
    ["protection without an image", { protected: true }, "protected: has no effect without an image"],
    ["a port without an address", { ports: [{}] }, "ports.0.address: is needed"],
    [
      "a size that is no size",
      { rootDevice: { size: -1 } },
      "rootDevice.size: must be a whole number of GiB, or a comparison",
    ],
    ["a field without a name", { driverInfo: { "": "x" } }, "driverInfo.: a name must not be empty"],
    [
      "a value that JSON has not",
      { extra: { a: { b: Number.NaN } } },
      "extra.a: must be a string, a number, true, false,",
    ],
    ["swift", { imageDownloadSource: "swift" }, "imageDownloadSource: must be local or http"],
    ["a name that is no host name", { name: "node 0" }, "name: is not a host name"],
    ["a trait in small letters", { traits: ["ssd"] }, "traits.0: a trait is"],
    ["a wrong MAC address", { ports: [{ address: "52-54-00" }] }, "ports.0.address: is not a MAC address"],
    ["an empty root device", { rootDevice: {} }, "rootDevice: needs at least one hint"],
    ["cpu_arch among the properties", { properties: { cpu_arch: "x86_64" } }, "must be given as cpuArch"],
    [
      "a kernel given twice",
      { deployKernel: "oci://h/p:t", driverInfo: { deploy_kernel: "x" } },
      "driverInfo.deploy_kernel: is set by deployKernel",
    ],
    [
      "a reference that isn't one",
      { deployKernel: "oci://h/P:t" },
      "deployKernel: invalid OCI reference: a repository is written in lower case",
    ],
    [
      "a construct in place of its value",
      { name: new Construct(undefined as never, "") },
      "name: must be a string, not an object of the class Construct",
    ],
    [
      "an image's URL",
      { image: Token.asString({ resolve: () => "" }) },
      "image: must be known at synth time: a token can't be used here; give the OciImage itself",
    ],
    ["a value that contains itself", { extra: { a: cyclic } }, "extra: must not contain itself"],
    ["an image that isn't one", { image: 5 }, "image: must be an OciImage, or a reference"],
    [
      "a capability with a colon",
      { capabilities: { "a:b": "c" } },
      "capabilities.a:b: a capability's name has no colon",
    ],
  ])("%s", (_name, props, message) => {
    expect(() => make({ driver: "redfish", ...props })).toThrow(
      expect.objectContaining({
        code: "INVALID_PROPS",
        path: "rack-1/node-0",
        message: expect.stringContaining(message),
      }),
    );
  });

  const names = (problems: readonly string[]) => problems.map((problem) => problem.split(":", 1)[0]).sort();
  const NODE_PROPS: Record<keyof BareMetalNodeProps, true> = {
    ...{ name: true, driver: true, driverInfo: true, properties: true, cpuArch: true, capabilities: true },
    ...{ rootDevice: true, biosInterface: true, bootInterface: true, consoleInterface: true, deployInterface: true },
    ...{ firmwareInterface: true, inspectInterface: true, managementInterface: true, networkInterface: true },
    ...{ powerInterface: true, raidInterface: true, rescueInterface: true, storageInterface: true },
    ...{ vendorInterface: true, resourceClass: true, traits: true, extra: true, ports: true, image: true },
    ...{ imageDownloadSource: true, bootcAuthorizedKeys: true, bootcTpm2Luks: true, deployKernel: true },
    ...{ deployRamdisk: true, imagePullSecret: true, deployPullSecret: true, ironicRelease: true, target: true },
    ...{ description: true, userData: true, metadata: true, networkData: true, protected: true },
    ...{ deployIso: true, rescueKernel: true, rescueRamdisk: true, rescueIso: true, bootloader: true },
    ...{ instanceKernel: true, instanceRamdisk: true, bootIso: true },
    ...{ deploySteps: true, timeouts: true, portGroups: true, adopt: true },
  };
  const DEPLOYMENT_PROPS: Record<keyof BareMetalDeploymentProps, true> = {
    ...{ cpuArch: true, deployInterface: true, image: true, imageDownloadSource: true, instanceKernel: true },
    ...{ instanceRamdisk: true, bootIso: true, userData: true, metadata: true, networkData: true, deploySteps: true },
    ...{ protected: true, bootcAuthorizedKeys: true, bootcTpm2Luks: true, imagePullSecret: true, ironicRelease: true },
    ...{ target: true, node: true, allocation: true, timeouts: true },
  };
  const IMAGE_PROPS: Record<keyof OciImageProps, true> = {
    ...{ source: true, expect: true, architecture: true, imageDownloadSource: true },
  };
  const image = (props: unknown, context?: Record<string, unknown>) => () =>
    bench.app((stack) => void new OciImage(stack, "os", props as OciImageProps), context);

  test.each([
    ["a function", () => 1],
    ["null", null],
    ["a number", 5],
  ])("of all props at once, %s each, are all named in one error, in words for its reader", (_what, wrong) => {
    const all = (props: object) => Object.fromEntries([...Object.keys(props), "nonsense"].map((name) => [name, wrong]));
    const node = problemsOf(() => make(all(NODE_PROPS)));
    expect(names(node)).toEqual([...Object.keys(NODE_PROPS), "nonsense"].sort());
    const own = problemsOf(image(all(IMAGE_PROPS)));
    expect(names(own)).toEqual([...Object.keys(IMAGE_PROPS), "nonsense"].sort());
    const deployment = problemsOf(() =>
      bench.app((stack) => void new BareMetalDeployment(stack, "d", all(DEPLOYMENT_PROPS) as BareMetalDeploymentProps)),
    );
    expect(names(deployment)).toEqual([...Object.keys(DEPLOYMENT_PROPS), "nonsense"].sort());
    for (const problem of [...node, ...own, ...deployment])
      expect(problem).not.toMatch(/Invalid|Unrecognized|expected|undefined/);
  });

  test("of every kind are in one error: wrong references, contradictions, unknown names and the context", () => {
    const context = { [CONTEXT.ironicRelease]: "banana", [CONTEXT.target]: "Ironic" };
    const props = {
      ...{ driver: "redfish", image: "nope", deployKernel: "http://x/y", deployRamdisk: "oci://h/P:t", cpu_arch: "x" },
      driverInfo: { image_pull_secret: "x" },
      deployPullSecret: undefined,
      properties: { cpu_arch: "x86_64" },
    };
    const build = () =>
      bench.app((stack) => void new BareMetalNode(stack, "node-0", props as unknown as BareMetalNodeProps), context);
    expect(names(problemsOf(build))).toEqual([
      ...["context cdktf-ironic-oci", "context cdktf-ironic-oci", "cpu_arch", "deployKernel", "deployRamdisk"],
      ...["driverInfo.image_pull_secret", "image", "properties.cpu_arch"],
    ]);
    expect(names(problemsOf(image({ source: "nope", expect: "vm", arch: "x86_64" }, context)))).toEqual([
      ...["arch", "context cdktf-ironic-oci", "expect", "source"],
    ]);
  });

  test("each have their own remedy, and lines of their own", () => {
    const build = () => make({ driver: "redfish", image: "quay.io/podman/machine-os:5.5", cpuArch: "" });
    expect(build).toThrow(
      expect.objectContaining({
        message: [
          "rack-1/node-0: ",
          "  cpuArch: must not be empty",
          "  image: invalid OCI reference: a reference starts with oci://",
          "      quay.io/podman/machine-os:5.5",
          "      ^",
          "    did you mean oci://quay.io/podman/machine-os:5.5?",
        ].join("\n"),
        hint: undefined,
      }),
    );
  });

  test("of forNode, of secrets and of targets are named, too", () => {
    const facts = { arch: "x86_64", imageDownloadSource: "swift", architecture: "" };
    const os = (stack: TerraformStack) => new OciImage(stack, "os", { source: "oci://h/p:t" });
    expect(names(problemsOf(() => bench.app((stack) => os(stack).forNode(facts as never))))).toEqual([
      ...["arch", "architecture", "imageDownloadSource"],
    ]);
    const secret = () => PullSecret.fromDockerConfig("", 5 as never, { version: "1", form: "x", nonsense: 1 } as never);
    expect(names(problemsOf(secret))).toEqual(["form", "host", "nonsense", "path", "version"]);
    for (const name of [undefined, "", "a b", "count", "version", "depends_on"]) {
      const variable = () => bench.app((stack) => PullSecret.fromVariable(stack, name as never));
      expect(problemsOf(variable)).toEqual([`${JSON.stringify(name)} is not a valid name for a Terraform variable`]);
    }
    const target = () => new IronicTarget({ provider: "ironic", withoutImage: "active", nonsense: 1 } as never);
    expect(names(problemsOf(target))).toEqual(["nonsense", "provider", "withoutImage"]);
  });

  test("of synthesize and the app's context are named, instead of an end without an error", async () => {
    const rejected = async (options: unknown) =>
      synthesize(
        bench.app((stack) => void wholeNode(stack)),
        options as SynthesizeOptions,
      ).then(
        () => [],
        (error: unknown) =>
          problemsOf(() => {
            throw error;
          }),
      );
    expect(names(await rejected({ concurrency: 0 }))).toEqual(["concurrency"]);
    const wrong = { ironicRelease: "banana", plainHttp: "h", lockFile: 5, lockMode: "froze", lockfile: "x" };
    expect(names(await rejected(wrong))).toEqual(Object.keys(wrong).sort());
    expect(await rejected(null)).toEqual(["options: must be an object"]);
    const context = { "cdktf-ironic-oci:ironicrelease": "29.0", [CONTEXT.lockFile]: 5 };
    expect(problemsOf(() => bench.app((stack) => void wholeNode(stack), context))).toEqual([
      "context cdktf-ironic-oci:ironicrelease: is not a context key; did you mean cdktf-ironic-oci:ironicRelease?",
      "context cdktf-ironic-oci:lockFile: must be a path",
    ]);
  });

  test("instead of props are an error too", () => {
    for (const props of [undefined, null, 5, []]) {
      expect(problemsOf(() => make(props))).toEqual([expect.stringMatching(/^props: must be an object, not /)]);
      expect(problemsOf(image(props))).toEqual([expect.stringMatching(/^props: must be an object, not /)]);
    }
  });
});

describe("secrets", () => {
  const SECRET = "hunter2-in-the-clear";

  test.each<[string, Record<string, unknown>]>([
    ["imagePullSecret", { image: "oci://h/p:t", imagePullSecret: SECRET }],
    ["deployPullSecret", { deployPullSecret: SECRET }],
    ["driverInfo.redfish_password", { driverInfo: { redfish_password: SECRET } }],
    ["driverInfo.snmp_community", { driverInfo: { snmp_community: SECRET } }],
    ["driverInfo.ipmi_password in a list", { driverInfo: { ipmi_password: [SECRET] } }],
  ])("a literal in %s is refused with the way out, and not repeated", (_name, props) => {
    let error: unknown;
    try {
      bench.app(
        (stack) => void new BareMetalNode(stack, "node-0", { driver: "redfish", ...props } as BareMetalNodeProps),
      );
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "INVALID_PROPS", message: expect.stringContaining("PullSecret.fromVariable") });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET);
  });

  test.each<[string, (secret: string) => unknown]>([
    ["console.auth_key", (auth_key) => ({ console: { auth_key } })],
    ["users.1.password", (password) => ({ users: [{ name: "admin" }, { password }] })],
    ["console.tokens", (secret) => ({ console: { tokens: [secret] } })],
  ])("a secret inside of a container, driverInfo.%s, is refused as a literal and as a token", (path, driverInfo) => {
    const make = (secret: (stack: TerraformStack) => string) => () =>
      bench.app((stack) => {
        const props = { driver: "redfish", driverInfo: driverInfo(secret(stack)) };
        new BareMetalNode(stack, "node-0", props as BareMetalNodeProps);
      });
    const refused = [`driverInfo.${path}: a secret can't be inside of a map or list: plan and state would hold it`];
    expect(problemsOf(make(() => SECRET))).toEqual(refused);
    expect(problemsOf(make((stack) => new TerraformVariable(stack, "key", { sensitive: true }).stringValue))).toEqual(
      refused,
    );
  });

  test("fromToken refuses a literal", () => {
    expect(() => PullSecret.fromToken(SECRET)).toThrow(
      expect.objectContaining({ code: "LITERAL_SECRET", message: expect.not.stringContaining(SECRET) }),
    );
  });

  test("a literal dressed up as a token is refused at synth time", async () => {
    const build = (stack: TerraformStack) =>
      void new BareMetalNode(stack, "node-0", {
        driver: "redfish",
        deployPullSecret: PullSecret.fromToken(Fn.sensitive(SECRET) as unknown as string),
      });
    const failure = bench.synthesize(build);
    await expect(failure).rejects.toThrow("a secret written into the program");
    await expect(failure).rejects.not.toThrow(SECRET);
  });

  test("a token anywhere in a secret field is shown by its name, without the literals around it", async () => {
    const json = await bench.synthesize((stack) => {
      const password = new TerraformVariable(stack, "password", { sensitive: true });
      new BareMetalNode(stack, "node-0", {
        driver: "redfish",
        driverInfo: { redfish_password: password.stringValue, ipmi_password: `${SECRET}${password.stringValue}` },
        deployPullSecret: PullSecret.fromToken(Fn.join(":", [SECRET, password.stringValue])),
      });
    });
    expect(triggersOf(json)).toEqual({
      driver: "redfish",
      "driver_info.redfish_password": "var.password",
      "driver_info.ipmi_password": "var.password",
      "driver_info.image_pull_secret": 'join("…", ["…", var.password])',
    });
    expect(bench.text).not.toContain(SECRET);
  });

  test("fromVariable: one variable for one name, and never somebody else's", async () => {
    const json = await bench.synthesize((stack) => {
      const secrets = [PullSecret.fromVariable(stack, "shared"), PullSecret.fromVariable(stack, "shared")];
      for (const [number, deployPullSecret] of secrets.entries()) {
        new BareMetalNode(stack, `node-${number}`, { driver: "redfish", deployPullSecret });
      }
    });
    expect(Object.keys(json.variable)).toEqual(["shared"]);
    expect(() =>
      bench.app((stack) => {
        new TerraformVariable(stack, "open", {});
        PullSecret.fromVariable(stack, "open");
      }),
    ).toThrow("open exists already");
    expect(() => bench.app((stack) => void PullSecret.fromVariable(stack, "no good"))).toThrow(
      "is not a valid name for a Terraform variable",
    );
  });
});

test("a target is a small interface: provisioners can hang on the null target, and a user's own target gets everything", async () => {
  let seen: unknown;
  const json = await bench.synthesize((stack) => {
    new BareMetalNode(stack, "node-0", {
      driver: "redfish",
      deployKernel: bench.ref("ipa:kernel"),
      target: new NullTarget({ provisioners: [{ type: "local-exec", command: "echo moved" }] }),
    });
    new BareMetalNode(stack, "node-1", {
      driver: "redfish",
      target: {
        create(node, configuration) {
          seen = configuration;
          return new NullTarget().create(node, configuration);
        },
      },
    });
  });
  expect(JSON.stringify(json)).toContain("echo moved");
  expect(seen).toMatchObject({ driver: "redfish", driver_info: {}, driver_info_secrets: {} });
});

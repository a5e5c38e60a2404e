import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import { BareMetalNode, type BareMetalNodeProps, CONTEXT, IronicTarget, OciImage, synthesize } from "cdktf-ironic-oci";
import { pushArtifact } from "../../src/testing/registry";
import { toEarlierFormat } from "../support/lock-file";
import { Bench, triggersOf } from "../support/rack";
import { captureStderr } from "../support/stderr";

/** What an image is meant to be, what it is as pinned, and for which Ironic. */
let bench: Bench;
let stderr: { text: string };
/** Without the lines that test/constructs/output.test.ts is about. */
const withoutSummary = (text: string) =>
  text.replaceAll(/^(?:pinned \d+ artifacts?: |note: .*null_resource|warning: .*: a pinned raw disk image ).*\n/gm, "");
beforeEach(async () => {
  bench = await Bench.start();
  stderr = captureStderr();
  pushArtifact(bench.registry.store, "os", { tag: "1", files: [{ content: "os" }], artifactType: null });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.stop();
});

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpBJxX0 admin@example";
const OTHER_KEY = 'command="id" ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI';
const container = (stack: TerraformStack) => new OciImage(stack, "os", { source: bench.ref("os:1"), expect: "bootc" });
const ref = (expression: string) => `\${${expression}}`;
const ironicRelease = "39.0";

describe("an image", () => {
  test("tells what its pinned URL is for Ironic, beside what the tag is", async () => {
    const json = await bench.synthesize((stack) => {
      const image = new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6"), architecture: "x86_64" });
      const value = [image.diskFormat, image.asPinnedKind, image.asPinnedDiskFormat].join(" ");
      new TerraformOutput(stack, "disk", { value });
      const os = container(stack);
      new TerraformOutput(stack, "bootc", { value: [os.diskFormat, os.asPinnedKind, os.asPinnedDiskFormat].join(" ") });
    });
    expect(json.output).toMatchObject({ disk: { value: "raw disk unknown" }, bootc: { value: "bootc bootc bootc" } });
  });

  test("that would be deployed as something else fails the synthesis, and names who asked", async () => {
    const failing = bench.synthesize((stack) => {
      new BareMetalNode(stack, "node-0", { driver: "redfish", image: bench.ref("os:1") });
    });
    await expect(failing).rejects.toMatchObject({
      code: "NOT_PINNED",
      message: expect.stringMatching(
        /rack-1\/node-0\/image, rack-1\/node-0: .*os:1 as image[\s\S]*a disk image is expected, and pinned it is a bootc container[\s\S]*by its digest[\s\S]*oras push/,
      ),
    });
    // A lock file without a pin would make frozen the default of the next run in CI.
    expect(existsSync(bench.lockFile)).toBe(false);
  });

  test.each<["prefer" | "frozen" | "app.synth()"]>([["prefer"], ["frozen"], ["app.synth()"]])(
    "that was locked without checks and would be deployed as something else fails likewise: %s",
    async (mode) => {
      const build = (stack: TerraformStack) => {
        new BareMetalNode(stack, "node-0", { driver: "redfish", image: bench.ref("os:1"), ironicRelease });
      };
      await bench.synthesize(build, { extraChecks: false });
      const again = async () => {
        if (mode !== "app.synth()") return void (await bench.synthesize(build, { lockMode: mode }));
        bench.app(build, { [CONTEXT.lockFile]: bench.lockFile }).synth();
      };
      await expect(again()).rejects.toThrow(
        /a disk image is expected, and pinned it is a bootc container[\s\S]*`expect: "bootc"` in a program/,
      );
      await bench.synthesize(build, { extraChecks: { class: false }, lockMode: "frozen" });
    },
  );

  test("that is expected to be a container and is a disk image fails likewise", async () => {
    const failing = bench.synthesize((stack) => {
      new OciImage(stack, "os", { source: bench.ref("images/cirros:0.6"), expect: "bootc" });
    });
    await expect(failing).rejects.toThrow("a bootc container is expected, and pinned it is a disk image");
  });

  test("is a disk image or a bootc container", () => {
    const wrong = () =>
      bench.app((stack) => void new OciImage(stack, "os", { source: "oci://h/p:t", expect: "vm" as never }));
    expect(wrong).toThrow(
      expect.objectContaining({
        code: "INVALID_PROPS",
        path: "rack-1/os",
        problems: ["expect: must be disk or bootc"],
      }),
    );
  });

  test("of a lock file that does not tell is read all the same in mode frozen, and says so", async () => {
    const build = (stack: TerraformStack) => {
      const image = new OciImage(stack, "cirros", {
        source: bench.ref("images/cirros:0.6"),
        imageDownloadSource: "local",
      });
      new TerraformOutput(stack, "kind", { value: `<${image.asPinnedKind}>` });
    };
    await bench.synthesize(build, { ironicRelease });
    const text = readFileSync(bench.lockFile, "utf8");
    toEarlierFormat(bench.lockFile, 1);
    stderr.text = "";
    const requests = bench.registry.requests.length;
    expect((await bench.synthesize(build, { lockMode: "frozen", ironicRelease })).output.kind?.value).toBe("<>");
    expect(bench.registry.requests).toHaveLength(requests);
    expect(withoutSummary(stderr.text)).toMatch(
      /^warning: .*images\/cirros:0\.6 as image .*: the lock file was written by an earlier version.*\n$/,
    );
    // Where there is a network, the lock file is completed.
    expect((await bench.synthesize(build, { ironicRelease })).output.kind?.value).toBe("<disk>");
    expect(readFileSync(bench.lockFile, "utf8")).toBe(text);
  });
});

describe("a bootc container on a node", () => {
  const node = (stack: TerraformStack, props: Partial<BareMetalNodeProps> = {}) =>
    new BareMetalNode(stack, "node-0", { driver: "redfish", image: container(stack), ...props });

  test("has its deploy interface, and its own fields of instance_info", async () => {
    const json = await bench.synthesize(
      (stack) => void node(stack, { bootcAuthorizedKeys: [KEY, OTHER_KEY], bootcTpm2Luks: true }),
      { ironicRelease },
    );
    expect(triggersOf(json)).toMatchObject({
      deploy_interface: "bootc",
      "instance_info.image_source": expect.stringMatching(/\/os@sha256:/),
      "instance_info.bootc_authorized_keys": `${KEY}\n${OTHER_KEY}`,
      "instance_info.bootc_tpm2_luks": "true",
    });
    // And it is said what a pin means for such a machine.
    expect(stderr.text).toContain("`bootc upgrade` never finds anything newer");
  });

  test("goes to a real Ironic the same way; what is false is left out, because the agent takes any text for true", async () => {
    for (const [bootcTpm2Luks, sent] of [
      [true, "true"],
      [false, undefined],
      [undefined, undefined],
    ] as const) {
      const more = { bootcAuthorizedKeys: KEY, ...(bootcTpm2Luks !== undefined && { bootcTpm2Luks }) };
      const app = bench.app((stack) => void node(stack, more), { [CONTEXT.target]: "ironic" });
      await synthesize(app, bench.options({ ironicRelease }));
      const { resource } = bench.read() as unknown as { resource: Record<string, Record<string, unknown>> };
      expect(resource.ironic_node_v1?.["node-0"]).toMatchObject({ deploy_interface: "bootc" });
      const deployment = resource.ironic_deployment?.["node-0"] as
        | { instance_info: Record<string, string> }
        | undefined;
      const { bootc_authorized_keys: keys, bootc_tpm2_luks: luks } = deployment?.instance_info ?? {};
      expect([keys, luks]).toEqual([KEY, sent]);
    }
  });

  test.each(["autodetect", "bootc", "custom-bootc", "fake"])(
    "keeps the deploy interface %s that it is given",
    async (deployInterface) => {
      const json = await bench.synthesize((stack) => void node(stack, { deployInterface }));
      expect(triggersOf(json)).toMatchObject({ deploy_interface: deployInterface });
    },
  );

  test("its keys may be tokens, one by one, as a whole, and as a list", async () => {
    const json = await bench.synthesize((stack) => {
      const one = new TerraformVariable(stack, "key", { type: "string" });
      const list = new TerraformVariable(stack, "keys", { type: "list(string)" });
      const image = container(stack);
      const tokens = { whole: one.stringValue, each: [KEY, one.stringValue], list: list.listValue };
      for (const [name, bootcAuthorizedKeys] of Object.entries(tokens)) {
        new BareMetalNode(stack, name, {
          driver: "redfish",
          image,
          bootcAuthorizedKeys,
          deployInterface: one.stringValue,
        });
      }
    });
    const keys = (name: string) => triggersOf(json, name)["instance_info.bootc_authorized_keys"];
    expect(["whole", "each", "list"].map(keys)).toEqual([
      ref("var.key"),
      `${KEY}\n${ref("var.key")}`,
      ref('join("\\n", var.keys)'),
    ]);
    expect(triggersOf(json, "list")).toMatchObject({ deploy_interface: ref("var.key") });
  });

  const refused = (make: (stack: TerraformStack) => Partial<BareMetalNodeProps>, problem: RegExp) =>
    expect(() =>
      bench.app((stack) => void new BareMetalNode(stack, "node-0", { driver: "redfish", ...make(stack) })),
    ).toThrow(
      expect.objectContaining({
        code: "INVALID_PROPS",
        path: "rack-1/node-0",
        problems: [expect.stringMatching(problem)],
      }),
    );

  test.each(["direct", "ramdisk", "anaconda", "ansible"])(
    "can't be deployed by the interface %s",
    (deployInterface) => {
      refused(
        (stack) => ({ image: container(stack), deployInterface }),
        /^deployInterface: \w+ can't deploy the bootc container/,
      );
    },
  );

  test("is what bootc's fields and its interface are for, and nothing else", () => {
    const image = "oci://h/p:t";
    refused(
      () => ({ image, bootcTpm2Luks: false }),
      /^bootcTpm2Luks: is for bootc containers only, and .*expect: "bootc"/,
    );
    refused(() => ({ bootcAuthorizedKeys: KEY }), /^bootcAuthorizedKeys: is for bootc containers only/);
    refused(
      () => ({ image, deployInterface: "bootc" }),
      /^deployInterface: bootc is for bootc containers only, and this package supports bootc containers for Ironic 34\.0 and later: give the image as/,
    );
    // Where no image can be expected to be a container, that is no advice.
    refused(
      () => ({ image, deployInterface: "bootc", ironicRelease: "29.0" }),
      /^deployInterface: bootc .* for Ironic 34\.0 and later: give a disk image$/,
    );
  });

  test.each<[string, string | string[], RegExp]>([
    ["nothing", "", /holds no key/],
    ["comments only", "# none\n\n", /holds no key/],
    ["an empty list", [], /holds no key/],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", /holds a private key/],
    ["a path", "~/.ssh/id_ed25519.pub", /is not a public key/],
    ["a key and nonsense", `${KEY}\nnonsense`, /is not a public key/],
    ["a list with nonsense", [KEY, "nonsense"], /^bootcAuthorizedKeys\.1: .*is not a public key/],
  ])("has no keys in %s", (_what, bootcAuthorizedKeys, problem) => {
    refused((stack) => ({ image: container(stack), bootcAuthorizedKeys }), problem);
  });

  test("can't be pinned for a release that knows none", async () => {
    const failing = bench.synthesize((stack) => void node(stack), { ironicRelease: "epoxy" });
    await expect(failing).rejects.toThrow("up to release 33 Ironic deploys every pinned image as a disk image");
    expect(bench.registry.requests).toHaveLength(0);
  });
});

describe("the Ironic release", () => {
  const unnamed = { ironicRelease: undefined };

  test.each([29, 39, 2025.1])("may be a number, as in the context: %d", async (number) => {
    const ironicRelease = number as unknown as string;
    const build = (stack: TerraformStack) => {
      new BareMetalNode(stack, "node", { driver: "redfish", image: bench.ref("images/cirros:0.6"), ironicRelease });
    };
    await bench.synthesize(build, { ironicRelease });
    const unknownOne = 28 as unknown as string;
    expect(() =>
      bench.app((stack) => void new BareMetalNode(stack, "node", { driver: "redfish", ironicRelease: unknownOne })),
    ).toThrow(/ironicRelease: .*use one of 29\.0 \(2025\.1, Epoxy\)/);
  });

  const image = (stack: TerraformStack, id = "cirros") =>
    new OciImage(stack, id, {
      source: bench.ref("images/cirros:0.6"),
      architecture: "x86_64",
      imageDownloadSource: "local",
    });

  test.each(["banana", "", "40.0", "2024.2"])(
    "%j is an error wherever it stands, before any request",
    async (release) => {
      const wrong = (path: string, field: string) =>
        expect.objectContaining({
          ...{ code: "INVALID_PROPS", path },
          problems: [
            expect.stringMatching(new RegExp(`^${field}: .*(is not a known Ironic release|does not support)`)),
          ],
        });
      expect(() => bench.app((stack) => void image(stack), { [CONTEXT.ironicRelease]: release })).toThrow(
        wrong("rack-1/cirros", "context cdktf-ironic-oci:ironicRelease"),
      );
      const onStack = () =>
        bench.app((stack) => {
          stack.node.setContext(CONTEXT.ironicRelease, release);
          new BareMetalNode(stack, "node-0", { driver: "redfish", deployKernel: bench.ref("ipa:kernel") });
        });
      expect(onStack).toThrow(wrong("rack-1/node-0", "context cdktf-ironic-oci:ironicRelease"));
      expect(() => bench.app((stack) => image(stack).forNode({ ironicRelease: release }))).toThrow(
        wrong("rack-1/cirros", "ironicRelease"),
      );
      await expect(bench.synthesize((stack) => void image(stack), { ironicRelease: release })).rejects.toEqual(
        wrong("synthesize", "ironicRelease"),
      );
      expect(() =>
        bench.app((stack) => void new BareMetalNode(stack, "node-0", { driver: "redfish", ironicRelease: release })),
      ).toThrow(
        expect.objectContaining({
          path: "rack-1/node-0",
          message: expect.stringMatching(/ironicRelease: .*29\.0 \(2025\.1, Epoxy\)/s),
        }),
      );
      expect(bench.registry.requests).toHaveLength(0);
    },
  );

  test("that nobody named is said to be assumed, in one line", async () => {
    await bench.synthesize((stack) => {
      for (const id of ["a", "b"]) image(stack, id);
    }, unnamed);
    expect(withoutSummary(stderr.text)).toBe(
      "note: Ironic 39.0 (2026.2, Hibiscus) is assumed, because no release is set: ironicRelease of synthesize, or the context key cdktf-ironic-oci:ironicRelease\n",
    );
  });

  test("is the node's own, wherever the image stands", async () => {
    pushArtifact(bench.registry.store, "plain", { tag: "1", files: [{ content: "a" }], artifactType: "a/b" });
    const app = new App({ outdir: join(bench.folder, "cdktf.out") });
    const image = new OciImage(app, "image", { source: bench.ref("plain:1") });
    for (const [id, release] of [
      ["old", "29.0"],
      ["new", "39.0"],
    ] as const) {
      const stack = new TerraformStack(app, id);
      stack.node.setContext(CONTEXT.ironicRelease, release);
      const { image: artifact } = new BareMetalNode(stack, "node-0", { driver: "redfish", image });
      new TerraformOutput(stack, "profile", { value: artifact?.url });
      stack.node.addValidation({
        validate: () => (artifact?.pin().profile === `ironic-${id === "old" ? 29 : 34}` ? [] : [id]),
      });
    }
    await synthesize(app, bench.options({ ironicRelease: "39.0" }));
    expect(withoutSummary(stderr.text)).toBe("");
  });

  test("that somebody named is not, nor one that decides nothing", async () => {
    await bench.synthesize((stack) => void image(stack), { ironicRelease: "2026.2" });
    await bench.synthesize((stack) => {
      new BareMetalNode(stack, "node-0", { driver: "redfish", deployKernel: bench.ref("ipa:kernel") });
    }, unnamed);
    const app = new App({ outdir: join(bench.folder, "cdktf.out"), context: { [CONTEXT.ironicRelease]: "39" } });
    image(new TerraformStack(app, "rack-1"));
    await synthesize(app, bench.options(unnamed));
    expect(withoutSummary(stderr.text)).toBe("");
  });
});

test("a deployment's own resources are reached as before", async () => {
  let node: BareMetalNode | undefined;
  const app = bench.app(
    (stack) => {
      node = new BareMetalNode(stack, "node-0", { driver: "redfish", image: container(stack) });
    },
    { [CONTEXT.target]: "ironic" },
  );
  await synthesize(app, bench.options());
  expect(IronicTarget.resourcesOf(node as BareMetalNode)?.deployment?.instanceInfoInput).toHaveProperty("image_source");
});

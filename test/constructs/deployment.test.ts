import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { App, type TerraformResource, TerraformStack } from "cdktf";
import {
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  IronicTarget,
  type NodeConfiguration,
  type NodeTarget,
  NullTarget,
  synthesize,
} from "cdktf-ironic-oci";
import { imageFields } from "../../constructs/node/configuration";
import { Bench } from "../support/rack";

// What a pinned image comes to in instance_info, and what is said at synth time of a deployment that would not go well.
let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const PORTS = [{ address: "52:54:00:aa:bb:01" }];
const NO_PORT = "The node has no port";
const MEMORY = "The image goes through the agent's memory";

/** The target that shows what targets get. */
async function configurationOf(props: Partial<BareMetalNodeProps>): Promise<NodeConfiguration["instance_info"]> {
  let info: NodeConfiguration["instance_info"] = {};
  const target = {
    create(node: BareMetalNode, configuration: NodeConfiguration): TerraformResource {
      info = configuration.instance_info;
      new NullProvider(node, "null");
      return new Resource(node, "Default");
    },
  };
  await build({ ...props, target: target as never });
  return info;
}

/** Synthesizes one node, and gives the annotations that the CDKTF command line would show. */
async function build(props: Partial<BareMetalNodeProps>, synthesizeTwice = false): Promise<string[]> {
  const app = bench.app((stack) => {
    new BareMetalNode(stack, "node-0", { driver: "redfish", cpuArch: "x86_64", ...props });
  });
  for (const _ of synthesizeTwice ? [1, 2] : [1]) await synthesize(app, bench.options());
  return annotations("cdktf.out");
}

function annotations(outdir: string): string[] {
  const manifest = JSON.parse(readFileSync(join(bench.folder, outdir, "manifest.json"), "utf8")) as {
    stacks: Record<string, { annotations: { constructPath: string; level: string; message: string }[] }>;
  };
  const all = manifest.stacks["rack-1"]?.annotations ?? [];
  return all.map(({ constructPath, level, message }) => `${level} ${constructPath}: ${message}`);
}
const image = () => bench.ref("images/cirros:0.6");

describe("instance_info of a pinned image", () => {
  test.each([
    [undefined, "raw"],
    ["direct", "raw"],
    ["autodetect", "raw"],
    ["fake", "raw"],
    ["custom-agent", undefined],
    ["ramdisk", undefined],
  ])("deploy interface %s: image_disk_format %s", async (deployInterface, format) => {
    const props = deployInterface === undefined ? {} : { deployInterface };
    expect((await configurationOf({ image: image(), ports: PORTS, ...props })).image_disk_format).toBe(format);
  });

  test("a bootc container has no disk format, whatever deploys it", () => {
    const url = "oci://registry.example/os@sha256:0";
    expect(imageFields({ url, kind: "bootc", deployInterface: "direct" })).toEqual({ image_source: url });
    expect(imageFields({ url, kind: "disk", imageDownloadSource: "local" })).toEqual({
      image_source: url,
      image_disk_format: "raw",
      image_download_source: "local",
    });
  });

  test("a node without an image has none of it", async () => {
    expect(await configurationOf({})).toEqual({});
  });

  test("with the ironic target the provider sends it, which knows the node", async () => {
    await build({ image: image(), imageDownloadSource: "local", ports: PORTS, target: new IronicTarget() });
    const json = bench.read() as unknown as {
      resource: { ironic_deployment: Record<string, { instance_info: object }> };
    };
    const { instance_info } = Object.values(json.resource.ironic_deployment)[0] ?? {};
    expect(Object.keys(instance_info ?? {}).sort()).toEqual(["image_download_source", "image_source"]);
  });
});

describe("a node without a port", () => {
  test.each([
    ["and with an image", {}, true],
    ["deployed by an agent", { deployInterface: "custom-agent" }, true],
    ["deployed by none", { deployInterface: "ramdisk" }, false],
    ["deployed by something else", { deployInterface: "a-vendors-own" }, false],
    ["of the hardware type of tests", { driver: "fake-hardware" }, false],
    ["of that with an agent", { driver: "fake-hardware", deployInterface: "direct" }, true],
    ["because they are made elsewhere", { ports: [] }, false],
    ["no, with one", { ports: PORTS }, false],
    ["and without an image", { image: undefined }, false],
  ] as [string, Partial<BareMetalNodeProps>, boolean][])("%s", async (_what, props, warned) => {
    const { image: own = image(), ...others } = props;
    const withImage = "image" in props ? {} : { image: own };
    const target = new IronicTarget();
    const [annotation, ...rest] = await build({ ...withImage, ...others, target }, true);
    expect(rest).toEqual([]);
    if (!warned) return expect(annotation).toBeUndefined();
    expect(annotation).toContain(`@cdktf/warn rack-1/node-0: ${NO_PORT}: This node is deployed by an agent`);
    expect(annotation).toContain("Give it ports, or an empty list of them");
    return undefined;
  });
});

test.each([
  ["by itself", undefined, true],
  ["by cdktf or cdktn, which shows annotations", "true", false],
])("what is annotated is on stderr as well, each text once, of a program that runs %s", async (_what, value, shown) => {
  const VARIABLE = "CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS";
  if (value !== undefined) process.env[VARIABLE] = value;
  const written: string[] = [];
  const spy = jest.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const app = bench.app((stack) => {
      for (let index = 0; index < 7; index += 1) {
        const http = { imageDownloadSource: "http", target: new IronicTarget() } as const;
        new BareMetalNode(stack, `node-${index}`, { driver: "redfish", cpuArch: "x86_64", image: image(), ...http });
      }
    });
    for (const _ of [1, 2]) await synthesize(app, bench.options());
  } finally {
    spy.mockRestore();
    delete process.env[VARIABLE];
  }
  const warnings = written.filter((line) => line.startsWith("warning: rack-1/"));
  const nodes = [0, 1, 2, 3, 4].map((index) => `rack-1/node-${index}`).join(", ");
  const expected = [
    expect.stringMatching(`^warning: ${nodes} and 2 more: ${NO_PORT}: .*\\n$`),
    expect.stringMatching(`^warning: ${nodes} and 2 more: ${MEMORY}: .*\\n$`),
  ];
  expect(warnings).toEqual(shown ? expected : []);
  expect(annotations("cdktf.out")).toHaveLength(14);
});

test.each<[string, NodeTarget | undefined, boolean]>([
  ["none, which is null", undefined, false],
  ["null", new NullTarget(), false],
  ["ironic", new IronicTarget(), true],
  ["one that does not say that it deploys", { create: (...args) => new NullTarget().create(...args) }, false],
  ["one that says so", { deploys: true, create: (...args) => new NullTarget().create(...args) }, true],
])("a missing port is told where the target deploys: %s", async (_what, target, warned) => {
  const shown = await build({ image: image(), ...(target && { target }) });
  expect(shown).toEqual(warned ? [expect.stringContaining(NO_PORT)] : []);
});

describe("a pinned image that the agent fetches by itself", () => {
  test.each([
    ["http", undefined, true],
    ["http", "direct", true],
    ["http", "custom-agent", false],
    ["local", undefined, false],
    [undefined, undefined, false],
  ] as const)(
    "image_download_source %s, deploy interface %s: %s",
    async (imageDownloadSource, deployInterface, warned) => {
      const shown = await build(
        {
          ...{ image: image(), ports: PORTS },
          ...(imageDownloadSource && { imageDownloadSource }),
          ...(deployInterface && { deployInterface }),
        },
        true,
      );
      expect(shown).toHaveLength(warned ? 1 : 0);
      // "one amd64 raw" is what the registry holds.
      if (warned) expect(shown[0]).toMatch(new RegExp(`@cdktf/warn rack-1/node-0: ${MEMORY}: .*\\(13 bytes\\)`));
    },
  );

  test("is warned of by app.synth(), too, which has the pin from the lock file, and is an error without one", async () => {
    const props = { image: image(), imageDownloadSource: "http", ports: PORTS } as const;
    const app = (lockFile: string) => {
      const outdir = join(bench.folder, "other.out");
      const made = new App({ outdir, context: { [CONTEXT.lockFile]: lockFile } });
      new BareMetalNode(new TerraformStack(made, "rack-1"), "node-0", {
        driver: "redfish",
        cpuArch: "x86_64",
        ...props,
      });
      return made;
    };
    await build(props);
    app(bench.lockFile).synth();
    expect(annotations("other.out")).toEqual([expect.stringContaining(MEMORY)]);
    expect(() => app(join(bench.folder, "none.json")).synth()).toThrow("is not in");
  });
});

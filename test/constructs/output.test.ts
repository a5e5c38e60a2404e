import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import {
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  IronicTarget,
  NullTarget,
  synthesize,
} from "cdktf-ironic-oci";
import { Bench } from "../support/rack";
import { captureStderr } from "../support/stderr";

const RUN_BY_CDKTF = "CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS";
let bench: Bench;
let stderr: { text: string };
beforeEach(async () => {
  bench = await Bench.start();
  stderr = captureStderr();
});
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env[RUN_BY_CDKTF];
  await bench.stop();
});

type Props = { readonly [Name in keyof BareMetalNodeProps]?: BareMetalNodeProps[Name] | undefined };
function app(props: Props = {}, context: Record<string, unknown> = { [CONTEXT.target]: "null" }) {
  return bench.app((stack) => {
    for (const id of ["a", "b"]) {
      const node = { driver: "redfish", cpuArch: "x86_64", imageDownloadSource: "local", ports: [] } as const;
      new BareMetalNode(stack, id, { ...node, image: bench.ref("images/cirros:0.6"), ...props } as BareMetalNodeProps);
    }
  }, context);
}

describe("the summary of synthesize", () => {
  test("says how many pins there are, how many were locked, and where", async () => {
    await synthesize(app(), bench.options());
    expect(stderr.text).toBe(`pinned 1 artifact: 1 resolved and locked (${bench.lockFile})\n`);
    stderr.text = "";
    await synthesize(app({ deployKernel: bench.ref("ipa:kernel") }), bench.options());
    expect(stderr.text).toBe(`pinned 2 artifacts: 1 from the lock file, 1 resolved and locked (${bench.lockFile})\n`);
    stderr.text = "";
    await synthesize(app(), bench.options({ lockMode: "frozen" }));
    expect(stderr.text).toBe(`pinned 1 artifact: 1 from the lock file (${bench.lockFile})\n`);
    stderr.text = "";
    await synthesize(app(), bench.options({ lockMode: "update" }));
    expect(stderr.text).toBe(
      `pinned 1 artifact: 1 resolved and locked (${bench.lockFile})\nremoved from the lock file, because nothing uses it any more: ${bench.ref("ipa:kernel")}\n`,
    );
  });

  test("names .gitattributes, where a new lock file in a git work tree gets its merge driver", async () => {
    const folder = dirname(bench.lockFile);
    execFileSync("git", ["init", "--quiet", folder]);
    const attributes = join(folder, ".gitattributes");
    await synthesize(app(), bench.options());
    expect(stderr.text).toBe(
      `pinned 1 artifact: 1 resolved and locked (${bench.lockFile}; wrote ${attributes}, too)\n`,
    );
    stderr.text = "";
    await synthesize(app(), bench.options({ lockMode: "update" }));
    expect(stderr.text).toBe(`pinned 1 artifact: 1 resolved and locked (${bench.lockFile})\n`);
  });

  test("is left out where cdktf or cdktn collects the output, and where there is nothing to pin", async () => {
    await synthesize(
      bench.app(() => undefined),
      bench.options(),
    );
    process.env[RUN_BY_CDKTF] = "true";
    await synthesize(app(), bench.options());
    expect(stderr.text).toBe("");
  });

  test("is not printed when a pin is missing", async () => {
    await expect(synthesize(app({ image: bench.ref("none:1") }), bench.options())).rejects.toThrow("none:1");
    expect(stderr.text).not.toContain("pinned");
  });
});

test("an index with images for several architectures is a warning when it is resolved for a node without one", async () => {
  const warning =
    /^pinned .*\nwarning: \S+cirros:0\.6 as image \(any architecture, .*\): the index has images for several architectures \(amd64, arm64\).*`cpuArch`.*\n$/;
  await synthesize(app({ cpuArch: undefined }), bench.options());
  expect(stderr.text).toMatch(warning);
  stderr.text = "";
  await synthesize(app({ cpuArch: undefined }), bench.options());
  expect(stderr.text).toMatch(/^pinned 1 artifact: 1 from the lock file .*\n$/);
});

describe("nodes that nothing deploys", () => {
  test.each([
    ["by default", {}, {}, true],
    ["with the context null", {}, { [CONTEXT.target]: "null" }, false],
    ["with the context ironic", {}, { [CONTEXT.target]: "ironic" }, false],
    ["with a null target", { target: new NullTarget() }, {}, false],
    ["with an ironic target", { target: new IronicTarget() }, {}, false],
    ["without an image", { image: undefined, deployKernel: "ipa:kernel" }, {}, false],
  ] as [string, Partial<BareMetalNodeProps>, Record<string, unknown>, boolean][])(
    "%s",
    async (_what, props, context, noted) => {
      const kernel = props.deployKernel === undefined ? {} : { deployKernel: bench.ref(props.deployKernel) };
      await synthesize(app({ ...props, ...kernel }, context), bench.options());
      const note =
        'note: rack-1/a, rack-1/b: a null_resource holds the pinned configuration, and deploys nothing; choose by the context key cdktf-ironic-oci:target, or the prop target: "ironic" deploys, "null" silences this note\n';
      expect(stderr.text.replace(/^pinned .*\n/, "")).toBe(noted ? note : "");
    },
  );
});

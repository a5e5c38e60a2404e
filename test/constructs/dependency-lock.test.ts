import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { App, TerraformStack } from "cdktf";
import { BareMetalNode, CONTEXT, ironic, synthesize } from "cdktf-ironic-oci";
import { installProvider } from "../../src/delivery";
import { version } from "../../src/version";
import { Bench } from "../support/rack";
import { packageFor, writeRelease } from "../support/release";

// How the entry is merged into a file is in test/delivery; that it is what Terraform itself writes, in test/e2e/delivery.
let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const folder = (stack = "rack-1") => join(bench.folder, "cdktf.out", "stacks", stack);
const path = (stack?: string) => join(folder(stack), ".terraform.lock.hcl");
const text = (stack?: string) => readFileSync(path(stack), "utf8");
const withProvider = (stack: TerraformStack) => void new ironic.IronicProvider(stack, "ironic");
const entry = (constraints = version) => `
provider "registry.terraform.io/cdktf-ironic-oci/ironic" {
  version     = "${version}"
  constraints = "${constraints}"
  hashes = [
    "${installProvider(join(bench.folder, "hash")).hashes[0]}",
  ]
}
`;
const whole = (constraints?: string) =>
  `# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n${entry(constraints)}`;

test("app.synth() locks the provider, and leaves the file alone when it does so again", () => {
  bench.app(withProvider).synth();
  expect(text()).toBe(whole());
  const { ino } = statSync(path());
  bench.app(withProvider).synth();
  expect(statSync(path()).ino).toBe(ino);
});

test("with a release of self-contained executables, its checksums are locked; without it, the script's again", () => {
  const release = join(bench.folder, "release");
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const hashes = Object.values(writeRelease(release, [platform, "windows_amd64"])).flat();
  bench.app(withProvider, { [CONTEXT.selfContained]: release }).synth();
  const own = whole().slice(whole().indexOf("  hashes"));
  expect(text()).toBe(
    whole().replace(
      own,
      `  hashes = [\n${hashes
        .sort()
        .map((hash) => `    "${hash}",\n`)
        .join("")}  ]\n}\n`,
    ),
  );
  const [{ name, content } = { name: "", content: "" }] = packageFor(platform);
  const installed = (host: string) =>
    readFileSync(
      join(folder(), "terraform.d/plugins", host, "cdktf-ironic-oci/ironic", version, platform, name),
      "utf8",
    );
  for (const host of ["registry.terraform.io", "registry.opentofu.org"]) expect(installed(host)).toBe(String(content));
  bench.app(withProvider).synth();
  expect(text()).toBe(whole());
  expect(installed("registry.terraform.io")).not.toBe(String(content));
});

test("a release that is not there is an error, before anything is locked", () => {
  const missing = () => bench.app(withProvider, { [CONTEXT.selfContained]: join(bench.folder, "none") }).synth();
  expect(missing).toThrow(expect.objectContaining({ code: "PROVIDER_RELEASE" }));
  expect(existsSync(path())).toBe(false);
});

test("synthesize() does, for the stacks whose nodes are for Ironic and for no other", async () => {
  const app = new App({ outdir: join(bench.folder, "cdktf.out") });
  for (const target of ["ironic", "null"]) {
    const stack = new TerraformStack(app, target);
    stack.node.setContext(CONTEXT.target, target);
    new BareMetalNode(stack, "node", { driver: "fake-hardware" });
  }
  await synthesize(app, bench.options());
  expect(text("ironic")).toBe(whole());
  expect(existsSync(path("null"))).toBe(false);
});

test("the constraint is the configuration's, from wherever it has it", () => {
  bench
    .app((stack) => {
      withProvider(stack);
      stack.addOverride("terraform.required_providers.ironic.version", ">= 0.0.1, < 99");
    })
    .synth();
  expect(text().startsWith(whole(">= 0.0.1, < 99.0.0"))).toBe(true);
});

test("a configuration that wants another version is Terraform's to judge", () => {
  bench
    .app((stack) => {
      withProvider(stack);
      stack.addOverride("terraform.required_providers.ironic.version", "0.0.1");
    })
    .synth();
  expect(existsSync(path())).toBe(false);
});

test("a stack that is written as HCL has it too", () => {
  process.env.SYNTH_HCL_OUTPUT = "true";
  try {
    bench.app(withProvider).synth();
  } finally {
    delete process.env.SYNTH_HCL_OUTPUT;
  }
  expect(readdirSync(folder())).toContain("cdk.tf");
  expect(text()).toBe(whole());
});

test("other providers of the stack are answered for in a comment", () => {
  bench
    .app((stack) => {
      withProvider(stack);
      new NullProvider(stack, "null");
    })
    .synth();
  expect(text().startsWith(`${whole()}\n/*`)).toBe(true);
  expect(text()).toContain('provider "registry.terraform.io/hashicorp/null" {\n  constraints = ">= 0.0.0"\n}\n*/\n');
});

test("with a lock file that is damaged nothing is synthesized, and the file stays as it is", () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(path(), "<<<<<<< HEAD\n");
  expect(() => bench.app(withProvider).synth()).toThrow(
    expect.objectContaining({ code: "DEPENDENCY_LOCK_DAMAGED", path: path(), hint: expect.any(String) }),
  );
  expect(text()).toBe("<<<<<<< HEAD\n");
  expect(readdirSync(folder())).toEqual([".terraform.lock.hcl"]);
});

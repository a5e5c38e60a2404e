import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { ironic } from "cdktf-ironic-oci";
import { version } from "../../../src/version";
import { succeeded } from "../provider/project";
import { installPlugin } from "../support/plugin";
import { NO_NETWORK, Terraform } from "../support/terraform";

/** What synthesis writes into a stack's .terraform.lock.hcl is what the real Terraform writes there. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dependency-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const synthesized = (build: (stack: TerraformStack) => void = () => undefined): Terraform => {
  const app = new App({ outdir: join(folder, "cdktf.out") });
  const stack = new TerraformStack(app, "rack-1");
  new LocalBackend(stack, { path: join(folder, "terraform.tfstate") });
  new ironic.IronicProvider(stack, "ironic");
  build(stack);
  app.synth();
  return new Terraform(join(folder, "cdktf.out", "stacks", "rack-1"), { env: { ...NO_NETWORK, HOME: folder } });
};
const file = (terraform: Terraform) => join(terraform.dir, ".terraform.lock.hcl");
const locked = (terraform: Terraform) => readFileSync(file(terraform), "utf8");
/** What `terraform init` makes of the folder when it has no lock file. */
const asTerraformWrites = async (terraform: Terraform) => {
  rmSync(file(terraform));
  const init = succeeded(await terraform.init());
  expect(init).not.toEqual(quiet);
  return locked(terraform);
};
const quiet = expect.objectContaining({
  code: 0,
  stderr: "",
  stdout: expect.not.stringMatching(/Incomplete lock file|lock file \.terraform\.lock\.hcl|has made some changes/),
});

test("init finds it complete: nothing is written, warned of or asked, the first time and the second, and read-only", async () => {
  const terraform = synthesized();
  const before = locked(terraform);
  expect(await terraform.init()).toEqual(quiet);
  expect(await terraform.init()).toEqual(quiet);
  rmSync(join(terraform.dir, ".terraform"), { recursive: true });
  expect(await terraform.init("-lockfile=readonly")).toEqual(quiet);
  expect(locked(terraform)).toBe(before);
  expect(await asTerraformWrites(terraform)).toBe(before);
});

const [major] = version.split(".");
test.each([
  `= ${version}`,
  `~> ${major}`,
  `~>${version}`,
  "< 99, >= 0.0.1",
  `>= 0.0.1, != 0.0.2, ${version}, >= 0.0.1`,
  undefined,
])("with the constraint %j", async (constraint) => {
  const terraform = synthesized((stack) => {
    stack.addOverride("terraform.required_providers.ironic.version", constraint);
  });
  const before = locked(terraform);
  expect(await terraform.init()).toEqual(quiet);
  expect(locked(terraform)).toBe(before);
  const written = await asTerraformWrites(terraform);
  // What is for cdktf stands behind it, in a comment.
  expect(before.slice(0, written.length)).toBe(written);
  expect(before.slice(written.length)).toMatch(/^$|^\n\/\*[\s\S]*\*\/\n$/);
});

describe("with the null provider", () => {
  const withNull = (stack: TerraformStack) => void new NullProvider(stack, "null");
  beforeEach(() =>
    installPlugin(join(folder, ".terraform.d", "plugins"), {
      entry: join(__dirname, "../../support/null-provider-main.ts"),
      address: "registry.terraform.io/hashicorp/null",
      version: "3.2.4",
    }),
  );

  test("init adds that one's entry to ours, and synthesis then changes nothing", async () => {
    const terraform = synthesized(withNull);
    succeeded(await terraform.init());
    const both = locked(terraform);
    synthesized(withNull);
    expect(locked(terraform)).toBe(both);
    expect(await terraform.init()).toEqual(quiet);
    expect(await asTerraformWrites(terraform)).toBe(both);
  });

  test.each(["3.2.4", "~> 3.2", ">= 3.0", "> 3.0", ">= 3.0, < 4.0", "!= 3.0.0", undefined])(
    "cdktf's own reader of the file asks for nothing, before init and after it, with the constraint %j",
    async (constraint) => {
      const build = (stack: TerraformStack) => {
        withNull(stack);
        stack.addOverride("terraform.required_providers.null.version", constraint);
      };
      const terraform = synthesized(build);
      expect(await readByCdktf(terraform.dir, constraint)).toEqual({ ironic: true, null: true });
      succeeded(await terraform.init());
      synthesized(build);
      expect(await readByCdktf(terraform.dir, constraint)).toEqual({ ironic: true, null: true });
      expect(await terraform.init()).toEqual(quiet);
    },
  );

  test("synthesis adds ours to what Terraform has written for it, or replaces it", async () => {
    const terraform = synthesized(withNull);
    const both = await asTerraformWrites(terraform);
    const [header, ours, theirs] = both.split("\n\n");
    for (const before of [
      [header, theirs],
      [header, ours?.replace(/h1:[^"]*/, "h1:b3RoZXI="), theirs],
    ]) {
      writeFileSync(file(terraform), before.join("\n\n"));
      synthesized(withNull);
      expect(locked(terraform)).toBe(both);
    }
    rmSync(join(terraform.dir, ".terraform"), { recursive: true });
    expect(await terraform.init()).toEqual(quiet);
  });
});

/** What cdktf-cli, in the version that test/cdktf-cli installs, decides on: whether each provider's entry is to its liking. */
async function readByCdktf(folder: string, constraint: string | undefined) {
  const library = join(__dirname, "../../cdktf-cli/node_modules/@cdktf/cli-core/src/lib");
  const { TerraformProviderLock } = require(join(library, "terraform-provider-lock"));
  const { ProviderConstraint } = require(join(library, "dependencies/dependency-manager"));
  const lock = new TerraformProviderLock(folder);
  return {
    ironic: await lock.hasMatchingProvider(new ProviderConstraint("cdktf-ironic-oci/ironic", version)),
    null: await lock.hasMatchingProvider(new ProviderConstraint("hashicorp/null", constraint)),
  };
}

test("with a cache of plugins, which takes only what is locked", async () => {
  const terraform = synthesized();
  const before = locked(terraform);
  const cached = async () => {
    rmSync(join(terraform.dir, ".terraform"), { recursive: true, force: true });
    return terraform.run(["init", "-input=false", "-no-color"], { TF_PLUGIN_CACHE_DIR: folder });
  };
  expect(await cached()).toEqual(quiet);
  expect((await cached()).stdout).toContain("from the shared cache directory");
  expect(locked(terraform)).toBe(before);
});

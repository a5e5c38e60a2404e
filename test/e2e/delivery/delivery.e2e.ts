import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessIronic } from "../../../src/testing/ironic";
import { version } from "../../../src/version";
import { type Finished, runToEnd } from "../../support/run";
import { platform } from "../support/plugin";
import { NO_NETWORK, Terraform } from "../support/terraform";

const root = join(__dirname, "..", "..", "..");
const BUNDLE = join(root, "dist", "provider", "terraform-provider-ironic");
const CONFIGURATION = `
terraform {
  required_providers {
    ironic = {
      source  = "cdktf-ironic-oci/ironic"
      version = "${version}"
    }
  }
}
resource "ironic_node_v1" "n" {
  driver = "fake-hardware"
  name   = "delivered"
}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "delivery-e2e-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The built `ironic-oci provider install`, as a user whose home is the test's folder. */
function install(...argv: string[]): Promise<Finished> {
  const cli = join(root, "dist", "cli", "ironic-oci.js");
  return runToEnd([process.execPath, cli, "provider", "install", ...argv], { env: { ...process.env, HOME: folder } });
}

function succeeded(finished: Finished): Finished {
  if (finished.code !== 0) throw new Error(`ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`);
  return finished;
}

test("provider install, then terraform init without a network, plan and apply", async () => {
  const { stdout, stderr } = succeeded(await install());
  expect(stdout).toBe(
    ["registry.terraform.io", "registry.opentofu.org"]
      .map(
        (host) =>
          `${folder}/.terraform.d/plugins/${host}/cdktf-ironic-oci/ironic/${version}/${platform()}/terraform-provider-ironic_v${version}\n`,
      )
      .join(""),
  );
  expect(stderr).toContain('source  = "cdktf-ironic-oci/ironic"');

  const ironic = await InProcessIronic.start();
  try {
    const terraform = new Terraform(folder, { env: { ...NO_NETWORK, IRONIC_ENDPOINT: ironic.url } });
    terraform.write(CONFIGURATION);
    succeeded(await terraform.init());
    succeeded(await terraform.apply());
    expect((await terraform.resources())["ironic_node_v1.n"]?.values).toMatchObject({ name: "delivered" });
    expect(await terraform.changes()).toMatchObject({ "ironic_node_v1.n": { actions: ["no-op"] } });
  } finally {
    await ironic.stop();
  }
});

test("a mirror for several platforms: init from it alone, and one checksum stands for all", async () => {
  const mirror = join(folder, "mirror");
  const platforms = ["linux_amd64", "linux_arm64", "darwin_arm64"];
  const { stderr } = succeeded(
    await install("--mirror", mirror, ...platforms.flatMap((each) => ["--platform", each]), "--platform", platform()),
  );
  const setting = stderr.slice(stderr.indexOf("provider_installation"));
  writeFileSync(join(folder, "terraformrc"), setting);

  const terraform = new Terraform(join(folder, "work"), {
    env: { ...NO_NETWORK, TF_CLI_CONFIG_FILE: join(folder, "terraformrc") },
  });
  terraform.write(CONFIGURATION);
  succeeded(await terraform.init());
  const locked = () => readFileSync(join(terraform.dir, ".terraform.lock.hcl"), "utf8");
  const before = locked();
  expect(before.match(/"h1:/g)).toHaveLength(1);
  succeeded(
    await terraform.run(["providers", "lock", `-fs-mirror=${mirror}`, ...platforms.map((each) => `-platform=${each}`)]),
  );
  expect(locked()).toBe(before);
});

test("the bundle is the same bytes wherever it is built", async () => {
  for (const each of ["src", "scripts", "package.json", "tsconfig.json"]) {
    cpSync(join(root, each), join(folder, each), { recursive: true });
  }
  succeeded(await runToEnd(["cp", "-a", join(root, "node_modules"), folder]));
  mkdirSync(join(folder, "dist"));
  succeeded(
    await runToEnd([process.execPath, join(folder, "scripts", "bundle-provider.mjs")], {
      env: { PATH: process.env.PATH, TZ: "Asia/Tokyo", LANG: "ja_JP.UTF-8" },
    }),
  );
  const elsewhere = readFileSync(join(folder, "dist", "provider", "terraform-provider-ironic"));
  expect(elsewhere.equals(readFileSync(BUNDLE))).toBe(true);
});

test("the bundle stands alone, names no machine, and carries the licences of what is inside", async () => {
  const text = readFileSync(BUNDLE, "utf8");
  expect(text.startsWith("#!/usr/bin/env node\n")).toBe(true);
  expect(text).not.toContain(root);
  const alone = join(folder, "terraform-provider-ironic");
  cpSync(BUNDLE, alone);
  const { code, stderr } = await runToEnd([alone], { cwd: folder, env: { PATH: process.env.PATH } });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("Terraform starts it") });
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string }>;
  };
  const listed = (name: string) => `\n${name} ${lock.packages[`node_modules/${name}`]?.version} (`;
  for (const name of ["undici", "yaml", "zod"]) expect(text).toContain(listed(name));
  // gRPC is served on node:http2; grpc-js is the tests' client.
  for (const name of ["@grpc/grpc-js", "protobufjs"]) {
    expect(lock.packages[`node_modules/${name}`]?.version).toBeDefined();
    expect(text).not.toContain(listed(name));
  }
  expect(text).not.toContain("protobufjs");
});

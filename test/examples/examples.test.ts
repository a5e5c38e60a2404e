import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessRegistry } from "../../src/testing/registry";
import { pushSeedArtifacts } from "../../src/testing/seed-artifacts";
import { runToEnd } from "../support/run";

const root = join(__dirname, "..", "..");
const compiled = (name: string) => join(root, "dist", "examples", `${name}.js`);

let registry: InProcessRegistry;
let folder: string;
beforeEach(async () => {
  if (!existsSync(compiled("rack")))
    throw new Error("the examples are not compiled: run npm run build (npm test does)");
  registry = await InProcessRegistry.start();
  pushSeedArtifacts(registry, "1");
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-example-"));
});
afterEach(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true });
});

const run = (name: string, argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runToEnd([process.execPath, compiled(name), ...argv], {
    cwd: folder,
    env: { ...process.env, REGISTRY: registry.host, PLAIN_HTTP: registry.host, DOCKER_CONFIG: folder, ...env },
  });

test("rack: three nodes, everything pinned", async () => {
  expect(await run("rack")).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^pinned \d artifacts: \d resolved and locked \(ironic-oci\.lock\.json\)\nnote: rack-1\/node-0, .* deploys nothing; choose by .*\n$/,
    ),
  });
  const text = readFileSync(join(folder, "cdktf.out/stacks/rack-1/cdk.tf.json"), "utf8");
  const { resource } = JSON.parse(text) as {
    resource: { null_resource: Record<string, { triggers: Record<string, string> }> };
  };
  expect(Object.keys(resource.null_resource)).toEqual(["node-0", "node-1", "node-2"]);
  for (const { triggers } of Object.values(resource.null_resource)) {
    for (const key of ["instance_info.image_source", "driver_info.deploy_kernel", "driver_info.deploy_ramdisk"]) {
      expect(triggers[key]).toMatch(/^oci:\/\/127\.0\.0\.1:\d+\/[a-z0-9_/]+@sha256:[0-9a-f]{64}$/);
    }
  }
});

test.each(["rack", "ironic", "operator"])("%s prints what failed, and what to do next", async (name) => {
  const env = { IRONIC_OCI_LOCK: "frozen" };
  const { code, stderr } = await run(name, [], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^lock file ironic-oci\.lock\.json is frozen and has no pin for:\n[\s\S]* frozen is the default in CI: /,
  );
});

test("ironic: nodes, ports and deployments, and the provider beside them", async () => {
  const summary = /^pinned \d artifacts: \d resolved and locked \(ironic-oci\.lock\.json\)\n$/;
  expect(await run("ironic")).toMatchObject({ code: 0, stderr: expect.stringMatching(summary) });
  const stack = join(folder, "cdktf.out/stacks/rack-1");
  const { resource, variable } = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8")) as {
    resource: Record<string, Record<string, Record<string, unknown>>>;
    variable: Record<string, unknown>;
  };
  expect(Object.keys(resource).sort()).toEqual(["ironic_deployment", "ironic_node_v1", "ironic_port_v1"]);
  for (const id of ["node-0", "node-1"]) {
    const pinned = expect.stringMatching(/^oci:\/\/127\.0\.0\.1:\d+\/[a-z0-9_/]+@sha256:[0-9a-f]{64}$/);
    expect(resource.ironic_node_v1?.[id]).toMatchObject({ deploy_kernel: pinned, deploy_ramdisk: pinned });
    expect(resource.ironic_deployment?.[id]).toMatchObject({
      instance_info: { image_source: pinned },
      user_data: `#cloud-config\nhostname: ${id}\n`,
    });
  }
  for (const secret of ["bmc_password", "pull_secret"]) expect(variable[secret]).toMatchObject({ ephemeral: true });
  const plugins = readdirSync(join(stack, "terraform.d/plugins"), { recursive: true, encoding: "utf8" });
  expect(plugins).toContainEqual(
    expect.stringMatching(/^registry\.terraform\.io\/cdktf-ironic-oci\/ironic\/.*\/terraform-provider-ironic_v[\d.]+$/),
  );
});

test("operator: bonds, a deploy template, a runbook for each version of the firmware, an adopted and an allocated machine", async () => {
  expect(await run("operator")).toMatchObject({ code: 0 });
  const { resource } = JSON.parse(readFileSync(join(folder, "cdktf.out/stacks/rack-1/cdk.tf.json"), "utf8")) as {
    resource: Record<string, Record<string, Record<string, unknown>>>;
  };
  const counts = Object.entries(resource).map(([type, all]) => [type, Object.keys(all).length]);
  expect(Object.fromEntries(counts)).toEqual({
    ...{ ironic_node_v1: 3, ironic_deployment: 3, ironic_allocation_v1: 1 },
    ...{ ironic_port_group_v1: 3, ironic_port_v1: 8, ironic_deploy_template_v1: 1, ironic_runbook_v1: 1 },
    ironic_node_servicing_v1: 2,
  });
  const firmware = "$" + "{var.bmc_firmware}";
  expect(JSON.stringify(resource.ironic_runbook_v1)).toContain(firmware);
  for (const servicing of Object.values(resource.ironic_node_servicing_v1 ?? {})) {
    expect(servicing).toMatchObject({ triggers: { bmc_firmware: firmware } });
  }
  expect(resource.ironic_deployment?.["node-1"]).toMatchObject({ adopt: true });
});

test("resolve: prints the pinned URL and every candidate", async () => {
  const { code, stdout } = await run("resolve", [`oci://${registry.host}/images/cirros:0.6.3`, "x86_64"]);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^oci:.*@sha256:/),
    expect.stringMatching(/^ {2}\* sha256:[0-9a-f]+ 1 weight 1: disktype qcow2$/),
    expect.stringMatching(/3 weight 3 comes after 1$/),
    expect.stringMatching(/- for arm64, the node is x86_64$/),
    expect.stringMatching(/- for arm64, the node is x86_64$/),
    "",
  ]);
});

test("cdktf.json names an app that is an example", () => {
  const { app } = JSON.parse(readFileSync(join(root, "cdktf.json"), "utf8")) as { app: string };
  expect(app).toContain("node dist/examples/rack.js");
});

test("ironic-oci --version answers the package's version without loading anything", () => {
  const main = join(root, "dist", "cli", "ironic-oci.js");
  const loaded = spawnSync(
    process.execPath,
    [
      "-e",
      `process.argv = ["node", "ironic-oci", "--version"]; require(${JSON.stringify(main)}); console.log(Object.keys(require.cache).length)`,
    ],
    { encoding: "utf8" },
  );
  const [version, modules] = loaded.stdout.trim().split("\n");
  expect(version).toBe((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version);
  expect(Number(modules)).toBe(1);
});

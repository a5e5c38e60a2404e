// npm run demo: the main job on embedded defaults, with nothing outside this process but the example program.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessRegistry } from "../../src/testing/registry";
import { pushSeedArtifacts } from "../../src/testing/seed-artifacts";
import { Shell, step } from "./shell";
import { carryToIronic, terraformVersion } from "./terraform";

const STACK = join("cdktf.out", "stacks", "rack-1", "cdk.tf.json");
const LOCK = "ironic-oci.lock.json";
/** Its exit code when a tag has moved. */
const OUTDATED = 3;
const RACK = join(__dirname, "..", "..", "examples", "rack.js");
const CLI = join(__dirname, "..", "..", "cli", "ironic-oci.js");

interface Lock {
  readonly references: Record<
    string,
    {
      digest: string;
      selections: {
        role: string;
        architecture?: string;
        imageDownloadSource?: string;
        digest: string;
        reason: string;
      }[];
    }
  >;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ironic-oci-demo-"));
  const registry = await InProcessRegistry.start();
  const shell = new Shell(folder, { REGISTRY: registry.host, PLAIN_HTTP: registry.host });
  const plainHttp = ["--plain-http", registry.host];
  try {
    step(
      "A registry in this process holds the agent's kernel and ramdisk, and cirros for two architectures and disk types",
    );
    pushSeedArtifacts(registry, "1");

    step("examples/rack.ts: three nodes, whose image, kernel and ramdisk are tags");
    await shell.node(RACK);
    show(folder);

    step("The same, tomorrow: the tags have moved, the JSON has not");
    const before = readFileSync(join(folder, STACK));
    pushSeedArtifacts(registry, "2");
    await shell.node(RACK);
    const same = readFileSync(join(folder, STACK)).equals(before);
    console.log(`  cdk.tf.json is ${same ? "byte for byte the same" : "DIFFERENT"}`);
    if (!same) throw new Error("two runs with one lock file gave different JSON");

    step("ironic-oci outdated: what the locked tags point to now");
    await shell.run([OUTDATED], process.execPath, CLI, "outdated", ...plainHttp);

    step("ironic-oci update, and the new digests are in the JSON");
    await shell.node(CLI, "update", ...plainHttp);
    await shell.node(RACK);
    show(folder);

    const terraform = terraformVersion();
    if (terraform === undefined) {
      step("terraform is not on the PATH: what plan and apply would do is not shown");
    } else {
      await carryToIronic(shell, {
        synthesize: (at) => at.node(RACK),
        async update(at) {
          pushSeedArtifacts(registry, "3");
          await at.node(CLI, "update", ...plainHttp);
        },
      });
    }
    console.log(`\n${registry.requests.length} requests to the registry in all.`);
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tag → digest → reason, from the lock file, and a check that the JSON holds each of those digests. */
function show(folder: string): void {
  const { references } = JSON.parse(readFileSync(join(folder, LOCK), "utf8")) as Lock;
  const json = readFileSync(join(folder, STACK), "utf8");
  for (const [reference, { selections }] of Object.entries(references)) {
    console.log(`  ${reference}`);
    for (const { role, architecture, imageDownloadSource, digest, reason } of selections) {
      if (!json.includes(digest)) throw new Error(`${digest} is locked, but not in cdk.tf.json`);
      const node = [role, architecture, imageDownloadSource].filter(Boolean).join(" ");
      console.log(`    ${node.padEnd(20)} \u2192 ${digest}\n    ${"".padEnd(20)}   ${reason}`);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

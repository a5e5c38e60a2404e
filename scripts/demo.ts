// npm run demo: the main job on embedded defaults, with nothing outside this process but the example program.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessRegistry } from "../src/testing/registry";
import { pushSeedArtifacts } from "../src/testing/seed-artifacts";

const STACK = join("cdktf.out", "stacks", "rack-1", "cdk.tf.json");
const LOCK = "ironic-oci.lock.json";
const RACK = join(__dirname, "..", "examples", "rack.js");
const CLI = join(__dirname, "..", "src", "cli", "main.js");

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
  try {
    step(
      "A registry in this process holds the agent's kernel and ramdisk, and cirros for two architectures and disk types",
    );
    pushSeedArtifacts(registry, "1");

    step("examples/rack.ts: three nodes, whose image, kernel and ramdisk are tags");
    await run(folder, registry, RACK);
    show(folder);

    step("The same, tomorrow: the tags have moved, the JSON has not");
    const before = readFileSync(join(folder, STACK));
    pushSeedArtifacts(registry, "2");
    await run(folder, registry, RACK);
    const same = readFileSync(join(folder, STACK)).equals(before);
    console.log(`  cdk.tf.json is ${same ? "byte for byte the same" : "DIFFERENT"}`);
    if (!same) throw new Error("two runs with one lock file gave different JSON");

    step("ironic-oci outdated: what the locked tags point to now");
    const outdated = await run(folder, registry, CLI, "outdated", "--plain-http", registry.host);
    if (outdated !== 3) throw new Error(`ironic-oci outdated ended with ${outdated} instead of 3`);

    step("ironic-oci update, and the new digests are in the JSON");
    await run(folder, registry, CLI, "update", "--plain-http", registry.host);
    await run(folder, registry, RACK);
    show(folder);
    console.log(`\n${registry.requests.length} requests in all.`);
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function step(title: string): void {
  console.log(`\n\u25b8 ${title}\n`);
}

/** Runs a program of ours in a process of its own, as a user would; gives its exit code, and fails on 1 and 2. */
function run(folder: string, registry: InProcessRegistry, program: string, ...argv: string[]): Promise<number> {
  const { CI: _, IRONIC_OCI_LOCK: __, ...environment } = process.env;
  const env = { ...environment, REGISTRY: registry.host, PLAIN_HTTP: registry.host, DOCKER_CONFIG: folder };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...argv], {
      cwd: folder,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 || code === 3) resolve(code);
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
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

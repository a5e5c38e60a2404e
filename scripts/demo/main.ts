// npm run demo: pins, a moved tag, an update, and with terraform on the PATH a deployment. The registry and Ironic are in this process;
// the example program, ironic-oci and terraform are real. With --verbose, the whole output of each command.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessRegistry } from "../../src/testing/registry";
import { pushSeedArtifacts } from "../../src/testing/seed-artifacts";
import { Shell, step } from "./shell";
import { carryToIronic, terraformVersion } from "./terraform";

const STACK = join("cdktf.out", "stacks", "rack-1", "cdk.tf.json");
const LOCK = "ironic-oci.lock.json";
/** The exit code of outdated if a tag has moved. */
const OUTDATED = 3;
const UPDATED = /^\d+ changed/;
const RACK = join(__dirname, "..", "..", "examples", "rack.js");
const CLI = join(__dirname, "..", "..", "cli", "ironic-oci.js");

interface Selection {
  readonly reference: string;
  readonly role: string;
  readonly architecture?: string;
  readonly imageDownloadSource?: string;
  readonly digest: string;
  readonly reason: string;
}

interface Lock {
  /** Headings are strings; null is the end. */
  readonly locked: readonly (Selection | string | null)[];
}

async function main(): Promise<void> {
  const verbose = process.argv.includes("--verbose");
  const folder = mkdtempSync(join(tmpdir(), "ironic-oci-demo-"));
  const registry = await InProcessRegistry.start();
  const shell = new Shell(folder, { REGISTRY: registry.host, PLAIN_HTTP: registry.host }, verbose);
  const plainHttp = ["--plain-http", registry.host];
  try {
    step(
      "A registry in this process holds the agent's kernel and ramdisk, and cirros for two architectures and disk types",
    );
    pushSeedArtifacts(registry, "1");

    step("examples/rack.ts: three nodes, whose image, kernel and ramdisk are tags");
    await shell.node([RACK]);
    show(folder);

    step("The same, tomorrow: the tags have moved, the JSON has not");
    const before = readFileSync(join(folder, STACK));
    pushSeedArtifacts(registry, "2");
    await shell.node([RACK]);
    const same = readFileSync(join(folder, STACK)).equals(before);
    console.log(`  cdk.tf.json is ${same ? "byte for byte the same" : "DIFFERENT"}`);
    if (!same) throw new Error("two runs with one lock file gave different JSON");

    step("ironic-oci outdated: what the locked tags point to now");
    await shell.node([CLI, "outdated", ...plainHttp], { allowed: [OUTDATED], shows: /./ });

    step("ironic-oci update, and the new digests are in the JSON");
    await shell.node([CLI, "update", ...plainHttp], { shows: UPDATED });
    await shell.node([RACK]);
    if (verbose) show(folder);
    else console.log(`  cdk.tf.json holds all ${check(folder).length} new digests`);

    const terraform = terraformVersion();
    if (terraform === undefined) {
      step("terraform is not on the PATH: what plan and apply would do is not shown");
    } else {
      await carryToIronic(shell, {
        synthesize: (at) => at.node([RACK]),
        async update(at) {
          pushSeedArtifacts(registry, "3");
          await at.node([CLI, "update", ...plainHttp], { shows: UPDATED });
        },
      });
    }
    console.log(`\n${registry.requests.length} requests to the registry in all.`);
    if (!verbose) console.log("The whole output of each command: npm run demo -- --verbose");
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The locked selections, each of whose digests the JSON holds. */
function check(folder: string): Selection[] {
  const { locked } = JSON.parse(readFileSync(join(folder, LOCK), "utf8")) as Lock;
  const json = readFileSync(join(folder, STACK), "utf8");
  const all = locked.filter((line): line is Selection => line !== null && typeof line !== "string");
  for (const { digest } of all) {
    if (!json.includes(digest)) throw new Error(`${digest} is locked, but not in cdk.tf.json`);
  }
  return all;
}

/** Tag → digest → reason. */
function show(folder: string): void {
  let last = "";
  for (const { reference, role, architecture, imageDownloadSource, digest, reason } of check(folder)) {
    if (reference !== last) console.log(`  ${reference}`);
    last = reference;
    const node = [role, architecture, imageDownloadSource].filter(Boolean).join(" ");
    console.log(`    ${node.padEnd(20)} \u2192 ${digest}  ${reason}`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

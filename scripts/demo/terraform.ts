import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { InProcessIronic } from "../../src/testing/ironic";
import { type Shell, step } from "./shell";

/** Exit codes of `terraform plan -detailed-exitcode`. */
const NO_CHANGES = 0;
const CHANGES = 2;

/** Terraform's version, if it is on this machine. */
export function terraformVersion(): string | undefined {
  const { status, stdout } = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as { terraform_version: string }).terraform_version : undefined;
}

/** The demo's program, as this part needs it. */
export interface RackProgram {
  /** Runs the program that makes the JSON. */
  synthesize(shell: Shell): Promise<unknown>;
  /** Moves the tags, and takes the new digests into the lock file. */
  update(shell: Shell): Promise<unknown>;
}

/** The rack carried to an Ironic in this process: planned, applied, and rebuilt when a tag has moved. */
export async function carryToIronic(shell: Shell, program: RackProgram): Promise<void> {
  const ironic = await InProcessIronic.start();
  try {
    const context = JSON.stringify({ "cdktf-ironic-oci:target": "ironic" });
    const rackShell = shell.with({ CDKTF_CONTEXT_JSON: context, DRIVER: "fake-hardware" });
    const stack = join(shell.folder, "cdktf.out", "stacks", "rack-1");
    const environment = { IRONIC_ENDPOINT: ironic.url, TF_VAR_pull_secret: "demo:secret", CHECKPOINT_DISABLE: "1" };
    const terraform = shell.with(environment, stack);
    const plain = process.stdout.isTTY && shell.verbose ? [] : ["-no-color"];
    const inputs = [...plain, "-input=false"];
    const plan = (allowed: number) =>
      terraform.run(["terraform", "plan", ...inputs, "-detailed-exitcode", "-out=plan.tfplan"], {
        allowed: [allowed],
        shows: /# ironic_deployment\S* will be|^Plan:|^No changes/,
      });
    const apply = () => terraform.run(["terraform", "apply", ...inputs, "plan.tfplan"], { shows: /^Apply complete/ });

    step("The same program with the target ironic, and Terraform: init, which needs no network, and plan");
    await program.synthesize(rackShell);
    await terraform.run(["terraform", "init", ...inputs], { shows: /^- Installed|successfully initialized/ });
    await plan(CHANGES);

    step("apply: enroll, manageable, available, active");
    await apply();
    const before = rack(ironic, shell.verbose);

    step("plan once more: nothing to do");
    await plan(NO_CHANGES);

    step("The tags move, the lock file is updated: the nodes are rebuilt in place");
    await program.update(rackShell);
    await program.synthesize(rackShell);
    await plan(CHANGES);
    await apply();
    const after = rack(ironic, shell.verbose);
    for (const [uuid, image] of before) {
      if (!after.has(uuid)) throw new Error(`node ${uuid} was replaced, not rebuilt`);
      if (after.get(uuid) === image) throw new Error(`node ${uuid} still boots ${image}`);
    }
    console.log(`\n${ironic.requests.length} requests to Ironic in all.`);
  } finally {
    await ironic.stop();
  }
}

/** Prints the nodes as Ironic has them, and returns what each boots, by UUID. */
function rack(ironic: InProcessIronic, verbose: boolean): Map<string, string> {
  const nodes = [...ironic.store.nodes.values()].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
  const images = new Map<string, string>();
  for (const { uuid, name, provision_state: state, instance_info: info, driver_info: driver } of nodes) {
    const image = (info as Record<string, string>).image_source ?? "";
    console.log(`  ${name}  ${state}  ${image}`);
    for (const file of verbose ? ["kernel", "ramdisk"] : []) {
      console.log(`    ${file.padEnd(8)} ${(driver as Record<string, string>)[`deploy_${file}`]}`);
    }
    if (state !== "active") throw new Error(`${name} is ${state} instead of active`);
    images.set(String(uuid), image);
  }
  return images;
}

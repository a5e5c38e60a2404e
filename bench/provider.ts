// A rack of 1, 100 and 1,000 nodes, each with a port and a deployment, through the real Terraform: beside as many resources of a
// provider that does nothing, which is the time of Terraform and of the protocol alone. Ironic is the in-process one, in a separate
// process, with 5 ms of latency, or the one at BENCH_IRONIC. Sizes may be given as arguments. With OLD_PROVIDER, the path of a binary of
// openshift-metal3/ironic, the same rack goes through that, too.
import { startIronic } from "./support/ironic";
import { nullRack, rack } from "./support/rack";
import { printTable } from "./support/run";
import { BenchTerraform, type Command } from "./support/terraform";

const LATENCY = 5;
const WORK = 20;

interface Step {
  readonly name: string;
  readonly ironicRun: Command;
  readonly floor: Command;
  /** Undefined without a binary of the old provider. */
  readonly old: Command | undefined;
  readonly requests: Readonly<Record<string, number>>;
}

const { OLD_PROVIDER, BENCH_IRONIC } = process.env;

const STEPS: readonly (readonly [string, readonly string[]])[] = [
  ["plan", ["plan", "-out=plan"]],
  ["apply", ["apply"]],
  ["refresh", ["plan", "-detailed-exitcode"]], // fails if it finds changes
  ["destroy", ["apply", "-destroy", "-auto-approve"]],
];

async function main(sizes: readonly number[]): Promise<void> {
  const terraform = await BenchTerraform.install(OLD_PROVIDER);
  const rows: string[][] = [];
  for (const parallelism of [10, 50]) {
    for (const count of sizes) {
      if (parallelism === 10 && count > 100) continue; // the same work, and minutes more of it
      for (const step of await lifeOf(terraform, count, parallelism)) rows.push(row(count, parallelism, step));
    }
  }
  terraform.remove();
  console.log(`\n${LATENCY} ms of latency, ${WORK} ms for each change of state in Ironic\n`);
  const headings = ["parallelism", "nodes", "step", "time", "null", "ironic / null", "ms a node", "requests", "a node"];
  const more = OLD_PROVIDER === undefined ? [] : ["old", "ironic / old"];
  const usage = ["provider's CPU", "null's", "Terraform's own CPU", "with null", "provider's peak", "null's"];
  printTable([...headings, ...usage, ...more], rows);
}

/** Plan, apply, refresh and destroy: of the rack, and in turn of what it is measured against. */
async function lifeOf(terraform: BenchTerraform, count: number, parallelism: number): Promise<Step[]> {
  const ironic = await startIronic(LATENCY, WORK);
  const env = { IRONIC_ENDPOINT: BENCH_IRONIC ?? ironic.url };
  const ironicRun = await terraform.project(rack(count), env);
  const floor = await terraform.project(nullRack(count));
  const steps = STEPS.map(
    ([name, argv]) => [name, [...argv, `-parallelism=${parallelism}`, ...(name === "apply" ? ["plan"] : [])]] as const,
  );
  const measured: Step[] = [];
  for (const [name, argv] of steps) {
    await ironic.seen();
    const command = await ironicRun(...argv);
    const { requests } = await ironic.seen();
    measured.push({ name, ironicRun: command, floor: await floor(...argv), old: undefined, requests });
    if (count > 1) console.log(`${count} nodes, -parallelism=${parallelism}, ${name}: ${kinds(requests, count)}`);
  }
  if (OLD_PROVIDER !== undefined) {
    // The names and addresses of the rack are free again.
    const old = await terraform.project(rack(count, "openshift-metal3/ironic"), env);
    for (const [index, [, argv]] of steps.entries()) {
      measured[index] = { ...(measured[index] as Step), old: await old(...argv) };
    }
  }
  await ironic.stop();
  return measured;
}

/** The requests of each kind, for each node. */
function kinds(requests: Readonly<Record<string, number>>, count: number): string {
  const sorted = Object.entries(requests).sort(([, a], [, b]) => b - a);
  return sorted.map(([kind, number]) => `${(number / count).toFixed(2)} ${kind}`).join(", ");
}

function row(count: number, parallelism: number, { name, ironicRun, floor, old, requests }: Step): string[] {
  const total = Object.values(requests).reduce((sum, each) => sum + each, 0);
  return [
    ...[String(parallelism), String(count), name],
    ...[`${(ironicRun.time / 1_000).toFixed(1)} s`, `${(floor.time / 1_000).toFixed(1)} s`],
    ...[`${(ironicRun.time / floor.time).toFixed(1)} ×`, (ironicRun.time / count).toFixed(0)],
    ...[String(total), (total / count).toFixed(1)],
    ...[ironicRun.cpu, floor.cpu, ironicRun.terraformCpu, floor.terraformCpu].map(
      (cpu) => `${(cpu / 1_000).toFixed(1)} s`,
    ),
    ...[`${ironicRun.peak.toFixed(0)} MiB`, `${floor.peak.toFixed(0)} MiB`],
    ...(old ? [`${(old.time / 1_000).toFixed(1)} s`, `${(ironicRun.time / old.time).toFixed(2)} ×`] : []),
  ];
}

const sizes = process.argv.slice(2).map(Number);
main(sizes.length > 0 ? sizes : [1, 100, 1_000]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

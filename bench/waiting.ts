// Waiting for Ironic: 500 deployments at `-parallelism=50`, and one alone, on nodes that exist already. Measured: the time from the
// end of a deployment in Ironic to Terraform's line about it, and the requests that Ironic gets meanwhile.
import { startIronic } from "./support/ironic";
import { deployments } from "./support/rack";
import { median, printTable } from "./support/run";
import { BenchTerraform } from "./support/terraform";

const LATENCY = 5;

async function main(): Promise<void> {
  const terraform = await BenchTerraform.install();
  const rows: string[][] = [];
  for (const [count, work] of [
    [1, 3_000],
    [500, 5_000],
  ] as const) {
    const ironic = await startIronic(LATENCY, work, count);
    const run = await terraform.project(deployments(count), { IRONIC_ENDPOINT: ironic.url });
    const { time, lines } = await run("apply", "-auto-approve", "-parallelism=50");
    const { requests, times, ended } = await ironic.seen();
    await ironic.stop();
    const lags = lines.flatMap(({ text, at }) => {
      const [, name = ""] = /^ironic_deployment\.(n\d+): Creation complete/.exec(text) ?? [];
      return name === "" ? [] : [at - (ended[name] ?? Number.NaN)];
    });
    if (lags.length !== count) throw new Error(`${lags.length} of ${count} deployments were reported`);
    const polls = Object.entries(requests).filter(([kind]) => kind.endsWith("(state)"));
    const polled = polls.reduce((sum, [, number]) => sum + number, 0);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1_000;
    rows.push([
      ...[String(count), `${work / 1_000} s`, `${(time / 1_000).toFixed(1)} s`],
      ...[`${median(lags)} ms`, `${Math.max(...lags)} ms`],
      ...[`${(polled / seconds).toFixed(1)}`, (polled / count).toFixed(2), `${busiestSecond(times)}`],
      ...[`${(times.length / seconds).toFixed(1)}`, (times.length / count).toFixed(1)],
    ]);
  }
  terraform.remove();
  const lag = ["behind Ironic, median", "at most"];
  const load = ["polls a second", "polls a deployment", "requests in the busiest second"];
  printTable(["deployments", "Ironic's time", "apply", ...lag, ...load, "requests a second", "a deployment"], rows);
}

function busiestSecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let [start, most] = [0, 0];
  for (const [end, time] of sorted.entries()) {
    while (time - (sorted[start] ?? time) >= 1_000) start += 1;
    most = Math.max(most, end - start + 1);
  }
  return most;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

// 1, 1,000 and 10,000 nodes beside the same number of bare null_resources in plain CDKTF: time and peak memory. Each
// synthesis is a separate process; the time is that of building the tree and synthesizing, without Node's start.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dist, measure, median, printTable, startRegistry } from "./support/run";

const ROUNDS = 3;

async function main(): Promise<void> {
  const registry = await startRegistry(1, 0);
  const rows: string[][] = [];
  for (const count of [1, 1000, 10_000]) {
    const figures: Record<string, { time: number[]; peak: number[] }> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of ["null", "node"]) {
        const folder = mkdtempSync(join(tmpdir(), "bench-synth-"));
        const command = [
          process.execPath,
          join(dist, "bench/support/synth-process.js"),
          kind,
          String(count),
          registry.host,
        ];
        const { stdout } = await measure(command, process.env, folder);
        const { time, peak } = JSON.parse(stdout) as { time: number; peak: number };
        figures[kind] ??= { time: [], peak: [] };
        figures[kind].time.push(time);
        figures[kind].peak.push(peak);
        rmSync(folder, { recursive: true });
      }
    }
    const middle = (kind: string, figure: "time" | "peak") => median(figures[kind]?.[figure] ?? []);
    const [bare, pinned] = [middle("null", "time"), middle("node", "time")];
    const [bareMemory, pinnedMemory] = [middle("null", "peak"), middle("node", "peak")];
    rows.push([
      String(count),
      `${bare.toFixed(0)} ms`,
      `${pinned.toFixed(0)} ms`,
      `${(pinned / bare).toFixed(2)} ×`,
      `${bareMemory.toFixed(0)} MiB`,
      `${pinnedMemory.toFixed(0)} MiB`,
      `${(pinnedMemory / bareMemory).toFixed(2)} ×`,
    ]);
  }
  await registry.stop();
  console.log(`median of ${ROUNDS}, in turn\n`);
  printTable(["nodes", "null_resource", "pinned node", "time", "memory", "memory", "memory"], rows);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

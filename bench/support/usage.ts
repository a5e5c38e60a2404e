// Loaded into a provider's process with NODE_OPTIONS: leaves a line behind, in the file that BENCH_USAGE names, about what the
// process has used.
import { appendFileSync } from "node:fs";
import { peakMemory } from "./peak";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1_000, peak: peakMemory() };
  appendFileSync(process.env.BENCH_USAGE ?? "", `${JSON.stringify(usage)}\n`);
});

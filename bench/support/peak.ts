import { readFileSync } from "node:fs";

/**
 * MiB: the most memory that this process has had at a time. On Linux from `/proc/self/status`: getrusage(2) counts the parent's
 * memory as well, because `exec` keeps the peak of the address space that it replaces. A provider whose Terraform has 400 MiB thus
 * has a `maxRSS` of 400 MiB before its first line runs.
 */
export function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1_024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}

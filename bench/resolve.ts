// N tags of a local registry: one `ironic-oci resolve` beside a loop of `skopeo inspect` and one of `oras resolve`, as
// whole processes, with and without latency. skopeo and oras give the tag's digest; ironic-oci also chooses a manifest.
import { join } from "node:path";
import { debianRoot, dist, measure, median, printTable, startRegistry } from "./support/run";

const TAGS = 100;
const ROUNDS = 3;

async function main(): Promise<void> {
  const root = debianRoot();
  if (!root)
    throw new Error("skopeo and oras are in the end-to-end tests' Debian root: run scripts/e2e/provision.sh first");
  const rows: string[][] = [];
  for (const latency of [0, 20]) {
    const registry = await startRegistry(TAGS, latency);
    const names = Array.from({ length: TAGS }, (_, number) => `${registry.host}/bench/image:t${number}`);
    const loop = (each: (name: string) => string) => ["chroot", root, "sh", "-ec", names.map(each).join("\n")];
    const contenders: [string, string[]][] = [
      [
        "ironic-oci resolve",
        [
          ...[process.execPath, join(dist, "cli/ironic-oci.js"), "resolve", "--json", "--arch", "x86_64"],
          ...["--plain-http", registry.host, ...names.map((name) => `oci://${name}`)],
        ],
      ],
      [
        "skopeo inspect, in a loop",
        loop((name) => `skopeo inspect --raw --tls-verify=false docker://${name} >/dev/null`),
      ],
      ["oras resolve, in a loop", loop((name) => `oras resolve --plain-http ${name} >/dev/null`)],
    ];
    const figures = new Map<string, { times: number[]; requests: number }>();
    // In turn, round by round: a machine that gets slower gets slower for all.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, command] of contenders) {
        await registry.requests();
        const { time } = await measure(command);
        const figure = figures.get(name) ?? { times: [], requests: 0 };
        figure.times.push(time);
        figure.requests = await registry.requests();
        figures.set(name, figure);
      }
    }
    await registry.stop();
    const ironicOci = median(figures.get("ironic-oci resolve")?.times ?? []);
    for (const [name, { times, requests }] of figures) {
      const time = median(times);
      rows.push([
        `${latency} ms`,
        name,
        `${time.toFixed(0)} ms`,
        String(requests),
        `${(time / ironicOci).toFixed(1)} ×`,
      ]);
    }
  }
  console.log(`${TAGS} tags, each an index of two; median of ${ROUNDS}\n`);
  printTable(["latency", "what", "time", "requests", "against ironic-oci"], rows);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

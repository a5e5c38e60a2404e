// Ten thousand distinct tags in one run, against the in-process registry (a separate process) and Debian's docker-registry:
// how many a second, how long the slowest hundredth takes, and what grows with the number of tags. Then 200 tags beside
// `skopeo inspect`, a process each.
import { join } from "node:path";
import { startDockerRegistry } from "./support/docker-registry";
import { debianRoot, dist, measure, median, printTable, startRegistry } from "./support/run";

const MOST = 10_000;
const COUNTS = [1_000, MOST];
const BESIDE_SKOPEO = 200;
const ROUNDS = 3;
/** What the process may keep alive, in MiB: without a bound, V8 lets garbage lie for as long as there is memory. */
const HEAP = 64;

/** What one run took. */
interface Load {
  /** Milliseconds. */
  readonly time: number;
  /** Milliseconds that the slowest of a hundred questions took. */
  readonly p99: number;
  /** The most sockets that were open at a time. */
  readonly sockets: number;
  /** MiB. */
  readonly peak: number;
}

async function load(host: string, count: number, ...flags: string[]): Promise<Load> {
  const command = [process.execPath, ...flags, join(dist, "bench/support/load-process.js"), host, String(count)];
  return JSON.parse((await measure(command)).stdout) as Load;
}

async function main(): Promise<void> {
  const root = debianRoot();
  if (!root)
    throw new Error(
      "docker-registry and skopeo are in the end-to-end tests' Debian root: run scripts/e2e/provision.sh",
    );
  const inProcess = await startRegistry(MOST, 0);
  const real = await startDockerRegistry(root, MOST);
  const rows: string[][] = [];
  for (const [name, { host }] of [["in-process", inProcess] as const, ["docker-registry", real] as const]) {
    for (const count of COUNTS) {
      const loads: Load[] = [];
      for (let round = 0; round < ROUNDS; round += 1) loads.push(await load(host, count));
      const bound = await load(host, count, `--max-old-space-size=${HEAP}`);
      const middle = (figure: keyof Load) => median(loads.map((each) => each[figure]));
      rows.push([
        name,
        String(count),
        `${((count / middle("time")) * 1000).toFixed(0)} /s`,
        `${middle("p99").toFixed(0)} ms`,
        `${Math.max(...loads.map(({ sockets }) => sockets))}`,
        `${middle("peak").toFixed(0)} MiB`,
        `${bound.peak.toFixed(0)} MiB`,
        `${((count / bound.time) * 1000).toFixed(0)} /s`,
      ]);
    }
  }
  console.log(`median of ${ROUNDS}; each tag an index of two: two requests\n`);
  const bounded = `with a heap of ${HEAP} MiB`;
  printTable(["registry", "tags", "throughput", "p99", "sockets", "peak memory", bounded, "throughput"], rows);

  const names = Array.from({ length: BESIDE_SKOPEO }, (_, number) => `${real.host}/bench/image:t${number}`);
  const ironicOci = [
    ...[process.execPath, join(dist, "cli/ironic-oci.js"), "resolve", "--json", "--arch", "x86_64"],
    ...["--plain-http", real.host, ...names.map((name) => `oci://${name}`)],
  ];
  const skopeo = names.map((name) => `skopeo inspect --raw --tls-verify=false docker://${name} >/dev/null`);
  const times: { ironicOci: number[]; skopeo: number[] } = { ironicOci: [], skopeo: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.ironicOci.push((await measure(ironicOci)).time);
    times.skopeo.push((await measure(["chroot", root, "sh", "-ec", skopeo.join("\n")])).time);
  }
  await inProcess.stop();
  await real.stop();
  const [one, many] = [median(times.ironicOci), median(times.skopeo)];
  console.log(`\n${BESIDE_SKOPEO} tags of docker-registry, whole processes\n`);
  printTable(
    ["what", "time", "against ironic-oci"],
    [
      ["ironic-oci resolve, one process", `${one.toFixed(0)} ms`, "1.0 ×"],
      ["skopeo inspect, a process each", `${many.toFixed(0)} ms`, `${(many / one).toFixed(1)} ×`],
    ],
  );
}

main().catch((error: unknown) => {
  console.error(error);
  // The registries would keep this process alive; they end with it.
  process.exit(1);
});

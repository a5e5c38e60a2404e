// 2 GB in one and in eight files to Debian's docker-registry: `ironic-oci push` beside `oras push` and `skopeo copy` of the same files, as
// whole processes: time as a ratio, and peak memory. With the argument `memory`: the peak memory of `ironic-oci push` of one file of
// 10 GB, as it is and with `--compress zstd`; the disk needs twice its size.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf } from "../src/reference";
import { startDockerRegistry } from "./support/docker-registry";
import { debianRoot, dist, median, printTable } from "./support/run";

const isMemory = process.argv[2] === "memory";
const BYTES = Number(process.env.BENCH_BYTES ?? (isMemory ? 10e9 : 2 * 1024 ** 3));
const ROUNDS = 3;
const BLOCK = 16 * 1024 * 1024;

interface Figure {
  readonly times: number[];
  readonly peaks: number[];
  /** Milliseconds of processor time. */
  readonly own: number[];
  readonly registry: number[];
}

/** Milliseconds of processor time of the children of this process that have ended; the unit of /proc is 10 ms. */
function endedChildren(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

const CLI = [process.execPath, join(dist, "cli/ironic-oci.js"), "push"];

/** Runs a command to its end; its peak memory is that of the largest process of its group, sampled from /proc. */
function run(command: readonly string[]): Promise<{ time: number; peak: number }> {
  return new Promise((resolve, reject) => {
    const [program = "", ...argv] = command;
    const started = performance.now();
    const child = spawn(program, argv, { stdio: ["ignore", "ignore", "pipe"] });
    let [peak, errors] = [0, ""];
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const timer = setInterval(() => {
      peak = Math.max(peak, memoryOf(child.pid ?? 0));
    }, 20);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ time: performance.now() - started, peak });
      else reject(new Error(`${command.slice(0, 4).join(" ")} ended with ${code}: ${errors}`));
    });
  });
}

/** MiB; `chroot` replaces itself by its program, so that the process is the tool. */
function memoryOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** Files of random bytes, new in each round: a registry takes the same bytes once. */
function writeFiles(folder: string, count: number, round: number): string[] {
  return Array.from({ length: count }, (_, number) => {
    const name = `disk-${number}.raw`;
    const file = openSync(join(folder, name), "w");
    const block = randomBytes(BLOCK);
    for (let left = BYTES / count, at = 0; left > 0; left -= BLOCK, at += 1) {
      block.writeUInt32BE(round * 100_000 + number * 1_000 + at, 0);
      writeSync(file, block, 0, Math.min(left, BLOCK));
    }
    closeSync(file);
    return name;
  });
}

/** An OCI image layout around the files, for skopeo, which pushes no plain files. */
function writeLayout(folder: string, names: readonly string[], digests: readonly string[]): void {
  const blobs = join(folder, "layout", "blobs", "sha256");
  rmSync(join(folder, "layout"), { recursive: true, force: true });
  mkdirSync(blobs, { recursive: true });
  const put = (text: string, mediaType: string) => {
    const digest = digestOf(Buffer.from(text));
    writeFileSync(join(blobs, digest.slice(7)), text);
    return { mediaType, digest, size: text.length };
  };
  for (const [position, name] of names.entries()) {
    linkSync(join(folder, name), join(blobs, String(digests[position]).slice(7)));
  }
  const layers = digests.map((digest) => ({
    mediaType: "application/octet-stream",
    digest,
    size: BYTES / names.length,
  }));
  const config = put("{}", "application/vnd.oci.empty.v1+json");
  const type = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put(
    JSON.stringify({ schemaVersion: 2, mediaType: type, artifactType: "a/b", config, layers }),
    type,
  );
  writeFileSync(join(folder, "layout", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, "layout", "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

function requireRoot(): string {
  const root = debianRoot();
  if (root) return root;
  throw new Error(
    "the registry, skopeo and oras are in the end-to-end tests' Debian root: run scripts/e2e/provision.sh",
  );
}

async function memory(): Promise<void> {
  const root = requireRoot();
  const folder = mkdtempSync(join(root, "tmp", "bench-push-"));
  const rows: string[][] = [];
  try {
    const [name = ""] = writeFiles(folder, 1, 0);
    for (const more of [[], ["--compress", "zstd"]]) {
      const registry = await startDockerRegistry(root, 0);
      const disk = ["--disk", `x86_64:raw=${join(folder, name)}`];
      const { time, peak } = await run([
        ...CLI,
        `${registry.host}/os:1`,
        ...disk,
        ...more,
        "--plain-http",
        registry.host,
      ]);
      await registry.stop();
      rows.push([["push", ...more].join(" "), `${(time / 1000).toFixed(0)} s`, `${peak.toFixed(0)} MiB`]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${(BYTES / 1e9).toFixed(1)} GB in one file\n`);
  printTable(["what", "time", "peak memory"], rows);
}

async function main(): Promise<void> {
  const root = requireRoot();
  const folder = mkdtempSync(join(root, "tmp", "bench-push-"));
  const inside = folder.slice(root.length);
  const rows: string[][] = [];
  try {
    for (const count of [1, 8]) {
      const figures = new Map<string, Figure>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const names = writeFiles(folder, count, round);
        // An architecture of its own for each file: an index has one disk for a kind of node.
        const disks = names.flatMap((name, number) => ["--disk", `cpu${number}:raw=${join(folder, name)}`]);
        const contenders: [string, (host: string) => string[]][] = [
          ["ironic-oci push", (host) => [...CLI, `${host}/os:1`, ...disks, "--plain-http", host]],
          [
            "oras push",
            (host) => ["chroot", root, "env", "-C", inside, "oras", "push", "--plain-http", `${host}/os:1`, ...names],
          ],
          [
            "skopeo copy",
            (host) => [
              "chroot",
              root,
              "skopeo",
              "copy",
              "--insecure-policy",
              "--dest-tls-verify=false",
              `oci:${inside}/layout`,
              `docker://${host}/os:1`,
            ],
          ],
        ];
        const digests: string[] = [];
        for (const name of names) digests.push(await digestOfFile(join(folder, name)));
        writeLayout(folder, names, digests);
        for (const [name, command] of contenders) {
          // A registry of its own for each: none of them finds the blobs of another.
          const registry = await startDockerRegistry(root, 0);
          const before = endedChildren();
          const { time, peak } = await run(command(registry.host));
          const between = endedChildren();
          await registry.stop();
          const figure = figures.get(name) ?? { times: [], peaks: [], own: [], registry: [] };
          figure.own.push(between - before);
          figure.registry.push(endedChildren() - between);
          figure.times.push(time);
          figure.peaks.push(peak);
          figures.set(name, figure);
        }
      }
      const own = median(figures.get("ironic-oci push")?.times ?? []);
      for (const [name, { times, peaks, ...cpu }] of figures) {
        const time = median(times);
        rows.push([
          ...[String(count), name, `${(time / 1000).toFixed(1)} s`],
          ...[cpu.own, cpu.registry].map((each) => `${(median(each) / 1000).toFixed(1)} s`),
          ...[`${Math.max(...peaks).toFixed(0)} MiB`, name === "ironic-oci push" ? "" : (own / time).toFixed(2)],
        ]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${(BYTES / 1024 ** 3).toFixed(1)} GiB; median of ${ROUNDS}\n`);
  printTable(["files", "what", "time", "its processor time", "the registry's", "peak memory", "against it"], rows);
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

(isMemory ? memory() : main()).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

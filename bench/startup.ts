// One tag of a local registry, as one process each: `ironic-oci resolve`, as a script and as the executable of `npm run release`, beside
// `node -e 0`, `crane digest` and `oras resolve`. CPU is
// what the start costs; wall time on a loopback registry is about the same. In turn, round by round.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releasedExecutable } from "./support/release";
import { debianRoot, dist, median, printTable, startRegistry } from "./support/run";

const ROUNDS = 20;

/** User and system time of a command, in milliseconds. */
function cpuOf(command: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>/dev/null';
  const { status, stderr } = spawnSync("bash", ["-c", script, "bash", ...command], { encoding: "utf8" });
  const [user, system] = stderr.trim().split(" ").map(Number);
  if (status !== 0 || user === undefined || system === undefined) {
    throw new Error(`${command.slice(0, 4).join(" ")} ended with ${status}: ${stderr}`);
  }
  return (user + system) * 1_000;
}

async function main(): Promise<void> {
  const root = debianRoot();
  const registry = await startRegistry(1, 0);
  const image = `${registry.host}/bench/image:t0`;
  const cli = join(dist, "cli/ironic-oci.js");
  const resolve = ["resolve", `oci://${image}`, "--arch", "x86_64", "--download-source", "local"];
  const commands: [string, string[]][] = [
    ["node -e 0", [process.execPath, "-e", "0"]],
    ["ironic-oci --version", [process.execPath, cli, "--version"]],
    ["ironic-oci --help", [process.execPath, cli, "--help"]],
    ["ironic-oci resolve", [process.execPath, cli, ...resolve, "--plain-http", registry.host]],
  ];
  const folder = mkdtempSync(join(tmpdir(), "bench-startup-"));
  const executable = releasedExecutable("ironic-oci", folder);
  if (executable !== undefined) {
    commands.push(["the executable --version", [executable, "--version"]]);
    commands.push(["the executable resolve", [executable, ...resolve, "--plain-http", registry.host]]);
  }
  // Those that this machine has: on the PATH, or in the Debian root.
  for (const [program, argv] of [
    ["crane", ["digest", "--insecure", image]],
    ["oras", ["resolve", "--plain-http", image]],
  ] as const) {
    const isOnPath = spawnSync("which", [program]).status === 0;
    const isInRoot = root !== undefined && existsSync(join(root, "usr/bin", program));
    if (isOnPath) commands.push([`${program} ${argv[0]}`, [program, ...argv]]);
    else if (isInRoot) commands.push([`${program} ${argv[0]}`, ["chroot", root, program, ...argv]]);
    else console.log(`${program} is neither on the PATH nor in the Debian root`);
  }
  const times = new Map(commands.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, command] of commands) times.get(name)?.push(cpuOf(command));
  }
  await registry.stop();
  rmSync(folder, { recursive: true });
  const bare = median(times.get("node -e 0") ?? []);
  const rows = [...times].map(([name, each]) => {
    const [middle, least] = [median(each), Math.min(...each)];
    return [name, `${middle.toFixed(0)} ms`, `${least.toFixed(0)} ms`, `${(middle / bare).toFixed(1)} ×`];
  });
  console.log(`${ROUNDS} rounds; processor time\n`);
  printTable(["command", "median", "minimum", "against node -e 0"], rows);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

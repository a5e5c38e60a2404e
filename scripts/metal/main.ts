// npm run test:metal [-- all | VARIANT…] [jest's options]
//
// Prepares what the metal tests need (Debian roots, the agent's ramdisk, disk images; each kept in the user's cache) and runs
// them in mount, process and network namespaces of their own. The kernel ends everything in there with the process namespace,
// however this program ends: no service, mount or address outlives it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Phase, Settings } from "../../test/metal/settings";
import { IRONIC_29, selectVariants } from "../../test/metal/variants";

const project = resolve(__dirname, "..", "..", "..");
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cdktf-ironic-oci");
const runs = join(cache, "metal-runs");
const KEPT_RESULTS = 10;

function main(): void {
  const words = process.argv.slice(2);
  const firstOption = words.findIndex((word) => word.startsWith("-"));
  const [names, jestOptions] = firstOption < 0 ? [words, []] : [words.slice(0, firstOption), words.slice(firstOption)];
  const variants = selectVariants(names);
  checkMachine();

  const phases: Phase[] = [];
  const prepare = (name: string, script: string, ...argv: string[]): string => {
    const started = Date.now();
    const { status, stdout } = spawnSync(join(project, "scripts", script), argv, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${script} failed: its message is above`);
    phases.push({ name, seconds: (Date.now() - started) / 1000 });
    return stdout.trim();
  };
  // The trixie root's tools make the artifacts, whichever Ironic is used.
  const suites = [...new Set([IRONIC_29.suite, ...variants.map(({ release }) => release.suite)])];
  const roots = Object.fromEntries(
    suites.map((suite) => [suite, prepare(`Debian root ${suite}`, "e2e/provision.sh", suite)]),
  );
  const artifacts = prepare("agent's ramdisk, disk images", "metal/artifacts.sh", roots[IRONIC_29.suite] ?? "");

  removeAbandonedRuns();
  const folder = join(runs, `${process.pid}-${startTime(process.pid)}`);
  const results = newResults();
  mkdirSync(folder, { recursive: true });
  const settings: Settings = { folder, artifacts, roots, variants: variants.map(({ name }) => name), results, phases };
  const child = runIsolated(settings, jestOptions);
  const leave = (code: number) => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  };
  child.on("close", (code, signal) => leave(code ?? (signal === null ? 1 : 130)));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Its death ends the process namespace with all that runs in it; then "close" cleans up.
    process.on(signal, () => {
      console.error(`test:metal: ${signal}: services and machine are ended, nothing is left behind`);
      child.kill("SIGKILL");
    });
  }
}

/** Fails with a sentence where the tests can't run. */
function checkMachine(): void {
  if (process.getuid?.() !== 0) {
    throw new Error(
      "the metal tests need root: they make namespaces, mounts and Debian roots (try: sudo npm run test:metal)",
    );
  }
  if (spawnSync("sh", ["-c", "command -v apt-get"]).status !== 0) {
    throw new Error(
      "the metal tests need a Debian machine: everything that they run comes from Debian packages (apt-get)",
    );
  }
  if (spawnSync("terraform", ["version"]).status !== 0) {
    throw new Error("the metal tests need terraform 1.11 or later on the PATH");
  }
  const namespaces = spawnSync("unshare", ["--net", "--mount", "--pid", "--fork", "--mount-proc", "true"], {
    encoding: "utf8",
  });
  if (namespaces.status !== 0) {
    const reason = namespaces.stderr?.trim() || namespaces.error?.message;
    throw new Error(`the metal tests need network, mount and process namespaces of their own: ${reason}`);
  }
}

function runIsolated(settings: Settings, jestOptions: readonly string[]): ChildProcess {
  const jest = join(project, "node_modules", "jest", "bin", "jest.js");
  const tests = [process.execPath, jest, "-c", "jest.metal.config.cjs", "--runInBand", "--no-watchman", ...jestOptions];
  // The death of this program ends setpriv's program, and the death of that the namespace's first process: a shell, which
  // collects what others leave behind.
  const isolated = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
  ];
  const [command = "", ...argv] = [...isolated, "sh", "-c", '"$@"; exit $?', "sh", ...tests];
  return spawn(command, argv, {
    cwd: project,
    // A terminal's Ctrl-C is for this program, which ends the others.
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, METAL_SETTINGS: JSON.stringify(settings) },
  });
}

/** A folder for this run's report and logs; the oldest ones go. */
function newResults(): string {
  const parent = join(cache, "metal-results");
  const folder = join(parent, `${new Date().toISOString().replaceAll(":", "")}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(parent).sort().slice(0, -KEPT_RESULTS))
    rmSync(join(parent, old), { recursive: true, force: true });
  return folder;
}

/** Removes the folders of runs that were killed. */
function removeAbandonedRuns(): void {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs)) {
    const [pid = "", started] = name.split("-");
    if (startTime(Number(pid)) !== started) rmSync(join(runs, name), { recursive: true, force: true });
  }
}

/** When a process was started, in clock ticks since boot (proc(5), field 22 of stat): a PID may be used again. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

try {
  main();
} catch (error) {
  console.error(`test:metal: ${(error as Error).message}`);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}

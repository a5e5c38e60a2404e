// npm run test:metal [-- all | VARIANT…] [jest's options]
//
// Prepares what the metal tests need (Debian roots, the agent's ramdisk, disk images; each kept in the user's cache) and runs
// them in mount, process and network namespaces of their own. The kernel ends everything in there with the process namespace,
// however this program ends: no service, mount or address outlives it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
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
  const folder = mkdtempSync(join(runs, "run-"));
  const results = newResults();
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
      console.error(`test:metal: ${signal}: ending the machine and all services`);
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
  const terraform = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
  const version = terraform.status === 0 ? String(JSON.parse(terraform.stdout).terraform_version) : "none";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (!(major > 1 || (major === 1 && minor >= 11))) {
    throw new Error(`the metal tests need terraform 1.11 or later on the PATH; there is ${version}`);
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
  // All of these become one process, whose death ends the namespace's first process: a shell, which collects what others leave
  // behind. The lock says that the run's folder is in use; it is gone with the last process of the run.
  const isolated = [
    ...["flock", "--no-fork", lockOf(settings.folder), "setpriv", "--pdeathsig", "KILL"],
    ...["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
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

/** Removes the folders of runs that were killed: those whose lock is free, and that were not made a moment ago. */
function removeAbandonedRuns(): void {
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs)) {
    const folder = join(runs, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age < 60_000 || spawnSync("flock", ["--nonblock", lockOf(folder), "true"]).status !== 0) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}

function lockOf(folder: string): string {
  return join(folder, "lock");
}

try {
  main();
} catch (error) {
  console.error(`test:metal: ${(error as Error).message}`);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}

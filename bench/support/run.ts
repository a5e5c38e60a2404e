import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Compiled, this file is dist/bench/support/run.js. */
export const dist = join(__dirname, "..", "..");

export interface Measured {
  /** Milliseconds of wall time. */
  readonly time: number;
  readonly stdout: string;
}

/** Runs a command to its end and measures it; fails when it fails. */
export function measure(
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const [program = "", ...argv] = command;
    const started = performance.now();
    const child = spawn(program, argv, { env, cwd, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ time: performance.now() - started, stdout });
      else reject(new Error(`${command.slice(0, 4).join(" ")} ended with ${code}`));
    });
  });
}

export interface BenchRegistry {
  readonly host: string;
  /** Requests since the last call. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts bench/support/registry-process. */
export async function startRegistry(tags: number, latency: number): Promise<BenchRegistry> {
  const { first, send, stop } = await startHelper("registry-process.js", [String(tags), String(latency)]);
  return { host: first, requests: async () => Number(await send("count")), stop };
}

/** A process of bench/support that prints one line when it is ready, responds to each line with one, and ends with its input. */
export interface Helper {
  readonly first: string;
  send(command: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startHelper(file: string, argv: readonly string[]): Promise<Helper> {
  const child = spawn(process.execPath, [join(dist, "bench", "support", file), ...argv], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  return {
    first: await next(),
    send(command) {
      child.stdin.write(`${command}\n`);
      return next();
    },
    async stop() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}

/**
 * A Debian root of scripts/e2e/provision.sh; undefined before that has made it. The default is that of the end-to-end tests, where skopeo
 * and oras are.
 */
export function debianRoot(name = "trixie"): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cdktf-ironic-oci");
  const roots = existsSync(cache) ? readdirSync(cache).filter((each) => each.startsWith(`${name}-`)) : [];
  return roots.map((each) => join(cache, each)).find((root) => existsSync(join(root, ".made")));
}

/** A command that runs as the middle one of several tries. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`| ${headings.join(" | ")} |\n|${headings.map(() => "---").join("|")}|`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

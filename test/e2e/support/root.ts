import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runToEnd } from "../../support/run";

const provision = join(__dirname, "..", "..", "..", "scripts", "e2e", "provision.sh");
let made: string | undefined;

/** The Debian root with the real services; made when it isn't there yet. */
export function debianRoot(): string {
  if (made === undefined) {
    const run = spawnSync(provision, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    if (run.status !== 0) throw new Error("no Debian root: see what scripts/e2e/provision.sh said above");
    made = run.stdout.trim();
  }
  return made;
}

/** A folder that both this machine and the programs in the root see, by two names. */
export class SharedFolder {
  readonly inside: string;
  readonly outside: string;

  constructor(name: string) {
    const root = debianRoot();
    this.outside = mkdtempSync(join(root, "tmp", `${name}-`));
    this.inside = this.outside.slice(root.length);
  }

  remove(): void {
    rmSync(this.outside, { recursive: true, force: true });
  }
}

export interface RunOptions {
  /** Inside the root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** The command line of a program in the root, with an environment of its own. */
export function rootCommand(program: string, argv: readonly string[], options: RunOptions = {}): string[] {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8", ...options.env };
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ["chroot", debianRoot(), "env", "-i", "-C", options.cwd ?? "/", ...pairs, program, ...argv];
}

/** Runs a program in the root to its end. */
export function inRoot(program: string, argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runToEnd(rootCommand(program, argv, options), {}, options.stdin);
}

/** Runs a program in the root and fails with what it said when it fails. */
export async function inRootOrFail(
  program: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await inRoot(program, argv, options);
  if (code !== 0) throw new Error(`${program} ${argv[0] ?? ""} ended with ${code}:\n${stderr || stdout}`);
  return stdout;
}

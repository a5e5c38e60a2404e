import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runToEnd } from "../../support/run";

/** A Debian suite that has a root: trixie has Ironic 29, sid has Ironic 39. */
export type Suite = "trixie" | "sid";

/** A root: of a suite, or the one with wine and qemu's user emulation. */
export type Root = Suite | "platforms";

const provision = join(__dirname, "..", "..", "..", "scripts", "e2e", "provision.sh");
const roots = new Map<Root, string>();

/** The Debian root with the real services; made when it isn't there yet. */
export function debianRoot(suite: Root = "trixie"): string {
  let root = roots.get(suite);
  if (root === undefined) {
    const run = spawnSync(provision, [suite], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    if (run.status !== 0) throw new Error(`no Debian ${suite} root: see the output of scripts/e2e/provision.sh above`);
    root = run.stdout.trim();
    roots.set(suite, root);
  }
  return root;
}

/** A folder that both this machine and the programs in the root see, by two names. */
export class SharedFolder {
  readonly inside: string;
  readonly outside: string;

  constructor(
    name: string,
    readonly suite: Root = "trixie",
  ) {
    const root = debianRoot(suite);
    this.outside = mkdtempSync(join(root, "tmp", `${name}-`));
    this.inside = this.outside.slice(root.length);
  }

  remove(): void {
    rmSync(this.outside, { recursive: true, force: true });
  }
}

export interface RunOptions {
  /** Whose root the program is in. Default trixie. */
  readonly suite?: Root;
  /** Inside the root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** The command line of a program in the root, with an environment of its own. */
export function rootCommand(program: string, argv: readonly string[], options: RunOptions = {}): string[] {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8", ...options.env };
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ["chroot", debianRoot(options.suite), "env", "-i", "-C", options.cwd ?? "/", ...pairs, program, ...argv];
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

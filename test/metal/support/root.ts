import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Finished, runToEnd } from "../../support/run";

export interface CommandOptions {
  /** A folder inside the root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/**
 * A Debian root as this run sees it. The root itself is shared with other runs and stays untouched: `/srv` and `/tmp` are the
 * run's own, and single files are covered, all by mounts in the run's mount namespace, which end with it.
 */
export class Root {
  /** The folder that programs in the root see as `/srv`. */
  readonly srv: string;
  readonly #path: string;
  readonly #daemons: Daemon[] = [];

  /** Mounts `folder` into the root; the process has to be in a mount namespace of its own. */
  constructor(path: string, folder: string) {
    this.#path = path;
    this.srv = join(folder, "srv");
    for (const name of ["srv", "tmp"]) {
      mkdirSync(join(folder, name), { recursive: true, mode: name === "tmp" ? 0o1777 : 0o755 });
      mount("--bind", join(folder, name), join(path, name));
    }
    mount("-t", "proc", "proc", join(path, "proc"));
  }

  /** Covers one file of the root by what `change` makes of its text. */
  cover(file: string, change: (text: string) => string): void {
    const original = join(this.#path, file);
    const changed = join(this.srv, file.replaceAll("/", "_"));
    copyFileSync(original, changed);
    writeFileSync(changed, change(readFileSync(original, "utf8")));
    mount("--bind", changed, original);
  }

  /** Runs a program in the root to its end. */
  run(program: string, argv: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    return runToEnd(this.command(program, argv, options), {}, options.stdin);
  }

  /** Runs a program in the root; an exit code other than 0 is an error with what it printed. */
  async output(program: string, argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, argv, options);
    if (code !== 0) throw new Error(`${program} ${argv[0] ?? ""} ended with ${code}:\n${stderr || stdout}`);
    return stdout;
  }

  /** Starts a program in the root that runs until it is stopped; its output goes to `/srv/<name>.log`. */
  daemon(name: string, program: string, argv: readonly string[], options: CommandOptions = {}): Daemon {
    const daemon = new Daemon(name, this.command(program, argv, options), join(this.srv, `${name}.log`));
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Stops every daemon, the last one first. */
  async stop(): Promise<void> {
    for (const daemon of this.#daemons.splice(0).reverse()) await daemon.stop();
  }

  /** The command line of a program in the root, with an environment of its own. */
  command(program: string, argv: readonly string[], { cwd = "/srv", env = {} }: CommandOptions = {}): string[] {
    const all = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/srv", LANG: "C.UTF-8", ...env };
    const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    return ["chroot", this.#path, "env", "-i", "-C", cwd, ...pairs, program, ...argv];
  }
}

function mount(...argv: string[]): void {
  execFileSync("mount", argv, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A program that runs until it is stopped. */
export class Daemon {
  readonly name: string;
  /** The file with everything that it printed. */
  readonly log: string;
  readonly #child;
  #ended: string | undefined;

  constructor(name: string, [command = "", ...argv]: readonly string[], log: string) {
    this.name = name;
    this.log = log;
    this.#child = spawn(command, argv, { stdio: ["ignore", "pipe", "pipe"] });
    const file = createWriteStream(log, { flags: "a" });
    this.#child.stdout.pipe(file, { end: false });
    this.#child.stderr.pipe(file, { end: false });
    this.#child.on("error", (error) => {
      this.#ended = `cannot be started: ${error.message}`;
    });
    this.#child.on("close", (code, signal) => {
      this.#ended ??= `ended with ${code ?? signal}`;
      file.end();
    });
  }

  /** Waits until `ready` answers true; an error with the end of the log when the program ends first, or after `seconds`. */
  async until(ready: () => Promise<boolean>, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await ready().catch(() => false))) {
      const problem = this.#ended ?? (Date.now() > deadline ? `is not ready after ${seconds} s` : undefined);
      if (problem !== undefined) throw new Error(`${this.name} ${problem}:\n${tail(this.log, 20)}`);
      await delay(200);
    }
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    for (let waited = 0; this.#ended === undefined; waited += 50) {
      if (waited === 10_000) this.#child.kill("SIGKILL");
      await delay(50);
    }
  }
}

/** The last lines of a text file, each cut to a screen's width or two; "" when it does not exist. */
export function tail(file: string, lines: number, without?: RegExp): string {
  if (!existsSync(file)) return "";
  const all = readFileSync(file, "utf8").trimEnd().split("\n");
  const shown = without === undefined ? all : all.filter((line) => !without.test(line));
  return shown
    .slice(-lines)
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
    .join("\n");
}

const LONGEST_LINE = 400;

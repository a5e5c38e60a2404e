import { spawn } from "node:child_process";

export function step(title: string): void {
  console.log(`\n\u25b8 ${title}`);
}

/** How a command is run and shown. */
export interface RunOptions {
  /** Exit codes that are not failures. Default: 0. */
  readonly allowed?: readonly number[];
  /** The lines of its output that tell the story; a verbose shell shows all. Default: none. */
  readonly shows?: RegExp;
}

/** A working folder and an environment, in which the demo does what a user would do at a shell. */
export class Shell {
  readonly folder: string;
  /** Shows the whole output of each command. */
  readonly verbose: boolean;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, env: Readonly<Record<string, string>>, verbose = false) {
    // Settings of the user's shell must not decide what the demo shows.
    const { CI: _, IRONIC_OCI_LOCK: __, TF_CLI_CONFIG_FILE: ___, ...environment } = process.env;
    this.folder = folder;
    this.verbose = verbose;
    this.#env = { ...environment, DOCKER_CONFIG: folder, ...env };
  }

  /** Another folder, or more environment. */
  with(env: Readonly<Record<string, string>>, folder = this.folder): Shell {
    return new Shell(folder, { ...(this.#env as Record<string, string>), ...env }, this.verbose);
  }

  /** A Node program, in a separate process. */
  node(argv: readonly string[], options?: RunOptions): Promise<number> {
    return this.run([process.execPath, ...argv], options);
  }

  /** Runs any program and resolves to its exit code. After a failure, the whole output is printed. */
  async run([command = "", ...argv]: readonly string[], { allowed = [0], shows }: RunOptions = {}): Promise<number> {
    const { code, output } = await this.#spawn(command, argv);
    const failed = code === null || !allowed.includes(code);
    if (!this.verbose) {
      if (failed) console.error(output);
      else for (const line of output.split("\n")) if (shows?.test(line)) console.log(`  ${line.trim()}`);
    }
    if (failed) throw new Error(`${command} ${argv.join(" ")} ended with ${code}`);
    return code;
  }

  /** The output is on this terminal if the shell is verbose, and else collected, both streams in their order. */
  #spawn(command: string, argv: readonly string[]): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve, reject) => {
      const output = this.verbose ? "inherit" : "pipe";
      const child = spawn(command, argv, { cwd: this.folder, env: this.#env, stdio: ["ignore", output, output] });
      const chunks: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
    });
  }
}

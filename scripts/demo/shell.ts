import { spawn } from "node:child_process";

export function step(title: string): void {
  console.log(`\n\u25b8 ${title}\n`);
}

/** A working folder and an environment, in which the demo does what a user would do at a shell. */
export class Shell {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    // What the user's own shell says must not decide what the demo shows.
    const { CI: _, IRONIC_OCI_LOCK: __, TF_CLI_CONFIG_FILE: ___, ...environment } = process.env;
    this.folder = folder;
    this.#env = { ...environment, DOCKER_CONFIG: folder, ...env };
  }

  /** Another folder, or more environment. */
  with(env: Readonly<Record<string, string>>, folder = this.folder): Shell {
    return new Shell(folder, { ...(this.#env as Record<string, string>), ...env });
  }

  /** A program of ours, in a process of its own. */
  node(program: string, ...argv: string[]): Promise<number> {
    return this.run([0], process.execPath, program, ...argv);
  }

  /** Any program, on this terminal. Gives its exit code, and fails unless that is `fine`. */
  run(fine: readonly number[], command: string, ...argv: string[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, argv, {
        cwd: this.folder,
        env: this.#env,
        stdio: ["ignore", "inherit", "inherit"],
      });
      child.on("error", reject);
      child.on("close", (code) => {
        if (code !== null && fine.includes(code)) resolve(code);
        else reject(new Error(`${command} ${argv.join(" ")} ended with ${code}`));
      });
    });
  }
}

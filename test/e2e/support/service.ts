import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type RunOptions, rootCommand } from "./root";

/** A loopback port that nobody uses at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

const running = new Set<Service>();
// Whatever ends the test run ends the services with it.
process.on("exit", () => {
  for (const service of running) service.kill();
});

/** A program in the root that goes on until it is stopped. */
export class Service {
  readonly #name: string;
  readonly #child: ChildProcess;
  #log = "";
  #ended: string | undefined;

  constructor(program: string, argv: readonly string[], options: RunOptions = {}) {
    this.#name = program;
    const [command = "", ...rest] = rootCommand(program, argv, options);
    // A process group of its own: what the program starts ends with it.
    this.#child = spawn(command, rest, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (text: string) => {
      this.#log = (this.#log + text).slice(-200_000);
    };
    this.#child.stdout?.setEncoding("utf8").on("data", keep);
    this.#child.stderr?.setEncoding("utf8").on("data", keep);
    this.#child.on("close", (code, signal) => {
      this.#ended = `ended with ${code ?? signal}`;
      running.delete(this);
    });
    running.add(this);
  }

  /** The end of what it has printed. */
  get log(): string {
    return this.#log;
  }

  /** Waits until `ready` says so; fails with the log when the program ends first, or after `seconds`. */
  async until(ready: () => Promise<boolean>, seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await ready().catch(() => false))) {
      if (this.#ended !== undefined) throw new Error(`${this.#name} ${this.#ended}:\n${this.#log.slice(-4000)}`);
      if (Date.now() > deadline)
        throw new Error(`${this.#name} is not ready after ${seconds} s:\n${this.#log.slice(-4000)}`);
      await delay(100);
    }
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    if (this.#child.pid === undefined || this.#ended !== undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // Gone already.
    }
  }

  async stop(): Promise<void> {
    this.kill("SIGTERM");
    for (let waited = 0; this.#ended === undefined; waited += 50) {
      if (waited > 5000) this.kill();
      await delay(50);
    }
  }
}

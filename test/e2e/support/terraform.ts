import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Finished } from "../../support/run";

/** A network that leads nowhere: whoever asks Terraform's registry is told no. */
export const NO_NETWORK = {
  HTTPS_PROXY: "http://127.0.0.1:9",
  HTTP_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1",
};

/** Where Terraform's work is to be done, and with what. */
export interface TerraformOptions {
  /** Added to the environment, which Terraform hands on to its providers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Providers come from this folder and from nowhere else; without it, from `terraform.d/plugins` and the network. */
  readonly pluginDir?: string;
}

/** A value as `terraform show -json` prints it. */
type Values = Readonly<Record<string, unknown>>;

/** One resource in state or plan. */
export interface ShownResource {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly schema_version: number;
  readonly tainted?: boolean;
  readonly values: Values;
}

/** What a plan wants with one resource. */
export interface ShownChange {
  readonly address: string;
  readonly previous_address?: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly ("no-op" | "create" | "read" | "update" | "delete")[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown: Values;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

interface ShownValues {
  readonly outputs?: Readonly<Record<string, { readonly value: unknown; readonly sensitive: boolean }>>;
  readonly root_module?: { readonly resources?: readonly ShownResource[] };
}

/** What `terraform show -json` prints: of the state, or of a saved plan. */
export interface Shown {
  readonly values?: ShownValues;
  readonly planned_values?: ShownValues;
  readonly resource_changes?: readonly ShownChange[];
}

/** What `terraform validate -json` prints. */
export interface Validated {
  readonly valid: boolean;
  readonly diagnostics: readonly {
    readonly severity: "error" | "warning";
    readonly summary: string;
    readonly detail?: string;
    readonly range?: { readonly filename: string; readonly start: { readonly line: number } };
    readonly snippet?: { readonly context: string | null; readonly code: string };
  }[];
}

/** A Terraform that still runs. */
export interface Running {
  readonly finished: Promise<Finished>;
  /** Waits until `met` says so; fails with what was printed if Terraform ends first. */
  until(met: () => boolean): Promise<void>;
  /** As a terminal's Ctrl-C: to Terraform and to all that it started. */
  interrupt(): void;
  /** Ends Terraform alone, at once: what it started is left behind. */
  kill(): void;
  /** Ends the providers that Terraform has started, at once. */
  killProviders(): void;
}

const running = new Set<ChildProcess>();
// Whatever ends the test run ends Terraform and its providers with it.
process.on("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

/**
 * The real `terraform` in one working folder. Its commands never reject: a failure is in the exit code, and what the user
 * would read in `stdout` and `stderr`, without colours.
 */
export class Terraform {
  readonly dir: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #pluginDir: string | undefined;

  constructor(dir: string, { env = {}, pluginDir }: TerraformOptions = {}) {
    this.dir = dir;
    this.#pluginDir = pluginDir;
    this.#env = { ...withoutTerraform(process.env), HOME: dir, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", ...env };
    mkdirSync(dir, { recursive: true });
  }

  /** Writes a file of the configuration, `main.tf` by default. */
  write(content: string, name = "main.tf"): void {
    writeFileSync(join(this.dir, name), content);
  }

  init(...more: string[]): Promise<Finished> {
    const from = this.#pluginDir === undefined ? [] : [`-plugin-dir=${this.#pluginDir}`];
    return this.run(["init", "-input=false", "-no-color", ...from, ...more]);
  }

  validate(...more: string[]): Promise<Finished> {
    return this.run(["validate", "-no-color", ...more]);
  }

  /** `terraform validate -json`, parsed. */
  async validated(): Promise<Validated> {
    return JSON.parse((await this.validate("-json")).stdout) as Validated;
  }

  /** With `-detailed-exitcode`: 0 for no changes, 2 for some, 1 for an error. */
  plan(...more: string[]): Promise<Finished> {
    return this.run(["plan", "-input=false", "-no-color", "-detailed-exitcode", ...more]);
  }

  apply(...more: string[]): Promise<Finished> {
    return this.run(["apply", "-input=false", "-no-color", "-auto-approve", ...more]);
  }

  destroy(...more: string[]): Promise<Finished> {
    return this.run(["destroy", "-input=false", "-no-color", "-auto-approve", ...more]);
  }

  import(address: string, id: string, ...more: string[]): Promise<Finished> {
    return this.run(["import", "-input=false", "-no-color", ...more, address, id]);
  }

  /** The state, or the saved plan of that name. */
  async show(plan?: string): Promise<Shown> {
    const { code, stdout, stderr } = await this.run(["show", "-json", ...(plan === undefined ? [] : [plan])]);
    if (code !== 0) throw new Error(`terraform show ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as Shown;
  }

  /** The resources in state, by address. */
  async resources(): Promise<Readonly<Record<string, ShownResource>>> {
    const resources = (await this.show()).values?.root_module?.resources ?? [];
    return Object.fromEntries(resources.map((resource) => [resource.address, resource]));
  }

  /** The changes a plan made now would hold, by address; fails if there is no plan to be had. */
  async changes(...more: string[]): Promise<Readonly<Record<string, ShownChange["change"]>>> {
    const file = "changes.tfplan";
    const { code, stdout, stderr } = await this.plan(`-out=${file}`, ...more);
    if (code === 1) throw new Error(`terraform plan failed:\n${stdout}${stderr}`);
    const all = (await this.show(file)).resource_changes ?? [];
    return Object.fromEntries(all.map(({ address, change }) => [address, change]));
  }

  /** Any command. */
  run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return this.start(argv, env).finished;
  }

  /** Any command, without waiting for its end. */
  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const child = spawn("terraform", argv, {
      cwd: this.dir,
      env: { ...this.#env, ...env },
      detached: true, // a process group of its own, as in a shell
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const finished = new Promise<Finished>((resolve, reject) => {
      child.on("error", (cause) => {
        running.delete(child);
        reject(new Error("terraform cannot be run: is it on the PATH?", { cause }));
      });
      child.on("close", (code) => {
        running.delete(child);
        resolve({ code: code ?? -1, stdout, stderr });
      });
    });
    return {
      finished,
      async until(met) {
        while (!met()) {
          if (!running.has(child)) throw new Error(`terraform ended too early:\n${stdout}${stderr}`);
          await delay(20);
        }
      },
      interrupt: () => signalGroup(child, "SIGINT"),
      kill: () => child.kill("SIGKILL"),
      killProviders: () => {
        for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, "SIGKILL");
      },
    };
  }
}

/** What a user's shell says to Terraform must not decide what a test sees, nor where logins are: its home is the folder. */
function withoutTerraform(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = /^(TF_.*|DOCKER_CONFIG|XDG_CONFIG_HOME)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

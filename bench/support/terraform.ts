import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { dist } from "./run";

/** Measurements of one command. */
export interface Command {
  /** Milliseconds of wall time. */
  readonly time: number;
  /** Milliseconds of processor time of all the providers' processes: Terraform starts several. */
  readonly cpu: number;
  /** Milliseconds of processor time of Terraform itself. */
  readonly terraformCpu: number;
  /** MiB: the peak of the largest of them. */
  readonly peak: number;
  /** Terraform's lines, and when each came as `Date.now()` has it. */
  readonly lines: readonly { readonly text: string; readonly at: number }[];
}

/**
 * The real Terraform with this build's provider and the null provider of the tests. State is kept over HTTP: a state file is
 * rewritten after each resource, which takes quadratic time that neither provider causes.
 */
export class BenchTerraform {
  readonly #folder = mkdtempSync(join(tmpdir(), "bench-provider-"));
  readonly #states = stateServer();
  #projects = 0;

  /** @param old the binary of `openshift-metal3/ironic`, to be measured as well */
  static async install(old?: string): Promise<BenchTerraform> {
    const terraform = new BenchTerraform();
    if (old !== undefined) copyFileSync(old, terraform.#plugin("openshift-metal3/ironic"));
    copyFileSync(join(dist, "provider/terraform-provider-ironic"), terraform.#plugin("cdktf-ironic-oci/ironic"));
    await bundleNullProvider(terraform.#plugin("hashicorp/null"));
    await once(terraform.#states.listen(0, "127.0.0.1"), "listening");
    return terraform;
  }

  /** A working folder with this configuration, initialised; returns a function that runs a command in it. */
  async project(
    configuration: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<(...argv: string[]) => Promise<Command>> {
    this.#projects += 1;
    const dir = join(this.#folder, `project-${this.#projects}`);
    mkdirSync(dir);
    writeFileSync(join(dir, "main.tf"), configuration);
    const state = `http://127.0.0.1:${(this.#states.address() as AddressInfo).port}/${this.#projects}`;
    writeFileSync(join(dir, "state.tf"), `terraform {\n  backend "http" {\n    address = "${state}"\n  }\n}\n`);
    const run = (...argv: string[]) => runIn(dir, argv, env);
    await run("init", `-plugin-dir=${join(this.#folder, "plugins")}`);
    return run;
  }

  remove(): void {
    this.#states.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Where Terraform looks for a provider's executable. */
  #plugin(name: string): string {
    const machine = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
    const folder = join(this.#folder, "plugins", "registry.terraform.io", name, "1.0.0", machine);
    mkdirSync(folder, { recursive: true });
    return join(folder, `terraform-provider-${name.split("/").at(-1)}_v1.0.0`);
  }
}

/** Bundles the fixture of the tests, the smallest provider: its time is that of Terraform and `tfplugin`. */
export async function bundleNullProvider(outfile: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(dist, "..", "test/support/null-provider-main.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    outfile,
    write: false,
    logLevel: "error",
  });
  writeFileSync(outfile, outputFiles[0]?.contents ?? "", { mode: 0o755 });
}

/** A server for Terraform's backend `http`. */
function stateServer(): Server {
  const states = new Map<string, Buffer>();
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    if (request.method === "POST") states.set(path, Buffer.concat(chunks));
    const state = request.method === "GET" ? states.get(path) : undefined;
    response.writeHead(request.method === "GET" && state === undefined ? 404 : 200).end(state);
  });
}

async function runIn(dir: string, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Command> {
  const [usage, times] = [join(dir, "usage"), join(dir, "times")];
  rmSync(usage, { force: true });
  const environment = Object.entries(process.env).filter(([name]) => !/^(TF_|OS_|IRONIC_)/.test(name));
  const started = performance.now();
  const script = 'TIMEFORMAT="%3U %3S"; { time terraform "$@" 2>&3; } 3>&2 2>"$0"';
  const child = spawn("bash", ["-c", script, times, ...argv, "-no-color"], {
    cwd: dir,
    env: {
      ...Object.fromEntries(environment),
      ...{ HOME: dir, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
      ...{ NODE_OPTIONS: `--require=${join(__dirname, "usage.js")}`, BENCH_USAGE: usage },
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines: { text: string; at: number }[] = [];
  createInterface(child.stdout).on("line", (text) => lines.push({ text, at: Date.now() }));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const time = performance.now() - started;
  if (code !== 0) throw new Error(`terraform ${argv.join(" ")} ended with ${String(code)}:\n${stderr}`);
  const processes = readUsage(usage);
  const cpu = processes.reduce((sum, each) => sum + each.cpu, 0);
  const [user = 0, system = 0] = readFileSync(times, "utf8").trim().split(" ").map(Number);
  return {
    time,
    lines,
    cpu,
    // The shell counts the processes that Terraform has started and waited for, too.
    terraformCpu: (user + system) * 1_000 - cpu,
    peak: Math.max(0, ...processes.map(({ peak }) => peak)),
  };
}

function readUsage(file: string): readonly { readonly cpu: number; readonly peak: number }[] {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as { cpu: number; peak: number });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // terraform init starts none
    throw error;
  }
}

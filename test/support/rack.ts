import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { type SynthesizeOptions, synthesize } from "cdktf-ironic-oci";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";

/** A registry with the demo's artifacts, and a folder to synthesize into. */
export class Bench {
  private constructor(
    readonly registry: InProcessRegistry,
    readonly folder: string,
  ) {}

  static async start(): Promise<Bench> {
    const bench = new Bench(await InProcessRegistry.start(), mkdtempSync(join(tmpdir(), "ironic-oci-")));
    bench.push("one");
    return bench;
  }

  async stop(): Promise<void> {
    await this.registry.stop();
    rmSync(this.folder, { recursive: true });
  }

  get lockFile(): string {
    return join(this.folder, "ironic-oci.lock.json");
  }

  ref(path: string): string {
    return `oci://${this.registry.host}/${path}`;
  }

  /** An image for two architectures and two disk types, a kernel and a ramdisk; their bytes depend on `state`. */
  push(state: string): void {
    const { store } = this.registry;
    const disks = ["amd64", "arm64"].flatMap((architecture) =>
      ["qcow2", "raw"].map((disktype) => ({
        ...pushArtifact(store, "images/cirros", {
          files: [{ name: `cirros-${architecture}.${disktype}`, content: `${state} ${architecture} ${disktype}` }],
        }),
        architecture,
        disktype,
      })),
    );
    pushIndex(store, "images/cirros", "0.6", disks);
    pushArtifact(store, "ipa", { tag: "kernel", files: [{ name: "ipa.vmlinuz", content: `${state} kernel` }] });
    pushArtifact(store, "ipa", { tag: "ramdisk", files: [{ name: "ipa.gz", content: `${state} ramdisk` }] });
  }

  /** A file by itself, such as a kernel or an ISO image, as `files/NAME:1`. */
  pushFile(name: string): void {
    pushArtifact(this.registry.store, `files/${name}`, { tag: "1", files: [{ name, content: name }] });
  }

  lockText(): string {
    return readFileSync(this.lockFile, "utf8");
  }

  /** Builds a tree, synthesizes it, and gives the stack's JSON. */
  async synthesize(build: (stack: TerraformStack) => void, options: SynthesizeOptions = {}): Promise<StackJson> {
    const app = this.app(build);
    await synthesize(app, this.options(options));
    return this.read();
  }

  options(options: SynthesizeOptions = {}): SynthesizeOptions {
    return {
      plainHttp: [this.registry.host],
      credentials: {},
      lockFile: this.lockFile,
      lockMode: "prefer",
      ironicRelease: "39.0",
      ...options,
    };
  }

  app(build: (stack: TerraformStack) => void, context: Record<string, unknown> = {}): App {
    const app = new App({ outdir: join(this.folder, "cdktf.out"), context });
    build(new TerraformStack(app, "rack-1"));
    return app;
  }

  get text(): string {
    return this.textOf("rack-1");
  }

  read(stack = "rack-1"): StackJson {
    return JSON.parse(this.textOf(stack)) as StackJson;
  }

  private textOf(stack: string): string {
    return readFileSync(join(this.folder, "cdktf.out", "stacks", stack, "cdk.tf.json"), "utf8");
  }
}

/** As much of a stack's JSON as the tests look at. */
export interface StackJson {
  readonly resource: { readonly null_resource: Record<string, { readonly triggers: Record<string, string> }> };
  readonly output: Record<string, { readonly value: unknown }>;
  readonly variable: Record<string, { readonly sensitive?: boolean; readonly type?: string }>;
  readonly provider: Record<string, unknown[]>;
}

/** The triggers of the only node in a stack, or of the one with this address. */
export function triggersOf(json: StackJson, id = ""): Record<string, string> {
  const found = Object.entries(json.resource.null_resource).filter(([address]) => id === "" || address === id);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} nodes are called ${id}`);
  return found[0][1].triggers;
}

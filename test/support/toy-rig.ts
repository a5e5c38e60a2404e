import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Level } from "../../src/tfplugin";
import { type Plugin, startPlugin } from "./plugin/client";
import { ResourceDriver } from "./plugin/resource-driver";
import { configOf, diagnosticsOf, encode, type ShownDiagnostic } from "./plugin/values";
import { ToyService, thingSchema, toyProvider } from "./toy-provider";

/** The toy provider in this process, behind real gRPC, with a service of its own; configured, unless told otherwise. */
export class ToyRig {
  private constructor(
    readonly plugin: Plugin,
    readonly service: ToyService,
    readonly folder: string,
  ) {}

  static async start({ logLevel = "trace", configured = true }: { logLevel?: Level; configured?: boolean } = {}) {
    const folder = mkdtempSync(join(tmpdir(), "toy-"));
    const service = new ToyService(join(folder, "store.json"));
    const rig = new ToyRig(await startPlugin(toyProvider(service), logLevel), service, folder);
    if (configured) await rig.configure();
    return rig;
  }

  get client() {
    return this.plugin.client;
  }

  get logs(): string {
    return this.plugin.logs.join("");
  }

  /** One thing, driven as Terraform does. */
  thing(): ResourceDriver {
    return new ResourceDriver(this.client, "toy_thing", thingSchema);
  }

  async configure(config: { password?: string; retries?: number } = {}): Promise<ShownDiagnostic[]> {
    const json = Buffer.from(JSON.stringify({ password: null, retries: null, ...config }));
    const { diagnostics } = await this.client.call("ConfigureProvider", {
      terraformVersion: "1.11.4",
      config: { json },
    });
    return diagnosticsOf(diagnostics);
  }

  /** What is wrong with a thing's configuration. */
  async validate(said: Parameters<typeof configOf>[1], writeOnlyAttributesAllowed = true): Promise<ShownDiagnostic[]> {
    const { diagnostics } = await this.client.call("ValidateResourceConfig", {
      typeName: "toy_thing",
      config: encode(thingSchema, configOf(thingSchema, said)),
      clientCapabilities: { writeOnlyAttributesAllowed },
    });
    return diagnosticsOf(diagnostics);
  }

  async stop(): Promise<void> {
    await this.plugin.stop();
    rmSync(this.folder, { recursive: true });
  }
}

import { ironicProvider } from "../../src/provider";
import { InProcessIronic, type InProcessIronicOptions, type Thing } from "../../src/testing/ironic";
import type { Schema } from "../../src/tfplugin";
import type { TfObject, TfValue } from "../../src/tfplugin/cty";
import { InProcessPlugin } from "./plugin/client";
import { ResourceDriver } from "./plugin/resource-driver";
import { configOf, decode, diagnosticsOf, encode, type ShownDiagnostic } from "./plugin/values";

/** Options of a rig. */
export interface ProviderRigOptions {
  readonly ironic?: InProcessIronicOptions;
  /** Arguments of the `provider` block. Default: the stand-in's `url`. */
  readonly config?: TfObject;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The Ironic provider in this process, called by its protocol's messages without a socket, and an Ironic of its own. */
export class ProviderRig {
  readonly plugin: InProcessPlugin;
  readonly #provider;

  /** A provider that is not configured yet. */
  constructor(
    readonly ironic: InProcessIronic,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#provider = ironicProvider(environment);
    this.plugin = new InProcessPlugin(this.#provider);
  }

  /** A configured provider. @throws {Error} when it can't be configured so */
  static async start({ ironic, config = {}, environment = {} }: ProviderRigOptions = {}): Promise<ProviderRig> {
    const rig = new ProviderRig(await InProcessIronic.start({ work: 1, ...ironic }), environment);
    const diagnostics = await rig.configure({ url: rig.ironic.url, ...config });
    if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
    return rig;
  }

  async configure(config: TfObject): Promise<ShownDiagnostic[]> {
    const { schema } = this.#provider.options;
    const { diagnostics } = await this.plugin.call("ConfigureProvider", {
      terraformVersion: "1.11.4",
      config: encode(schema, configOf(schema, config)),
    });
    return diagnosticsOf(diagnostics);
  }

  /** Validates the `provider` block. */
  async validate(config: TfObject): Promise<ShownDiagnostic[]> {
    const { schema } = this.#provider.options;
    const { diagnostics } = await this.plugin.call("ValidateProviderConfig", {
      config: encode(schema, configOf(schema, config)),
    });
    return diagnosticsOf(diagnostics);
  }

  stop(): Promise<void> {
    return this.ironic.stop();
  }

  /** One resource of a type. */
  resource(typeName: string): ResourceDriver {
    return new ResourceDriver(this.plugin, typeName, schemaOf(this.#provider.options.resources, typeName));
  }

  /** Reads a data source. */
  async data(
    typeName: string,
    args: TfObject,
  ): Promise<{ readonly state: TfObject | null; readonly diagnostics: ShownDiagnostic[] }> {
    const schema = schemaOf(this.#provider.options.dataSources, typeName);
    const response = await this.plugin.call("ReadDataSource", {
      typeName,
      config: encode(schema, configOf(schema, args)),
    });
    const state = response.state === undefined ? null : decode(schema, response.state);
    return { state, diagnostics: diagnosticsOf(response.diagnostics) };
  }

  /** Validates the configuration of a data source. */
  async validateData(typeName: string, args: TfObject): Promise<ShownDiagnostic[]> {
    const schema = schemaOf(this.#provider.options.dataSources, typeName);
    const config = encode(schema, configOf(schema, args));
    return diagnosticsOf((await this.plugin.call("ValidateDataResourceConfig", { typeName, config })).diagnostics);
  }

  /** A node that is in Ironic already; its UUID. */
  node(fields: Thing = {}): string {
    const { store } = this.ironic;
    const { name = `node-${store.nodes.size}`, ...rest } = fields;
    const node = store.createNode({ driver: "fake-hardware", name });
    Object.assign(node, rest);
    return String(node.uuid);
  }

  /** A node that an allocation may take. */
  availableNode(fields: Thing = {}): string {
    const available = { provision_state: "available", power_state: "power off", resource_class: "baremetal" };
    return this.node({ ...available, ...fields });
  }

  /** A port in Ironic, by the UUID in a resource's state. */
  port(id: TfValue | undefined): Thing | undefined {
    return this.ironic.store.ports.get(String(id));
  }

  /** Requests since `from` that change something, with their bodies. */
  writes(from = 0): { readonly request: string; readonly body: unknown }[] {
    return this.ironic.requests
      .slice(from)
      .filter(({ method }) => method !== "GET")
      .map(({ method, url, body }) => ({ request: `${method} ${url}`, body }));
  }
}

function schemaOf(all: { readonly [type: string]: { readonly schema: Schema } } | undefined, typeName: string): Schema {
  const schema = all?.[typeName]?.schema;
  if (schema === undefined) throw new Error(`the provider has no ${typeName}`);
  return schema;
}

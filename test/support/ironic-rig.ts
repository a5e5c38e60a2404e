import { setTimeout as delay } from "node:timers/promises";
import { ironicProvider } from "../../src/provider";
import { InProcessIronic, type InProcessIronicOptions, type Thing } from "../../src/testing/ironic";
import type { Schema, TfValue } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type Plugin, startPlugin } from "./plugin/client";
import { ResourceDriver } from "./plugin/resource-driver";
import { configOf, decode, diagnosticsOf, encode, type ShownDiagnostic } from "./plugin/values";

/** The Ironic provider in this process, behind real gRPC, configured for a stand-in of its own. */
export class IronicRig {
  private constructor(
    readonly plugin: Plugin,
    readonly ironic: InProcessIronic,
    private readonly configuration: TfObject,
  ) {}

  static async start(options: InProcessIronicOptions = {}, configuration: TfObject = {}): Promise<IronicRig> {
    const ironic = await InProcessIronic.start({ work: 2, ...options });
    const rig = new IronicRig(await startPlugin(ironicProvider({})), ironic, { url: ironic.url, ...configuration });
    await rig.configure();
    return rig;
  }

  /** What each of Terraform's runs begins with; once more after an interruption. */
  async configure(): Promise<void> {
    const schema = ironicProvider({}).options.schema as Schema;
    const { diagnostics } = await this.plugin.client.call("ConfigureProvider", {
      terraformVersion: "1.11.4",
      config: encode(schema, configOf(schema, this.configuration)),
    });
    if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnosticsOf(diagnostics)));
  }

  async stop(): Promise<void> {
    await this.plugin.stop();
    await this.ironic.stop();
  }

  /** The life of one resource. */
  life(typeName: string): IronicLife {
    const resource = ironicProvider({}).options.resources?.[typeName];
    if (resource === undefined) throw new Error(`there is no resource ${typeName}`);
    return new IronicLife(this.plugin.client, typeName, resource.schema as Schema);
  }

  /** Reads a data source. */
  async data(
    typeName: string,
    configured: TfObject,
  ): Promise<{ readonly state: TfObject | null; readonly diagnostics: ShownDiagnostic[] }> {
    const schema = ironicProvider({}).options.dataSources?.[typeName]?.schema as Schema;
    const response = await this.plugin.client.call("ReadDataSource", {
      typeName,
      config: encode(schema, configOf(schema, configured)),
    });
    return { state: decode(schema, response.state), diagnostics: diagnosticsOf(response.diagnostics) };
  }

  /** A node in the stand-in, by its UUID. */
  node(uuid: TfValue | undefined): Thing {
    return this.ironic.store.node(String(uuid));
  }

  /** The requests since `from` that changed something, in short. */
  written(from = 0): string[] {
    return this.ironic.requests
      .slice(from)
      .filter(({ method }) => method !== "GET")
      .map(({ method, url, body }) => {
        const target = (body as { target?: string } | undefined)?.target;
        const [, , what = "", , ...more] = (url.split("?")[0] ?? "").split("/");
        return [method, what, ...more, ...(target === undefined ? [] : [target])].join(" ");
      });
  }

  /** What Terraform does when it is interrupted. */
  async interrupt(): Promise<void> {
    await this.plugin.client.call("StopProvider", {});
  }

  async until(met: () => boolean): Promise<void> {
    while (!met()) await delay(10);
  }
}

/** A rig with an available node, and the deployment of an image on it. */
export async function deploymentRig() {
  const rig = await IronicRig.start();
  const [node, deployment] = [rig.life("ironic_node_v1"), rig.life("ironic_deployment")];
  await node.applied({ driver: "fake-hardware", name: "n", available: true });
  return { rig, node, deployment };
}

/** A pinned image, by one hexadecimal figure. */
export const image = (figure: string) => `oci://registry.example/fcos@sha256:${figure.repeat(64)}`;

/** What Terraform does with a resource of this provider. */
export class IronicLife extends ResourceDriver {
  /** Whether a plan has anything to do; the errors and warnings of it as well. */
  async planned(configured: TfObject) {
    const { planned, diagnostics } = await this.plan(configured);
    return { changes: JSON.stringify(planned) !== JSON.stringify(this.state), diagnostics, planned };
  }

  /** Applies a plan in which something was unknown that is known by now. */
  async carryOut(
    planned: TfObject | null,
    configured: TfObject,
    plannedPrivate: Uint8Array,
  ): Promise<ShownDiagnostic[]> {
    const response = await this.client.call("ApplyResourceChange", {
      typeName: this.typeName,
      priorState: encode(this.schema, this.state),
      plannedState: encode(this.schema, planned),
      config: encode(this.schema, configOf(this.schema, configured)),
      plannedPrivate,
    });
    this.state = decode(this.schema, response.newState);
    this.private = response.private;
    return diagnosticsOf(response.diagnostics);
  }

  /** Applies; fails if that fails. */
  async applied(configured: TfObject | null): Promise<ShownDiagnostic[]> {
    const diagnostics = await this.apply(configured);
    if (diagnostics.some(({ severity }) => severity === "error")) throw new Error(JSON.stringify(diagnostics));
    return diagnostics;
  }
}

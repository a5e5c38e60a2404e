// Terraform's side of the plugin protocol, for tests: real gRPC over mutual TLS, in this process.
import { Client, credentials } from "@grpc/grpc-js";
import {
  type Level,
  type Path,
  type Provider as ProviderDefinition,
  ProviderServer,
  type Schema,
  type TfValue,
} from "../../src/tfplugin";
import { decodeMsgpack, encodeMsgpack, getKey, type TfObject } from "../../src/tfplugin/cty";
import {
  type DynamicValue,
  type Method,
  Provider,
  type Request,
  type Response,
} from "../../src/tfplugin/proto/tfplugin6";
import type { Input } from "../../src/tfplugin/proto/wire";
import { type Certificate, createCertificate } from "../../src/tfplugin/transport/certificate";
import { type ListeningServer, listen } from "../../src/tfplugin/transport/grpc";

/** A diagnostic with its path as one would write it. */
export interface Told {
  severity: "error" | "warning";
  summary: string;
  detail: string;
  path: Path;
}

/** Calls a plugin. */
export class PluginClient {
  readonly #client: Client;

  /** @param target such as `unix:/tmp/…` */
  constructor(target: string, tls?: { own: Certificate; server: string }) {
    const creds =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(Buffer.from(tls.server), Buffer.from(tls.own.keyPem), Buffer.from(tls.own.pem));
    this.#client = new Client(target, creds, {
      "grpc.ssl_target_name_override": "localhost",
      "grpc.default_authority": "localhost",
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.enable_retries": 0,
    });
  }

  call<M extends Method>(method: M, request: Input<Request<M>>): Promise<Response<M>> {
    const kind = Provider[method];
    return this.raw(
      `/tfplugin6.Provider/${method}`,
      (kind.request.encode as (value: unknown) => Buffer)(request),
      (bytes) => kind.response.decode(bytes) as Response<M>,
    );
  }

  raw<T>(path: string, request: Buffer, decode: (bytes: Buffer) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + 20_000);
      this.#client.makeUnaryRequest(
        path,
        (b: Buffer) => b,
        decode,
        request,
        { deadline },
        (error, response) => {
          if (error !== null) reject(error);
          else resolve(response as T);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** A provider that listens, and what talks to it. */
export interface Plugin {
  readonly client: PluginClient;
  readonly server: ProviderServer;
  readonly listening: ListeningServer;
  readonly clientCertificate: Certificate;
  readonly serverCertificate: Certificate;
  /** Log lines so far. */
  readonly logs: string[];
  /** How often the other side asked for the end. */
  shutdowns(): number;
  stop(): Promise<void>;
}

/** Starts a provider in this process. */
export async function startPlugin(provider: ProviderDefinition, logLevel: Level = "trace"): Promise<Plugin> {
  const logs: string[] = [];
  const server = new ProviderServer(provider, { logLevel, writeLog: (line) => logs.push(line) });
  const [clientCertificate, serverCertificate] = [createCertificate(), createCertificate()];
  let shutdowns = 0;
  const listening = await listen({
    handlers: server.handlers,
    tls: { certificate: serverCertificate, clientCertificate: clientCertificate.pem },
    onShutdown: () => shutdowns++,
  });
  const target = `${listening.address.network === "unix" ? "unix:" : ""}${listening.address.address}`;
  const client = new PluginClient(target, { own: clientCertificate, server: serverCertificate.pem });
  return {
    client,
    server,
    listening,
    clientCertificate,
    serverCertificate,
    logs,
    shutdowns: () => shutdowns,
    async stop() {
      client.close();
      await listening.close(100);
    },
  };
}

export function encode(schema: Schema, value: TfValue): Input<DynamicValue> {
  return { msgpack: encodeMsgpack(schema.type, value) };
}

export function decode(schema: Schema, value: DynamicValue | undefined): TfObject | null {
  if (value === undefined) throw new Error("no value in the response");
  return decodeMsgpack(schema.type, value.msgpack) as TfObject | null;
}

/** A configuration: what is not said is null, and there is no block. */
export function configOf(schema: Schema, said: TfObject): TfObject {
  const entries = Object.keys(schema.type.attributes).map((name): [string, TfValue] => {
    const nesting = getKey(schema.blocks, name)?.nesting;
    const empty = nesting === undefined || nesting === "single" ? null : nesting === "map" ? {} : [];
    return [name, said[name] ?? empty];
  });
  return Object.fromEntries(entries);
}

/** Terraform's merge of configuration and state, at the top level; what a test says for the levels below is kept. */
export function proposed(schema: Schema, prior: TfObject | null, config: TfObject): TfObject {
  const entries = Object.entries(config).map(([name, value]): [string, TfValue] => {
    const keeps = value === null && getKey(schema.attributes, name)?.computed;
    return [name, keeps ? (prior?.[name] ?? null) : value];
  });
  return Object.fromEntries(entries);
}

/** One resource's life, as Terraform drives it. */
export class Life {
  state: TfObject | null = null;
  private: Uint8Array = Buffer.alloc(0);

  constructor(
    readonly client: PluginClient,
    readonly typeName: string,
    readonly schema: Schema,
  ) {}

  async plan(said: TfObject | null) {
    const config = said === null ? null : configOf(this.schema, said);
    const response = await this.client.call("PlanResourceChange", {
      typeName: this.typeName,
      priorState: encode(this.schema, this.state),
      proposedNewState: encode(this.schema, config && proposed(this.schema, this.state, config)),
      config: encode(this.schema, config),
      priorPrivate: this.private,
    });
    const told = diagnosticsOf(response.diagnostics);
    const planned = response.plannedState === undefined ? null : decode(this.schema, response.plannedState);
    const replaced = response.requiresReplace.map(({ steps }) => pathOf(steps));
    return { config, planned, replaced, told, plannedPrivate: response.plannedPrivate };
  }

  /** Plans and applies; state is then what the response says. */
  async apply(said: TfObject | null): Promise<Told[]> {
    const { config, planned, told, plannedPrivate } = await this.plan(said);
    if (told.some(({ severity }) => severity === "error")) return told;
    const response = await this.client.call("ApplyResourceChange", {
      typeName: this.typeName,
      priorState: encode(this.schema, this.state),
      plannedState: encode(this.schema, planned),
      config: encode(this.schema, config),
      plannedPrivate,
    });
    this.state = decode(this.schema, response.newState);
    this.private = response.private;
    return diagnosticsOf(response.diagnostics);
  }

  async refresh(): Promise<Told[]> {
    const response = await this.client.call("ReadResource", {
      typeName: this.typeName,
      currentState: encode(this.schema, this.state),
      private: this.private,
    });
    this.state = decode(this.schema, response.newState);
    this.private = response.private;
    return diagnosticsOf(response.diagnostics);
  }
}

type Diagnostics = Response<"ValidateResourceConfig">["diagnostics"];

export function diagnosticsOf(all: Diagnostics): Told[] {
  return all.map(({ severity, summary, detail, attribute }) => ({
    severity: severity === 1 ? "error" : "warning",
    summary,
    detail,
    path: pathOf(attribute?.steps ?? []),
  }));
}

function pathOf(steps: NonNullable<Diagnostics[number]["attribute"]>["steps"]): Path {
  return steps.map((step) => step.attributeName ?? step.elementKeyString ?? step.elementKeyInt ?? "?");
}

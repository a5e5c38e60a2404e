// Terraform's side of the plugin protocol, for tests: real gRPC over mutual TLS, or the same messages without a socket.
import { Client, credentials } from "@grpc/grpc-js";
import { type Level, type Provider as ProviderDefinition, ProviderServer } from "../../../src/tfplugin";
import { type Method, Provider, type Request, type Response } from "../../../src/tfplugin/proto/tfplugin6";
import type { Input, Message } from "../../../src/tfplugin/proto/wire";
import { type Certificate, createCertificate } from "../../../src/tfplugin/transport/certificate";
import { type ListeningServer, listen } from "../../../src/tfplugin/transport/listen";

/** Calls a plugin. */
export interface PluginCaller {
  call<M extends Method>(method: M, request: Input<Request<M>>): Promise<Response<M>>;
}

/** Calls a plugin over gRPC. */
export class PluginClient implements PluginCaller {
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
    const { request: sent, response: received } = messagesOf(method);
    return this.raw(
      `/tfplugin6.Provider/${method}`,
      sent.encode(request),
      (bytes) => received.decode(bytes) as Response<M>,
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

/** A provider that listens, and its client. */
export interface Plugin {
  readonly client: PluginClient;
  readonly server: ProviderServer;
  readonly listening: ListeningServer;
  readonly clientCertificate: Certificate;
  readonly serverCertificate: Certificate;
  /** Log lines so far. */
  readonly logs: string[];
  /** The number of requests to shut down. */
  shutdowns(): number;
  stop(): Promise<void>;
}

/** Starts a provider in this process, behind gRPC over mutual TLS. */
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

/** A provider in this process without a socket: each message is encoded and decoded as gRPC would do it. */
export class InProcessPlugin implements PluginCaller {
  readonly server: ProviderServer;
  /** Log lines so far. */
  readonly logs: string[] = [];

  constructor(provider: ProviderDefinition, logLevel: Level = "trace") {
    this.server = new ProviderServer(provider, { logLevel, writeLog: (line) => this.logs.push(line) });
  }

  async call<M extends Method>(method: M, request: Input<Request<M>>): Promise<Response<M>> {
    const messages = messagesOf(method);
    const handle = this.server.handlers[method] as (request: unknown) => Promise<unknown>;
    const response = await handle(messages.request.decode(messages.request.encode(request)));
    return messages.response.decode(messages.response.encode(response)) as Response<M>;
  }
}

function messagesOf(method: Method): { readonly request: AnyMessage; readonly response: AnyMessage } {
  const { request, response } = Provider[method];
  return { request: request as AnyMessage, response: response as AnyMessage };
}

type AnyMessage = Pick<Message<unknown>, "decode"> & { encode(value: unknown): Buffer };

// The plugin protocol over gRPC: Terraform's provider service, and the services of go-plugin beside it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition, status } from "@grpc/grpc-js";
import type { Handlers } from "../engine/server";
import { type Method, Provider } from "../proto/tfplugin6";
import { int, message } from "../proto/wire";
import type { Certificate } from "./certificate";
import type { Address } from "./handshake";

/** Bytes of a message. Large plans exceed gRPC's default of 4 MiB by far. */
const MAX_MESSAGE = 256 * 1024 * 1024;
/** Bytes of a Unix socket's path: at most 107 on Linux, and 103 on macOS. */
const MAX_SOCKET_PATH = 103;

const Empty = message({});
const HealthResponse = message({ status: int(1) });
const SERVING = 1;

/** The service to offer, and the client that may call it. */
export interface ListenOptions {
  readonly handlers: Handlers;
  /** Called when Terraform asks the process to end (go-plugin, `GRPCController.Shutdown`). */
  readonly onShutdown: () => void;
  /** Both certificates, for mutual TLS. Without them, any process of this machine that can open the socket is served. */
  readonly tls?: { readonly certificate: Certificate; readonly clientCertificate: string };
  readonly socketFolder?: string | undefined;
  readonly ports?: { readonly min: number; readonly max: number } | undefined;
}

/** A server that listens. */
export interface ListeningServer {
  readonly address: Address;
  /** Waits for the calls under way, then closes; connections still open after `graceMs` milliseconds are cut. */
  close(graceMs?: number): Promise<void>;
}

/** Starts to listen: on a Unix socket, or on a loopback port where there is none or its path would be too long. */
export async function listen(options: ListenOptions): Promise<ListeningServer> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
  });
  const { handlers } = options;
  const methods = Object.keys(Provider) as Method[];
  server.addService(
    Object.fromEntries(methods.map((name) => [name, unary(`/tfplugin6.Provider/${name}`, Provider[name])])),
    Object.fromEntries(methods.map((name) => [name, unaryHandler(handlers[name] as Handler)])),
  );
  server.addService(
    { Shutdown: unary("/plugin.GRPCController/Shutdown", { request: Empty, response: Empty }) },
    {
      Shutdown: unaryHandler(async () => {
        setImmediate(options.onShutdown); // after the response was sent
        return {};
      }),
    },
  );
  server.addService(
    { Check: unary("/grpc.health.v1.Health/Check", { request: Empty, response: HealthResponse }) },
    { Check: unaryHandler(async () => ({ status: SERVING })) },
  );
  const { address, cleanUp } = await bind(server, options);
  return {
    address,
    async close(graceMs = 500) {
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(timer);
      cleanUp();
    },
  };
}

type Handler = (request: unknown) => Promise<unknown>;

function unary(path: string, { request, response }: AnyCall): ServiceDefinition[string] {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: unknown) => request.encode(value as never),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (value: unknown) => response.encode(value as never),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
}

interface AnyCall {
  readonly request: { encode(value: never): Buffer; decode(bytes: Uint8Array): unknown };
  readonly response: { encode(value: never): Buffer; decode(bytes: Uint8Array): unknown };
}

function unaryHandler(handler: Handler): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    handler(call.request).then(
      (response) => callback(null, response),
      // Handlers report errors as diagnostics. A rejection is a bug of theirs, and its message may hold a secret.
      () => callback({ code: status.INTERNAL, details: "the provider failed to respond" }),
    );
  };
}

async function bind(server: Server, options: ListenOptions): Promise<{ address: Address; cleanUp: () => void }> {
  const credentials = credentialsOf(options);
  const folder = process.platform === "win32" ? undefined : makeFolder(options.socketFolder);
  const cleanUp = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const path = folder === undefined ? "" : join(folder, "provider");
  if (folder !== undefined && Buffer.byteLength(path) <= MAX_SOCKET_PATH) {
    await tryBind(server, `unix:${path}`, credentials);
    return { address: { network: "unix", address: path }, cleanUp };
  }
  const { min, max } = options.ports ?? { min: 0, max: 0 };
  for (let port = min; ; port++) {
    try {
      const bound = await tryBind(server, `127.0.0.1:${port}`, credentials);
      return { address: { network: "tcp", address: `127.0.0.1:${bound}` }, cleanUp };
    } catch (error) {
      if (port < max) continue;
      cleanUp();
      throw error;
    }
  }
}

/** A folder for the socket. @throws {Error} that names the variable to change */
function makeFolder(configured: string | undefined): string {
  const parent = configured ?? tmpdir();
  try {
    return mkdtempSync(join(parent, "tf-"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const variable = configured === undefined ? "TMPDIR" : "PLUGIN_UNIX_SOCKET_DIR";
    throw new Error(
      `its socket can't be made in ${parent} (${code}). Set ${variable} to a folder that can be written to.`,
      {
        cause: error,
      },
    );
  }
}

function tryBind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

function credentialsOf({ tls }: ListenOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { certificate, clientCertificate } = tls;
  return ServerCredentials.createSsl(
    Buffer.from(clientCertificate),
    [{ cert_chain: Buffer.from(certificate.pem), private_key: Buffer.from(certificate.keyPem) }],
    true, // a client without that certificate is refused
  );
}

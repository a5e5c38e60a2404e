// The services of a plugin on a socket: Terraform's provider service, and those of go-plugin beside it.
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2Session,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { Handlers } from "../engine/server";
import { type Method, Provider } from "../proto/tfplugin6";
import { int, message } from "../proto/wire";
import type { Certificate } from "./certificate";
import { serveUnary, type UnaryMethod } from "./grpc";
import type { Address } from "./handshake";

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
  const server = createHttp2Server(options);
  serveUnary(server, methodsOf(options));
  const sessions = new Set<Http2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const { address, cleanUp } = await bind(server, options);
  return {
    address,
    async close(graceMs = 500) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, graceMs);
      await closed;
      clearTimeout(timer);
      cleanUp();
    },
  };
}

function methodsOf({ handlers, onShutdown }: ListenOptions): ReadonlyMap<string, UnaryMethod> {
  const methods = (Object.keys(Provider) as Method[]).map((name): [string, UnaryMethod] => [
    `/tfplugin6.Provider/${name}`,
    unary(Provider[name], handlers[name]),
  ]);
  return new Map([
    ...methods,
    [
      "/plugin.GRPCController/Shutdown",
      unary({ request: Empty, response: Empty }, async () => {
        setImmediate(onShutdown); // after the response was sent
        return {};
      }),
    ],
    [
      "/grpc.health.v1.Health/Check",
      unary({ request: Empty, response: HealthResponse }, async () => ({ status: SERVING })),
    ],
  ]);
}

type AnyServer = Http2Server | Http2SecureServer;

interface AnyCall {
  readonly request: { decode(bytes: Uint8Array): unknown };
  readonly response: { encode(value: never): Uint8Array };
}

function unary({ request, response }: AnyCall, handler: (request: never) => Promise<unknown>): UnaryMethod {
  return async (bytes) => response.encode((await handler(request.decode(bytes) as never)) as never);
}

function createHttp2Server({ tls }: ListenOptions): AnyServer {
  // Terraform is the only client: gRPC's own flow control bounds what it may send.
  const limits = { maxSessionMemory: Number.MAX_SAFE_INTEGER };
  if (tls === undefined) return createServer(limits);
  const { certificate, clientCertificate } = tls;
  const trusted = new X509Certificate(clientCertificate).raw;
  // The client's certificate is compared instead of verified: it is no authority for others. An empty list of authorities also
  // spares Node 20 from reading its 140 built-in ones, 20 ms at each start.
  const server = createSecureServer({
    ...limits,
    key: certificate.keyPem,
    cert: certificate.pem,
    ca: [],
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on("session", (session) => {
    const { raw } = (session.socket as TLSSocket).getPeerCertificate();
    if (raw === undefined || !trusted.equals(raw)) session.destroy();
  });
  return server;
}

interface Bound {
  readonly address: Address;
  /** Removes the socket's folder. */
  cleanUp(): void;
}

async function bind(server: AnyServer, options: ListenOptions): Promise<Bound> {
  if (process.platform === "win32") return { address: await bindPort(server, options), cleanUp() {} };
  const folder = createFolder(options.socketFolder);
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "provider");
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) return { address: await bindPort(server, options), cleanUp };
    await tryListen(server, { path });
    return { address: { network: "unix", address: path }, cleanUp };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

/** @throws {Error} that names the variable to change */
function createFolder(configured: string | undefined): string {
  const parent = configured ?? tmpdir();
  try {
    return mkdtempSync(join(parent, "tf-"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const variable = configured === undefined ? "TMPDIR" : "PLUGIN_UNIX_SOCKET_DIR";
    const reason = `its socket can't be made in ${parent} (${code}). Set ${variable} to a folder that can be written to.`;
    throw new Error(reason, { cause: error });
  }
}

async function bindPort(server: AnyServer, { ports }: ListenOptions): Promise<Address> {
  const { min, max } = ports ?? { min: 0, max: 0 };
  for (let port = min; ; port++) {
    try {
      await tryListen(server, { host: "127.0.0.1", port });
      return { network: "tcp", address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
    } catch (error) {
      if (port >= max) throw error;
    }
  }
}

function tryListen(server: AnyServer, options: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

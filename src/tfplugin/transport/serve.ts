// A provider's process: what surrounds the server from start to end.
import { writeSync } from "node:fs";
import { type Provider, providerName } from "../author/provider";
import { logLevel } from "../engine/logger";
import { ProviderServer } from "../engine/server";
import { createCertificate } from "./certificate";
import { type Listening, listen } from "./grpc";
import { HandshakeError, handshakeLine, readInvitation, reattachConfig } from "./handshake";

/** How to serve. */
export interface ServeOptions {
  /** Wait for Terraform to attach (`TF_REATTACH_PROVIDERS`). By default: if `--debug` is among the arguments. */
  readonly debug?: boolean;
}

const STDOUT = 1;
const STDERR = 2;
/** How often to look whether Terraform is still there. */
const ORPHAN_CHECK_MS = 2_000;
/** How long work that was cancelled may take to end when nobody waits for it any more. */
const ORPHAN_GRACE_MS = 30_000;

/**
 * Serves a provider until Terraform ends it: what a provider's executable does. Ends the process with status 1, and a
 * sentence on stderr, when it was not started by Terraform.
 */
export async function serve(provider: Provider, options: ServeOptions = {}): Promise<void> {
  const { address } = provider.options;
  const name = providerName(address);
  const debug = options.debug ?? process.argv.includes("--debug");
  const server = new ProviderServer(provider, {
    logLevel: logLevel(process.env, name),
    writeLog: (line) => writeAll(STDERR, line),
  });
  // Ctrl-C reaches every process of the terminal; Terraform decides what becomes of this one.
  if (!debug) process.on("SIGINT", () => server.log.debug("SIGINT ignored: Terraform will tell"));
  process.on("uncaughtException", (error) => server.crash(error));
  process.on("unhandledRejection", (reason) => server.crash(reason));
  try {
    if (debug) await serveAttached(address, server);
    else await serveInvited(name, server);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    writeAll(STDERR, `${error.message}\n`);
    process.exit(1);
  }
}

async function serveInvited(name: string, server: ProviderServer): Promise<void> {
  const invitation = readInvitation(process.env, name);
  const certificate = createCertificate();
  const listening: Listening = await listen({
    handlers: server.handlers,
    tls: { certificate, clientCertificate: invitation.clientCertificate },
    socketFolder: invitation.socketFolder,
    ports: invitation.ports,
    onShutdown: () => void end(server, listening),
  });
  // Nothing but the handshake may reach stdout: whatever a library prints goes where logs go.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  writeAll(STDOUT, handshakeLine(listening.address, certificate));
  watchParent(server, listening);
}

async function serveAttached(address: string, server: ProviderServer): Promise<void> {
  const listening: Listening = await listen({ handlers: server.handlers, onShutdown: () => {} });
  const config = reattachConfig(address, listening.address, process.pid);
  writeAll(
    STDOUT,
    `Set this in the shell that runs Terraform, and end with Ctrl-C:\n\nTF_REATTACH_PROVIDERS='${config}'\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(server, listening));
}

async function end(server: ProviderServer, listening: Listening): Promise<void> {
  server.stop();
  await listening.close();
  process.exit(0);
}

/** Terraform may be killed without ending its providers: don't stay behind. */
function watchParent(server: ProviderServer, listening: Listening): void {
  const parent = process.ppid;
  const timer = setInterval(async () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    server.log.warn("Terraform is gone");
    server.stop();
    const grace = setTimeout(() => process.exit(1), ORPHAN_GRACE_MS);
    await server.idle();
    clearTimeout(grace);
    await end(server, listening);
  }, ORPHAN_CHECK_MS);
  timer.unref();
}

/** Writes at once, so that nothing is lost when the process ends; a pipe that is full is waited for. */
function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // nobody reads any more
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

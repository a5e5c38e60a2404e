// The process of a provider, from its start to its end.
import { writeSync } from "node:fs";
import { type Provider, providerName } from "../author/provider";
import { logLevel } from "../engine/logger";
import { ProviderServer } from "../engine/server";
import { createCertificate } from "./certificate";
import { HandshakeError, handshakeLine, readHandshakeEnvironment, reattachConfig } from "./handshake";
import { type ListeningServer, listen } from "./listen";

/** Options of {@link serve}. */
export interface ServeOptions {
  /** Wait for Terraform to attach (`TF_REATTACH_PROVIDERS`). By default: if `--debug` is among the arguments. */
  readonly debug?: boolean;
}

const STDOUT = 1;
const STDERR = 2;
/** Milliseconds between two checks that Terraform still runs. */
const ORPHAN_CHECK_MS = 2_000;
/** Milliseconds that cancelled calls may take to end once Terraform is gone. */
const ORPHAN_GRACE_MS = 30_000;

/**
 * Serves a provider until Terraform ends it; the main function of a provider's executable. Ends the process with status 1 and
 * a sentence on stderr when it can't be served: Terraform did not start it, or its socket can't be made.
 */
export async function serve(provider: Provider, options: ServeOptions = {}): Promise<void> {
  const { address } = provider.options;
  const name = providerName(address);
  const debug = options.debug ?? process.argv.includes("--debug");
  const server = new ProviderServer(provider, {
    logLevel: logLevel(process.env, name),
    writeLog: (line) => writeAll(STDERR, line),
  });
  // Ctrl-C reaches every process of the terminal; Terraform decides whether this one ends.
  if (!debug) process.on("SIGINT", () => server.log.debug("SIGINT ignored: Terraform sends a request to stop"));
  let serving = false;
  const handleUncaught = (error: unknown) => (serving ? server.handleUncaught(error) : failToStart(name, error));
  process.on("uncaughtException", handleUncaught);
  process.on("unhandledRejection", handleUncaught);
  try {
    if (debug) await serveForReattach(address, server);
    else await serveTerraform(name, server);
    serving = true;
  } catch (error) {
    failToStart(name, error);
  }
}

/** Terraform shows this text: without one, it suspects another architecture. */
function failToStart(name: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  const sentence = error instanceof HandshakeError ? reason : `The Terraform provider "${name}" can't start: ${reason}`;
  writeAll(STDERR, `${sentence}\n`);
  process.exit(1);
}

async function serveTerraform(name: string, server: ProviderServer): Promise<void> {
  const environment = readHandshakeEnvironment(process.env, name);
  const certificate = createCertificate();
  const listening: ListeningServer = await listen({
    handlers: server.handlers,
    tls: { certificate, clientCertificate: environment.clientCertificate },
    socketFolder: environment.socketFolder,
    ports: environment.ports,
    onShutdown: () => void end(server, listening),
  });
  // Only the handshake may reach stdout: output of libraries goes to stderr, with the logs.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  writeAll(STDOUT, handshakeLine(listening.address, certificate));
  watchParent(server, listening);
}

async function serveForReattach(address: string, server: ProviderServer): Promise<void> {
  const listening: ListeningServer = await listen({ handlers: server.handlers, onShutdown: () => {} });
  const config = reattachConfig(address, listening.address, process.pid);
  writeAll(
    STDOUT,
    `Set this in the shell that runs Terraform, and end with Ctrl-C:\n\nTF_REATTACH_PROVIDERS='${config}'\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(server, listening));
}

async function end(server: ProviderServer, listening: ListeningServer): Promise<void> {
  server.stop();
  await listening.close();
  process.exit(0);
}

/** Ends this process when Terraform was killed, which ends no provider by itself. */
function watchParent(server: ProviderServer, listening: ListeningServer): void {
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

/** Writes synchronously, so that nothing is lost when the process ends; waits while the pipe is full. */
function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // the reader is gone
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

// The handshake of go-plugin, by which Terraform finds a plugin's address, with the constants of Terraform's plugin protocol.
import { X509Certificate } from "node:crypto";
import type { Certificate } from "./certificate";

type Environment = { readonly [name: string]: string | undefined };

const COOKIE_NAME = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
const PROTOCOL = 6;

/** The address of a server. */
export interface Address {
  readonly network: "unix" | "tcp";
  /** A socket's path, or host:port. */
  readonly address: string;
}

/** This process cannot serve. The message is for the person or program that started it. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** The environment in which Terraform starts a provider. */
export interface HandshakeEnvironment {
  /** Terraform's certificate in PEM: the only client certificate that is trusted. */
  readonly clientCertificate: string;
  /** The folder for the socket, if Terraform names one. */
  readonly socketFolder: string | undefined;
  /** The range of ports for systems without Unix sockets. */
  readonly ports: { readonly min: number; readonly max: number } | undefined;
}

/**
 * Reads the environment that Terraform sets for a provider.
 *
 * @throws HandshakeError when Terraform did not start this process, or does not support protocol 6
 */
export function readHandshakeEnvironment(env: Environment, name: string): HandshakeEnvironment {
  if (env[COOKIE_NAME] !== COOKIE) {
    throw new HandshakeError(
      `This is the Terraform provider "${name}". It is not run by hand: Terraform starts it when a configuration needs it.\n` +
        "To attach Terraform to it in a debugger, start it with --debug.",
    );
  }
  const versions = env.PLUGIN_PROTOCOL_VERSIONS;
  if (versions !== undefined && !versions.split(",").map(Number).includes(PROTOCOL)) {
    throw new HandshakeError(
      `The provider "${name}" speaks plugin protocol ${PROTOCOL}, and this Terraform speaks ${versions}: Terraform 1.0 or later is needed.`,
    );
  }
  const clientCertificate = env.PLUGIN_CLIENT_CERT;
  if (!clientCertificate) {
    throw new HandshakeError(`The provider "${name}" talks over mutual TLS only, and PLUGIN_CLIENT_CERT is not set.`);
  }
  if (!isCertificate(clientCertificate)) {
    throw new HandshakeError(`The provider "${name}" can't start: PLUGIN_CLIENT_CERT is not a certificate in PEM.`);
  }
  const [min, max] = [Number(env.PLUGIN_MIN_PORT), Number(env.PLUGIN_MAX_PORT)];
  return {
    clientCertificate,
    socketFolder: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
    ports: min > 0 && max >= min && max < 65536 ? { min, max } : undefined,
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}

/** The response to Terraform, one line: version of the handshake, version of the protocol, address, transport, certificate. */
export function handshakeLine({ network, address }: Address, { der }: Certificate): string {
  const certificate = der.toString("base64").replace(/=+$/, "");
  return `1|${PROTOCOL}|${network}|${address}|grpc|${certificate}\n`;
}

/** The value of `TF_REATTACH_PROVIDERS` with which Terraform uses a running provider. */
export function reattachConfig(provider: string, { network, address }: Address, pid: number): string {
  return JSON.stringify({
    [provider]: {
      Protocol: "grpc",
      ProtocolVersion: PROTOCOL,
      Pid: pid,
      Test: true, // Terraform must not end a process that it did not start
      Addr: { Network: network, String: address },
    },
  });
}

// How a plugin and Terraform find each other: go-plugin's handshake, with the constants of Terraform's plugin protocol.
import type { Certificate } from "./certificate";

type Environment = { readonly [name: string]: string | undefined };

const COOKIE_NAME = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
const PROTOCOL = 6;

/** Where a server listens. */
export interface Address {
  readonly network: "unix" | "tcp";
  /** A socket's path, or host:port. */
  readonly address: string;
}

/** Why this process cannot serve; the message is for whoever started it. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** What Terraform says when it starts a provider. */
export interface Invitation {
  /** Terraform's certificate in PEM: the only one to be trusted. */
  readonly clientCertificate: string;
  /** Where Terraform wants the socket, if it cares. */
  readonly socketFolder: string | undefined;
  /** Ports to choose from where there are no Unix sockets. */
  readonly ports: { readonly min: number; readonly max: number } | undefined;
}

/**
 * Reads what Terraform put into the environment.
 *
 * @throws HandshakeError when it was not Terraform, or one that speaks no protocol 6
 */
export function readInvitation(env: Environment, name: string): Invitation {
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
  const [min, max] = [Number(env.PLUGIN_MIN_PORT), Number(env.PLUGIN_MAX_PORT)];
  return {
    clientCertificate,
    socketFolder: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
    ports: min > 0 && max >= min && max < 65536 ? { min, max } : undefined,
  };
}

/** The line that answers the invitation: the handshake's version, the protocol's, the address, and how to talk there. */
export function handshakeLine({ network, address }: Address, { der }: Certificate): string {
  const certificate = der.toString("base64").replace(/=+$/, "");
  return `1|${PROTOCOL}|${network}|${address}|grpc|${certificate}\n`;
}

/** The value of `TF_REATTACH_PROVIDERS` that makes Terraform use a running provider. */
export function reattachConfig(provider: string, { network, address }: Address, pid: number): string {
  return JSON.stringify({
    [provider]: {
      Protocol: "grpc",
      ProtocolVersion: PROTOCOL,
      Pid: pid,
      Test: true, // Terraform must not stop a process it did not start
      Addr: { Network: network, String: address },
    },
  });
}

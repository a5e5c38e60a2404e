import type { Reference } from "../../reference";
import {
  AuthenticationError,
  type Credential,
  ManifestNotFoundError,
  RegistryClient,
  RegistryError,
  RegistryUnreachableError,
} from "../../registry";
import { type Conductor, hasUserAndPassword } from "./conductor";
import type { ConnectionOptions } from "./connection";
import { decodeAuthString, fromAuthenticationConfig, fromPullSecret, isBase64 } from "./secret";

/** Source of the agent's secret. */
export type AgentSecretSource = "instance_info" | "driver_info" | "image_server" | "authentication_config";

/** Cause of the agent's failed pull; it selects the advice. */
export type AgentPullFault = "secret" | "no-secret" | "authentication-config" | "plain-http" | "tls" | "not-there";

/** Result of the agent's `podman pull`. */
export interface AgentPull {
  /** Undefined when the registry can't be reached from here in the way that the agent would. */
  readonly works: boolean | undefined;
  readonly reason: string;
  readonly secretFrom: AgentSecretSource | undefined;
  /** Where it does not work, or is not known to. */
  readonly fault?: AgentPullFault | undefined;
  /** The manifest, where one was read. */
  readonly content?: Readonly<Record<string, unknown>>;
}

const CONTAINER_MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/**
 * The secret that the conductor hands to the agent for a bootc container: the password part of a pull secret, or the `auth` that
 * `[oci]authentication_config` has for the *registry's* host. Its `secret` is undefined for a file that Ironic fails on.
 * Source: Ironic, `BootcAgentDeploy.execute_bootc_install` (29.0.5 to 39.0.0).
 */
export function agentSecret(
  reference: Reference,
  conductor: Conductor,
): { readonly from: AgentSecretSource; readonly secret: string | undefined } | undefined {
  const { release, settings, instanceSecret, driverSecret, authenticationConfig } = conductor;
  for (const [from, secret] of [
    ["instance_info", instanceSecret],
    ["driver_info", driverSecret],
  ] as const) {
    const credential = secret === undefined ? undefined : fromPullSecret(secret, release);
    if (credential) return { from, secret: credential.password };
  }
  if (hasUserAndPassword(release) && settings.imageServer) {
    return { from: "image_server", secret: settings.imageServer.password };
  }
  const found =
    authenticationConfig === undefined ? undefined : fromAuthenticationConfig(authenticationConfig, reference.registry);
  if (found === undefined) return undefined;
  return { from: "authentication_config", secret: found === "unusable" ? undefined : found.password };
}

/**
 * Result of the agent's `podman pull`, which sends the secret as `auths[host].auth` of a file of its own.
 * Sources: ironic-python-agent, `_write_container_auth` and `_pull_container_image`; containers/image, `decodeDockerAuth`.
 * @throws {RegistryError} when the registry fails or throttles, which permits no diagnosis
 */
export async function agentPull(
  reference: Reference,
  conductor: Conductor,
  options: ConnectionOptions,
  signal?: AbortSignal,
): Promise<AgentPull> {
  const given = agentSecret(reference, conductor);
  const secretFrom = given?.from;
  if (given && given.secret === undefined) {
    const reason = "the file of [oci]authentication_config holds JSON that is not an object, and Ironic fails on it";
    return { works: false, secretFrom, reason, fault: "authentication-config" };
  }
  if (given?.secret !== undefined && !isBase64(given.secret)) {
    const reason = `${describeAgentSecret(given.from)} is not base64, and podman refuses it`;
    return { works: false, secretFrom, reason, fault: "secret" };
  }
  const decoded = given?.secret === undefined ? undefined : decodeAuthString(given.secret);
  const credential: Credential | undefined = decoded && { kind: "basic", ...decoded };
  const client = new RegistryClient({
    ...options,
    plainHttp: [],
    credentials: { resolve: async () => credential },
    tls: { clientCertificates: false },
  });
  try {
    const accept = CONTAINER_MANIFESTS;
    const { content } = await client.getManifest(reference, { accept, ...(signal && { signal }) });
    return {
      works: true,
      secretFrom,
      reason: credential ? "accepted" : "the registry allows anonymous access",
      content,
    };
  } catch (error) {
    signal?.throwIfAborted();
    const outcome = outcomeOf(error, credential !== undefined);
    if (outcome === undefined) throw error;
    if (!given?.secret || credential || outcome.fault !== "no-secret") return { ...outcome, secretFrom };
    const undecoded = `${describeAgentSecret(given.from)} has no user name, and podman ignores it`;
    return { ...outcome, secretFrom, reason: `${outcome.reason}; ${undecoded}`, fault: "secret" };
  } finally {
    await client.close();
  }
}

function outcomeOf(error: unknown, hasCredential: boolean): Omit<AgentPull, "secretFrom"> | undefined {
  if (error instanceof RegistryUnreachableError && error.tlsFault !== undefined) {
    const plain = "the registry speaks plain HTTP, which podman uses only with a setting in the ramdisk";
    const tls = "TLS with the registry fails from here; the ramdisk may trust other authorities";
    return error.tlsFault === "plain-http"
      ? { works: false, reason: plain, fault: "plain-http" }
      : { works: undefined, reason: tls, fault: "tls" };
  }
  const credentials = hasCredential ? "secret" : "no-secret";
  if (error instanceof AuthenticationError) {
    const reason = hasCredential ? "the registry refuses the secret" : "the registry requires a secret";
    return { works: false, reason, fault: credentials };
  }
  if (error instanceof ManifestNotFoundError) {
    return { works: false, reason: "the manifest does not exist", fault: "not-there" };
  }
  if (error instanceof RegistryError && (error.status === 404 || error.status === 403)) {
    const fault = error.status === 404 ? "not-there" : credentials;
    return { works: false, reason: `the registry responds ${error.status}`, fault };
  }
  return undefined;
}

function describeAgentSecret(from: AgentSecretSource): string {
  switch (from) {
    case "image_server":
      return "[deploy]image_server_password, which only the agent receives,";
    case "authentication_config":
      return "the `auth` in [oci]authentication_config";
    default:
      return `the part of ${from}.image_pull_secret that the agent receives`;
  }
}

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CertificateFileError,
  checkClientCertificate,
  type Environment,
  homeFolder,
  readAuthorities,
  readAuthority,
  readPem,
  type TlsSettings,
} from "../net";

/** TLS settings for all registries, beyond those of the environment. */
export interface TlsPolicy {
  /** The lowest version that is accepted. Default: Node's, TLS 1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Authorities, PEM, in place of all others. */
  readonly ca?: string | undefined;
  /** Whether certificates are checked. Default true. */
  readonly verify?: boolean | undefined;
  /** Whether client certificates are sent. Default true. */
  readonly clientCertificates?: boolean | undefined;
}

export interface HostCertificateOptions {
  readonly environment: Environment;
  /** Folders with one subfolder per host, named `host` or `host:port`. */
  readonly certificateFolders: readonly string[];
  readonly tls?: TlsPolicy | undefined;
}

/**
 * The machine's folders, then the user's, which need no root; Docker's before podman's.
 * Source: Docker, "Verify repository client with certificates" and "Rootless mode"; containers-certs.d(5).
 */
export function defaultCertificateFolders(environment: Environment): string[] {
  const home = homeFolder(environment);
  const config = environment.XDG_CONFIG_HOME || join(home, ".config");
  return [
    "/etc/docker/certs.d",
    "/etc/containers/certs.d",
    join(config, "docker", "certs.d"),
    join(config, "containers", "certs.d"),
  ];
}

/**
 * CA and client certificates for a host.
 *
 * The machine's authorities ({@link readAuthorities}) and the host's folder: its `*.crt` are further authorities, and each
 * `NAME.cert` with its `NAME.key` is a client certificate for that host only. The first folder with files for the host is used
 * alone.
 * Source: Docker, "Verify repository client with certificates".
 * @param host as in a URL, without the protocol's default port
 * @returns undefined for Node's defaults
 * @throws {CertificateFileError}
 */
export async function certificatesFor(host: string, options: HostCertificateOptions): Promise<TlsSettings | undefined> {
  const { minVersion, ca, verify, clientCertificates = true } = options.tls ?? {};
  const found = ca === undefined ? await certificatesByEnvironment(host, options) : { ca: [ca] };
  const sent = found && (clientCertificates ? found : { ca: found.ca });
  const policy = { ...(minVersion && { minVersion }), ...(verify === false && { insecure: true }) };
  return sent || Object.keys(policy).length > 0 ? { ...sent, ...policy } : undefined;
}

async function certificatesByEnvironment(
  host: string,
  options: HostCertificateOptions,
): Promise<TlsSettings | undefined> {
  const fromFolder = await readHostFolders(host, options.certificateFolders);
  const ca = await readAuthorities(options.environment, fromFolder?.ca);
  if (!fromFolder?.cert.length) return ca && { ca };
  const settings = { ca, cert: fromFolder.cert, key: fromFolder.key };
  checkClientCertificate(settings, fromFolder.folder);
  return settings;
}

async function readHostFolders(host: string, folders: readonly string[]) {
  // Only plain names and addresses: a host must not name a path outside the folder.
  if (!/^[a-z0-9[][a-z0-9.:[\]-]*$/i.test(host) || host.includes("..")) return undefined;
  const names = /:\d+$/.test(host.replace(/^\[.*\]/, "")) ? [host] : [host, `${host}:443`];
  for (const folder of folders) {
    for (const name of names) {
      const found = await readHostFolder(join(folder, name));
      if (found) return found;
    }
  }
  return undefined;
}

async function readHostFolder(folder: string) {
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new CertificateFileError(folder, "the registry's certificates can't be read", { cause: error });
  }
  const ca: string[] = [];
  const cert: string[] = [];
  const key: string[] = [];
  for (const name of names) {
    if (name.endsWith(".crt")) ca.push(await readAuthority(join(folder, name)));
    if (!name.endsWith(".cert")) continue;
    const partner = name.replace(/\.cert$/, ".key");
    if (!names.includes(partner)) {
      throw new CertificateFileError(join(folder, name), `a client certificate without its key (${partner})`, {
        hint: "put the key beside it; an authority's certificate has to be named *.crt",
      });
    }
    cert.push(await readPem(join(folder, name)));
    key.push(await readPem(join(folder, partner)));
  }
  return ca.length + cert.length === 0 ? undefined : { folder, ca, cert, key };
}

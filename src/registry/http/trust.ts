import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import { IronicOciError } from "../../reference";
import type { Environment } from "./proxy";

/** A certificate or key that can't be read or isn't one. The message never holds any of its content. */
export class CertificateFileError extends IronicOciError {
  readonly code = "CERTIFICATE_FILE";

  constructor(
    readonly path: string,
    what: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(`${path}: ${what}`, options);
  }
}

/** What TLS needs to know about one host beyond Node's defaults; PEM throughout. */
export interface Trust {
  readonly ca?: string[];
  readonly cert?: string[];
  readonly key?: string[];
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  readonly rejectUnauthorized?: boolean;
}

/** How TLS is spoken to every host, beyond what the environment says. */
export interface TlsPolicy {
  /** The lowest version that is accepted. Default: Node's, TLS 1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Authorities, PEM, in the place of all others. */
  readonly ca?: string | undefined;
  /** Whether certificates are checked. Default true. */
  readonly verify?: boolean | undefined;
  /** Whether client certificates are shown. Default true. */
  readonly clientCertificates?: boolean | undefined;
}

export interface TrustOptions {
  readonly environment: Environment;
  /** Folders with one folder a host, named `host` or `host:port`. */
  readonly certificateFolders: readonly string[];
  readonly tls?: TlsPolicy | undefined;
}

/**
 * The machine's folders, then the user's own, which take no root to fill; Docker's before podman's.
 * Source: Docker, "Verify repository client with certificates" and "Rootless mode"; containers-certs.d(5).
 */
export function defaultCertificateFolders(environment: Environment): string[] {
  const home = environment.HOME || homedir();
  const config = environment.XDG_CONFIG_HOME || join(home, ".config");
  return [
    "/etc/docker/certs.d",
    "/etc/containers/certs.d",
    join(config, "docker", "certs.d"),
    join(config, "containers", "certs.d"),
  ];
}

/**
 * Which certificates a host is met with.
 *
 * `SSL_CERT_FILE` takes the place of the authorities that Node brings, as it does for OpenSSL's and Go's programs, and
 * `NODE_EXTRA_CA_CERTS` adds to either. A host's folder adds to whatever holds globally: its `*.crt` are further
 * authorities, and each `NAME.cert` with its `NAME.key` is shown to that host, and to no other. The first folder that
 * has anything for the host is the only one that counts.
 * Source: Docker, "Verify repository client with certificates".
 * @param host as in a URL, without the protocol's own port
 * @returns undefined when Node's defaults are all there is
 * @throws {CertificateFileError}
 */
export async function trustFor(host: string, options: TrustOptions): Promise<Trust | undefined> {
  const { minVersion, ca, verify, clientCertificates = true } = options.tls ?? {};
  const found = ca === undefined ? await trustByEnvironment(host, options) : { ca: [ca] };
  const own = found && (clientCertificates ? found : { ca: found.ca });
  const policy = { ...(minVersion && { minVersion }), ...(verify === false && { rejectUnauthorized: false }) };
  return own || Object.keys(policy).length > 0 ? { ...own, ...policy } : undefined;
}

async function trustByEnvironment(host: string, options: TrustOptions) {
  const { SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: extra } = options.environment;
  const own = await readHostFolders(host, options.certificateFolders);
  if (!bundle && !own) return undefined;
  const base = bundle ? [await readAuthorities(bundle, "SSL_CERT_FILE names it")] : rootCertificates;
  // Naming any authority makes Node forget those that NODE_EXTRA_CA_CERTS added to its own.
  const extras = extra ? [await readAuthorities(extra, "NODE_EXTRA_CA_CERTS names it")] : [];
  const ca = [...base, ...extras, ...(own?.ca ?? [])];
  if (!own?.cert.length) return { ca };
  check(own.cert, own.key, own.folder);
  return { ca, cert: own.cert, key: own.key };
}

async function readHostFolders(host: string, folders: readonly string[]) {
  // A host that is no plain name or address can't have a folder, and can't lead out of one.
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
    if (name.endsWith(".crt")) ca.push(await readAuthorities(join(folder, name)));
    if (!name.endsWith(".cert")) continue;
    const partner = name.replace(/\.cert$/, ".key");
    if (!names.includes(partner)) {
      throw new CertificateFileError(join(folder, name), `a client certificate without its key (${partner})`, {
        hint: "put the key beside it; an authority's certificate has to be named *.crt",
      });
    }
    cert.push(await read(join(folder, name)));
    key.push(await read(join(folder, partner)));
  }
  return ca.length + cert.length === 0 ? undefined : { folder, ca, cert, key };
}

async function read(path: string, why?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = `${missing ? "no such file" : "can't be read"}${why ? `, and ${why}` : ""}`;
    throw new CertificateFileError(path, what, { cause: error });
  }
}

/** Node takes whatever it is given for authorities, and leaves out in silence what is none. */
async function readAuthorities(path: string, why?: string): Promise<string> {
  const content = await read(path, why);
  try {
    new X509Certificate(content);
  } catch {
    throw noPem(path);
  }
  return content;
}

/** Finds now, and by name, what would otherwise be an obscure failure of the first handshake. */
function check(cert: string[], key: string[], folder: string): void {
  // Docker and podman ask for no passphrase either.
  if (key.some((pem) => /^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(pem))) {
    throw new CertificateFileError(folder, "holds a client's key that wants a passphrase", {
      hint: "put it there without one, readable by nobody else: openssl pkey -in FILE -out client.key",
    });
  }
  try {
    createSecureContext({ cert, key });
  } catch {
    throw noPem(folder);
  }
}

/** OpenSSL's own words may quote what it read: they are no cause to pass on. */
function noPem(path: string): CertificateFileError {
  return new CertificateFileError(path, "holds something that is no PEM certificate or key, or a key of another", {
    hint: "check it with openssl x509 -in FILE -noout -text",
  });
}

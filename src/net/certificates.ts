import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import type { Environment } from "./environment";
import { IronicOciError } from "./errors";

/** A certificate or key that can't be read or isn't one. The message never holds any of its content. */
export class CertificateFileError extends IronicOciError {
  readonly code = "CERTIFICATE_FILE";

  constructor(
    /** Path of the file. */
    readonly path: string,
    what: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(`${path}: ${what}`, options);
  }
}

/** What TLS with one host needs beyond Node's defaults; PEM throughout. */
export interface TlsSettings {
  /** Certificates of authorities, in place of Node's own. */
  readonly ca?: readonly string[] | undefined;
  /** Client certificates, each with the key of the same index. */
  readonly cert?: readonly string[] | undefined;
  readonly key?: readonly string[] | undefined;
  /** Do not check the host's certificate. */
  readonly insecure?: boolean | undefined;
  /** The lowest version that is accepted. Default: Node's, TLS 1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}

/**
 * Where the systems of this world keep their bundle of authorities; the first that is there counts.
 * Source: Go, crypto/x509, root_linux.go and root_bsd.go.
 */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Gentoo
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
  "/etc/ssl/cert.pem", // Alpine, macOS, BSD
];

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The authorities that count on this machine, PEM.
 *
 * `SSL_CERT_FILE` takes the place of what Node brings and the system's store holds, as it does for OpenSSL's and Go's programs;
 * otherwise both count. `SSL_CERT_DIR` (folders, separated as in PATH) and `NODE_EXTRA_CA_CERTS` add to either.
 * @param more authorities for one host
 * @returns undefined when they are those that Node takes by itself
 * @throws {CertificateFileError} for a file that a variable names and that can't be used
 */
export async function readAuthorities(
  environment: Environment,
  more: readonly string[] = [],
  systemBundles: readonly string[] = SYSTEM_BUNDLES,
): Promise<readonly string[] | undefined> {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders, NODE_EXTRA_CA_CERTS: extra } = environment;
  const all = new Map<string, string>();
  const add = (certificates: readonly string[]) => {
    for (const each of certificates) all.set(each.replace(/\s+/g, ""), each);
  };
  if (file) add(await readBundle(file, "SSL_CERT_FILE names it"));
  else add(rootCertificates);
  const initial = all.size;
  if (!file) add(await systemStore(systemBundles));
  if (folders) add(await certificatesIn(folders.split(delimiter)));
  add(more);
  // Node read NODE_EXTRA_CA_CERTS when it started; naming any authority makes it forget what was in that file.
  const hasExtra = !extra || extra === process.env.NODE_EXTRA_CA_CERTS;
  if (!file && all.size === initial && hasExtra) return undefined;
  if (extra) add(await readBundle(extra, "NODE_EXTRA_CA_CERTS names it"));
  return [...all.values()];
}

/** The system's store; nothing where there is none to be found. */
async function systemStore(bundles: readonly string[]): Promise<readonly string[]> {
  for (const bundle of bundles) {
    try {
      return pemsIn(await readFile(bundle, "utf8"));
    } catch {
      // Not this kind of system, or not for this user to read.
    }
  }
  return [];
}

/** Every certificate of the folders' files; what is not there or holds none is passed over, as OpenSSL does. */
async function certificatesIn(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
    found.push(...texts.flatMap(pemsIn));
  }
  return found;
}

function pemsIn(text: string): readonly string[] {
  return text.match(PEM) ?? [];
}

/** @throws {CertificateFileError} */
export async function readPem(path: string, why?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "no such file" : `can't be read${code ? ` (${code})` : ""}`;
    throw new CertificateFileError(path, `${what}${why ? `, and ${why}` : ""}`, { cause: error });
  }
}

/** A bundle of authorities; an empty one, such as /dev/null, trusts none. */
async function readBundle(path: string, why: string): Promise<readonly string[]> {
  return (await readPem(path, why)).trim() === "" ? [] : [await readAuthority(path, why)];
}

/**
 * A file of authorities. Node takes any text for authorities, and leaves out in silence what is not a certificate.
 * @throws {CertificateFileError}
 */
export async function readAuthority(path: string, why?: string): Promise<string> {
  const content = await readPem(path, why);
  try {
    new X509Certificate(content);
  } catch {
    throw notPem(path);
  }
  return content;
}

/**
 * Finds now, and by name, what would otherwise be an obscure failure of the first handshake.
 * @param path what to name in the error
 * @throws {CertificateFileError}
 */
export function checkClientCertificate({ cert, key }: TlsSettings, path: string): void {
  // Docker, podman and OpenStack's clients ask for no passphrase either.
  if (key?.some((pem) => /^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(pem))) {
    throw new CertificateFileError(path, "holds a client's key that wants a passphrase", {
      hint: "put it there without one, readable by nobody else: openssl pkey -in FILE -out client.key",
    });
  }
  try {
    createSecureContext({ cert: [...(cert ?? [])], key: [...(key ?? [])] });
  } catch {
    throw notPem(path);
  }
}

/** OpenSSL's own words may quote what it read: they are no cause to pass on. */
function notPem(path: string): CertificateFileError {
  return new CertificateFileError(path, "holds something that is not a PEM certificate or key, or a key of another", {
    hint: "check it with openssl x509 -in FILE -noout -text",
  });
}

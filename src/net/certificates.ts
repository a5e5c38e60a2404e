import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import { CONTENT_FOR_PATH, isFileContent } from "../text";
import type { Environment } from "./environment";
import { IronicOciError } from "./errors";

/** A certificate or key file that can't be read, or holds something else. The message never quotes its content. */
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

/** TLS settings for one host, beyond Node's defaults; all PEM. */
export interface TlsSettings {
  /** Certificates of authorities, in place of Node's. */
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
 * The systems' bundles of authorities; the first that exists is used.
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
 * The authorities that this machine trusts, PEM.
 *
 * `SSL_CERT_FILE` replaces Node's bundle and the system's store, as for OpenSSL's and Go's programs; otherwise both are used.
 * `SSL_CERT_DIR` (folders, separated as in PATH) and `NODE_EXTRA_CA_CERTS` add to either.
 * @param more authorities for one host
 * @returns undefined when they are Node's defaults
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
  // Node read NODE_EXTRA_CA_CERTS when it started, and drops these authorities when any others are set.
  const hasExtra = !extra || extra === process.env.NODE_EXTRA_CA_CERTS;
  if (!file && all.size === initial && hasExtra) return undefined;
  if (extra) add(await readBundle(extra, "NODE_EXTRA_CA_CERTS names it"));
  return [...all.values()];
}

/** The system's store; empty where none is found. */
async function systemStore(bundles: readonly string[]): Promise<readonly string[]> {
  for (const bundle of bundles) {
    try {
      return pemsIn(await readFile(bundle, "utf8"));
    } catch {
      // Another kind of system, or not readable for this user.
    }
  }
  return [];
}

/** All certificates in the folders' files; missing folders and files without one are skipped, as in OpenSSL. */
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

/**
 * Reads a PEM file, unchecked.
 * @param why a clause that ends the error: `SSL_CERT_FILE names it`
 * @throws {CertificateFileError}
 */
export async function readPem(path: string, why?: string): Promise<string> {
  if (isFileContent(path)) {
    throw new CertificateFileError(CONTENT_FOR_PATH, `it is the content of a file${why ? `, and ${why}` : ""}`, {
      hint: "write it into a file, and name that",
    });
  }
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "no such file" : `can't be read${code ? ` (${code})` : ""}`;
    throw new CertificateFileError(path, `${what}${why ? `, and ${why}` : ""}`, { cause: error });
  }
}

/** A bundle of authorities; an empty file, such as /dev/null, trusts none. */
async function readBundle(path: string, why: string): Promise<readonly string[]> {
  return (await readPem(path, why)).trim() === "" ? [] : [await readAuthority(path, why)];
}

/**
 * A file of authorities. Checked, because Node accepts any text as authorities and ignores the part that is not a certificate.
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
 * Checks a client certificate and its key early, because the first handshake would fail without naming them.
 * @param path the file or folder to name in the error
 * @throws {CertificateFileError}
 */
export function checkClientCertificate({ cert, key }: TlsSettings, path: string): void {
  // Docker, podman and OpenStack's clients do not support passphrases either.
  if (key?.some((pem) => /^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(pem))) {
    throw new CertificateFileError(path, "holds a client key with a passphrase", {
      hint: "store it without one, readable by its owner only: openssl pkey -in FILE -out client.key",
    });
  }
  try {
    createSecureContext({ cert: [...(cert ?? [])], key: [...(key ?? [])] });
  } catch {
    throw notPem(path);
  }
}

/** OpenSSL's message may quote the file: it is not passed on as a cause. */
function notPem(path: string): CertificateFileError {
  return new CertificateFileError(
    path,
    "holds something that is not a PEM certificate or key, or the key of another certificate",
    {
      hint: "check it with openssl x509 -in FILE -noout -text",
    },
  );
}

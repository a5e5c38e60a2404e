import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { CONTENT_FOR_PATH, type Digest, digestOf, isFileContent } from "../reference";
import { SigningFileError } from "./errors";
import { matches } from "./pattern";

/** A signer by a key of its own. */
export interface ExpectedKey {
  readonly kind: "key";
  readonly publicKey: KeyObject;
  /** `sha256:` and the hex digest of the public key (SPKI, DER). */
  readonly fingerprint: string;
  readonly trustedRoot: TrustedRootFile | undefined;
  /** For messages. */
  readonly description: string;
}

/** A signer by a certificate for its identity (Fulcio). */
export interface ExpectedIdentity {
  readonly kind: "identity";
  /** The certificate's subject alternative name: an e-mail address or URL; a pattern, see {@link matches}. */
  readonly identity: string;
  /** The OIDC issuer that has proven the identity; exact. */
  readonly issuer: string;
  readonly trustedRoot: TrustedRootFile | undefined;
  /** For messages. */
  readonly description: string;
}

/** Who is accepted as the signer of an image. */
export type Expected = ExpectedKey | ExpectedIdentity;

/** The authorities and logs that certificates and log entries are verified with. */
export interface TrustedRootFile {
  readonly path: string;
  /** Of the file. */
  readonly digest: Digest;
  /** The parsed JSON (sigstore's TrustedRoot). */
  readonly content: unknown;
}

/** Who has signed, as verified. */
export type Signer =
  | { readonly key: string; readonly identity?: undefined; readonly issuer?: undefined }
  | { readonly key?: undefined; readonly identity: string; readonly issuer: string };

/** Whether a verified signer is the expected one. */
export function isExpected(expected: Expected, signer: Signer): boolean {
  if (expected.kind === "key") return signer.key === expected.fingerprint;
  return signer.issuer === expected.issuer && signer.key === undefined && matches(expected.identity, signer.identity);
}

export function describeSigner(signer: Signer): string {
  return signer.key === undefined ? `${signer.identity} (issuer ${signer.issuer})` : `key ${signer.key}`;
}

const PUBLIC_KEY = /^\s*-----BEGIN PUBLIC KEY-----/;

/** Whether a text is a key, and not the path of one. A private key, too: it is refused as such. */
export function isPemKey(text: string): boolean {
  return /^\s*-----BEGIN /.test(text);
}

/**
 * A signer by key.
 * @param key the path of a public key as `cosign generate-key-pair` writes it (PEM), or the PEM itself
 * @throws {SigningFileError}
 */
export function expectKey(key: string, trustedRoot?: TrustedRootFile): ExpectedKey {
  const isPem = isPemKey(key);
  const name = isPem ? "the key" : key;
  const pem = isPem ? key : readText(key, "name the public key of the signer: cosign.pub");
  const fingerprint = keyFingerprint(parseKey(pem, name));
  const description = isPem ? `key ${fingerprint}` : `key ${fingerprint} (${key})`;
  return { kind: "key", publicKey: parseKey(pem, name), fingerprint, trustedRoot, description };
}

/** A signer by identity. */
export function expectIdentity(identity: string, issuer: string, trustedRoot?: TrustedRootFile): ExpectedIdentity {
  const root = trustedRoot ? `, by ${trustedRoot.path}` : "";
  return { kind: "identity", identity, issuer, trustedRoot, description: `${identity} (issuer ${issuer}${root})` };
}

function parseKey(pem: string, name: string): KeyObject {
  if (/PRIVATE KEY-----/.test(pem)) {
    throw new SigningFileError(name, "is a private key", {
      hint: "name its public key; keep the private key out of programs that verify",
    });
  }
  const hint = "it begins with -----BEGIN PUBLIC KEY-----; cosign public-key --key cosign.key prints it";
  let key: KeyObject;
  try {
    if (!PUBLIC_KEY.test(pem)) throw new Error("no PEM public key");
    key = createPublicKey(pem);
  } catch {
    throw new SigningFileError(name, "is not a public key in PEM form", { hint });
  }
  if (isKnownKind(key)) return key;
  throw new SigningFileError(name, "is a key of another kind than those of cosign", { hint: KINDS });
}

/** For messages: the kinds of {@link isKnownKind}. */
export const KINDS = "use ECDSA on P-256, P-384 or P-521, RSA of 2048 bits or more, or Ed25519";
const MIN_RSA_BITS = 2048;
const CURVES: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** Whether a key is of a kind that cosign signs with. */
export function isKnownKind({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ec") return CURVES.has(asymmetricKeyDetails?.namedCurve);
  if (asymmetricKeyType === "rsa") return (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return asymmetricKeyType === "ed25519";
}

export function keyFingerprint(key: KeyObject): string {
  return `sha256:${createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")}`;
}

/**
 * A trusted root, as `cosign trusted-root create` writes it.
 * @throws {SigningFileError}
 */
export function readTrustedRoot(path: string): TrustedRootFile {
  const hint = "name a file that cosign trusted-root create has written";
  const text = readText(path, hint);
  const content = parseJsonText(path, text, hint);
  const { mediaType } = (content ?? {}) as { mediaType?: unknown };
  if (typeof mediaType !== "string" || !/^application\/vnd\.dev\.sigstore\.trustedroot[.+]/.test(mediaType)) {
    throw new SigningFileError(path, "is not a trusted root: its mediaType is another one", { hint });
  }
  return { path, digest: digestOf(Buffer.from(text)), content };
}

/** @throws {SigningFileError} without the parser's message, which quotes the text */
export function parseJsonFile(path: string, hint: string): unknown {
  return parseJsonText(path, readText(path, hint), hint);
}

function parseJsonText(path: string, text: string, hint: string): unknown {
  const content = parseJson(text);
  if (content === undefined) throw new SigningFileError(path, "is not JSON", { hint });
  return content;
}

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bytes: keys have hundreds, trusted roots and policies thousands. */
const MAX_FILE = 4 * 1024 * 1024;

/** @throws {SigningFileError} */
export function readText(path: string, hint: string): string {
  if (isFileContent(path)) throw new SigningFileError(CONTENT_FOR_PATH, "is the content of a file", { hint });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code = "unknown cause" } = cause as NodeJS.ErrnoException;
    throw new SigningFileError(path, `can't be read (${code})`, { cause, hint });
  }
  if (text.length > MAX_FILE) throw new SigningFileError(path, "is too large", { hint });
  return text;
}

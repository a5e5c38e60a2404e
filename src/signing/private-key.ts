import { createPrivateKey, createPublicKey, type KeyObject, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { SigningFileError } from "./errors";
import { isKnownKind, KINDS, keyFingerprint, parseJson, readText } from "./signer";

/** A key pair that signs. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** `sha256:` and the digest of the public key. */
  readonly fingerprint: string;
}

/** cosign's encrypted private key: a key by scrypt, and NaCl's secretbox (sigstore's pkg/cryptoutils; secure-systems-lab encrypted). */
interface EncryptedKey {
  readonly kdf?: {
    readonly name?: unknown;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly salt?: unknown;
  };
  readonly cipher?: { readonly name?: unknown; readonly nonce?: unknown };
  readonly ciphertext?: unknown;
}

const PEM = /^\s*-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/;
/** Parameters of scrypt. cosign writes N = 65,536, r = 8, p = 1, for which 64 MiB are needed; a file may ask for 1 GiB. */
const MAX_N = 2 ** 20;
const MAX_R = 8;
const MAX_P = 4;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;

const HINT = "name the cosign.key of cosign generate-key-pair";
const IMPORT = "encrypt it in cosign's form: cosign import-key-pair --key FILE writes import-cosign.key";

/**
 * Reads the private key that `cosign generate-key-pair`, or `cosign import-key-pair`, writes. Its password is in `COSIGN_PASSWORD`, as for cosign.
 * @throws {SigningFileError} for a file that is no such key, and for a wrong password; the message quotes neither
 */
export async function readSigningKey(path: string, environment: NodeJS.ProcessEnv): Promise<SigningKey> {
  const pem = readText(path, HINT);
  const encoded = PEM.exec(pem)?.[1];
  if (encoded === undefined) {
    const hint = /PRIVATE KEY-----/.test(pem) ? IMPORT : HINT;
    throw new SigningFileError(path, "is not a private key of cosign", { hint });
  }
  const { kdf, cipher, ciphertext } = (parseJson(Buffer.from(encoded, "base64").toString("utf8")) ??
    {}) as EncryptedKey;
  const { N, r, p } = kdf?.params ?? {};
  const within = (value: unknown, most: number) =>
    Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most;
  const salt = bytesOf(kdf?.salt);
  const nonce = bytesOf(cipher?.nonce);
  const box = bytesOf(ciphertext);
  const isKnown = kdf?.name === "scrypt" && cipher?.name === "nacl/secretbox" && nonce.length === NONCE_BYTES;
  if (!isKnown || !within(N, MAX_N) || !within(r, MAX_R) || !within(p, MAX_P)) {
    throw new SigningFileError(path, "is encrypted in a way that is not known", { hint: HINT });
  }
  const { COSIGN_PASSWORD } = environment;
  if (COSIGN_PASSWORD === undefined) {
    throw new SigningFileError(path, "is encrypted, and there is no password", {
      hint: "set COSIGN_PASSWORD to its password",
    });
  }
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: 256 * Number(N) * Number(r) };
  const key = await (promisify(scrypt) as Derive)(COSIGN_PASSWORD, salt, KEY_BYTES, options).catch(() => undefined);
  const der = key && opened(key, nonce, box);
  if (der === undefined) {
    throw new SigningFileError(path, "can't be decrypted: the password is wrong, or the file is damaged", {
      hint: "set COSIGN_PASSWORD to its password",
    });
  }
  return toSigningKey(der, path);
}

type Derive = (
  password: string,
  salt: Buffer,
  length: number,
  options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Buffer>;

/** The content of a secretbox; undefined for another key. */
function opened(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined {
  const { secretbox } = require("./sigstore") as typeof import("./sigstore");
  try {
    return secretbox(key, nonce).open(box);
  } catch {
    return undefined;
  }
}

function toSigningKey(der: Uint8Array, path: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    throw new SigningFileError(path, "does not hold a private key", { hint: HINT });
  }
  if (!isKnownKind(privateKey)) {
    throw new SigningFileError(path, "is a key of another kind than those of cosign", { hint: KINDS });
  }
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, fingerprint: keyFingerprint(publicKey) };
}

function bytesOf(text: unknown): Buffer {
  return Buffer.from(typeof text === "string" ? text : "", "base64");
}

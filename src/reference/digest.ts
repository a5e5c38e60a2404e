import { createHash, type Hash } from "node:crypto";
import { InvalidDigestError } from "./errors";

/** The algorithms that Ironic accepts. */
export type DigestAlgorithm = "sha256" | "sha512";

/** A digest in OCI's canonical form: `sha256:<64 lower-case hex>` or `sha512:<128 lower-case hex>`. */
export type Digest = `${DigestAlgorithm}:${string}`;

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** The first syntax error of a digest; undefined for a valid one. `position` is an offset in UTF-16 units. */
export function digestFault(text: string): { readonly position: number; readonly reason: string } | undefined {
  const colon = text.indexOf(":");
  if (colon < 0)
    return { position: text.length, reason: "a digest needs an algorithm, a colon and a hex value (sha256:…)" };
  const algorithm = text.slice(0, colon);
  if (!isAlgorithm(algorithm)) {
    return { position: 0, reason: "the digest's algorithm must be sha256 or sha512 (Ironic accepts no other)" };
  }
  const hex = text.slice(colon + 1);
  const stray = hex.search(/[^0-9a-f]/);
  if (stray >= 0) return { position: colon + 1 + stray, reason: "a digest's value is lower-case hexadecimal" };
  const expected = HEX_LENGTH[algorithm];
  if (hex.length !== expected) {
    return {
      position: colon + 1 + Math.min(hex.length, expected),
      reason: `a ${algorithm} digest has ${expected} hexadecimal characters, this one has ${hex.length}`,
    };
  }
  return undefined;
}

/** True for the digests that Ironic accepts, in OCI's canonical (lower-case) form. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && digestFault(text) === undefined;
}

/**
 * Validates a digest (OCI image-spec, descriptor.md, "Digests").
 * @throws {InvalidDigestError}
 */
export function parseDigest(text: string): Digest {
  const fault = digestFault(text);
  if (fault) throw new InvalidDigestError(text, fault.position, fault.reason);
  return text as Digest;
}

/** The algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hex part of a digest: Ironic's image checksum. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A hash with the algorithm of a digest, for streamed content. */
export function hasherFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

function isAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(HEX_LENGTH, text);
}

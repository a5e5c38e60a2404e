import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Digest, Reference } from "../reference";
import { DeniedImageError, LockedVerdictError, type SigningError, SigningFileError } from "./errors";
import type { SignatureSource } from "./found";
import { matchesRepository } from "./pattern";
import {
  describeSigner,
  type Expected,
  expectIdentity,
  expectKey,
  isExpected,
  isPemKey,
  parseJsonFile,
  readTrustedRoot,
  type Signer,
} from "./signer";
import { type ImageToVerify, type Verified, verifyImage } from "./verify";

/** The file name of a policy, beside the lock file. */
export const DEFAULT_POLICY_FILE = "ironic-oci.policy.json";

/** A signer of a policy: by a key, or by a certificate for an identity. */
export type PolicySigner =
  | {
      /** The path of a public key as `cosign generate-key-pair` writes it, or the key itself (PEM). */
      readonly key: string;
      /** The path of a trusted root, for the entries of transparency logs. Default: sigstore's public services. */
      readonly trustedRoot?: string | undefined;
    }
  | {
      /** The identity in the certificate: an e-mail address or URL; `*` stands for any characters. */
      readonly identity: string;
      /** The OIDC issuer that has proven the identity; exact. */
      readonly issuer: string;
      /** The path of a trusted root. Default: sigstore's public services. */
      readonly trustedRoot?: string | undefined;
    };

/** A rule of a policy. It has one of `signedBy`, `unsigned` and `deny`. */
export interface PolicyRule {
  /** Patterns of repositories, `host/path`; `*` stands for any characters. */
  readonly repositories: readonly string[];
  /** Who must have signed; one is enough. */
  readonly signedBy?: readonly PolicySigner[] | undefined;
  /** Patterns of repositories whose signatures count as well: where images were copied from. */
  readonly signedFor?: readonly string[] | undefined;
  /** Images need no signature. */
  readonly unsigned?: true | undefined;
  /** Images are refused. */
  readonly deny?: true | undefined;
}

/** Who must have signed which images. The first rule that names a repository applies; an image that no rule names is refused. */
export interface PolicyRules {
  /** The rules, in the order in which they are tried. */
  readonly rules: readonly PolicyRule[];
}

/** That an image was verified: what was signed, by whom, and when that was verified. */
export interface Verdict {
  /** The digest that was signed. */
  readonly digest: Digest;
  /** What has that digest: the index that the tag points to, or the manifest that was chosen. Undefined in older lock files. */
  readonly of?: "index" | "manifest" | undefined;
  /** The fingerprint of the signer's key: `sha256:` and the digest of the public key (SPKI). Undefined for an identity. */
  readonly key?: string | undefined;
  /** The identity in the signer's certificate. Undefined for a key. */
  readonly identity?: string | undefined;
  /** The OIDC issuer that has proven the identity. Undefined for a key. */
  readonly issuer?: string | undefined;
  /**
   * What the certificate and the entries of logs were verified with: the digest of the trusted root's file, or `sigstore` for the public
   * services. Undefined for a key without a trusted root, and in older lock files.
   */
  readonly trustedRoot?: string | undefined;
  /** The time of the verification, RFC 3339. */
  readonly at: string;
}

interface Rule extends Omit<PolicyRule, "signedBy"> {
  readonly expected: readonly Expected[];
}

/** A policy with its keys and trusted roots. */
export class Policy {
  readonly #rules: readonly Rule[];
  /** For messages: the path, or the option. */
  readonly #name: string;

  /**
   * @param policy the path of a policy file, or its content
   * @param option the option that holds the content, for messages
   * @throws {SigningFileError} for a file that can't be read, and a policy that is wrong
   */
  constructor(policy: string | PolicyRules, option = "policy") {
    const hint = "see docs/guides/signatures.md for the form of a policy";
    const isPath = typeof policy === "string";
    this.#name = isPath ? policy : option;
    const parsed = schema().PolicyContent.safeParse(isPath ? parseJsonFile(policy, hint) : policy);
    if (!parsed.success) {
      const { path = [], message = "is wrong" } = parsed.error.issues[0] ?? {};
      const where = path.length > 0 ? `at ${path.join(".")}: ` : "";
      throw new SigningFileError(this.#name, `${where}${message}`, { hint });
    }
    const folder = isPath ? dirname(policy) : "";
    this.#rules = (parsed.data as PolicyRules).rules.map(({ signedBy = [], ...rule }) => ({
      ...rule,
      expected: signedBy.map((signer) => toExpected(signer, folder)),
    }));
  }

  /**
   * @returns an error for an image that the policy refuses whoever has signed it
   */
  refusal(reference: Reference): SigningError | undefined {
    const rule = this.#ruleFor(reference);
    if (rule === undefined) return new DeniedImageError(reference.canonical(), this.#name, "has no rule for it");
    return rule.deny
      ? new DeniedImageError(reference.canonical(), this.#name, "denies it", rule.repositories)
      : undefined;
  }

  /**
   * Verifies an image.
   * @returns undefined for an image that needs no signature
   * @throws {DeniedImageError | UnverifiedImageError}
   * @throws {RegistryError} when the registry can't be read
   */
  async verify(source: SignatureSource, image: ImageToVerify, signal?: AbortSignal): Promise<Verdict | undefined> {
    const refusal = this.refusal(image.reference);
    if (refusal) throw refusal;
    const { unsigned, expected = [], signedFor } = this.#ruleFor(image.reference) ?? {};
    if (unsigned) return undefined;
    return verdictOf(await verifyImage(source, image, { expected, signedFor, signal }), image);
  }

  /** The error of a pin that was locked with this verdict, or without one; undefined if the policy accepts it. No requests. */
  lockedFault({ reference, tagDigest, digest }: ImageToVerify, verdict: Verdict | undefined): SigningError | undefined {
    const refusal = this.refusal(reference);
    if (refusal) return refusal;
    const { unsigned, expected = [] } = this.#ruleFor(reference) ?? {};
    if (unsigned) return undefined;
    const fault = verdictFault(verdict, [tagDigest, digest], expected);
    return fault === undefined ? undefined : new LockedVerdictError(reference, digest, fault);
  }

  #ruleFor({ name }: Reference): Rule | undefined {
    return this.#rules.find(({ repositories }) => repositories.some((each) => matchesRepository(each, name)));
  }
}

/** The verdict of a verification that has succeeded now. */
function verdictOf({ digest, signer, trustedRoot }: Verified, image: ImageToVerify): Verdict {
  const root = trustedRoot?.digest ?? (signer.key === undefined ? PUBLIC_ROOT : undefined);
  return {
    digest,
    of: digest === image.digest ? "manifest" : "index",
    ...signer,
    ...(root !== undefined && { trustedRoot: root }),
    at: `${new Date().toISOString().slice(0, -5)}Z`,
  };
}

/** The trusted root of sigstore's public services in a verdict: its content changes with the version of this package. */
const PUBLIC_ROOT = "sigstore";

/** The signer of a verdict. */
export function describeVerified(verdict: Verdict): string {
  const signer = signerOf(verdict);
  return signer === undefined ? "no known signer" : describeSigner(signer);
}

/** Whether two verdicts say the same, whenever they were reached. */
export function isSameVerdict(one: Verdict | undefined, other: Verdict | undefined): boolean {
  const fields = ["digest", "of", "key", "identity", "issuer", "trustedRoot"] as const;
  return fields.every((field) => one?.[field] === other?.[field]);
}

/**
 * The policy file beside a lock file, or beside the file that a symbolic link in its place leads to; undefined without one. A policy that
 * is there and can't be read, such as a link to nothing, is named all the same, so that {@link Policy} throws: a file that was moved must
 * not end the verification.
 */
export function policyBeside(lockFile: string): string | undefined {
  return policyIn(dirname(lockFile)) ?? policyIn(dirname(realPath(lockFile)));
}

function policyIn(folder: string): string | undefined {
  const path = join(folder, DEFAULT_POLICY_FILE);
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : path;
  } catch {
    return path;
  }
}

/** A path without symbolic links; the path itself where there is no file. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function verdictFault(verdict: Verdict | undefined, digests: readonly Digest[], expected: readonly Expected[]) {
  if (verdict === undefined) return "without a signature that was verified";
  if (!digests.includes(verdict.digest)) return "with a verified signature of another digest";
  const signer = signerOf(verdict);
  const accepted = signer === undefined ? [] : expected.filter((each) => isExpected(each, signer));
  if (accepted.length === 0) return `signed by ${describeVerified(verdict)}, which the policy does not accept`;
  if (accepted.some((each) => isSameRoot(each, verdict))) return undefined;
  return `signed by ${describeVerified(verdict)}, as verified with another trusted root (${verdict.trustedRoot})`;
}

/** Whether a verdict was reached with the trusted root that is expected now. A key is trusted by itself. */
function isSameRoot({ kind, trustedRoot }: Expected, verdict: Verdict): boolean {
  if (kind === "key" || verdict.trustedRoot === undefined) return true;
  return verdict.trustedRoot === (trustedRoot?.digest ?? PUBLIC_ROOT);
}

function signerOf({ key, identity, issuer }: Verdict): Signer | undefined {
  if (key !== undefined) return { key };
  return identity !== undefined && issuer !== undefined ? { identity, issuer } : undefined;
}

/** @param folder that of the policy file: paths in it are relative to the file */
function toExpected(signer: PolicySigner, folder: string): Expected {
  const at = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const root = signer.trustedRoot === undefined ? undefined : readTrustedRoot(at(signer.trustedRoot));
  if ("key" in signer) return expectKey(isPemKey(signer.key) ? signer.key : at(signer.key), root);
  return expectIdentity(signer.identity, signer.issuer, root);
}

/** Loaded with the first policy, so that a command without one does not load zod. */
function schema(): typeof import("./policy-schema") {
  return require("./policy-schema") as typeof import("./policy-schema");
}

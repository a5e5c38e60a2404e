import { type Digest, IronicOciError, printable, type Reference } from "../reference";

/** A signature that does not count, and why. */
export interface RefusedSignature {
  /** The manifest in the registry that carries the signature. */
  readonly manifest: Digest;
  /** The signer as the signature names it: `key sha256:…`, or `NAME (issuer URL)`; undefined where it names none. */
  readonly signer: string | undefined;
  /** Why the signature does not count, in a clause. */
  readonly reason: string;
}

/** Errors about who has signed an image, or has to. */
export abstract class SigningError extends IronicOciError {}

/** An image without a signature of those who must have signed it. Lists the signatures that were found. */
export class UnverifiedImageError extends SigningError {
  readonly code = "SIGNATURE_UNVERIFIED";

  constructor(
    /** The reference, in canonical form. */
    readonly reference: string,
    /** The digests that were looked at: the index, and the manifest that was chosen from it. */
    readonly digests: readonly Digest[],
    /** Who must have signed; one is enough. */
    readonly expected: readonly string[],
    /** The signatures that were found. */
    readonly found: readonly RefusedSignature[],
    hint: string,
  ) {
    const what = found.length === 0 ? "has no signature" : "is not signed by whom it must be";
    super(
      [
        `${printable(reference)} ${what}`,
        `  expected: ${expected.map(printable).join(", or ")}`,
        `  looked for at: ${digests.join(" and ")}`,
        ...found.map((each) => `  found: ${describeRefused(each)}`),
      ].join("\n"),
      { hint },
    );
  }
}

function describeRefused({ manifest, signer, reason }: RefusedSignature): string {
  return printable(`${signer === undefined ? "a signature" : `a signature by ${signer}`} in ${manifest}: ${reason}`);
}

/** The policy refuses the repository: by a rule with `deny`, or because no rule names it. */
export class DeniedImageError extends SigningError {
  readonly code = "IMAGE_DENIED";

  constructor(
    /** The reference, in canonical form. */
    readonly reference: string,
    /** The policy: its path, or the option that holds it. */
    readonly policy: string,
    why: string,
    /** The patterns of the rule with `deny`; undefined where no rule names the repository. */
    denied?: readonly string[],
  ) {
    // The first rule that names a repository applies.
    const where = denied && `, before the one that denies ${denied.map(printable).join(", ")}`;
    super(`${printable(reference)}: ${printable(policy)} ${why}`, {
      hint: `name another image; or, to trust this one, add a rule for ${printable(repositoryOf(reference))} to the policy${where ?? ""}, with who must have signed`,
    });
  }
}

function repositoryOf(reference: string): string {
  return reference.replace(/^oci:\/\//, "").replace(/(:[^/]*|@.*)$/, "");
}

/** A locked pin without a verdict that the policy accepts. In mode `frozen`, nothing is verified again. */
export class LockedVerdictError extends SigningError {
  readonly code = "LOCKED_UNVERIFIED";

  constructor(reference: Reference, digest: Digest, why: string) {
    super(`${reference.canonical()} is locked to ${digest}, ${why}`, {
      hint: "verify it where there is a network, by the same program or command with IRONIC_OCI_LOCK=prefer, and commit the lock file",
    });
  }
}

/** A policy, public key or trusted root that can't be read or used. */
export class SigningFileError extends SigningError {
  readonly code = "SIGNING_FILE";

  constructor(
    /** The file's path, or the option that holds it. */
    readonly path: string,
    what: string,
    options: { readonly hint: string; readonly cause?: unknown },
  ) {
    super(`${printable(path)}: ${what}`, options);
  }
}

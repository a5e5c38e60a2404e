import type { LockedPin } from "../lock";
import { type Digest, Reference } from "../reference";
import type { OciResolver } from "../resolver";
import type { PolicyRules, Verdict } from "../signing";
import { EXIT, type Io, UsageError } from "./io";
import { noteUnused, readLocked } from "./locked";
import { newResolver, policyFor } from "./new-resolver";
import {
  expectation,
  type LockOptions,
  type NodeOptions,
  type OutputOptions,
  type PolicyOptions,
  type RegistryOptions,
  refuseNodeOptions,
} from "./options";
import { describeVerdict, paint } from "./print";
import { exitCodeOf, reportEach } from "./report";
import { verifyPins } from "./verify-pins";

/** Who must have signed, in place of a policy. */
export interface SignerOptions extends PolicyOptions {
  readonly key?: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly trustedRoot?: string;
  /** Patterns of repositories whose signatures count as well. */
  readonly signedFor?: readonly string[];
}

export interface VerifyOptions extends NodeOptions, RegistryOptions, LockOptions, SignerOptions, OutputOptions {
  /** Verifies what is locked: all of it, or these references. */
  readonly lock?: boolean;
  /** Reads every blob of what is locked. */
  readonly deep?: boolean;
}

/** An image to verify: as resolved now, or as locked. */
interface Subject {
  readonly reference: string;
  readonly tagDigest: Digest;
  readonly digest: Digest;
}

/** What was verified. */
interface Checked extends Subject {
  /** Undefined for an image that needs no signature by the policy. */
  readonly verified?: Verdict | undefined;
}

/**
 * `ironic-oci verify`: without signers, whether what is locked is still in its registry; with signers, whether they have signed.
 */
export async function verify(references: readonly string[], options: VerifyOptions, io: Io): Promise<number> {
  if (options.lock || namesSigners(options)) {
    if (options.deep) throw new UsageError("--deep reads what is locked: not with --lock, a policy or signers");
    return verifySigners(references, options, io);
  }
  refuseNodeOptions(options, "the lock file says for which nodes a reference is locked");
  return verifyPins(references, options, io);
}

function namesSigners({ policy, key, certificateIdentity, certificateOidcIssuer, ...others }: SignerOptions): boolean {
  const { trustedRoot, signedFor } = others;
  const given = [policy, key, certificateIdentity, certificateOidcIssuer, trustedRoot, signedFor];
  return given.some((each) => each !== undefined);
}

/** Whether images are signed by whom they must be. */
async function verifySigners(references: readonly string[], options: VerifyOptions, io: Io): Promise<number> {
  const policy = signers(options) ?? policyFor(options, options.lockFile);
  if (policy === undefined) {
    throw new UsageError(
      "nothing says who must have signed: name a policy (--policy), a key (--key), or an identity (--certificate-identity and --certificate-oidc-issuer)",
    );
  }
  if (!options.lock && references.length === 0) throw new UsageError("name references, or --lock for what is locked");
  if (options.lock) refuseNodeOptions(options, "the lock file says for which nodes a reference is locked");
  const resolver = newResolver(options, io, { policy });
  try {
    return await (options.lock ? verifyLocked : verifyResolved)(references, options, resolver, io);
  } finally {
    await resolver.close();
  }
}

async function verifyResolved(references: readonly string[], options: VerifyOptions, resolver: OciResolver, io: Io) {
  const { arch: architecture, downloadSource: imageDownloadSource, role } = options;
  const node = { architecture, imageDownloadSource, role, expect: expectation(options) };
  const outcomes = await Promise.allSettled(
    references.map(async (reference): Promise<Checked> => checkedOf(await resolver.resolve(reference, node))),
  );
  return report(references, outcomes, options, io);
}

async function verifyLocked(references: readonly string[], options: VerifyOptions, resolver: OciResolver, io: Io) {
  const read = readLocked(options.lockFile, references);
  const pins = read.queries.flatMap((query) => read.lockFile.find(query) ?? []);
  const subjects = distinct(pins);
  const outcomes = await Promise.allSettled(
    subjects.map(async ({ reference, tagDigest, digest }): Promise<Checked> => {
      const verified = await resolver.verify({ reference: Reference.parse(reference), tagDigest, digest });
      return { reference, tagDigest, digest, ...(verified && { verified }) };
    }),
  );
  if (!options.json) noteUnused(read, io);
  return report(
    subjects.map(({ reference }) => reference),
    outcomes,
    options,
    io,
  );
}

/** Nodes of several kinds have one manifest: it is verified once. */
function distinct(pins: readonly LockedPin[]): readonly LockedPin[] {
  return [...new Map(pins.map((pin) => [`${pin.reference} ${pin.digest}`, pin])).values()];
}

function checkedOf({ reference, tagDigest, digest, verified }: Checked): Checked {
  return { reference, tagDigest, digest, ...(verified && { verified }) };
}

function report(
  references: readonly string[],
  outcomes: readonly PromiseSettledResult<Checked>[],
  options: OutputOptions,
  io: Io,
): number {
  reportEach(references, outcomes, options, io, (checked) => print(checked, io));
  return exitCodeOf(outcomes) ?? EXIT.fine;
}

function print({ reference, tagDigest, digest, verified }: Checked, io: Io): void {
  io.out(`${paint(io, "bold", reference)}\n  → ${digest}\n`);
  if (verified === undefined) {
    io.out("    needs no signature, by the policy\n");
    return;
  }
  const what = verified.digest === digest ? "the manifest" : `the index ${tagDigest}`;
  io.out(`    ${paint(io, "green", describeVerdict(verified))}: ${what}\n`);
}

/** The signers of the options, for all images; undefined where no option names one. */
function signers(options: SignerOptions): PolicyRules | undefined {
  const { key, certificateIdentity: identity, certificateOidcIssuer: issuer, trustedRoot, signedFor } = options;
  if ((identity === undefined) !== (issuer === undefined)) {
    throw new UsageError("--certificate-identity and --certificate-oidc-issuer belong together");
  }
  const root = trustedRoot === undefined ? {} : { trustedRoot };
  const signedBy = [
    ...(key === undefined ? [] : [{ key, ...root }]),
    ...(identity === undefined || issuer === undefined ? [] : [{ identity, issuer, ...root }]),
  ];
  if (signedBy.length === 0) {
    if (trustedRoot === undefined && signedFor === undefined) return undefined;
    throw new UsageError("--trusted-root and --signed-for need --key, or --certificate-identity");
  }
  if (options.policy !== undefined) throw new UsageError("a policy names the signers: not with --key or an identity");
  return { rules: [{ repositories: ["*"], signedBy, ...(signedFor && { signedFor }) }] };
}

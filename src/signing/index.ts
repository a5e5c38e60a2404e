/**
 * `src/signing`: who has signed an image, and who must have.
 *
 * Entry points: {@link Policy}, which repositories must be signed by whom; {@link verifyImage}, one image and its expected signers. The
 * cryptography is that of sigstore's own packages, loaded on first use; requests go to the registry only.
 *
 * A *signature* is a statement about a digest. A *bundle* is sigstore's file of a signature with everything that verifies it: the
 * certificate, the entry of a transparency log. A *trusted root* holds the authorities and logs. A *verdict* is what a verification found,
 * as the lock file keeps it.
 * Allowed imports: `src/reference`, `src/registry`.
 */
export {
  DeniedImageError,
  LockedVerdictError,
  type RefusedSignature,
  SigningError,
  SigningFileError,
  UnverifiedImageError,
} from "./errors";
export {
  DEFAULT_POLICY_FILE,
  describeVerified,
  isSameVerdict,
  Policy,
  type PolicyRule,
  type PolicyRules,
  type PolicySigner,
  policyBeside,
  type Verdict,
} from "./policy";
export { readSigningKey, type SigningKey } from "./private-key";
export { type SignatureTarget, signInRegistry, type ToSign } from "./sign";
export { describeSigner, type Expected, expectIdentity, expectKey, readTrustedRoot, type Signer } from "./signer";
export { type ImageToVerify, type Verified, type VerifyOptions, verifyImage } from "./verify";

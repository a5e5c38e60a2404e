/**
 * `src/signing`: who has signed an image, and who must have.
 *
 * Entry points: {@link verifyImage}, one image and the expected signers. The cryptography is that of sigstore's own packages, loaded on
 * first use; requests go to the registry only.
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
export type { SignatureSource } from "./found";
export { describeSigner, type Expected, expectIdentity, expectKey, readTrustedRoot, type Signer } from "./signer";
export { type Image, type Verified, type VerifyOptions, verifyImage } from "./verify";

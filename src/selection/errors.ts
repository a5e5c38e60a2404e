import { IronicOciError } from "../reference";
import { shortList } from "./short-list";
import type { Considered } from "./types";

/** Base of the errors that say: the registry answered, and what it has is not what Ironic can use here. */
export abstract class SelectionError extends IronicOciError {
  /** Every candidate with the reason it lost; empty where nothing was weighed. The message names the first ones. */
  readonly considered: readonly Considered[];

  constructor(message: string, options: { hint?: string | undefined; considered?: readonly Considered[] } = {}) {
    const considered = options.considered ?? [];
    const losers = considered.map(({ digest, reason }) => `${digest}: ${reason}`);
    super([message, ...shortList(losers).map((line) => `  ${line}`)].join("\n"), options);
    this.considered = considered;
  }
}

/** No candidate is left. Ironic finds nothing either, and the deployment fails. */
export class NoMatchingImageError extends SelectionError {
  readonly code = "NO_MATCHING_IMAGE";
}

/** None of the first candidates is a disk image, and the index has more than are read. Ironic itself would read them all, one by one. */
export class TooManyCandidatesError extends SelectionError {
  readonly code = "TOO_MANY_CANDIDATES";
}

/** Neither an OCI index with manifests nor an OCI manifest. Ironic's word for it: InvalidImageRef. */
export class InvalidImageError extends SelectionError {
  readonly code = "INVALID_IMAGE";
}

/** `image_download_source = swift` does not go with OCI references. Ironic's word for it: InvalidParameterValue. */
export class UnsupportedDownloadSourceError extends SelectionError {
  readonly code = "UNSUPPORTED_DOWNLOAD_SOURCE";
}

/** A reference to a kernel, ramdisk, ISO or boot loader that leaves more than one artifact to choose from. */
export class AmbiguousArtifactError extends SelectionError {
  readonly code = "AMBIGUOUS_ARTIFACT";
}

/** The image was built for another architecture than the node's. Ironic would boot it all the same. */
export class ArchitectureMismatchError extends SelectionError {
  readonly code = "ARCHITECTURE_MISMATCH";
}

/** Ironic would deploy the pinned image as something else than what was expected: a disk image, or a bootc container. */
export class ClassMismatchError extends SelectionError {
  readonly code = "CLASS_MISMATCH";
}

/** Ironic picks this manifest by its tag, and fails on its digest: a pin would never deploy. */
export class UnusablePinError extends SelectionError {
  readonly code = "UNUSABLE_PIN";
}

import { IronicOciError } from "../reference";

/** A file that is not what it is published as, that Ironic would refuse, or that can't be read. */
export class ArtifactFileError extends IronicOciError {
  readonly code = "ARTIFACT_FILE";

  constructor(
    /** The path as it was given. */
    readonly path: string,
    what: string,
    options: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(`${path}: ${what}`, options);
  }
}

/** What is to be published contradicts itself, or lacks something: two disks for the same nodes, an architecture of no node. */
export class InvalidArtifactsError extends IronicOciError {
  readonly code = "INVALID_ARTIFACTS";
}

/** Some node would get something else than what is published for it. The tag was not moved. */
export class PublishCheckError extends IronicOciError {
  readonly code = "PUBLISH_CHECK";
}

/** Someone else moved the tag while this push was under way. */
export class TagRaceError extends IronicOciError {
  readonly code = "TAG_RACE";
}

/** Something that is to be copied, or is pinned, is not where it is read from. */
export class MissingContentError extends IronicOciError {
  readonly code = "MISSING_CONTENT";
}

/** A folder or file that is not an OCI image layout, is damaged, or can't be written. */
export class ImageLayoutError extends IronicOciError {
  readonly code = "IMAGE_LAYOUT";

  constructor(
    /** The path as it was given. */
    readonly path: string,
    what: string,
    options: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(`${path}: ${what}`, options);
  }
}

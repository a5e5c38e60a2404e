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

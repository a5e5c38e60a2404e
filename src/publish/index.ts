/**
 * Publishing of disk images, kernels, ramdisks and ISO images for Ironic. Entry points: `push` and `dryRun`, `annotate`; `copy` between registries and image layouts.
 *
 * Ironic weighs the entries of an index by disk type and architecture, and reads a pinned digest by the manifest alone. What is
 * published here says the same both ways: every file is an artifact manifest with one layer, the empty configuration, an artifactType and
 * its disk type, and every tag of disks is an index with disk type and platform at each entry.
 *
 * From top to bottom:
 *
 * - artifact.ts, format.ts: what is published, checked against the content of the files; pure;
 * - documents.ts: manifests and indexes, byte for byte the same for the same files; pure;
 * - outcomes.ts: what each kind of node has to get, compared with what Ironic's rules choose; pure;
 * - file-source.ts: files as blobs, compressed on the way if wanted;
 * - push.ts: the uploads, the check against the registry, and the tags, which are moved last;
 * - annotate.ts: the same for an index that someone else has published, without its blobs;
 * - copy.ts, content.ts: manifests by digest, with blobs and referrers, from where they are to where they are wanted: registries, or
 *   the image layouts of layout.ts and tar-layout.ts;
 * - check-pins.ts: whether what is pinned is still there.
 *
 * It imports src/net, src/reference, src/registry, src/signing, src/selection and src/resolver.
 */
export { type Annotation, annotate } from "./annotate";
export { type Artifact, type ArtifactKind, type ArtifactOptions, KINDS } from "./artifact";
export { type CheckedPin, checkPins, type PinState, textOf, uncheckedBy } from "./check-pins";
export { RegistryContent } from "./content";
export { type Copied, type CopyItem, type CopyOptions, copy, copyItems } from "./copy";
export type { Document } from "./documents";
export {
  ArtifactFileError,
  ImageLayoutError,
  InvalidArtifactsError,
  MissingContentError,
  PublishCheckError,
  TagRaceError,
} from "./errors";
export { ImageLayout, LayoutFolder } from "./layout";
export { type Outcome, releasesOf } from "./outcomes";
export { bufferSource, dryRun, type Progress, type Published, type PublishedTag, type PushOptions, push } from "./push";
export { ARCHIVE, LayoutTar } from "./tar-layout";

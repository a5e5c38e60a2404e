import {
  type ArtifactClass,
  didYouMean,
  isArchive,
  type NodeFacts,
  type Role,
  type Selection,
  shortList,
} from "../selection";
import type { EnabledChecks } from "./checks";
import { CLASS_NAMES, explain } from "./class-check";
import type { PinWarning } from "./pin";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Request context of a selection. */
export interface SelectionContext {
  readonly node: NodeFacts;
  readonly role: Role;
  /** Whether the reference names a digest. */
  readonly byDigest: boolean;
  readonly expect: ArtifactClass | undefined;
}

/** Warnings about a selection, by the enabled checks. */
export function warningsFor(selection: Selection, context: SelectionContext, checks: EnabledChecks): PinWarning[] {
  const image = context.role === "image";
  return [
    ...aboutNode(context),
    ...(image ? aboutTag(selection) : []),
    ...(image ? aboutClass(selection, context, checks) : []),
    ...aboutPin(selection),
    ...aboutManifest(selection, context, checks),
  ];
}

function aboutNode({ node }: SelectionContext): PinWarning[] {
  const question = didYouMean(node);
  return question === undefined ? [] : [{ code: "architecture", message: question }];
}

function aboutTag({ tagFailure, pinFailure }: Selection): PinWarning[] {
  if (tagFailure === undefined) return [];
  const pinned = pinFailure === undefined ? "; the pinned URL works" : "";
  return [{ code: "tag-fails", message: `Ironic itself fails on this tag, because ${tagFailure}${pinned}` }];
}

function aboutClass(selection: Selection, { expect }: SelectionContext, checks: EnabledChecks): PinWarning[] {
  const { readings, asPinned } = selection;
  const warnings: PinWarning[] = [];
  const expected = expect === undefined || asPinned.kind === expect;
  const differ = readings.byTag !== undefined && readings.byTag.kind !== asPinned.kind;
  if (checks.class !== "off" && (!expected || differ)) {
    const what = expected
      ? `Ironic deploys the pinned image as ${CLASS_NAMES[asPinned.kind]}, and the tag as another class`
      : `${CLASS_NAMES[expect]} is expected, and pinned it is ${CLASS_NAMES[asPinned.kind]} for Ironic`;
    warnings.push({ code: "class", message: `${what}: ${explain(selection).join("; ")}` });
  }
  if (checks.bootc && asPinned.kind === "bootc") {
    const message =
      "the machine will follow a digest, on which `bootc upgrade` never finds anything newer: resolve the tag again and rebuild, or use `bootc switch` on the machine";
    warnings.push({ code: "bootc", message });
  }
  return warnings;
}

function aboutPin({ pinFailure }: Selection): PinWarning[] {
  if (pinFailure === undefined) return [];
  return [{ code: "unusable", message: `Ironic fails on the pinned URL, because ${pinFailure}` }];
}

function aboutManifest(
  selection: Selection,
  { node, role, byDigest }: SelectionContext,
  checks: EnabledChecks,
): PinWarning[] {
  const { manifest, asPinned } = selection;
  const { layers = [], mediaType, lists } = manifest;
  // A pinned URL always means the first layer; a tag may select otherwise.
  const [first] = layers;
  const warnings: PinWarning[] = [];
  const warn = (code: PinWarning["code"], message: string) => void warnings.push({ code, message });
  if (byDigest && role === "image" && lists === undefined && mediaType !== OCI_MANIFEST) {
    const has = mediaType === undefined ? "has no mediaType" : `has the mediaType ${JSON.stringify(mediaType)}`;
    warn("media-type", `this manifest ${has}: Ironic takes it by its digest, and would refuse a tag that points to it`);
  }
  if (asPinned.kind === "bootc") return warnings;
  if (first === undefined) {
    const what = lists === undefined ? "this manifest has no layers" : "this digest names an index, not a manifest";
    const instead = lists && lists.length > 0 ? `: name one of its manifests: ${shortList(lists).join(", ")}` : "";
    warn("layers", `${what}: Ironic accepts it and then fails to download it${instead}`);
    return warnings;
  }
  if (checks.layers && byDigest && layers.length !== 1) {
    warn("layers", `this manifest has ${layers.length} layers: Ironic accepts it and then fails to download it`);
  }
  if (first.size === undefined) warn("layer-size", "the manifest does not name the size of the file");
  if (first.digest === undefined) {
    warn(
      "layer-digest",
      "the file's digest in the manifest is neither a sha256 nor a sha512: Ironic accepts it and then may fail to download it",
    );
  }
  // What oras calls a boot file has its name: a ramdisk is compressed, and its media type may be a wrong one.
  if (checks.class !== "off" && isArchive(first.mediaType) && (role === "image" || first.title === undefined)) {
    warn("archive", aboutArchive(first.mediaType));
  }
  const zstd = first.mediaType?.endsWith("zstd") ?? false;
  if (checks.compression && role === "image" && zstd && node.imageDownloadSource !== "local")
    warn("compression", aboutZstd(node));
  const raw = selection.diskFormat === "raw" && !zstd;
  if (checks.downloadSource && role === "image" && raw && node.imageDownloadSource !== "local") {
    warn("raw-http", aboutRaw(node));
  }
  return warnings;
}

function aboutArchive(mediaType: string | undefined): string {
  return `the file is an archive (${JSON.stringify(mediaType)}), as podman push and buildah push write containers: Ironic does not unpack it, and what is in it is not found; push the file itself (ironic-oci push, oras push, podman artifact push)`;
}

function aboutRaw({ imageDownloadSource: source }: NodeFacts): string {
  const condition =
    source === undefined
      ? "unless the conductor's image_download_source is local (its default is http)"
      : `with image_download_source ${source}`;
  const remedy = source === undefined ? "set local on the node, or use a qcow2 image" : "use local, or a qcow2 image";
  return `a pinned raw disk image does not deploy ${condition}: by digest Ironic does not know the format, and the agent fails to convert a partitioned image (Ironic 29 and 39 with agent 10.2; qemu-img: Unknown driver 'gpt'); ${remedy}`;
}

function aboutZstd({ imageDownloadSource: source }: NodeFacts): string {
  return source === undefined
    ? "zstd can't be unpacked by the agent, which fetches the image itself unless the conductor's image_download_source is local (its default is http): set local on the node, or use another compression"
    : `zstd can't be unpacked by the agent, which fetches the image itself (image_download_source ${source}): use local, or another compression`;
}

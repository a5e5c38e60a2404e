import { throughMemory } from "../../deploy-warnings";
import { InvalidReferenceError, Reference } from "../../reference";
import { type ArtifactClass, NEWEST_RELEASE, SelectionError } from "../../selection";
import {
  computed,
  lengthBetween,
  nested,
  oneOf,
  optional,
  ProviderError,
  required,
  schema,
  t,
  type Validator,
} from "../../tfplugin";
import { toProviderError } from "../diagnostics";
import { dataSource } from "../plugin";

const ociImageSchema = schema({
  description:
    "The manifest that Ironic would select for an OCI reference, by digest. Resolved again in every plan; to keep a digest across plans, use the lock file of `ironic-oci lock` or of the CDKTF constructs.",
  attributes: {
    source: required(t.string, {
      description: "OCI reference: `oci://host/path:tag` or `oci://host/path@digest`.",
      validate: isReference,
    }),
    role: optional(t.string, {
      description: "Use of the artifact: `image`, `kernel` or `ramdisk`. Default: `image`.",
      validate: oneOf("image", "kernel", "ramdisk"),
    }),
    expect: optional(t.string, {
      description:
        "Expected class of the image: `disk`, or `bootc` for a container that is installed with the deploy interface `bootc`. It is an error if Ironic would deploy the pinned image as another class. Not for kernels and ramdisks. Default: `disk`.",
      validate: oneOf("disk", "bootc"),
    }),
    architecture: optional(t.string, {
      description:
        "CPU architecture of the node (`cpu_arch` of its properties). Without it the index's order decides between architectures, with a warning.",
      validate: lengthBetween(1, 255) as Validator<string>,
    }),
    image_download_source: optional(t.string, {
      description: "`image_download_source` of the node or the deployment: `local` or `http`.",
      validate: oneOf("local", "http"),
    }),
    url: computed(t.string, { description: "Pinned URL, `oci://host/path@sha256:…`, for `image_source`." }),
    digest: computed(t.string, { description: "Digest of the selected manifest." }),
    tag_digest: computed(t.string, {
      description: "Digest to which the tag points: the index, or the manifest itself.",
    }),
    disk_format: computed(t.string, {
      description:
        "Disk format that Ironic reports for `source`: `raw`, `qcow2`, `bootc` or `unknown`. For `url` see `as_pinned_disk_format`.",
    }),
    as_pinned_kind: computed(t.string, {
      description:
        "Class as which Ironic deploys `url`, for which other rules apply than for a tag: `disk` or `bootc`. On a machine that was installed from a pinned bootc container, `bootc upgrade` finds no newer image: it follows the digest.",
    }),
    as_pinned_disk_format: computed(t.string, {
      description: "Disk format that Ironic reports for `url`: `bootc`, or `unknown` for every disk image.",
    }),
    ironic_release: computed(t.string, {
      description: `Ironic release whose selection rules were applied: the provider's \`ironic_release\`, or the newest known release, \`${NEWEST_RELEASE.version}\`.`,
    }),
    release_assumed: computed(t.bool, {
      description: "Whether `ironic_release` was assumed because the provider block does not configure it.",
    }),
    blob_digest: computed(t.string, { description: "Digest of the blob: the file that is downloaded." }),
    checksum: computed(t.string, { description: "SHA-256 of the blob, in hex." }),
    size: computed(t.integer, { description: "Size of the blob in bytes." }),
    file_name: computed(t.string, { description: "File name of the blob, from its annotations." }),
    media_type: computed(t.string, { description: "Media type of the blob." }),
    compression: computed(t.string, { description: "Compression of the blob: `gzip`, `zstd` or null." }),
    considered: computed(
      nested.list({
        digest: computed(t.string, { description: "Digest of the manifest." }),
        outcome: computed(t.string, { description: "`won`, or a code for the reason of the rejection." }),
        reason: computed(t.string, { description: "The reason as text." }),
      }),
      { description: "All candidate manifests, in the order of the index." },
    ),
  },
});

/** The fault of a reference, as a clause after "must be". */
function isReference(text: string): string | undefined {
  try {
    Reference.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    const hint = error.hint === undefined ? "" : ` (${error.hint})`;
    return `must be an OCI reference: ${error.reason}${hint}`;
  }
}

/**
 * The error of a resolution. If it is about the access to a registry, it names the way to destroy without: Terraform reads data sources
 * before each plan, that of a destroy included, unless it is told not to refresh (Terraform 1.11; a provider can't tell such a read
 * from another).
 */
function resolutionError(error: unknown): unknown {
  const known = toProviderError(error);
  if (known === undefined || error instanceof SelectionError) return error;
  const isReferenceFault = error instanceof InvalidReferenceError;
  const way = "To destroy without the image: terraform destroy -refresh=false, which reads no data sources.";
  const detail = isReferenceFault ? known.detail : `${known.detail}\n\n${way}`;
  return new ProviderError(known.message, { detail, path: isReferenceFault ? ["source"] : known.path, cause: error });
}

export const ociImage = dataSource(ociImageSchema, {
  async read({ config, client: session, signal, diagnostics }) {
    const role = (config.role ?? "image") as "image" | "kernel" | "ramdisk";
    if (role !== "image" && config.expect !== null) {
      throw new ProviderError(`expect does not apply to a ${role}`, {
        detail: "Kernels and ramdisks are files without a class. Remove expect.",
        path: ["expect"],
      });
    }
    const { release, assumed } = session.release();
    const options = {
      role,
      expect: (config.expect ?? undefined) as ArtifactClass | undefined,
      architecture: config.architecture ?? undefined,
      imageDownloadSource: (config.image_download_source ?? undefined) as never,
      signal,
    };
    const pin = await session
      .resolver()
      .resolve(config.source, options)
      .catch((error: unknown) => {
        throw resolutionError(error);
      });
    const undecided = session.resolver().undecidedArchitecture(pin, options.architecture);
    if (undecided !== undefined) {
      diagnostics.warning("The image's architecture is not decided", { detail: undecided, path: ["source"] });
    }
    for (const { message } of pin.warnings) diagnostics.warning("Image warning", { detail: message, path: ["source"] });
    if (role === "image" && pin.asPinned.kind === "disk" && config.image_download_source === "http") {
      const { summary, detail } = throughMemory(pin.size);
      diagnostics.warning(summary, { detail, path: ["image_download_source"] });
      session.warnedOfMemory.add(pin.url);
    }
    return {
      ...config,
      url: pin.url,
      digest: pin.digest,
      tag_digest: pin.tagDigest,
      disk_format: pin.diskFormat,
      as_pinned_kind: pin.asPinned.kind,
      as_pinned_disk_format: pin.asPinned.diskFormat,
      ironic_release: release.version,
      release_assumed: assumed,
      blob_digest: pin.blobDigest ?? null,
      checksum: pin.checksum ?? null,
      size: pin.size ?? null,
      file_name: pin.fileName ?? null,
      media_type: pin.mediaType ?? null,
      compression: pin.compression ?? null,
      considered: pin.considered.map(({ digest = null, outcome, reason }) => ({ digest, outcome, reason })),
    };
  },
});

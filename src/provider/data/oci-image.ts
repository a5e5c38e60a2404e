import { throughMemory } from "../../deploy-warnings";
import { type ArtifactClass, NEWEST_RELEASE } from "../../selection";
import { computed, nested, oneOf, optional, ProviderError, required, schema, t } from "../../tfplugin";
import { dataSource } from "../plugin";

const ociImageSchema = schema({
  description:
    "What Ironic would choose for a reference, by digest. Resolved anew at every plan: the lock file of `ironic-oci lock` and of the CDKTF constructs is the way to hold an answer.",
  attributes: {
    source: required(t.string, { description: "`oci://host/path:tag`, or `@digest`." }),
    role: optional(t.string, {
      description: "`image`, which is the default, `kernel` or `ramdisk`.",
      validate: oneOf("image", "kernel", "ramdisk"),
    }),
    expect: optional(t.string, {
      description:
        "What the image is meant to be: `disk`, which is the default, or `bootc`, a container that is installed with the deploy interface `bootc`. An image that Ironic would deploy as something else, once it is pinned, is an error. Not for kernels and ramdisks.",
      validate: oneOf("disk", "bootc"),
    }),
    architecture: optional(t.string, { description: "The node's `cpu_arch`." }),
    image_download_source: optional(t.string, {
      description: "The node's `image_download_source`: `local` or `http`.",
      validate: oneOf("local", "http"),
    }),
    url: computed(t.string, { description: "The pinned URL: `oci://host/path@sha256:…`." }),
    digest: computed(t.string, { description: "The chosen manifest's digest." }),
    tag_digest: computed(t.string, { description: "What the tag itself points to." }),
    disk_format: computed(t.string, {
      description:
        "What Ironic reports for `source`: `raw`, `qcow2`, `bootc` or `unknown`. For `url` see `as_pinned_disk_format`.",
    }),
    as_pinned_kind: computed(t.string, {
      description:
        "What Ironic deploys `url` as, which it reads by other rules than a tag: `disk` or `bootc`. A pinned bootc container is installed from a digest, on which `bootc upgrade` never finds anything newer.",
    }),
    as_pinned_disk_format: computed(t.string, {
      description: "The disk format that Ironic reports for `url`: `bootc`, or `unknown` for every disk image.",
    }),
    ironic_release: computed(t.string, {
      description: `The release whose rules decided: the provider's \`ironic_release\`, or the newest that is known, \`${NEWEST_RELEASE.version}\`.`,
    }),
    release_assumed: computed(t.bool, { description: "Whether the provider's `ironic_release` was left out." }),
    blob_digest: computed(t.string, { description: "The digest of the file itself." }),
    checksum: computed(t.string, { description: "Its hex." }),
    size: computed(t.integer, { description: "Bytes." }),
    file_name: computed(t.string),
    media_type: computed(t.string),
    compression: computed(t.string, { description: "`gzip`, `zstd` or null." }),
    considered: computed(
      nested.list({
        digest: computed(t.string),
        outcome: computed(t.string, { description: "`won`, or in a word why not." }),
        reason: computed(t.string, { description: "The same for people." }),
      }),
      { description: "Every candidate, in the index's order." },
    ),
  },
});

export const ociImage = dataSource(ociImageSchema, {
  async read({ config, client: session, signal, diagnostics }) {
    const role = (config.role ?? "image") as "image" | "kernel" | "ramdisk";
    if (role !== "image" && config.expect !== null) {
      throw new ProviderError(`A ${role} has no class to expect`, {
        detail: "Ironic takes kernels and ramdisks as files. Remove expect.",
        path: ["expect"],
      });
    }
    const { release, assumed } = session.release();
    const pin = await session.resolver().resolve(config.source, {
      role,
      expect: (config.expect ?? undefined) as ArtifactClass | undefined,
      architecture: config.architecture ?? undefined,
      imageDownloadSource: (config.image_download_source ?? undefined) as never,
      signal,
    });
    for (const { message } of pin.warnings)
      diagnostics.warning("About this image", { detail: message, path: ["source"] });
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

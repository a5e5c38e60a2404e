import { throughMemory } from "../../deploy-warnings";
import { computed, nested, oneOf, optional, required, schema, t } from "../../tfplugin";
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
    architecture: optional(t.string, { description: "The node's `cpu_arch`." }),
    image_download_source: optional(t.string, {
      description: "The node's `image_download_source`: `local` or `http`.",
      validate: oneOf("local", "http"),
    }),
    url: computed(t.string, { description: "The pinned URL: `oci://host/path@sha256:…`." }),
    digest: computed(t.string, { description: "The chosen manifest's digest." }),
    tag_digest: computed(t.string, { description: "What the tag itself points to." }),
    disk_format: computed(t.string),
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
    const pin = await session.resolver().resolve(config.source, {
      role: (config.role ?? "image") as "image" | "kernel" | "ramdisk",
      architecture: config.architecture ?? undefined,
      imageDownloadSource: (config.image_download_source ?? undefined) as never,
      signal,
    });
    for (const { message } of pin.warnings)
      diagnostics.warning("About this image", { detail: message, path: ["source"] });
    const isImage = (config.role ?? "image") === "image" && pin.diskFormat !== "bootc";
    if (isImage && config.image_download_source === "http") {
      const { summary, detail } = throughMemory(pin.size);
      diagnostics.warning(summary, { detail, path: ["image_download_source"] });
    }
    return {
      ...config,
      url: pin.url,
      digest: pin.digest,
      tag_digest: pin.tagDigest,
      disk_format: pin.diskFormat,
      blob_digest: pin.blobDigest ?? null,
      checksum: pin.checksum,
      size: pin.size,
      file_name: pin.fileName ?? null,
      media_type: pin.mediaType ?? null,
      compression: pin.compression ?? null,
      considered: pin.considered.map(({ digest, outcome, reason }) => ({ digest, outcome, reason })),
    };
  },
});

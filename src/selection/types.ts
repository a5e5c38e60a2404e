import type { Digest } from "../reference";

/** What an artifact is for: Ironic chooses disk images itself, and wants kernels and ramdisks pinned. */
export type Role = "image" | "kernel" | "ramdisk";

/** What of a node decides the choice. */
export interface NodeFacts {
  /** The node's `properties.cpu_arch`, as Ironic has it (`x86_64`, `aarch64`, …); unset: any architecture will do. */
  readonly architecture?: string | undefined;
  /** The node's `image_download_source`: `local`, `http` or unset; `swift` is refused. */
  readonly imageDownloadSource?: string | undefined;
}

/** OCI image-spec, "Descriptors": what of a layer counts here. */
export interface Layer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest, or what an index's entry says of one. */
export interface ManifestFacts {
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  readonly config:
    | { readonly mediaType: string | undefined; readonly digest: Digest | undefined; readonly size: number }
    | undefined;
  /** Undefined where there is no list of layers, as in an index's entry. */
  readonly layers: readonly Layer[] | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Something that could be chosen: an index's entry, or a single manifest. */
export interface Candidate extends ManifestFacts {
  readonly digest: Digest;
  /** Bytes of the manifest, where its descriptor tells. */
  readonly size: number | undefined;
  readonly architecture: string | undefined;
}

/** The disk format that Ironic would report; `unknown` is its `None` or empty. */
export type DiskFormat = "raw" | "qcow2" | "bootc" | "unknown";

/** Why a candidate won or lost. */
export type Outcome = "won" | "outranked" | "wrong-architecture" | "unknown-disktype" | "layer-count" | "ambiguous";

/** One candidate, and what became of it. */
export interface Considered {
  readonly digest: Digest;
  readonly architecture: string | undefined;
  readonly disktype: string | undefined;
  /** Ironic's weight, the lowest is tried first; undefined for a candidate that never came that far. */
  readonly weight: number | undefined;
  readonly outcome: Outcome;
  /** The outcome in a few words, for people. */
  readonly reason: string;
}

/** What was chosen, and what is known of it. */
export interface Selection {
  /** The manifest's digest. */
  readonly digest: Digest;
  readonly diskFormat: DiskFormat;
  /** The digest of its one layer; undefined for a bootc container, which has many. */
  readonly blobDigest: Digest | undefined;
  /** Hex: the blob's, or for a bootc container the manifest's own. */
  readonly checksum: string;
  /** Bytes of the blob; for a bootc container the sum that Ironic computes. */
  readonly size: number;
  readonly fileName: string | undefined;
  readonly mediaType: string | undefined;
  readonly compression: "zstd" | "gzip" | undefined;
  /** In the index's order. */
  readonly considered: readonly Considered[];
  /** The winner's layer count and configuration, for the checks that go beyond Ironic. */
  readonly layerCount: number;
  readonly config: ManifestFacts["config"];
}

import type { Digest } from "../reference";

/** What an artifact is for: Ironic chooses disk images itself, and wants kernels and ramdisks pinned. */
export type Role = "image" | "kernel" | "ramdisk";

/** What Ironic deploys an artifact as: a disk image that is written to the disk, or a container that `bootc` installs. */
export type ArtifactClass = "disk" | "bootc";

/** What of a node decides the choice. */
export interface NodeFacts {
  /** The node's `properties.cpu_arch`, as Ironic has it (`x86_64`, `aarch64`, …); unset: any architecture will do. */
  readonly architecture?: string | undefined;
  /**
   * The node's `image_download_source`: `local`, `http` or unset; `swift` is refused. Unset, the conductor's `[agent]image_download_source`
   * counts, whose default is `http` (ironic.conf.agent, Ironic 29 to 39): the choice is that of `http`, and so is the warning of zstd,
   * which can't work then. That a disk image goes through the agent's memory is warned of only where `http` is configured: it works as long
   * as the memory suffices, and somebody who leaves the source to the conductor has not chosen it.
   */
  readonly imageDownloadSource?: string | undefined;
}

/** OCI image-spec, "Descriptors": what of a layer counts here. */
export interface Layer {
  /** Undefined where the descriptor has none, or one that is neither sha256 nor sha512. */
  readonly digest: Digest | undefined;
  /** Hex, what Ironic takes for the blob's checksum: the text after the digest's colon. Undefined where that is no hex. */
  readonly checksum: string | undefined;
  /** Bytes; undefined where the descriptor has none. */
  readonly size: number | undefined;
  readonly mediaType: string | undefined;
  /** The annotation `org.opencontainers.image.title`. */
  readonly title: string | undefined;
  /** What Ironic fails on when it reads that part: a clause such as `layers[0].annotations is null`. */
  readonly faults: {
    readonly whole?: string;
    readonly digest?: string;
    readonly size?: string;
    readonly mediaType?: string;
    readonly annotations?: string;
  };
}

/** A manifest, or what an index's entry says of one. */
export interface ManifestFacts {
  readonly mediaType: string | undefined;
  /** Whether it has one of Ironic's artifact marks: an `artifactType`, or the empty configuration. */
  readonly marked: boolean;
  readonly config:
    | {
        readonly mediaType: string | undefined;
        readonly digest: Digest | undefined;
        /** Bytes; undefined where the descriptor has none. */
        readonly size: number | undefined;
        readonly sizeFault: string | undefined;
      }
    | undefined;
  /** Undefined where there is no list of layers, as in an index's entry. */
  readonly layers: readonly Layer[] | undefined;
  /** Whether Ironic uses `layers` as they are, and does not fetch a manifest for them. */
  readonly layersAtHand: boolean;
  /** The annotation `disktype`; undefined where it is missing or empty. */
  readonly disktype: string | undefined;
  /** The digests that it lists, if it is an index. */
  readonly lists: readonly string[] | undefined;
  /** What Ironic fails on when it reads that part: a clause such as `annotations is null`. */
  readonly faults: {
    readonly whole?: string;
    readonly annotations?: string;
    readonly config?: string;
    readonly layers?: string;
    readonly platform?: string;
  };
}

/** Something that could be chosen: an index's entry, or a single manifest. */
export interface Candidate extends ManifestFacts {
  /** Undefined where the index's entry has none. */
  readonly digest: Digest | undefined;
  /** Bytes of the manifest, where its descriptor tells. */
  readonly size: number | undefined;
  readonly architecture: string | undefined;
}

/** The disk format that Ironic would report; `unknown` is its `None` or empty. */
export type DiskFormat = "raw" | "qcow2" | "bootc" | "unknown";

/** What Ironic makes of a pinned URL, which it reads by other rules than a tag. */
export interface AsPinned {
  /** What Ironic deploys it as: a disk image, or a bootc container. */
  readonly kind: ArtifactClass;
  /** `bootc` for a container, and `unknown` for every disk image: by digest Ironic can't see what an index says of it. */
  readonly diskFormat: DiskFormat;
}

/** What Ironic takes something for, and why: a clause. */
export interface ClassReading {
  readonly kind: ArtifactClass;
  readonly why: string;
}

/** Why a candidate won or lost. */
export type Outcome =
  | "won"
  | "outranked"
  | "wrong-architecture"
  | "unknown-disktype"
  | "layer-count"
  | "ambiguous"
  | "unreadable";

/** One candidate, and what became of it. */
export interface Considered {
  /** Undefined where the index's entry has none. */
  readonly digest: Digest | undefined;
  /** `platform.architecture` of the index's entry, as the index has it (`amd64`, `arm64`, …). */
  readonly architecture: string | undefined;
  /** The annotation `disktype`. */
  readonly disktype: string | undefined;
  /** Ironic's weight, the lowest is tried first; undefined for a candidate that never came that far. */
  readonly weight: number | undefined;
  /** Whether it won, or the rule by which it lost. */
  readonly outcome: Outcome;
  /** The outcome in a few words, for people. */
  readonly reason: string;
}

/** What was chosen, and what is known of it. */
export interface Selection {
  /** The manifest's digest. */
  readonly digest: Digest;
  readonly diskFormat: DiskFormat;
  readonly asPinned: AsPinned;
  /** The digest of its one layer; undefined for a bootc container, which has many. */
  readonly blobDigest: Digest | undefined;
  /** Hex: the blob's, or for a bootc container the manifest's own; undefined where the manifest names no blob. */
  readonly checksum: string | undefined;
  /** Bytes of the blob; for a bootc container the sum that Ironic computes; undefined where the manifest does not tell. */
  readonly size: number | undefined;
  readonly fileName: string | undefined;
  readonly mediaType: string | undefined;
  readonly compression: "zstd" | "gzip" | undefined;
  /** In the index's order. */
  readonly considered: readonly Considered[];
  /** Why Ironic takes it for what it does: by its tag (undefined for a digest reference), and by its digest. */
  readonly readings: { readonly byTag: ClassReading | undefined; readonly byDigest: ClassReading };
  /** What Ironic itself fails on when it is given the tag; undefined where it chooses the same. */
  readonly tagFailure: string | undefined;
  /** What Ironic itself fails on when it is given the pinned URL; undefined where it takes it. */
  readonly pinFailure: string | undefined;
  /** The pinned manifest itself, for the checks that go beyond Ironic. */
  readonly manifest: ManifestFacts;
}

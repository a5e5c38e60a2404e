import type { Digest } from "../reference";

/** The roles of an artifact: Ironic selects disk images itself, and requires the files that a machine boots to be pinned. */
export const ROLES = ["image", "kernel", "ramdisk", "iso", "bootloader"] as const;
/** The role of an artifact: disk image, kernel, ramdisk, ISO image, or the EFI system partition with a boot loader. */
export type Role = (typeof ROLES)[number];

/** A role in a sentence, such as `a kernel`. */
export function aRole(role: Role): string {
  return /^[ai]/.test(role) ? `an ${role}` : `a ${role}`;
}

/** The classes that Ironic deploys: a disk image that is written to the disk, or a container that `bootc` installs. */
export const ARTIFACT_CLASSES = ["disk", "bootc"] as const;
/** The class that Ironic deploys an artifact as. */
export type ArtifactClass = (typeof ARTIFACT_CLASSES)[number];

/** The facts of a node that decide the selection. */
export interface NodeFacts {
  /** The node's `properties.cpu_arch`, as Ironic has it (`x86_64`, `aarch64`, …); unset: any architecture will do. */
  readonly architecture?: string | undefined;
  /**
   * The node's `image_download_source`: `local`, `http` or unset; `swift` is refused. Unset, the conductor's `[agent]image_download_source`
   * applies, whose default is `http` (ironic.conf.agent, Ironic 29 to 39): the selection is that of `http`, and so are the warnings about
   * zstd and raw images, which fail then. The warning that a disk image passes through the agent's memory requires a configured `http`:
   * the deployment works as long as the memory suffices, and an unset source is not a choice of the user.
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

/** The disk formats that Ironic reports; `unknown` is its `None` or empty. */
export const DISK_FORMATS = ["raw", "qcow2", "bootc", "unknown"] as const;
/** A disk format as Ironic reports it. */
export type DiskFormat = (typeof DISK_FORMATS)[number];

/** The compressions that a layer's media type can name. */
export const COMPRESSIONS = ["zstd", "gzip"] as const;
/** The compression of a disk image that the conductor, or the agent, unpacks. */
export type Compression = (typeof COMPRESSIONS)[number];

/** The facts of one selected artifact: shared by a selection, a pin and an entry of the lock file. */
export interface ArtifactFacts {
  /** The selected manifest's digest. */
  readonly digest: Digest;
  /** The disk format that Ironic reports for the reference as requested. For the pinned URL see `asPinned`. */
  readonly diskFormat: DiskFormat;
  /** The digest of its one layer; undefined for a bootc container, which has many, and where the layer has none that can be verified. */
  readonly blobDigest: Digest | undefined;
  /** Hex: the blob's, or for a bootc container the manifest's digest; undefined where the manifest names no blob. */
  readonly checksum: string | undefined;
  /** Bytes of the blob; for a bootc container the sum that Ironic computes; undefined where the manifest has no size. */
  readonly size: number | undefined;
  /** The layer's annotation `org.opencontainers.image.title`. */
  readonly fileName: string | undefined;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  /** By the layer's media type; undefined where it is not compressed, or the media type does not tell. */
  readonly compression: Compression | undefined;
}

/** The facts alone, without any other field of their source. */
export function artifactFacts(
  source: Pick<ArtifactFacts, "digest" | "diskFormat"> & Partial<ArtifactFacts>,
): ArtifactFacts {
  const { digest, diskFormat, blobDigest, checksum, size, fileName, mediaType, compression } = source;
  return { digest, diskFormat, blobDigest, checksum, size, fileName, mediaType, compression };
}

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

/** The selected artifact: its facts, the candidates, and the readings by tag and by digest. */
export interface Selection extends ArtifactFacts {
  readonly asPinned: AsPinned;
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

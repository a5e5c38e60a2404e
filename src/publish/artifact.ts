import { basename } from "node:path";
import { didYouMean } from "../selection";
import { ArtifactFileError, InvalidArtifactsError } from "./errors";
import { checkQcow2, type FileFormat, formatOf } from "./format";

export const KINDS = ["disk", "kernel", "ramdisk", "iso"] as const;
export type ArtifactKind = (typeof KINDS)[number];

/** The disk types that Ironic knows, and what is in such a file (Ironic, oci: image types). */
const IRONIC_DISKTYPES: Readonly<Record<string, "qcow2" | "raw">> = {
  qcow2: "qcow2",
  qemu: "qcow2",
  raw: "raw",
  applehv: "raw",
};
/** Further ones of podman machine's reader, for other hypervisors: Ironic never chooses them. */
const PODMAN_DISKTYPES: Readonly<Record<string, "vhdx" | "tar">> = { hyperv: "vhdx", wsl: "tar" };
/** podman's names for the two formats that Ironic takes as well. */
const AS_PODMAN: Readonly<Record<string, string>> = { qcow2: "qemu", raw: "applehv" };
const AS_GO: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };
const AS_KERNEL: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** A file to publish. */
export interface Artifact {
  readonly kind: ArtifactKind;
  readonly path: string;
  /** The nodes' architecture. Every disk has one. */
  readonly architecture?: string | undefined;
  /** `qcow2` or `raw`, or another one of podman machine's. Every disk has one. */
  readonly disktype?: string | undefined;
}

/** An artifact whose file has been looked at. */
export interface CheckedArtifact extends Artifact {
  /** The file's format as it is, compressed or not. */
  readonly format: FileFormat;
  /** The layer's `org.opencontainers.image.title`. */
  readonly title: string;
  readonly mediaType: string;
  /** Whether it is compressed while it is sent. */
  readonly compress: boolean;
}

export interface ArtifactOptions {
  /** Writes what the reader of podman machine wants as well. */
  readonly podmanMachine?: boolean | undefined;
  /** Compresses disks that are not compressed yet. */
  readonly compress?: "zstd" | undefined;
}

/** What Ironic makes of the bytes of a disk of a type; undefined where it never chooses the type. */
export function contentOf(disktype: string | undefined): "qcow2" | "raw" | undefined {
  return disktype !== undefined && Object.hasOwn(IRONIC_DISKTYPES, disktype) ? IRONIC_DISKTYPES[disktype] : undefined;
}

/**
 * Checks what is to be published as a whole, and spells disk types and architectures as they are published.
 * @throws {InvalidArtifactsError} before any file is read
 */
export function checkArtifacts(artifacts: readonly Artifact[], { podmanMachine }: ArtifactOptions): Artifact[] {
  if (artifacts.length === 0) throw new InvalidArtifactsError("there is nothing to publish", { hint: "name a file" });
  const spelled = artifacts.map((artifact) => {
    const { architecture, disktype } = artifact;
    return {
      ...artifact,
      architecture: architecture === undefined ? undefined : spelledArchitecture(architecture, podmanMachine ?? false),
      disktype: artifact.kind === "disk" ? spelledDisktype(disktype, podmanMachine ?? false) : undefined,
    };
  });
  for (const kind of KINDS) {
    const same = spelled.filter((each) => each.kind === kind);
    const taken = new Map<string, string>();
    for (const { architecture, disktype, path } of same) {
      if (architecture === undefined && (kind === "disk" || same.length > 1)) {
        throw new InvalidArtifactsError(`${path}: the architecture of this ${kind} is missing`, {
          hint: kind === "disk" ? "ARCHITECTURE:DISKTYPE=FILE, such as x86_64:qcow2=disk.qcow2" : "ARCHITECTURE=FILE",
        });
      }
      const key = `${architecture} ${contentOf(disktype) ?? disktype}`;
      const other = taken.get(key);
      if (other !== undefined) {
        throw new InvalidArtifactsError(
          `${other} and ${path} are both the ${disktype === undefined ? kind : `${disktype} disk`} for ${architecture}: a node would get the first one only`,
          { hint: "publish one of them, or the other one under another tag" },
        );
      }
      taken.set(key, path);
    }
  }
  return spelled;
}

function spelledArchitecture(architecture: string, podman: boolean): string {
  const question = didYouMean({ architecture });
  if (question) throw new InvalidArtifactsError(question, { hint: "nodes with that cpu_arch would not get it" });
  if (!/^[a-z0-9_]{1,32}$/.test(architecture)) {
    throw new InvalidArtifactsError(`${JSON.stringify(architecture)} is no architecture`, {
      hint: "use the cpu_arch of the nodes: x86_64, aarch64, ppc64le, …",
    });
  }
  return (podman ? AS_KERNEL[architecture] : AS_GO[architecture]) ?? architecture;
}

function spelledDisktype(disktype: string | undefined, podman: boolean): string {
  const known = { ...IRONIC_DISKTYPES, ...(podman && PODMAN_DISKTYPES) };
  if (disktype === undefined || !Object.hasOwn(known, disktype)) {
    const names = Object.keys(known).join(", ");
    throw new InvalidArtifactsError(
      disktype === undefined
        ? "the disk type of a disk is missing"
        : `${JSON.stringify(disktype)} is no disk type that Ironic chooses`,
      { hint: `use one of ${names}` },
    );
  }
  return (podman ? AS_PODMAN[disktype] : undefined) ?? disktype;
}

/**
 * Checks a file's content against what it is published as.
 * @param head the first bytes of the file
 * @param unpacked the first bytes of what is in it, where it is compressed with zstd
 * @throws {ArtifactFileError}
 */
export function checkArtifact(
  artifact: Artifact,
  head: Buffer,
  unpacked: Buffer | undefined,
  { compress, podmanMachine }: ArtifactOptions,
): CheckedArtifact {
  const { kind, path, disktype } = artifact;
  const format = formatOf(head);
  if (head.length === 0) throw new ArtifactFileError(path, "the file is empty", {});
  const compressed = kind === "disk" && compress !== undefined && format !== "zstd";
  const title = compressed ? `${basename(path)}.zst` : basename(path);
  const checked = { ...artifact, format, title, compress: compressed };
  if (kind === "disk") {
    checkDisk(artifact, format, head, unpacked);
    if (podmanMachine && format === "zstd" && !title.endsWith(".zst")) {
      throw new ArtifactFileError(path, "podman machine unpacks a zstd file by its name, which has to end in .zst", {
        hint: "rename the file, or publish without --podman-machine",
      });
    }
    if (compressed || format === "zstd") return { ...checked, mediaType: "application/zstd" };
    return { ...checked, mediaType: contentOf(disktype) === "qcow2" ? "application/x-qemu-disk" : OCTETS };
  }
  if (!ALLOWED[kind].has(format)) {
    throw new ArtifactFileError(path, `a ${kind} was expected, and the content is ${DESCRIPTIONS[format]}`, {
      hint: "check the path, and the option that names it",
    });
  }
  return { ...checked, mediaType: kind === "iso" ? "application/x-iso9660-image" : OCTETS };
}

/** Kernels and ramdisks too: Ironic's conductor hands them on as they are. */
const OCTETS = "application/octet-stream";

const COMPRESSED: readonly FileFormat[] = ["zstd", "gzip", "xz", "bzip2", "lz4", "lzma"];
const ALLOWED: Readonly<Record<Exclude<ArtifactKind, "disk">, ReadonlySet<FileFormat>>> = {
  // Some architectures boot compressed kernels.
  kernel: new Set(["kernel", ...COMPRESSED]),
  ramdisk: new Set(["cpio", ...COMPRESSED]),
  iso: new Set(["iso"]),
};

const DESCRIPTIONS: Readonly<Record<FileFormat, string>> = {
  ...{ qcow2: "a qcow2 image", qed: "a QED image", vmdk: "a VMDK image", vdi: "a VDI image", vhd: "a VHD image" },
  ...{ vhdx: "a VHDX image", luks: "an encrypted LUKS volume", iso: "an ISO image", disk: "a disk with partitions" },
  ...{
    zstd: "compressed with zstd",
    gzip: "compressed with gzip",
    xz: "compressed with xz",
    lz4: "compressed with lz4",
  },
  ...{ bzip2: "compressed with bzip2", lzma: "compressed with lzma", cpio: "a cpio archive", kernel: "a kernel" },
  unknown: "of no known format",
};

function checkDisk(
  { path, disktype = "" }: Artifact,
  format: FileFormat,
  head: Buffer,
  unpacked: Buffer | undefined,
): void {
  const content = contentOf(disktype);
  // Archives and images of other hypervisors are podman's business.
  if (content === undefined) return;
  const inner = format === "zstd" && unpacked ? formatOf(unpacked) : format;
  const refuse = (what: string, hint: string) => {
    throw new ArtifactFileError(path, what, { hint });
  };
  if (inner === "zstd" || (format !== "zstd" && COMPRESSED.includes(format))) {
    return refuse(
      `a disk image was expected, and the content is ${DESCRIPTIONS[inner]}, which Ironic does not unpack`,
      "unpack it; Ironic unpacks zstd, with image_download_source local: --compress zstd",
    );
  }
  if (content === "qcow2") {
    if (inner !== "qcow2") {
      return refuse(
        `disktype ${disktype} means a qcow2 image, and the content is ${DESCRIPTIONS[inner]}`,
        inner === "disk" || inner === "unknown" ? "publish it as raw" : "convert it: qemu-img convert -O qcow2 OLD NEW",
      );
    }
    return checkQcow2(format === "zstd" && unpacked ? unpacked : head, path);
  }
  if (inner === "disk" || inner === "unknown") return;
  refuse(
    `disktype ${disktype} means a raw disk image, and the content is ${DESCRIPTIONS[inner]}`,
    inner === "qcow2" ? "publish it as qcow2" : "convert it: qemu-img convert -O raw OLD NEW",
  );
}

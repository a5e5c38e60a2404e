import { ArtifactFileError } from "./errors";

/** The formats that are told by content. `disk`: a partition table; `unknown`: anything else, such as a filesystem. */
export const FORMATS = [
  ...["qcow2", "qed", "vmdk", "vdi", "vhd", "vhdx", "luks", "iso", "disk"],
  ...["zstd", "gzip", "xz", "bzip2", "lz4", "lzma", "cpio", "kernel", "unknown"],
] as const;
export type FileFormat = (typeof FORMATS)[number];

/** Bytes of a file's beginning that `formatOf` and the checks look at. */
export const HEAD = 64 * 1024;

const ascii = (text: string) => Buffer.from(text, "latin1");
/** Signatures at offsets; the first that matches counts. */
const SIGNATURES: readonly (readonly [FileFormat, offset: number, Buffer])[] = [
  ["qcow2", 0, ascii("QFI\xfb")],
  ["qed", 0, ascii("QED\0")],
  ["vmdk", 0, ascii("KDMV")],
  ["vmdk", 0, ascii("# Disk DescriptorFile")],
  ["vhdx", 0, ascii("vhdxfile")],
  ["vhd", 0, ascii("conectix")],
  ["vdi", 64, Buffer.from([0x7f, 0x10, 0xda, 0xbe])],
  ["luks", 0, ascii("LUKS\xba\xbe")],
  ["iso", 0x8001, ascii("CD001")],
  ["iso", 0x8001, ascii("NSR02")],
  ["iso", 0x8001, ascii("NSR03")],
  ["zstd", 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ["gzip", 0, Buffer.from([0x1f, 0x8b])],
  ["xz", 0, ascii("\xfd7zXZ\0")],
  ["bzip2", 0, ascii("BZh")],
  ["lz4", 0, Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ["lz4", 0, Buffer.from([0x02, 0x21, 0x4c, 0x18])],
  ["lzma", 0, Buffer.from([0x5d, 0x00, 0x00])],
  ["cpio", 0, ascii("07070")],
  // Linux: x86 (boot protocol), arm64 and riscv (Image header), EFI stub (PE), ELF, U-Boot's uImage.
  ["kernel", 0x202, ascii("HdrS")],
  ["kernel", 0x38, ascii("ARM\x64")],
  ["kernel", 0x38, ascii("RSC\x05")],
  ["kernel", 0, ascii("MZ")],
  ["kernel", 0, ascii("\x7fELF")],
  ["kernel", 0, Buffer.from([0x27, 0x05, 0x19, 0x56])],
];

/** The format of a file, by the beginning of its content: as much as there is of {@link HEAD} bytes. */
export function formatOf(head: Buffer): FileFormat {
  const matches = ([, offset, bytes]: (typeof SIGNATURES)[number]) =>
    head.subarray(offset, offset + bytes.length).equals(bytes);
  const found = SIGNATURES.find(matches)?.[0];
  // A partition table's signature is in the boot sectors of x86 kernels and of hybrid ISO images, too.
  return found ?? (head.length >= 512 && head.readUInt16LE(510) === 0xaa55 ? "disk" : "unknown");
}

/** The incompatible features of qcow2 that Ironic's conductor knows: the bits below this one. */
const QCOW2_KNOWN_FEATURES = 4n;
const QCOW2_DATA_FILE = 1n << 2n;

/**
 * Checks the header of a qcow2 image as Ironic does before it deploys one (oslo.utils, format_inspector.QcowInspector).
 * @throws {ArtifactFileError}
 */
export function checkQcow2(head: Buffer, path: string): void {
  const refuse = (what: string, hint: string) => {
    throw new ArtifactFileError(path, `Ironic refuses this qcow2 image: ${what}`, { hint });
  };
  const again = "write it again: qemu-img convert -O qcow2 OLD NEW";
  if (head.length < 512) return refuse("its header is cut off", "check that the file is complete");
  if (head.readBigUInt64BE(8) !== 0n)
    return refuse("it has a backing file", `${again}, which takes the backing file in`);
  const version = head.readUInt32BE(4);
  if (version === 2) return;
  if (version !== 3) return refuse(`its version is ${version}, not 2 or 3`, again);
  const features = head.readBigUInt64BE(72);
  if ((features & QCOW2_DATA_FILE) !== 0n) return refuse("its data is in another file", again);
  if (features >> QCOW2_KNOWN_FEATURES !== 0n) {
    return refuse("it uses features that Ironic does not know (such as extended_l2)", again);
  }
}

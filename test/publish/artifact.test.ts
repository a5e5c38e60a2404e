import { type Artifact, checkArtifact, checkArtifacts } from "../../src/publish/artifact";
import { formatOf } from "../../src/publish/format";
import { cpio, isoImage, kernel, qcow2, rawDisk } from "../support/disks";

const disk = (disktype: string, path = "disk.img"): Artifact => ({
  kind: "disk",
  architecture: "amd64",
  disktype,
  path,
});
const check = (artifact: Artifact, head: Buffer, unpacked?: Buffer, options = {}) =>
  checkArtifact(artifact, head, unpacked, options);
const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]);
const gzip = Buffer.from([0x1f, 0x8b, 8]);

test.each([
  ["qcow2", qcow2()],
  ["qed", Buffer.from("QED\0")],
  ["vmdk", Buffer.from("KDMV")],
  ["vdi", Buffer.concat([Buffer.alloc(64), Buffer.from([0x7f, 0x10, 0xda, 0xbe])])],
  ["vhdx", Buffer.from("vhdxfile")],
  ["luks", Buffer.from("LUKS\xba\xbe", "latin1")],
  ["iso", isoImage()],
  ["disk", rawDisk()],
  ["zstd", zstd],
  ["gzip", gzip],
  ["xz", Buffer.from("\xfd7zXZ\0", "latin1")],
  ["cpio", cpio()],
  ["kernel", kernel()],
  ["kernel", Buffer.from("MZ and so on")],
  ["unknown", Buffer.alloc(1024)],
  ["unknown", Buffer.from("x")],
  ["unknown", Buffer.alloc(0)],
])("%s is told by content", (format, content) => {
  expect(formatOf(content)).toBe(format);
});

test("a hybrid ISO image with a partition table is an ISO image, as for Ironic", () => {
  const hybrid = isoImage();
  hybrid.writeUInt16LE(0xaa55, 510);
  expect(formatOf(hybrid)).toBe("iso");
});

describe("what a disk says it is", () => {
  test.each([
    ["qcow2", qcow2(), "application/x-qemu-disk"],
    ["qemu", qcow2(), "application/x-qemu-disk"],
    ["raw", rawDisk(), "application/octet-stream"],
    ["applehv", Buffer.alloc(1024, 1), "application/octet-stream"],
  ])("%s with that content", (disktype, head, mediaType) => {
    expect(check(disk(disktype), head)).toMatchObject({ mediaType, title: "disk.img", compress: false });
  });

  test.each([
    ["raw", qcow2(), /means a raw disk image, and the content is a qcow2 image/],
    ["qcow2", rawDisk(), /means a qcow2 image, and the content is a disk with partitions/],
    ["qcow2", Buffer.from("KDMV"), /means a qcow2 image, and the content is a VMDK image/],
    ["raw", isoImage(), /means a raw disk image, and the content is an ISO image/],
    ["raw", gzip, /compressed with gzip, which Ironic does not unpack/],
    ["qcow2", qcow2("", { backing: 1n }), /has a backing file/],
    ["qcow2", qcow2("", { features: 4n }), /its data is in another file/],
    ["qcow2", qcow2("", { features: 16n }), /features that Ironic does not know/],
    ["qcow2", qcow2("", { version: 1 }), /its version is 1/],
    ["qcow2", qcow2().subarray(0, 100), /cut off/],
    ["raw", Buffer.alloc(0), /is empty/],
  ])("%s with other content is refused", (disktype, head, text) => {
    expect(() => check(disk(disktype), head)).toThrow(
      expect.objectContaining({ code: "ARTIFACT_FILE", message: expect.stringMatching(text) }),
    );
  });

  test("known features of qcow2 pass: dirty, corrupt, compression type; and version 2, which has none", () => {
    for (const features of [1n, 2n, 8n]) expect(check(disk("qcow2"), qcow2("", { features }))).toBeDefined();
    expect(check(disk("qcow2"), qcow2("", { version: 2, features: 1n << 40n }))).toBeDefined();
  });

  test("what is in a zstd file counts", () => {
    expect(check(disk("qcow2", "a.qcow2.zst"), zstd, qcow2())).toMatchObject({ mediaType: "application/zstd" });
    expect(() => check(disk("raw"), zstd, qcow2())).toThrow(/the content is a qcow2 image/);
    expect(() => check(disk("qcow2"), zstd, qcow2("", { backing: 1n }))).toThrow(/backing file/);
    expect(() => check(disk("qcow2"), zstd)).toThrow(/compressed with zstd, which Ironic does not unpack/);
  });

  test("a compression changes title and media type, once", () => {
    const options = { compress: "zstd" as const };
    expect(check(disk("qcow2"), qcow2(), undefined, options)).toMatchObject({
      ...{ compress: true, title: "disk.img.zst", mediaType: "application/zstd" },
    });
    expect(check(disk("qcow2", "a.zst"), zstd, qcow2(), options)).toMatchObject({ compress: false, title: "a.zst" });
  });
});

test.each([
  ["kernel", kernel()],
  ["kernel", gzip],
  ["ramdisk", cpio()],
  ["ramdisk", zstd],
  ["iso", isoImage()],
] as const)("a %s", (kind, head) => {
  expect(check({ kind, path: "file" }, head)).toMatchObject({ kind });
});

test.each([
  ["kernel", qcow2()],
  ["kernel", cpio()],
  ["ramdisk", kernel()],
  ["iso", rawDisk()],
] as const)("a %s that is something else", (kind, head) => {
  expect(() => check({ kind, path: "file" }, head)).toThrow(/was expected, and the content is/);
});

describe("what is published together", () => {
  const two = (...artifacts: Partial<Artifact>[]) =>
    artifacts.map(
      (each, n) => ({ kind: "disk", architecture: "x86_64", disktype: "qcow2", path: `${n}`, ...each }) as Artifact,
    );

  test.each([
    [[], /nothing to publish/],
    [two({}, {}), /0 and 1 are both the qcow2 disk for amd64/],
    [two({}, { architecture: "amd64", disktype: "qemu" }), /both the qemu disk for amd64/],
    [two({ disktype: "vmdk" }), /"vmdk" is no disk type that Ironic chooses/],
    [two({ disktype: "hyperv" }), /"hyperv" is no disk type/],
    [two({ disktype: "__proto__" }), /no disk type/],
    [two({ architecture: "x86-64" }), /did you mean/],
    [two({ architecture: "../x" }), /is no architecture/],
    [two({ kind: "kernel", architecture: undefined }, { kind: "kernel" }), /architecture of this kernel is missing/],
    [two({ architecture: undefined }), /architecture of this disk is missing/],
  ])("%j is refused", (artifacts, text) => {
    expect(() => checkArtifacts(artifacts, {})).toThrow(
      expect.objectContaining({ code: "INVALID_ARTIFACTS", message: expect.stringMatching(text) }),
    );
  });

  test("architectures are spelled as in the OCI image-spec, or as podman machine has them", () => {
    const all = two({}, { architecture: "arm64" }, { architecture: "ppc64le", disktype: "raw" });
    const spelled = (podmanMachine: boolean) =>
      checkArtifacts(all, { podmanMachine }).map(({ architecture, disktype }) => `${architecture} ${disktype}`);
    expect(spelled(false)).toEqual(["amd64 qcow2", "arm64 qcow2", "ppc64le raw"]);
    expect(spelled(true)).toEqual(["x86_64 qemu", "aarch64 qemu", "ppc64le applehv"]);
    expect(checkArtifacts(two({}, { disktype: "hyperv" }), { podmanMachine: true })).toHaveLength(2);
  });

  test("podman machine's reader needs the name of a zstd file", () => {
    const options = { podmanMachine: true };
    expect(() => check(disk("qemu", "a.qcow2"), zstd, qcow2(), options)).toThrow(/end in .zst/);
    expect(check(disk("qemu", "a.qcow2.zst"), zstd, qcow2(), options)).toMatchObject({ title: "a.qcow2.zst" });
  });
});

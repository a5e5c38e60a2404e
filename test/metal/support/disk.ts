import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine";
import type { Root } from "./root";

/** What is the same in an image and on the disk that it was written to. */
export interface DiskComparison {
  /** SHA-256 of the EFI program that the firmware starts: kernel, system and marker are in it. */
  readonly programInImage: string;
  readonly programOnDisk: string;
  /** Bytes of the image's partition that are others on the disk. */
  readonly differing: number;
}

const MIB = 1024 * 1024;
/** The images' one partition begins here. What is before and behind it are the partition tables, which the agent rewrites. */
const PARTITION = MIB;
const PARTITION_SIZE = 46 * MIB;

/** Compares an image file, as a registry gave it, with what is on the machine's disk. */
export async function compareDisk(
  root: Root,
  machine: Machine,
  image: Buffer,
  format: "qcow2" | "raw" | "zstd",
): Promise<DiskComparison> {
  const folder = join(root.srv, "compare");
  const cwd = { cwd: "/srv/compare" };
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, "layer"), image);
    if (format === "qcow2") await root.output("qemu-img", ["convert", "-O", "raw", "layer", "want"], cwd);
    else if (format === "zstd") await root.output("zstd", ["-q", "-d", "layer", "-o", "want"], cwd);
    else await root.output("cp", ["layer", "want"], cwd);
    // The machine is running from it, and only reads.
    await root.output("qemu-img", ["convert", "-U", "-f", "qcow2", "-O", "raw", machine.disk, "got"], cwd);
    const program = async (name: string) => {
      await root.output("mcopy", ["-i", `${name}@@${PARTITION}`, "::/EFI/BOOT/BOOTX64.EFI", `${name}.efi`], cwd);
      return createHash("sha256")
        .update(readFileSync(join(folder, `${name}.efi`)))
        .digest("hex");
    };
    const [want, got] = [partition(join(folder, "want")), partition(join(folder, "got"))];
    let differing = 0;
    for (const [index, byte] of want.entries()) if (got[index] !== byte) differing += 1;
    return { programInImage: await program("want"), programOnDisk: await program("got"), differing };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of a file in the partition that the machine has booted from. */
export async function fileOnDisk(root: Root, machine: Machine, name: string): Promise<string> {
  const folder = join(root.srv, "file");
  const cwd = { cwd: "/srv/file" };
  mkdirSync(folder);
  try {
    await root.output("qemu-img", ["convert", "-U", "-f", "qcow2", "-O", "raw", machine.disk, "disk"], cwd);
    return await root.output("mtype", ["-i", `disk@@${PARTITION}`, `::/${name}`], cwd);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function partition(file: string): Buffer {
  const bytes = Buffer.alloc(PARTITION_SIZE);
  const handle = openSync(file, "r");
  try {
    const read = readSync(handle, bytes, 0, PARTITION_SIZE, PARTITION);
    if (read < PARTITION_SIZE) throw new Error(`${file} ends within the partition`);
    return bytes;
  } finally {
    closeSync(handle);
  }
}

import type { Oras } from "./tools";

/** The image of examples/rack.ts. */
export const IMAGE = "images/cirros:0.6.3";

/** Everything that examples/rack.ts asks for, pushed by the real oras; gives digests by what they are of: `x86_64 kernel`. */
export async function pushRack(oras: Oras, build: string): Promise<Record<string, string>> {
  const pushed: Record<string, string> = {};
  const entries: unknown[] = [];
  for (const [cpu, architecture] of [
    ["x86_64", "amd64"],
    ["aarch64", "arm64"],
  ] as const) {
    const kernel = { name: "tinyipa-master.vmlinuz", content: `kernel ${cpu} ${build}` };
    const ramdisk = { name: "tinyipa-master.gz", content: `ramdisk ${cpu} ${build}` };
    pushed[`${cpu} kernel`] = await oras.push(`ipa/${cpu}:kernel`, kernel);
    pushed[`${cpu} ramdisk`] = await oras.push(`ipa/${cpu}:ramdisk`, ramdisk);
    for (const disktype of ["qcow2", "raw"]) {
      const disk = { name: `cirros-0.6.3-${cpu}-disk.${disktype}`, content: `${cpu} ${disktype} ${build}` };
      const tag = `images/cirros:${cpu}-${disktype}`;
      pushed[`${cpu} ${disktype}`] = await oras.push(tag, disk, "-a", `disktype=${disktype}`);
      const descriptor = await oras.descriptor(tag);
      entries.push({ ...descriptor, platform: { architecture, os: "linux" }, annotations: { disktype } });
    }
  }
  await oras.pushIndex(IMAGE, entries);
  return pushed;
}

import { type InProcessRegistry, pushArtifact, pushIndex } from "./registry";

/**
 * Pushes the artifacts of the examples, in the form of the Ironic manual's upload section: a kernel and a ramdisk for each
 * architecture, and a cirros image for two architectures and two disk types under one tag.
 *
 * @param build part of each file's content, so that another value moves all tags
 */
export function pushSeedArtifacts({ store }: InProcessRegistry, build: string): void {
  const artifacts = [
    { cpu: "x86_64", architecture: "amd64" },
    { cpu: "aarch64", architecture: "arm64" },
  ].flatMap(({ cpu, architecture }) => {
    const file = (name: string) => [{ name, content: `${name}, build ${build}\n` }];
    pushArtifact(store, `ipa/${cpu}`, { tag: "kernel", files: file(`tinyipa-${cpu}.vmlinuz`) });
    pushArtifact(store, `ipa/${cpu}`, { tag: "ramdisk", files: file(`tinyipa-${cpu}.gz`) });
    return ["qcow2", "raw"].map((disktype) => {
      const name = `cirros-0.6.3-${cpu}-disk.${disktype}`;
      return {
        ...pushArtifact(store, "images/cirros", { files: file(name), annotations: { disktype } }),
        architecture,
        disktype,
      };
    });
  });
  pushIndex(store, "images/cirros", "0.6.3", artifacts);
}

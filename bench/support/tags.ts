import { pushArtifact, pushIndex, type RegistryStore } from "../../src/testing/registry";

/** `bench/image:t0` … : each a different index of two artifacts, for amd64 and arm64. */
export function pushBenchTags(store: RegistryStore, count: number): void {
  for (let number = 0; number < count; number += 1) {
    const entries = ["amd64", "arm64"].map((architecture) => ({
      ...pushArtifact(store, "bench/image", {
        files: [{ name: "disk.raw", content: `${number} ${architecture}` }],
      }),
      architecture,
      disktype: "raw",
    }));
    pushIndex(store, "bench/image", `t${number}`, entries);
  }
}

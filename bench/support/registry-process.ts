// A registry in a process of its own, so that what is measured does not share its time with what it is measured
// against. Prints its host; ends when its standard input does; answers "count" with the number of requests so far.
import { createInterface } from "node:readline";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";

async function main(tags: number, latency: number): Promise<void> {
  const registry = await InProcessRegistry.start({ latency });
  for (let number = 0; number < tags; number += 1) {
    const entries = ["amd64", "arm64"].map((architecture) => ({
      ...pushArtifact(registry.store, "bench/image", {
        files: [{ name: "disk.raw", content: `${number} ${architecture}` }],
      }),
      architecture,
      disktype: "raw",
    }));
    pushIndex(registry.store, "bench/image", `t${number}`, entries);
  }
  console.log(registry.host);
  for await (const line of createInterface(process.stdin)) {
    if (line === "count") console.log(registry.requests.splice(0).length);
  }
  await registry.stop();
}

const [tags, latency] = process.argv.slice(2).map(Number);
void main(tags ?? 0, latency ?? 0);

// A registry in a separate process, so that it does not take time from what is measured. Prints its host; responds to "count" with
// the number of requests so far; ends when its standard input does.
import { createInterface } from "node:readline";
import { InProcessRegistry } from "../../src/testing/registry";
import { pushBenchTags } from "./tags";

async function main(tags: number, latency: number): Promise<void> {
  const registry = await InProcessRegistry.start({ latency });
  pushBenchTags(registry.store, tags);
  console.log(registry.host);
  for await (const line of createInterface(process.stdin)) {
    if (line === "count") console.log(registry.requests.splice(0).length);
  }
  await registry.stop();
}

const [tags, latency] = process.argv.slice(2).map(Number);
void main(tags ?? 0, latency ?? 0);

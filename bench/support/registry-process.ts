// A registry in a process of its own, so that what is measured does not share its time with what it is measured
// against. Prints its host; ends when its standard input does; answers "count" with the number of requests so far.
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

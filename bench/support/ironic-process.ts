// The in-process Ironic in a separate process, so that it does not take time from what is measured. Arguments: `LATENCY WORK NODES`,
// the first two in milliseconds; the nodes exist and are available. Prints its URL; responds to each line with what it saw since the
// last one, as JSON; ends when its standard input does.
import { createInterface } from "node:readline";
import { InProcessIronic } from "../../src/testing/ironic";
import { nodeUuid, type Seen } from "./ironic";

async function main(latency: number, work: number, nodes: number): Promise<void> {
  const ironic = await InProcessIronic.start({ latency, work });
  for (let number = 0; number < nodes; number += 1) {
    const node = ironic.store.createNode({ uuid: nodeUuid(number), name: `n${number}`, driver: "fake-hardware" });
    Object.assign(node, { provision_state: "available", power_state: "power off" });
  }
  let requests: Record<string, number> = {};
  let times: number[] = [];
  let ended: Record<string, number> = {};
  ironic.intercept = ({ method = "", url = "" }) => {
    const kind = `${method} ${withoutIds(url)}`;
    requests[kind] = (requests[kind] ?? 0) + 1;
    times.push(Date.now());
    ironic.requests.length = 0;
    return false;
  };
  ironic.fail = ({ name }) => {
    ended[String(name)] = Date.now();
    return undefined;
  };
  console.log(ironic.url);
  for await (const _ of createInterface(process.stdin)) {
    console.log(JSON.stringify({ requests, times, ended } satisfies Seen));
    [requests, times, ended] = [{}, [], {}];
  }
  await ironic.stop();
}

/** `/v1/nodes/…/states/provision`; of a query only that there was one for some fields. */
function withoutIds(url: string): string {
  const [path = "", query = ""] = url.split("?");
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{id}") + (query.includes("fields=") ? " (state)" : "");
}

const [latency, work, nodes] = process.argv.slice(2).map(Number);
void main(latency ?? 0, work ?? 20, nodes ?? 0);

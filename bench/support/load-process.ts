// Resolves `t0` … `tN-1` of a registry in one run, with one resolver, and prints the measurements as JSON: see Load in
// registry-load.ts.
import { OciResolver } from "cdktf-ironic-oci";
import { peakMemory } from "./peak";

/** Concurrent calls: more than the resolver lets through, so that it is never short of work. */
const CONCURRENT_CALLS = 128;

async function main(host: string, count: number): Promise<void> {
  const resolver = new OciResolver({ plainHttp: [host], credentials: {} });
  const latencies = new Float64Array(count);
  let [next, sockets] = [0, 0];
  const resolveNext = async () => {
    while (next < count) {
      const number = next++;
      const started = performance.now();
      await resolver.resolve(`oci://${host}/bench/image:t${number}`, { architecture: "x86_64" });
      latencies[number] = performance.now() - started;
      const open = process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
      sockets = Math.max(sockets, open);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT_CALLS }, resolveNext));
  const time = performance.now() - started;
  await resolver.close();
  latencies.sort();
  const p99 = latencies[Math.floor(count * 0.99)] ?? Number.NaN;
  console.log(JSON.stringify({ time, p99, sockets, peak: peakMemory() }));
}

const [host = "", count = "1"] = process.argv.slice(2);
void main(host, Number(count));

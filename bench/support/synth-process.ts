// One synthesis: `null N`, N bare null_resources in plain CDKTF, or `node N HOST`, N pinned nodes. Prints milliseconds
// and peak memory in MiB.
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { App, TerraformStack } from "cdktf";
import { BareMetalNode, OciImage, synthesize } from "cdktf-ironic-oci";
import { peakMemory } from "./peak";

async function main(kind: string, count: number, host: string): Promise<void> {
  const started = performance.now();
  const app = new App();
  const stack = new TerraformStack(app, "stack");
  if (kind === "null") {
    new NullProvider(stack, "null");
    for (let number = 0; number < count; number += 1) {
      new Resource(stack, `node-${number}`, { triggers: { name: `node-${number}` } });
    }
    app.synth();
  } else {
    const image = new OciImage(stack, "image", { source: `oci://${host}/bench/image:t0` });
    for (let number = 0; number < count; number += 1) {
      const name = `node-${number}`;
      new BareMetalNode(stack, name, { name, driver: "redfish", cpuArch: "x86_64", image, ports: [] });
    }
    await synthesize(app, { plainHttp: [host], credentials: {} });
  }
  console.log(JSON.stringify({ time: performance.now() - started, peak: peakMemory() }));
}

const [kind = "", count = "1", host = ""] = process.argv.slice(2);
void main(kind, Number(count), host);

// A rack of bare-metal nodes. Tags in the program, digests in the JSON: see cdktf.out/stacks/rack-1/cdk.tf.json.
//
//   REGISTRY=registry.example npx tsx rack.ts
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { BareMetalNode, CONTEXT, type IronicOciError, OciImage, PullSecret, synthesize } from "cdktf-ironic-oci";

const registry = process.env.REGISTRY ?? "registry.example";

// Ironic's hardware type; fake-hardware is one for tests.
const driver = process.env.DRIVER ?? "redfish";

// Release of the Ironic that will deploy: it decides what a tag means.
const app = new App({ context: { [CONTEXT.ironicRelease]: "39.0" } });
const rack = new TerraformStack(app, "rack-1");

// One tag in front of many artifacts: each node gets the one for its architecture, as a qcow2.
const cirros = new OciImage(rack, "cirros", { source: `oci://${registry}/images/cirros:0.6.3` });

// The value comes from TF_VAR_pull_secret when Terraform runs: it is never in this program, its JSON or the lock file. Terraform
// therefore can't detect a new value: raise the version with it.
const version = Number(process.env.PULL_SECRET_VERSION ?? "1");
const pullSecret = PullSecret.fromVariable(rack, "pull_secret", { version });

const nodes = [
  { id: "node-0", cpuArch: "x86_64", address: "52:54:00:00:01:00" },
  { id: "node-1", cpuArch: "x86_64", address: "52:54:00:00:01:01" },
  { id: "node-2", cpuArch: "aarch64", address: "52:54:00:00:01:02" },
] as const;

for (const { id, cpuArch, address } of nodes) {
  const node = new BareMetalNode(rack, id, {
    name: id,
    driver,
    driverInfo: { redfish_address: `https://${id}.bmc.example` },
    cpuArch,
    // Ironic recognises the node's agent by this address.
    ports: [{ address }],
    // The conductor converts the image to raw, and the agent streams it to the disk.
    imageDownloadSource: "local",
    image: cirros,
    deployKernel: `oci://${registry}/ipa/${cpuArch}:kernel`,
    deployRamdisk: `oci://${registry}/ipa/${cpuArch}:ramdisk`,
    imagePullSecret: pullSecret,
    deployPullSecret: pullSecret,
    resourceClass: "baremetal",
  });
  new TerraformOutput(rack, `${id}-boots`, { value: node.image?.url });
}

// Registries that speak plain HTTP have to be named; there is no silent fallback.
const plainHttp = process.env.PLAIN_HTTP ? [process.env.PLAIN_HTTP] : [];

synthesize(app, { plainHttp }).catch((error: IronicOciError) => {
  console.error(error.message, error.hint ?? "");
  process.exitCode = 1;
});

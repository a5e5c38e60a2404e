// A rack of bare-metal nodes on a real Ironic. synthesize places the provider beside the stack: terraform init needs no network for it.
//
//   REGISTRY=registry.example npx tsx ironic.ts
//   cd cdktf.out/stacks/rack-1
//   export IRONIC_ENDPOINT=http://ironic.example:6385 TF_VAR_bmc_password=… TF_VAR_pull_secret=…
//   terraform init && terraform apply
import { App, TerraformOutput, TerraformStack } from "cdktf";
import {
  BareMetalNode,
  CONTEXT,
  type IronicOciError,
  IronicTarget,
  OciImage,
  PullSecret,
  synthesize,
} from "cdktf-ironic-oci";

const registry = process.env.REGISTRY ?? "registry.example";

// The context may be in cdktf.json too, or of one stack; a program needs no other change between "null" and "ironic". The release is
// that of the Ironic that will deploy: it decides what a tag means.
const app = new App({ context: { [CONTEXT.target]: "ironic", [CONTEXT.ironicRelease]: "39.0" } });
const rack = new TerraformStack(app, "rack-1");

const cirros = new OciImage(rack, "cirros", { source: `oci://${registry}/images/cirros:0.6.3` });
const pullSecret = PullSecret.fromVariable(rack, "pull_secret");
// Terraform sends it to Ironic and does not store it. Raise the version with a new password.
const bmcPassword = PullSecret.fromVariable(rack, "bmc_password", { version: 1 });

for (const [id, address] of [
  ["node-0", "52:54:00:00:00:10"],
  ["node-1", "52:54:00:00:00:11"],
] as const) {
  const node = new BareMetalNode(rack, id, {
    name: id,
    driver: "redfish",
    driverInfo: {
      redfish_address: `https://${id}.bmc.example`,
      redfish_username: "admin",
      redfish_password: bmcPassword,
    },
    cpuArch: "x86_64",
    ports: [{ address }],
    imageDownloadSource: "local",
    image: cirros,
    deployKernel: `oci://${registry}/ipa/x86_64:kernel`,
    deployRamdisk: `oci://${registry}/ipa/x86_64:ramdisk`,
    imagePullSecret: pullSecret,
    deployPullSecret: pullSecret,
    resourceClass: "baremetal",
  });
  // Arguments that a node's props do not have are set on its resources.
  const deployment = IronicTarget.resourcesOf(node)?.deployment;
  if (deployment) deployment.userData = `#cloud-config\nhostname: ${id}\n`;
  new TerraformOutput(rack, `${id}-uuid`, { value: deployment?.nodeUuid });
}

// Registries that speak plain HTTP have to be named; there is no silent fallback.
const plainHttp = process.env.PLAIN_HTTP ? [process.env.PLAIN_HTTP] : [];

synthesize(app, { plainHttp }).catch((error: IronicOciError) => {
  console.error(error.message, error.hint ?? "");
  process.exitCode = 1;
});

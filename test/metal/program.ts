// The CDKTF program that the metal tests run as a user would: tags in, a stack and a lock file out. Its settings are JSON in
// the environment variable METAL_PROGRAM.
import { App, dependable, LocalBackend, TerraformStack } from "cdktf";
import { BareMetalNode, CONTEXT, IronicTarget, ironic, OciImage, PullSecret, synthesize } from "cdktf-ironic-oci";

/** What differs from variant to variant. */
export interface ProgramSettings {
  readonly ironicRelease: string;
  /** The node's name, in Ironic and in the stack. */
  readonly node: string;
  /** References with tags. */
  readonly image: string;
  readonly kernel: string;
  readonly ramdisk: string;
  readonly bootloader: string;
  readonly imageDownloadSource: "local" | "http";
  readonly bmc: { readonly address: string; readonly systemId: string; readonly user: string };
  readonly mac: string;
  /** Which of the node's secrets is the variable `pull_secret`. */
  readonly secret: "instance" | "driver" | undefined;
  /** Clean the node before its deployment and service it afterwards: what the service step writes into a file. */
  readonly serviced: string | undefined;
  /** A deploy step of the deployment: what it writes into a file. */
  readonly deployed: string | undefined;
}

/** The agent's only step that leaves something on the disk which can be found there. */
const writeFile = (path: string, text: string) => ({
  interface: "deploy",
  step: "inject_files",
  args: { files: [{ path, partition: "1", content: Buffer.from(text).toString("base64") }] },
});

const settings = JSON.parse(process.env.METAL_PROGRAM ?? "{}") as ProgramSettings;
const { bmc, node: name } = settings;

const app = new App({
  context: { [CONTEXT.target]: "ironic", [CONTEXT.ironicRelease]: settings.ironicRelease },
});
const stack = new TerraformStack(app, "metal");
new LocalBackend(stack, { path: "terraform.tfstate" });
const pullSecret = () => PullSecret.fromVariable(stack, "pull_secret");
const node = new BareMetalNode(stack, name, {
  name,
  driver: "redfish",
  driverInfo: {
    redfish_address: bmc.address,
    redfish_system_id: bmc.systemId,
    redfish_username: bmc.user,
    redfish_password: PullSecret.fromVariable(stack, "bmc_password"),
    redfish_auth_type: "basic",
    // Ironic puts it on the virtual CD.
    bootloader: new OciImage(stack, "bootloader", { source: settings.bootloader }).url,
  },
  resourceClass: "metal",
  cpuArch: "x86_64",
  capabilities: { boot_mode: "uefi" },
  ports: [{ address: settings.mac }],
  image: settings.image,
  imageDownloadSource: settings.imageDownloadSource,
  deployKernel: settings.kernel,
  deployRamdisk: settings.ramdisk,
  // After the agent has written the image (80).
  ...(settings.deployed !== undefined && {
    deploySteps: [{ ...writeFile("/DEPLOYED.TXT", settings.deployed), priority: 70 }],
  }),
  ...(settings.secret === "instance" && { imagePullSecret: pullSecret() }),
  ...(settings.secret === "driver" && { deployPullSecret: pullSecret() }),
});
const deployment = IronicTarget.resourcesOf(node)?.deployment;
deployment?.putTimeouts({ create: "20m", update: "20m" });
if (settings.serviced !== undefined && deployment !== undefined) {
  const cleaning = new ironic.NodeCleaningV1(stack, "cleaning", {
    nodeUuid: IronicTarget.resourcesOf(node)?.node.id ?? "",
    steps: [{ interface: "deploy", step: "erase_devices_metadata" }],
    dependsOn: [...(IronicTarget.resourcesOf(node)?.ports ?? [])],
  });
  deployment.dependsOn = [...(deployment.dependsOn ?? []), dependable(cleaning)];
  new ironic.NodeServicingV1(stack, "servicing", {
    nodeUuid: deployment.nodeUuid,
    steps: [writeFile("/SERVICED.TXT", settings.serviced)],
    // Once more after a rebuild, which writes the disk again.
    triggers: { disk: deployment.diskWrittenBy },
    dependsOn: [deployment],
  });
}

synthesize(app).catch((error: Error & { hint?: string }) => {
  console.error(error.message);
  if (error.hint !== undefined) console.error(error.hint);
  process.exitCode = 1;
});

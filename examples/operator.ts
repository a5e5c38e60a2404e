// A year of a rack: machines with bonds, BIOS settings at each deployment, firmware that follows a version, a machine that was there
// before, and a worker on whichever node is free.
//
//   REGISTRY=registry.example npx tsx operator.ts
//   cd cdktf.out/stacks/rack-1
//   export IRONIC_ENDPOINT=http://ironic.example:6385 TF_VAR_bmc_password=…
//   terraform init && terraform apply
import { App, TerraformStack, TerraformVariable } from "cdktf";
import {
  BareMetalDeployment,
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  type IronicOciError,
  IronicTarget,
  ironic,
  OciImage,
  PullSecret,
  synthesize,
} from "cdktf-ironic-oci";

const registry = process.env.REGISTRY ?? "registry.example";
// Ironic's hardware type; fake-hardware is one for tests.
const driver = process.env.DRIVER ?? "redfish";

const app = new App({ context: { [CONTEXT.target]: "ironic", [CONTEXT.ironicRelease]: "39.0" } });
const rack = new TerraformStack(app, "rack-1");
const image = new OciImage(rack, "os", { source: `oci://${registry}/images/cirros:0.6.3` });
const bmcPassword = PullSecret.fromVariable(rack, "bmc_password");

// Deploy steps for every node with the trait of the same name.
const virtualization = new ironic.DeployTemplateV1(rack, "virtualization", {
  name: "CUSTOM_VIRTUALIZATION",
  steps: [
    {
      ...{ interface: "bios", step: "apply_configuration", priority: 150 },
      args: { settings: [{ name: "ProcVirtualization", value: "Enabled" }] },
    },
  ],
});

// Another version runs the runbook on each node below, one after the other, and rewrites no disk.
const firmware = new TerraformVariable(rack, "bmc_firmware", { type: "string", default: "7.20" });
const update = new ironic.RunbookV1(rack, "firmware", {
  name: "CUSTOM_FIRMWARE",
  // The nodes that may run it. Before Ironic 37 the name is the trait, and there is no such argument.
  traits: ["CUSTOM_FIRMWARE"],
  steps: [
    {
      ...{ interface: "firmware", step: "update", order: 1 },
      // Over https: no release of Ironic downloads firmware from a registry.
      args: {
        settings: [{ component: "bmc", url: `https://firmware.example/bmc-${firmware.stringValue}.bin`, wait: 300 }],
      },
    },
  ],
});

/** What all machines of the rack have in common. */
const machine = (id: string, index: number): BareMetalNodeProps => ({
  name: id,
  driver,
  driverInfo: {
    redfish_address: `https://${id}.bmc.example`,
    redfish_username: "admin",
    redfish_password: bmcPassword,
  },
  cpuArch: "x86_64",
  resourceClass: "rack-1",
  traits: [virtualization.name, update.name],
  deployKernel: `oci://${registry}/ipa/x86_64:kernel`,
  deployRamdisk: `oci://${registry}/ipa/x86_64:ramdisk`,
  // The agent boots from a port of its own; the instance uses the bond.
  ports: [{ address: `52:54:00:00:0${index}:00` }],
  portGroups: [
    {
      ...{ name: `${id}-bond0`, mode: "802.3ad", properties: { miimon: 100, xmit_hash_policy: "layer3+4" } },
      ports: [
        { address: `52:54:00:00:0${index}:01`, pxeEnabled: false },
        { address: `52:54:00:00:0${index}:02`, pxeEnabled: false },
      ],
    },
  ],
  timeouts: { deployment: { create: "1h", update: "1h" } },
});

// The conductor converts the image to raw, and the agent streams it to the disk.
const deployed = { image, imageDownloadSource: "local" } as const;
const nodes = [
  new BareMetalNode(rack, "node-0", {
    ...{ ...machine("node-0", 0), ...deployed },
    networkData: {
      links: [
        { id: "eno1", type: "phy", ethernet_mac_address: "52:54:00:00:00:01" },
        { id: "eno2", type: "phy", ethernet_mac_address: "52:54:00:00:00:02" },
        { id: "bond0", type: "bond", bond_mode: "802.3ad", bond_links: ["eno1", "eno2"] },
      ],
      networks: [{ id: "lan", type: "ipv4_dhcp", link: "bond0" }],
      services: [],
    },
    deploySteps: [{ interface: "deploy", step: "erase_devices_metadata", priority: 10 }],
  }),
  // It ran before Ironic knew it: adopted as it is, and rebuilt only when the image changes.
  new BareMetalNode(rack, "node-1", { ...machine("node-1", 1), ...deployed, adopt: true }),
];

let previous: ironic.NodeServicingV1 | undefined;
for (const node of nodes) {
  previous = new ironic.NodeServicingV1(rack, `${node.node.id}-firmware`, {
    nodeUuid: node.resource.getStringAttribute("id"),
    runbook: update.name,
    triggers: { bmc_firmware: firmware.stringValue },
    timeouts: { create: "2h", update: "2h" },
    dependsOn: previous ? [previous] : [],
  });
}

// A free machine, and a worker that Ironic places on one of its class.
const spare = new BareMetalNode(rack, "node-2", {
  ...{ ...machine("node-2", 2), target: new IronicTarget({ withoutImage: "available" }) },
});
new BareMetalDeployment(rack, "worker", {
  allocation: {
    ...{ name: "worker", resourceClass: "rack-1", traits: [virtualization.name] },
    candidateNodes: [spare.resource.getStringAttribute("id")],
  },
  ...{ ...deployed, cpuArch: "x86_64" },
  userData: "#cloud-config\nhostname: worker\n",
});

// Registries that speak plain HTTP have to be named; there is no silent fallback.
const plainHttp = process.env.PLAIN_HTTP ? [process.env.PLAIN_HTTP] : [];

synthesize(app, { plainHttp }).catch((error: IronicOciError) => {
  console.error(error.message, error.hint ?? "");
  process.exitCode = 1;
});

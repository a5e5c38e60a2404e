import { nodeUuid } from "./ironic";

const DIGEST = `sha256:${"a".repeat(64)}`;

export type Source = "cdktf-ironic-oci/ironic" | "openshift-metal3/ironic";

/**
 * A node, its port and its deployment, `count` times, each a separate resource, as the constructs write them; with arguments that
 * both providers have.
 */
export function rack(count: number, source: Source = "cdktf-ironic-oci/ironic"): string {
  return configuration("ironic", source, count, (number) => {
    const mac = `52:54:00:${[16, 8, 0].map((shift) => ((number >> shift) & 0xff).toString(16).padStart(2, "0")).join(":")}`;
    return `
resource "ironic_node_v1" "n${number}" {
  name           = "n${number}"
  driver         = "fake-hardware"
  driver_info = {
    redfish_address  = "https://bmc-${number}.example"
    redfish_username = "admin"
    deploy_kernel    = "oci://registry.example/ipa@${DIGEST}"
    deploy_ramdisk   = "oci://registry.example/ipa@${DIGEST}"
  }
  properties     = { cpu_arch = "x86_64", capabilities = "boot_mode:uefi" }
  resource_class = "baremetal"
  manage         = true
  available      = true
}
resource "ironic_port_v1" "n${number}" {
  node_uuid = ironic_node_v1.n${number}.id
  address   = "${mac}"
}
resource "ironic_deployment" "n${number}" {
  node_uuid     = ironic_node_v1.n${number}.id
  instance_info = { image_source = "oci://registry.example/fcos@${DIGEST}", root_gb = 25 }
  depends_on    = [ironic_port_v1.n${number}]
}`;
  });
}

/** Deployments onto nodes that are there already. */
export function deployments(count: number): string {
  return configuration("ironic", "cdktf-ironic-oci/ironic", count, (number) => {
    return `
resource "ironic_deployment" "n${number}" {
  node_uuid     = "${nodeUuid(number)}"
  instance_info = { image_source = "oci://registry.example/fcos@${DIGEST}", root_gb = 25 }
}`;
  });
}

/** As many resources with as many references between them, of a provider that does nothing. */
export function nullRack(count: number): string {
  return configuration("null", "hashicorp/null", count, (number) => {
    return `
resource "null_resource" "n${number}_node" {
  triggers = { name = "n${number}" }
}
resource "null_resource" "n${number}_port" {
  triggers = { node = null_resource.n${number}_node.id }
}
resource "null_resource" "n${number}_deployment" {
  triggers   = { node = null_resource.n${number}_node.id }
  depends_on = [null_resource.n${number}_port]
}`;
  });
}

function configuration(name: string, source: string, count: number, each: (number: number) => string): string {
  const head = `terraform {\n  required_providers {\n    ${name} = { source = "${source}" }\n  }\n}`;
  return [head, ...Array.from({ length: count }, (_, number) => each(number))].join("\n");
}

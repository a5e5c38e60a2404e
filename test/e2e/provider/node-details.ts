import { hasFeature, type IronicClient } from "../../../src/ironic";
import type { Project } from "./project";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;

const machine = (arguments_: string, deployment = "") => `
resource "ironic_node_v1" "enclosure" {
  name   = "details-enclosure"
  driver = "fake-hardware"
}
resource "ironic_node_v1" "d" {
  name           = "details"
  driver         = "fake-hardware"
  resource_class = "details"
  available      = true
  ${arguments_}
}
resource "ironic_node_v1" "retired" {
  name           = "details-retired"
  driver         = "fake-hardware"
  manage         = true
  retired        = true
  retired_reason = "end of lease"
  parent_node    = ironic_node_v1.enclosure.id
}
${
  deployment &&
  `
resource "ironic_deployment" "d" {
  node_uuid     = ironic_node_v1.d.id
  instance_info = { image_source = "${IMAGE}" }
  ${deployment}
}`
}
`;

const DETAILS = `
  description        = "rack 4, unit 12"
  lessee             = "tenant"
  shard              = "s1"
  automated_clean    = false
  disable_power_off  = false
  network_data       = {
    links    = [{ id = "eno1", type = "phy", ethernet_mac_address = "52:54:00:ee:dd:01", mtu = 1500 }]
    networks = [{ id = "n0", type = "ipv4_dhcp", link = "eno1", network_id = "0f1b6a7e-4d0e-4c43-a5b4-0f0c3d2e1a00" }]
    services = []
  }
`;

/** Fields of a node that are one value each, through the real Terraform. */
export function nodeDetails(
  context: () => { readonly client: IronicClient; readonly project: (configuration: string) => Promise<Project> },
): void {
  describe("fields of a node that are one value each", () => {
    let project: Project;
    let client: IronicClient;
    const current = () => client.getNode("details");

    test("are applied, and planned again to no changes", async () => {
      ({ client } = context());
      project = await context().project(machine(DETAILS));
      await project.apply();
      expect(await current()).toMatchObject({
        ...{ description: "rack 4, unit 12", lessee: "tenant", shard: "s1", automated_clean: false },
        network_data: { links: [{ id: "eno1", mtu: 1500 }] },
      });
      const { uuid } = await client.getNode("details-enclosure");
      expect(await client.getNode("details-retired")).toMatchObject({
        ...{ retired: true, retired_reason: "end of lease", parent_node: uuid, provision_state: "manageable" },
      });
      expect(await project.planned()).toEqual([]);
    });

    test("drift, and are reset where they are no longer configured", async () => {
      await client.patchNode("details", [{ op: "replace", path: "/description", value: "by hand" }]);
      expect(await project.planned()).toEqual(["update ironic_node_v1.d"]);
      project.write(machine(""));
      await project.apply();
      const { description, lessee, shard, automated_clean } = await current();
      expect({ description, lessee, shard, automated_clean }).toEqual({
        ...{ description: null, lessee: null, shard: null, automated_clean: null },
      });
      expect(await project.planned()).toEqual([]);
    });

    test("maintenance is set and ended, with its reason", async () => {
      project.write(machine('maintenance = true\n maintenance_reason = "new DIMMs"'));
      await project.apply();
      expect(await current()).toMatchObject({ maintenance: true, maintenance_reason: "new DIMMs" });
      expect(await project.planned()).toEqual([]);
      project.write(machine(""));
      await project.apply();
      expect((await current()).maintenance).toBe(false);
    });

    test("a deployment is protected with its last request, and must be unprotected to be destroyed", async () => {
      project.write(machine("", 'protected = true\n protected_reason = "production"'));
      await project.apply();
      expect(await current()).toMatchObject({ protected: true, protected_reason: "production" });
      expect(await project.planned()).toEqual([]);
      const refused = await project.terraform.destroy();
      expect(refused.code).toBe(1);
      expect(refused.stderr.replace(/[\s│]+/g, " ")).toContain("is protected");
      expect((await current()).provision_state).toBe("active");
      project.write(machine("", "protected = false"));
      await project.apply();
      await project.destroy();
    });

    test("of ports and bonds, too; what this Ironic lacks is an error with the argument and the microversion", async () => {
      const network = `
resource "ironic_port_group_v1" "d" {
  node_uuid        = ironic_node_v1.d.id
  name             = "details-bond"
  physical_network = "provisioning"
  category         = "storage"
  standalone_ports_supported = false
}
resource "ironic_port_v1" "d" {
  node_uuid   = ironic_node_v1.d.id
  address     = "52:54:00:ee:dd:02"
  name        = "details-eth0"
  description = "cable 7"
  category    = "storage"
}
`;
      const microversion = await client.microversion();
      const plain = network.replace(/^ {2}(description|category|physical_network) .*\n/gm, "");
      project.write(machine("") + plain);
      await project.apply();
      const [port] = await client.listPorts((await current()).uuid);
      expect(port).toMatchObject({ name: "details-eth0" });
      expect(await client.getPortGroup("details-bond")).toMatchObject({ standalone_ports_supported: false });
      project.write(machine("") + network);
      const { code, stderr } = await project.terraform.apply();
      if (hasFeature(microversion, "1.103")) {
        expect(code).toBe(0);
        const [changed] = await client.listPorts((await current()).uuid);
        expect(changed).toMatchObject({ name: "details-eth0", description: "cable 7", category: "storage" });
        const group = await client.getPortGroup("details-bond");
        expect(group).toMatchObject({ physical_network: "provisioning", category: "storage" });
        expect(await project.planned()).toEqual([]);
        project.write(machine('instance_name = "web-1"') + network);
        await project.apply();
        expect(await current()).toMatchObject({ instance_name: "web-1" });
      } else {
        expect(code).toBe(1);
        expect(stderr.replace(/[\s│]+/g, " ")).toMatch(/1\.103.*category of portgroups.*1\.102 for physical_network/);
      }
      project.write(machine(""));
      await project.apply();
    });

    test("what fake hardware can't is told with Ironic's reason", async () => {
      project.write(machine('boot_mode = "uefi"'));
      const { code, stderr } = await project.terraform.apply();
      expect(code).toBe(1);
      expect(stderr.replace(/[\s│]+/g, " ")).toContain('boot_mode could not be set to "uefi"');
      await project.destroy();
    });
  });
}

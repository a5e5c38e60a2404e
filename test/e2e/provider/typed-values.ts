import type { IronicClient } from "../../../src/ironic";
import type { Project } from "./project";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;

interface Values {
  readonly flag: boolean;
  readonly address?: string;
  readonly password?: string;
}

const machine = ({ flag, address = "https://bmc.example", password = "hunter2" }: Values) => `
variable "slots" {
  type    = list(number)
  default = [1, 2]
}
resource "terraform_data" "late" {
  input = 3
}
locals {
  typed = { flag = ${flag}, ratio = 0.5, slots = var.slots, late = terraform_data.late.output, deep = { er = [{ a = null }, "b"] } }
}
resource "ironic_node_v1" "t" {
  name              = "typed"
  driver            = "fake-hardware"
  driver_info       = { redfish_address = "${address}", redfish_password = "${password}" }
  driver_info_typed = { redfish_verify_ca = ${flag}, console = { port = 623 } }
  properties        = { cpu_arch = "x86_64" }
  properties_typed  = local.typed
  extra_typed       = local.typed
  resource_class    = "typed"
  available         = true
  lifecycle {
    ignore_changes = [driver_info["redfish_password"]]
  }
}
resource "ironic_port_group_v1" "t" {
  node_uuid        = ironic_node_v1.t.id
  name             = "typed-bond"
  properties       = { xmit_hash_policy = "layer3+4" }
  properties_typed = { miimon = ${flag ? 100 : 200} }
  extra_typed      = local.typed
}
resource "ironic_port_v1" "t" {
  node_uuid   = ironic_node_v1.t.id
  address     = "52:54:00:ee:cc:01"
  extra_typed = local.typed
}
resource "ironic_allocation_v1" "t" {
  name           = "typed"
  resource_class = ironic_node_v1.t.resource_class
  extra_typed    = { slots = [1, { a = true }] }
  depends_on     = [ironic_port_v1.t, ironic_port_group_v1.t]
}
resource "ironic_deployment" "t" {
  node_uuid           = ironic_allocation_v1.t.node_uuid
  instance_info       = { image_source = "${IMAGE}", capabilities = "a:1" }
  instance_info_typed = local.typed
  metadata            = { hostname = "typed" }
  metadata_typed      = { slots = var.slots }
}
`;

/** Entries of free-form fields with values of any type, through the real Terraform. */
export function typedValues(
  context: () => { readonly client: IronicClient; readonly project: (configuration: string) => Promise<Project> },
): void {
  describe("free-form fields with values of any type", () => {
    const typed = (flag: boolean) => ({ flag, ratio: 0.5, slots: [1, 2], late: 3, deep: { er: [{ a: null }, "b"] } });
    let project: Project;
    let client: IronicClient;
    async function held() {
      const { uuid, driver_info, properties, extra, instance_info } = await client.getNode("typed");
      const [port] = await client.listPorts(uuid);
      const group = await client.getPortGroup("typed-bond");
      return { driver_info, properties, extra, instance_info, port: port?.extra, group };
    }
    const expected = (flag: boolean) => ({
      driver_info: { redfish_verify_ca: flag, console: { port: 623 } },
      properties: { cpu_arch: "x86_64", ...typed(flag) },
      extra: typed(flag),
      instance_info: typed(flag),
      port: typed(flag),
      group: { properties: { xmit_hash_policy: "layer3+4", miimon: flag ? 100 : 200 }, extra: typed(flag) },
    });

    test("reach Ironic as they are, and are planned again to no changes", async () => {
      ({ client } = context());
      project = await context().project(machine({ flag: false }));
      await project.apply();
      expect(await held()).toMatchObject(expected(false));
      expect((await client.getAllocation("typed")).extra).toEqual({ slots: [1, { a: true }] });
      expect(await project.planned()).toEqual([]);
    });

    test("drift in them is found", async () => {
      await client.patchNode("typed", [
        { op: "replace", path: "/extra/slots", value: [1] },
        { op: "replace", path: "/driver_info/redfish_verify_ca", value: true },
      ]);
      expect(await project.planned()).toEqual(["update ironic_node_v1.t"]);
      await project.apply();
      expect(await held()).toMatchObject(expected(false));
    });

    test("one key of a map of strings can be ignored, and a change beside it is not", async () => {
      project.write(machine({ flag: false, password: "changed" }));
      expect(await project.planned()).toEqual([]);
      project.write(machine({ flag: false, password: "changed", address: "https://other.example" }));
      expect(await project.planned()).toEqual(["update ironic_node_v1.t"]);
      await project.apply();
      expect((await held()).driver_info).toMatchObject({ redfish_address: "https://other.example" });
    });

    test("a change is sent, and Ironic keeps what it masks", async () => {
      project.write(machine({ flag: true, password: "changed", address: "https://other.example" }));
      await client.setMaintenance("typed", "cabling");
      await project.apply("-target=ironic_port_v1.t", "-target=ironic_port_group_v1.t");
      await client.setMaintenance("typed", undefined);
      await project.apply();
      expect(await held()).toMatchObject(expected(true));
      expect(await project.planned()).toEqual([]);
      await project.destroy();
    });
  });
}

import { hasFeature, type IronicClient } from "../../../src/ironic";
import { flat, type Project, succeeded } from "./project";

const CHAP = "chap-hunter5";

const objects = (settings: { runbook?: string; value?: number; rule?: string; chap?: number } = {}) => `
variable "chap" {
  type      = string
  ephemeral = true
  default   = "${CHAP}"
}
variable "bios_password" {
  type      = string
  sensitive = true
  default   = "bios-hunter6"
}
resource "ironic_deploy_template_v1" "p" {
  name  = "CUSTOM_PLAIN_TEMPLATE"
  steps = [
    {
      interface = "bios"
      step      = "apply_configuration"
      priority  = 150
      args      = { settings = [{ name = "A", value = ${settings.value ?? 1} }], password = var.bios_password }
    },
    { interface = "deploy", step = "erase_devices_metadata", priority = 120 },
  ]
  extra = { rack = { row = 7 } }
}
resource "ironic_runbook_v1" "p" {
  name  = "CUSTOM_PLAIN_RUNBOOK"
  steps = [
    for index, step in ["apply_configuration", "factory_reset"] : { interface = "bios", step = step, order = index }
  ]
  ${settings.runbook ?? ""}
}
resource "ironic_inspection_rule_v1" "p" {
  description = "plain"
  priority    = 100
  conditions  = [{ op = "!eq", args = { values = ["{inventory[system_vendor][manufacturer]}", "ACME"] } }]
  actions     = [
    { op = "set-plugin-data", args = { path = "a", value = ${settings.value ?? 1} } },
    { op = "add-trait", args = { name = "CUSTOM_{item}" }, loop = ["A", "B"] },
  ]
  ${settings.rule ?? ""}
}
resource "ironic_node_v1" "p" {
  name         = "plain-node"
  driver       = "fake-hardware"
  manage       = true
  target_power_state = "power off"
}
resource "ironic_volume_connector_v1" "p" {
  node_uuid    = ironic_node_v1.p.id
  type         = "iqn"
  connector_id = "iqn.2026-01.example:plain"
}
resource "ironic_volume_target_v1" "p" {
  node_uuid             = ironic_node_v1.p.name
  volume_type           = "iscsi"
  volume_id             = "plain"
  boot_index            = 0
  properties            = { target_lun = ${settings.value ?? 1}, target_portal = "192.0.2.7:3260" }
  properties_wo         = { auth_password = var.chap }
  properties_wo_version = ${settings.chap ?? 1}
  depends_on            = [ironic_node_v1.p]
}
`;

const TYPES = ["deploy_template", "runbook", "inspection_rule", "volume_connector", "volume_target"];

/** Deploy templates, runbooks, inspection rules and volumes, through the real Terraform. */
export function plainObjects(
  context: () => { readonly client: IronicClient; readonly project: (configuration: string) => Promise<Project> },
): void {
  describe("deploy templates, runbooks, inspection rules and volumes", () => {
    let project: Project;
    let client: IronicClient;
    const idOf = async (type: string) => {
      const found = (await project.terraform.resources())[`ironic_${type}_v1.p`]?.values;
      return String(found?.id);
    };

    test("are applied, and planned again to no changes; a secret is in no file but state that has it configured", async () => {
      ({ client } = context());
      project = await context().project(objects());
      await project.apply();
      expect(await client.deployTemplates.get("CUSTOM_PLAIN_TEMPLATE")).toMatchObject({
        steps: expect.arrayContaining([
          expect.objectContaining({ args: { settings: [{ name: "A", value: 1 }], password: "******" } }),
          { interface: "deploy", step: "erase_devices_metadata", priority: 120, args: {} },
        ]),
        extra: { rack: { row: 7 } },
      });
      expect((await client.runbooks.get("CUSTOM_PLAIN_RUNBOOK")).steps).toHaveLength(2);
      expect(await client.inspectionRules.get(await idOf("inspection_rule"))).toMatchObject({ priority: 100 });
      expect(await client.volumeTargets.get(await idOf("volume_target"))).toMatchObject({
        properties: { target_lun: 1, target_portal: "192.0.2.7:3260", auth_password: "******" },
      });
      expect(await project.planned()).toEqual([]);
      expect(await project.everythingWritten()).not.toContain(CHAP);
    });

    test("are changed in place, one value in a list as well", async () => {
      project.write(objects({ value: 2, chap: 2 }));
      expect((await project.planned()).sort()).toEqual(
        ["deploy_template", "inspection_rule", "volume_target"].map((type) => `update ironic_${type}_v1.p`),
      );
      await project.apply();
      expect(await client.volumeTargets.get(await idOf("volume_target"))).toMatchObject({
        properties: { target_lun: 2 },
      });
      expect(await project.planned()).toEqual([]);
    });

    test("drift", async () => {
      await client.runbooks.patch("CUSTOM_PLAIN_RUNBOOK", [{ op: "add", path: "/extra", value: { by: "hand" } }]);
      const rule = await idOf("inspection_rule");
      await client.inspectionRules.patch(rule, [{ op: "replace", path: "/priority", value: 5 }]);
      await client.deployTemplates.delete("CUSTOM_PLAIN_TEMPLATE");
      expect((await project.planned()).sort()).toEqual([
        "create ironic_deploy_template_v1.p",
        "update ironic_inspection_rule_v1.p",
        "update ironic_runbook_v1.p",
      ]);
      await project.apply();
      expect(await project.planned()).toEqual([]);
    });

    test("are imported, and plan no changes but for what Ironic masks", async () => {
      for (const type of TYPES) {
        const address = `ironic_${type}_v1.p`;
        const id = await idOf(type);
        succeeded(await project.terraform.run(["state", "rm", address]));
        succeeded(await project.terraform.import(address, id));
      }
      // The password of the template, and the version of the write-only secret.
      expect((await project.planned()).sort()).toEqual([
        "update ironic_deploy_template_v1.p",
        "update ironic_volume_target_v1.p",
      ]);
      await project.apply();
      expect(await project.planned()).toEqual([]);
    });

    test("a rule becomes sensitive in place, and is replaced to be so no longer", async () => {
      project.write(objects({ value: 2, chap: 1, rule: "sensitive = true" }));
      expect(await project.planned()).toContain("update ironic_inspection_rule_v1.p");
      await project.apply();
      expect(await client.inspectionRules.get(await idOf("inspection_rule"))).toMatchObject({ actions: null });
      expect(await project.planned()).toEqual([]);
      project.write(objects({ value: 2 }));
      expect(await project.planned()).toEqual(["delete then create ironic_inspection_rule_v1.p"]);
      await project.apply();
    });

    test("what this Ironic lacks is an error with the argument and the microversion", async () => {
      const more = 'description = "d"\n  traits = ["CUSTOM_PLAIN"]';
      project.write(objects({ value: 2, runbook: more }));
      const { code, stderr } = await project.terraform.apply();
      if (hasFeature(await client.microversion(), "1.112")) {
        expect(code).toBe(0);
        const found = await client.runbooks.get("CUSTOM_PLAIN_RUNBOOK");
        expect(found).toMatchObject({ description: "d", traits: ["CUSTOM_PLAIN"] });
        expect(await project.planned()).toEqual([]);
      } else {
        expect([code, flat(stderr)]).toEqual([
          1,
          expect.stringContaining("API microversion 1.112 is needed for traits of runbooks"),
        ]);
      }
      project.write(objects({ value: 2 }));
      await project.apply();
    });

    test("disable_ramdisk is changed in place where Ironic can, and public and owner are", async () => {
      project.write(objects({ value: 2, runbook: "disable_ramdisk = true" }));
      const change = hasFeature(await client.microversion(), "1.114") ? "update" : "delete then create";
      expect(await project.planned()).toEqual([`${change} ironic_runbook_v1.p`]);
      await project.apply();
      expect(await client.runbooks.get("CUSTOM_PLAIN_RUNBOOK")).toMatchObject({ disable_ramdisk: true });
      for (const more of ['owner = "project"', "public = true"]) {
        project.write(objects({ value: 2, runbook: `disable_ramdisk = true\n  ${more}` }));
        await project.apply();
        expect(await project.planned()).toEqual([]);
      }
      expect(await client.runbooks.get("CUSTOM_PLAIN_RUNBOOK")).toMatchObject({ public: true, owner: null });
    });

    test("volumes of a node that is powered on are not changed; everything is destroyed otherwise", async () => {
      const { uuid } = await client.getNode("plain-node");
      const power = async (state: string) => {
        await client.setPower(uuid, state);
        await client.waitUntil(uuid, ({ power_state }) => power_state === state);
      };
      await power("power on");
      project.write(objects({ value: 3 }).replace(/ {2}target_power_state.*\n/, ""));
      const { code, stderr } = await project.terraform.apply();
      expect([code, flat(stderr)]).toEqual([
        1,
        expect.stringMatching(/The node is not powered off.*power the node off first/i),
      ]);
      await power("power off");
      await project.apply();
      await project.destroy();
      expect(await client.deployTemplates.list()).toEqual([]);
      expect(await client.runbooks.list()).toEqual([]);
    });
  });
}

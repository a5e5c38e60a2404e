import type { IronicClient } from "../../../src/ironic";
import { flat, type Project } from "./project";

const image = (figure: string) => `oci://registry.example/fcos@sha256:${figure.repeat(64)}`;

const machine = (source: string, deployment = "adopt = true") => `
resource "ironic_node_v1" "running" {
  name   = "running"
  driver = "fake-hardware"
  manage = true
}
resource "ironic_deployment" "running" {
  node_uuid     = ironic_node_v1.running.id
  instance_info = { image_source = "${source}" }
  user_data     = "#cloud-config"
  ${deployment}
}
`;

/** Machines that run already, through the real Terraform. */
export function adoptions(
  context: () => { readonly client: IronicClient; readonly project: (configuration: string) => Promise<Project> },
): void {
  describe("a machine that runs already", () => {
    let project: Project;
    let client: IronicClient;
    const current = () => client.getNode("running");

    test("is refused by Ironic, with its reason, while instance_info is wrong", async () => {
      ({ client } = context());
      project = await context().project(machine("nonsense://image"));
      const { code, stderr } = await project.terraform.apply();
      expect(code).toBe(1);
      expect(flat(stderr)).toContain("Error while attempting to adopt node");
      expect((await current()).provision_state).toBe("adopt failed");
    });

    test("is adopted from there, and the next plan is clean", async () => {
      project.write(machine(image("a")));
      expect(await project.planned()).toEqual(["create ironic_deployment.running"]);
      const { "ironic_deployment.running": change } = await project.terraform.changes();
      expect(change?.after).toMatchObject({ adopt: true, disk_written_by: null });
      await project.apply();
      const { instance_info, ...node } = await current();
      expect(node.provision_state).toBe("active");
      expect(instance_info).toMatchObject({ image_source: image("a") });
      expect(Object.keys(instance_info).sort().join()).toMatch(/^image_source(,image_type)?$/);
      expect(await project.planned()).toEqual([]);
      project.write(machine(image("a"), ""));
      await project.apply();
      expect((await current()).provision_updated_at).toBe(node.provision_updated_at);
      expect(await project.planned()).toEqual([]);
    });

    test("is rebuilt for another image, and the plan tells it", async () => {
      project.write(machine(image("b")));
      const { stdout } = await project.terraform.plan();
      expect(flat(stdout)).toContain('+ disk_written_by = "rebuild 1: instance_info.image_source"');
      await project.apply();
      expect((await current()).instance_info).toMatchObject({ image_source: image("b"), configdrive: "******" });
      expect(await project.planned()).toEqual([]);
      await project.destroy();
    });

    test("is refused where its node is available", async () => {
      const { uuid } = await client.createNode({ driver: "fake-hardware", name: "not-running" });
      await client.moveTo(uuid, "available");
      const configuration = `resource "ironic_deployment" "d" {
        node_uuid     = "not-running"
        adopt         = true
        instance_info = { image_source = "${image("a")}" }
      }`;
      const refused = await context().project(configuration);
      const { code, stderr } = await refused.terraform.plan();
      expect(code).toBe(1);
      expect(flat(stderr)).toContain("Error: The node can't be adopted");
      expect((await client.getNode(uuid)).provision_state).toBe("available");
      await client.deleteNode(uuid);
    });
  });
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IronicClient } from "../../../src/ironic";
import { flat, type Project } from "./project";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const SECRET = "fw-hunter5";

interface Values {
  readonly version?: string;
  /** A value of a BIOS setting, in HCL. The fake bios interface can't store an object: the step fails. */
  readonly bios?: string;
  readonly service?: string;
  readonly timeout?: string;
  readonly deployed?: boolean;
}

const machine = ({
  version = "1",
  bios = '"Uefi"',
  service = "log_passthrough",
  timeout = "2m",
  deployed = true,
}: Values) => `
resource "ironic_node_v1" "s" {
  name           = "steps"
  driver         = "fake-hardware"
  resource_class = "steps"
  available      = true
}
resource "ironic_node_cleaning_v1" "s" {
  node_uuid = ironic_node_v1.s.name
  steps = [
    { interface = "vendor", step = "log_passthrough" },
    { interface = "bios", step = "apply_configuration", args = { settings = [{ name = "BootMode", value = ${bios} }] } },
    {
      interface = "firmware"
      step      = "update"
      args      = { settings = [{ component = "bmc", url = "https://fw:${SECRET}@firmware.example/bmc-${version}" }] }
    },
  ]
  depends_on = [ironic_node_v1.s]
}
${deployed ? deployment(service, timeout, version) : ""}
`;

const deployment = (service: string, timeout: string, version: string) => `
resource "ironic_deployment" "s" {
  node_uuid     = ironic_node_v1.s.id
  instance_info = { image_source = "${IMAGE}" }
  depends_on    = [ironic_node_cleaning_v1.s]
}
resource "ironic_node_servicing_v1" "s" {
  node_uuid = ironic_deployment.s.node_uuid
  steps     = [{ interface = "vendor", step = "log_passthrough" }, { interface = "vendor", step = "${service}" }]
  triggers  = { version = "${version}" }
  timeouts {
    create = "${timeout}"
    update = "${timeout}"
  }
}
`;

/** Cleaning and servicing of a node by steps, through the real Terraform. */
export function stepsOnNodes(
  context: () => { readonly client: IronicClient; readonly project: (configuration: string) => Promise<Project> },
): void {
  describe("steps on a node", () => {
    let client: IronicClient;
    let project: Project;
    const state = async () => (await client.getNode("steps")).provision_state;
    const lastRuns = async () => {
      const { values } = (await project.terraform.show()) as unknown as {
        values: { root_module: { resources: { address: string; values: { last_run?: string } }[] } };
      };
      const all = values.root_module.resources.map(({ address, values: { last_run } }) => [address, last_run]);
      return Object.fromEntries(all.filter(([, time]) => time !== undefined)) as Record<string, string>;
    };

    test("an available node is cleaned and comes back, is deployed, and is serviced; then there is nothing to do", async () => {
      ({ client } = context());
      project = await context().project(machine({ deployed: false }));
      await project.apply();
      expect(await state()).toBe("available");
      project.write(machine({}));
      await project.apply();
      expect(await state()).toBe("active");
      expect(await project.planned()).toEqual([]);
    });

    test("a change runs the steps again where the plan says so", async () => {
      const before = await lastRuns();
      project.write(machine({ timeout: "3m" }));
      await project.apply();
      expect(await lastRuns()).toEqual(before);
      project.write(machine({ timeout: "3m", version: "2" }).replace('bmc-2"', 'bmc-1"'));
      expect(await project.planned()).toEqual(["update ironic_node_servicing_v1.s"]);
      await project.apply();
      const after = await lastRuns();
      expect(after["ironic_node_cleaning_v1.s"]).toBe(before["ironic_node_cleaning_v1.s"]);
      expect(after["ironic_node_servicing_v1.s"]).not.toBe(before["ironic_node_servicing_v1.s"]);
      expect(await state()).toBe("active");
    });

    test("a node in use is not cleaned, and the error comes before any change", async () => {
      project.write(machine({ timeout: "3m", version: "2" }));
      expect(await project.planned()).toEqual(["update ironic_node_cleaning_v1.s"]);
      const { code, stderr } = await project.terraform.apply();
      expect([code, await state()]).toEqual([1, "active"]);
      expect(flat(stderr)).toContain("A node in use is not cleaned: use ironic_node_servicing_v1");
    });

    test("a service step that fails is named; the next apply services the node again", async () => {
      const [broken, mended] = ["no_such_step", "log_passthrough"].map((service) =>
        machine({ service, version: "2" }).replace("bmc-2", "bmc-1"),
      );
      project.write(String(broken));
      const { code, stderr } = await project.terraform.apply();
      expect([code, await state()]).toEqual([1, "service failed"]);
      expect(flat(stderr)).toMatch(
        /Error: The service step vendor\.no_such_step has failed .*Step 2 of 2, vendor\.no_such_step, of the servicing of node steps has failed: /,
      );
      expect(flat(stderr)).toContain('The node is in state "service failed"');
      await client.setMaintenance("steps", undefined);
      project.write(String(mended));
      await project.apply();
      expect(await state()).toBe("active");
    });

    test("a servicing that still runs is waited for and not begun again", async () => {
      const waiting = (timeout: string) =>
        machine({ service: "trigger_servicewait", version: "2", timeout }).replace("bmc-2", "bmc-1");
      for (let applies = 0; applies < 2; applies += 1) {
        project.write(waiting("4s"));
        const { code, stderr } = await project.terraform.apply();
        expect([code, await state()]).toEqual([1, "service wait"]);
        expect(flat(stderr)).toContain("The servicing took longer than 4s");
        expect(flat(stderr)).toContain("the next apply waits for them and does not begin them again");
      }
      const written = await project.everythingWritten();
      expect(written).toContain("node steps: service step vendor.trigger_servicewait (2 of 2)");
      expect(written).toContain("node steps: a servicing with these steps is under way, and is waited for");
      await project.destroy();
    }, 120_000);

    test("a clean step that fails is named; nothing runs in maintenance, and after that the next apply cleans the node", async () => {
      project.write(machine({ bios: "{ odd = true }", deployed: false }));
      const failed = await project.terraform.apply();
      expect([failed.code, await state()]).toEqual([1, "clean failed"]);
      const error = flat(failed.stderr);
      expect(error).toMatch(
        /Error: The clean step bios\.apply_configuration has failed .*Step 2 of 3, bios\.apply_configuration, of the cleaning of node steps has failed: /,
      );
      expect(error).toContain('The node is in state "clean failed", in maintenance.');
      expect(error).toContain("run `baremetal node maintenance unset steps`, and apply again");

      project.write(machine({ deployed: false }));
      const still = await project.terraform.apply("-target=ironic_node_cleaning_v1.s");
      expect(still.code).toBe(1);
      expect(flat(still.stderr)).toContain("Error: The node is in maintenance");
      await client.setMaintenance("steps", undefined);
      await project.apply();
      expect(await state()).toBe("available");
      expect(await project.planned()).toEqual([]);
      await project.destroy();
    });

    test("credentials in arguments are in no log", () => {
      const log = readFileSync(join(project.terraform.dir, "terraform.log"), "utf8");
      expect(log).toContain("clean step");
      expect(log).not.toContain(SECRET);
    });
  });
}

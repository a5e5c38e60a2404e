import { IronicClient } from "../../../src/ironic";
import { type RealIronic, startIronic } from "../support/ironic";
import { flat, Projects } from "./project";

const node = (value: string) => `
resource "ironic_node_v1" "n" {
  name          = "broken"
  driver        = "fake-hardware"
  clean         = true
  bios_settings = jsonencode([{ name = "BootMode", value = ${value} }])
  available     = true
}
`;

/** A clean step fails on a value that the fake bios interface can't store, and Ironic itself sets the node to maintenance. */
describe.each([
  ["29", "trixie"],
  ["39", "sid"],
] as const)("a cleaning that fails on Ironic %s", (_release, suite) => {
  let ironic: RealIronic;
  let client: IronicClient;
  let projects: Projects;

  beforeAll(async () => {
    projects = await Projects.install();
    ironic = await startIronic("noauth", { suite });
    client = new IronicClient({ url: ironic.url });
  });
  afterAll(async () => {
    await client?.close();
    await ironic?.stop();
    projects?.remove();
  });

  test("is an error with what ends the maintenance; the next apply continues", async () => {
    const project = await projects.project(ironic, node("{ odd = true }"));
    const failed = await project.terraform.apply();
    expect(failed.code).toBe(1);
    const error = flat(failed.stderr);
    expect(error).toMatch(/is in state "clean failed" on its way to "manageable, after clean": .*apply_configuration/);
    expect(error).toContain(
      "Node broken is in maintenance (clean failure). Once the cause is gone, run `baremetal node maintenance unset broken`, and apply again.",
    );
    expect(await client.getNode("broken")).toMatchObject({ maintenance: true, fault: "clean failure" });

    project.write(node('"Uefi"'));
    const still = await project.terraform.apply();
    expect(still.code).toBe(1);
    expect(flat(still.stderr)).toMatch(
      /Error: The node is in maintenance .*Node broken is in maintenance \(clean failure\): /,
    );
    await client.setMaintenance("broken", undefined);
    await project.apply();
    expect(await client.getNode("broken")).toMatchObject({ provision_state: "available", maintenance: false });
    expect(await project.planned()).toEqual([]);
  });
});

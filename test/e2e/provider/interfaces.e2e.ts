import { IronicClient } from "../../../src/ironic";
import { startIronic } from "../support/ironic";
import { type Project, Projects } from "./project";

/** Chassis have no resource: Ironic's own client makes them. */
describe.each([["trixie"], ["sid"]] as const)("interfaces and chassis of a node, on the real Ironic of %s", (suite) => {
  let ironic: Awaited<ReturnType<typeof startIronic>>;
  let client: IronicClient;
  let projects: Projects;
  let project: Project;
  let chassis: string;
  beforeAll(async () => {
    projects = await Projects.install();
    ironic = await startIronic("noauth", { suite });
    client = new IronicClient({ url: ironic.url });
    await ironic.baremetal("chassis", "create");
    const [created] = (await ironic.baremetal("chassis", "list")) as object[];
    // The name of the field depends on the client's version.
    chassis = String(
      new Map(Object.entries(created ?? {}).map(([name, value]) => [name.toLowerCase(), value])).get("uuid"),
    );
    project = await projects.project(ironic, "");
  });
  afterAll(async () => {
    await client?.close();
    await ironic?.stop();
    projects?.remove();
  });

  // The names stand in full, for the test that looks for each argument.
  const FAKE = [
    ...["bios_interface", "boot_interface", "console_interface", "deploy_interface", "firmware_interface"],
    ...["inspect_interface", "management_interface", "power_interface", "raid_interface", "rescue_interface"],
    "vendor_interface",
  ];
  const NOOP = ["network_interface", "storage_interface"];
  const INTERFACES = Object.fromEntries([...FAKE.map((name) => [name, "fake"]), ...NOOP.map((name) => [name, "noop"])]);
  const lines = Object.entries(INTERFACES).map(([name, value]) => `${name} = "${value}"`);
  const node = (more: readonly string[]) => `
resource "ironic_node_v1" "n" {
  name   = "n"
  driver = "fake-hardware"
  ${more.join("\n  ")}
}
data "ironic_nodes" "in_chassis" {
  chassis_uuid = "${chassis}"
  depends_on   = [ironic_node_v1.n]
}
output "names" { value = data.ironic_nodes.in_chassis.nodes[*].name }
`;
  const names = async () => JSON.parse((await project.terraform.run(["output", "-json", "names"])).stdout) as unknown;
  const readNode = async (): Promise<object> => client.getNode("n");

  test("each is applied, and planned again to no changes", async () => {
    project.write(node([...lines, `chassis_uuid = "${chassis}"`]));
    await project.apply();
    expect(await readNode()).toMatchObject({ ...INTERFACES, chassis_uuid: chassis });
    expect(await names()).toEqual(["n"]);
    expect(await project.planned()).toEqual([]);
  });

  test("what is no longer configured: the interfaces are Ironic's defaults, and the node is in no chassis", async () => {
    project.write(node([]));
    await project.apply();
    expect(await readNode()).toMatchObject({ console_interface: "fake", deploy_interface: "fake", chassis_uuid: null });
    expect(await project.planned()).toEqual([]);
  });

  test("an interface that the conductor does not have, and a chassis that does not exist, are errors with Ironic's reason", async () => {
    for (const [line, reason] of [
      [
        'firmware_interface = "redfish"',
        "Could not find the following interface in the 'ironic.hardware.interfaces.firmware' entrypoint",
      ],
      [`chassis_uuid = "${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}"`, "could not be found"],
    ] as const) {
      project.write(node([line]));
      const { code, stderr } = await project.terraform.apply();
      expect(code).toBe(1);
      expect(stderr.replace(/[\s│]+/g, " ")).toContain(reason);
    }
  });
});

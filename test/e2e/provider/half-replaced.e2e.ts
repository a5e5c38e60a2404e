import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InProcessIronic } from "../../../src/testing/ironic";
import { flat, Projects } from "./project";

// An apply with create_before_destroy that ends between the two: Terraform's state has both objects, which are one in Ironic.

let ironic: InProcessIronic;
let projects: Projects;
beforeAll(async () => {
  [ironic, projects] = await Promise.all([InProcessIronic.start({ work: 1 }), Projects.install()]);
});
afterAll(async () => {
  await ironic.stop();
  projects.remove();
});

const configuration = (version: number) => `
resource "ironic_node_v1" "n" {
  driver = "fake-hardware"
  name   = "n"
}
resource "ironic_port_v1" "p" {
  node_uuid = ironic_node_v1.n.id
  address   = "52:54:00:00:00:01"
  lifecycle {
    create_before_destroy = true
  }
}
resource "ironic_node_v1" "after" {
  driver = "fake-hardware"
  name   = "after"
  extra  = { port = "\${ironic_port_v1.p.id} ${version}" }
}
`;

test("the later destruction of the old one keeps what the new one has taken over", async () => {
  const project = await projects.project(ironic, configuration(1));
  await project.apply();
  const [port] = [...ironic.store.ports.keys()];
  project.write(configuration(2));
  ironic.intercept = (request, response) => {
    if (request.method !== "PATCH" || !request.url?.startsWith("/v1/nodes")) return false;
    response.writeHead(400).end(JSON.stringify({ error_message: { faultstring: "not today" } }));
    return true;
  };
  const failed = await project.terraform.apply("-replace=ironic_port_v1.p");
  expect({ code: failed.code, stderr: flat(failed.stderr) }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("not today"),
  });
  const state = readFileSync(join(project.terraform.dir, "terraform.tfstate"), "utf8");
  expect(state).toContain('"deposed"');
  ironic.intercept = undefined;
  const { stdout } = await project.apply();
  expect(flat(stdout)).toContain("Warning: The port was kept");
  expect([...ironic.store.ports.keys()]).toEqual([port]);
  expect(await project.planned()).toEqual([]);
  await project.destroy();
  expect(ironic.store.ports.size + ironic.store.nodes.size).toBe(0);
});

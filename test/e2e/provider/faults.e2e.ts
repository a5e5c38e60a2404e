import { readFileSync } from "node:fs";
import { join } from "node:path";
import { IronicClient } from "../../../src/ironic";
import { InProcessIronic, type Thing } from "../../../src/testing/ironic";
import { flat, Projects } from "./project";

// What a real Ironic with fake hardware can't be made to show.
const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const machine = (image = IMAGE) => `
resource "ironic_node_v1" "n" {
  name           = "faulty"
  driver         = "fake-hardware"
  resource_class = "faulty"
  available      = true
}
resource "ironic_deployment" "d" {
  node_uuid     = ironic_node_v1.n.id
  instance_info = { image_source = "${image}" }
}
`;

let projects: Projects;
let ironic: InProcessIronic;
let client: IronicClient;

beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url });
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});

test("a first deployment that fails is not tainted, and the next apply continues it", async () => {
  const project = await projects.project(ironic, machine());
  ironic.fail = (_node, verb) => (verb === "active" ? "the agent did not call back" : undefined);
  const failed = await project.terraform.apply();
  expect(failed.code).toBe(1);
  expect(flat(failed.stderr)).toContain("Error: The node did not reach the expected provision state");
  expect(flat(failed.stderr)).toContain(
    'is in state "deploy failed" on its way to "active": the agent did not call back',
  );
  expect(flat(failed.stdout)).toContain(
    "Warning: The deployment has not finished with ironic_deployment.d, on main.tf line",
  );
  expect(Object.keys(await project.terraform.resources())).toEqual(["ironic_node_v1.n"]);
  expect(await project.planned()).toEqual(["create ironic_deployment.d"]);
  ironic.fail = undefined;
  const from = ironic.requests.length;
  await project.apply();
  const targets = ironic.requests.slice(from).map(({ body }) => (body as { target?: string } | undefined)?.target);
  expect(targets.filter((target) => target !== undefined)).toEqual(["active"]);
  expect(await client.getNode("faulty")).toMatchObject({ provision_state: "active" });
  expect(await project.planned()).toEqual([]);
});

test("a failed rebuild is taken up again by the next apply, in place", async () => {
  const project = await projects.project(ironic, machine());
  await project.apply();
  const newer = IMAGE.replace(/a{64}/, "b".repeat(64));
  project.write(machine(newer));
  ironic.fail = (_node, verb) => (verb === "rebuild" ? "no space left on device" : undefined);
  const failed = await project.terraform.apply();
  expect(flat(failed.stderr)).toContain("no space left on device");
  ironic.fail = undefined;
  expect(await project.planned()).toEqual(["update ironic_deployment.d"]);
  await project.apply();
  expect(await client.getNode("faulty")).toMatchObject({
    provision_state: "active",
    instance_info: { image_source: newer },
  });
  expect(await project.planned()).toEqual([]);
});

test("a rebuild that Ironic refused at once is not forgotten, though Ironic knows the new image already", async () => {
  const project = await projects.project(ironic, machine());
  await project.apply();
  project.write(machine(IMAGE.replace(/a{64}/, "b".repeat(64))));
  ironic.intercept = ({ method, url }, response) => {
    if (method !== "PUT" || !url?.endsWith("/states/provision")) return false;
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error_message: JSON.stringify({ faultstring: "not today" }) }));
    return true;
  };
  expect(flat((await project.terraform.apply()).stderr)).toContain("not today");
  ironic.intercept = undefined;
  expect(await project.planned()).toEqual(["update ironic_deployment.d"]);
  const rebuilds = () =>
    ironic.requests.filter(({ body }) => (body as { target?: string } | undefined)?.target === "rebuild");
  const before = rebuilds().length;
  await project.apply();
  expect(rebuilds()).toHaveLength(before + 1);
  expect(await project.planned()).toEqual([]);
});

test("Ctrl-C in the middle of a first deployment taints nothing, and the next apply waits for Ironic", async () => {
  const port = `resource "ironic_port_v1" "p" {\n  node_uuid = ironic_node_v1.n.id\n  address   = "52:54:00:60:00:01"\n}\n`;
  const configuration = machine()
    .replace("available      = true", 'available      = true\n  deploy_interface = "direct"')
    .replace("instance_info =", "depends_on    = [ironic_port_v1.p]\n  instance_info =");
  const project = await projects.project(ironic, configuration + port);
  const apply = () => project.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve"]);
  const theNode = () => [...ironic.store.nodes.values()][0];
  const first = apply();
  await first.until(() => theNode()?.provision_state === "wait call-back");
  first.interrupt();
  const { code, stdout, stderr } = await first.finished;
  // Terraform fails by itself, because it was interrupted.
  expect(code).toBe(1);
  expect(flat(stdout + stderr)).toContain("Warning: The deployment was interrupted");
  expect(flat(stdout + stderr)).toContain(
    'Node faulty is in state "wait call-back", and Ironic continues the deployment.',
  );
  expect(flat(stderr)).toContain("Error: execution halted");
  const { stdout: state } = await project.terraform.run(["state", "pull"]);
  expect(state).toContain('"provision_state": "wait call-back"');
  expect(state).not.toContain("tainted");
  expect(await project.planned()).toEqual(["update ironic_deployment.d"]);

  const from = ironic.requests.length;
  const second = apply();
  await second.until(() => ironic.requests.length > from + 10);
  Object.assign(theNode() ?? {}, { provision_state: "active", target_provision_state: null });
  expect(await second.finished).toMatchObject({ code: 0 });
  // The mark of an unfinished deployment is removed.
  const written = ironic.requests.slice(from).filter(({ method }) => method !== "GET");
  expect(written.map(({ method, body }) => [method, body])).toEqual([
    ["PATCH", [{ op: "remove", path: "/instance_info/terraform_unfinished" }]],
  ]);
  expect(await project.planned()).toEqual([]);
});

test("Ctrl-C while Ironic is making something loses nothing either", async () => {
  const configuration = `
resource "ironic_node_v1" "n" {
  name           = "faulty"
  driver         = "fake-hardware"
  resource_class = "faulty"
  available      = true
}
resource "ironic_port_v1" "p" {
  node_uuid = ironic_node_v1.n.id
  address   = "52:54:00:50:00:01"
}
resource "ironic_allocation_v1" "a" {
  name            = "faulty"
  resource_class  = "faulty"
  candidate_nodes = [ironic_port_v1.p.node_uuid]
}
`;
  const project = await projects.project(ironic, configuration);
  for (const [path, made] of [
    // In several steps: the next apply continues with the node.
    ["/v1/nodes", []],
    ["/v1/ports", ["ironic_node_v1.n", "ironic_port_v1.p"]],
    ["/v1/allocations", ["ironic_allocation_v1.a", "ironic_node_v1.n", "ironic_port_v1.p"]],
  ] as const) {
    let answer: (() => void) | undefined;
    const run = project.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve"]);
    ironic.intercept = ({ method, url }, response) => {
      if (answer || method !== "POST" || url !== path) return false;
      const made = ironic.requests.at(-1)?.body as Thing;
      const thing = path.endsWith("nodes")
        ? ironic.store.createNode(made)
        : path.endsWith("ports")
          ? ironic.store.createPort(made)
          : ironic.store.createAllocation(made);
      answer = () => response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(thing));
      return true;
    };
    await run.until(() => answer !== undefined);
    run.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 500));
    answer?.();
    await run.finished;
    ironic.intercept = undefined;
    expect(Object.keys(await project.terraform.resources()).sort()).toEqual(made);
  }
  await project.apply();
  expect([ironic.store.nodes.size, ironic.store.ports.size, ironic.store.allocations.size]).toEqual([1, 1, 1]);
  expect(await project.planned()).toEqual([]);
});

test("a node that stays locked is told, with who has it", async () => {
  const project = await projects.project(ironic, machine());
  await project.apply();
  const [node] = ironic.store.nodes.values();
  if (node) node.reservation = "conductor-7";
  project.write(`provider "ironic" {\n  lock_timeout = 2\n}\n${machine(IMAGE.replace(/a{64}/, "b".repeat(64)))}`);
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: The node is locked");
  expect(flat(stderr)).toContain("is locked by host conductor-7");
  if (node) node.reservation = null;
  await project.apply();
});

test("a step that takes longer than its timeout says so, and the next apply goes on", async () => {
  await ironic.stop();
  ironic = await InProcessIronic.start({ work: 1_500 });
  client = new IronicClient({ url: ironic.url });
  const configuration = (timeout: string) =>
    machine().replace("instance_info =", `timeouts {\n    create = "${timeout}"\n  }\n  instance_info =`);
  const project = await projects.project(ironic, configuration("200ms"));
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: The deployment took longer than 200ms");
  project.write(configuration("1m"));
  await project.apply();
  expect(await project.planned()).toEqual([]);
});

test("an API that comes up late is waited for as long as the provider's timeout says", async () => {
  const late = new URL(ironic.url);
  await ironic.stop();
  const project = await projects.project({ url: late.href }, `provider "ironic" {\n  timeout = 30\n}\n${machine()}`);
  const run = project.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve"]);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  ironic = await InProcessIronic.start({ port: Number(late.port) });
  expect((await run.finished).code).toBe(0);
  const log = readFileSync(join(project.terraform.dir, "terraform.log"), "utf8");
  expect(log).toContain("node faulty: active");
});

test("a power state that somebody changed is drift, and is taken back", async () => {
  const configuration = machine().replace(
    "available      = true",
    'available = true\n  target_power_state = "power off"',
  );
  const project = await projects.project(
    ironic,
    configuration.slice(0, configuration.indexOf('resource "ironic_deployment"')),
  );
  await project.apply();
  expect(await project.planned()).toEqual([]);
  await client.setPower("faulty", "power on");
  await client.waitUntil((await client.getNode("faulty")).uuid, ({ power_state }) => power_state === "power on");
  expect((await project.terraform.changes())["ironic_node_v1.n"]).toMatchObject({
    actions: ["update"],
    before: { target_power_state: "power on" },
    after: { target_power_state: "power off" },
  });
  await project.apply();
  expect(await client.getNode("faulty")).toMatchObject({ power_state: "power off" });
});

test("a timeout may be longer than a timer", async () => {
  const project = await projects.project(
    ironic,
    `resource "ironic_node_v1" "n" {\n  driver = "fake-hardware"\n  timeouts {\n    create = "1000h"\n  }\n}\n`,
  );
  await project.apply();
});

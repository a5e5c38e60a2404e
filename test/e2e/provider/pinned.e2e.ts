import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IronicClient, type NodeState } from "../../../src/ironic";
import { type RealIronic, startIronic } from "../support/ironic";
import { type RealRegistry, startRegistry } from "../support/registry";
import { inRootOrFail } from "../support/root";
import { Oras } from "../support/tools";
import { flat, type Project, Projects } from "./project";

/** What is pushed, how the node gets it, and what Ironic leaves of image_disk_format for the agent. */
const VARIANTS = [
  { name: "qcow2-local", format: "qcow2", source: "local", left: "raw" },
  { name: "raw-local", format: "raw", source: "local", left: "raw" },
  { name: "qcow2-http", format: "qcow2", source: "http", left: undefined },
  { name: "raw-http", format: "raw", source: "http", left: undefined },
] as const;

/**
 * A real conductor with the `direct` deploy interface, a real registry, and disk images of either format that are named by digest.
 * There are no machines: a deployment that Ironic accepts waits for the agent.
 */
describe.each([
  ["29", "trixie"],
  ["39", "sid"],
] as const)("Ironic %s", (_release, suite) => {
  let registry: RealRegistry;
  let ironic: RealIronic;
  let client: IronicClient;
  let projects: Projects;
  let oras: Oras;

  beforeAll(async () => {
    projects = await Projects.install();
    registry = await startRegistry("open");
    oras = new Oras(registry);
    ironic = await startIronic("noauth", { suite, ca: registry.tls.ca });
    client = new IronicClient({ url: ironic.url });
  });
  afterAll(async () => {
    await client?.close();
    await ironic?.stop();
    await registry?.stop();
    projects?.remove();
  });

  /** Pushes a new disk image as an artifact; gives its pinned URL. */
  async function push(name: string, format: "qcow2" | "raw"): Promise<string> {
    const { inside, outside } = registry.folder;
    writeFileSync(join(outside, "disk.raw"), randomBytes(256 * 1024));
    await inRootOrFail("qemu-img", ["convert", "-f", "raw", "-O", format, "disk.raw", "disk"], { cwd: inside });
    const file = { name: `${name}.${format}`, content: readFileSync(join(outside, "disk")) };
    const digest = await oras.push(`images/${name}:1`, file, "--artifact-type", "application/vnd.example.disk");
    return `oci://${registry.host}/images/${name}@${digest}`;
  }

  const machine = (name: string, source: string, image: string, last: number) => `
resource "ironic_node_v1" "${name}" {
  name             = "${name}"
  driver           = "fake-hardware"
  deploy_interface = "direct"
  driver_info      = { deploy_kernel = "http://images.example/k", deploy_ramdisk = "http://images.example/r" }
  manage           = true
}
resource "ironic_port_v1" "${name}" {
  node_uuid = ironic_node_v1.${name}.id
  address   = "52:54:00:70:00:0${last}"
}
resource "ironic_deployment" "${name}" {
  node_uuid     = ironic_node_v1.${name}.id
  instance_info = { image_source = "${image}", image_download_source = "${source}" }
  depends_on    = [ironic_port_v1.${name}]
}
`;
  const begun = ({ provision_state }: NodeState) => /^(wait call-back|deploy failed|active)$/.test(provision_state);
  let project: Project;

  test("accepts what the provider sends", async () => {
    const machines: string[] = [];
    for (const [index, { name, format, source }] of VARIANTS.entries()) {
      machines.push(machine(name, source, await push(name, format), index));
    }
    project = await projects.project(ironic, machines.join(""));
    const run = project.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve"]);
    const nodes = async () =>
      (await client.listNodes()).filter(({ name }) => VARIANTS.some((each) => each.name === name));
    let [ready, ended] = [false, false];
    const watched = (async () => {
      while (!ready && !ended) {
        const now = await nodes();
        ready = now.length === VARIANTS.length && now.every(begun);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    try {
      await run.until(() => ready);
    } finally {
      ended = true;
      await watched;
    }
    // There is no agent to wait for.
    run.interrupt();
    const { code, stdout, stderr } = await run.finished;
    for (const { name, left } of VARIANTS) {
      const { provision_state, last_error, instance_info } = await client.getNode(name);
      expect({ name, provision_state, last_error, left: instance_info.image_disk_format }).toEqual({
        ...{ name, left, provision_state: "wait call-back", last_error: null },
      });
    }
    expect(code).toBe(1);
    expect(flat(stdout + stderr)).toContain("Warning: The deployment was interrupted");
    // Only the agent fetches those into its memory.
    const inMemory = stdout.match(/Warning: The image goes through the agent's memory/g) ?? [];
    expect(inMemory.length).toBeGreaterThan(0);
  });

  test("and what it was interrupted in is not tainted: the configuration says what state says", async () => {
    const { stdout } = await project.terraform.run(["state", "pull"]);
    expect(stdout).not.toContain("tainted");
    const changes = await project.terraform.changes();
    for (const { name } of VARIANTS) {
      const { actions, before, after } = changes[`ironic_deployment.${name}`] ?? {};
      expect(actions).toEqual(["update"]);
      expect(after?.instance_info).toEqual(before?.instance_info);
    }
    await project.destroy();
  });

  test.each([
    ["nothing", {}, "The requested image is not valid for use."],
    ["its true format", { image_disk_format: "qcow2" }, "The requested image is not valid for use."],
    ["raw", { image_disk_format: "raw" }, null],
  ])("says of a qcow2 image, told %s beside the digest: %j", async (_what, told, refusal) => {
    const driver_info = { has_dedicated_power_supply: true, deploy_kernel: "http://k", deploy_ramdisk: "http://r" };
    const { uuid } = await client.createNode({ driver: "fake-hardware", deploy_interface: "direct", driver_info });
    await client.moveTo(uuid, "available");
    const image_source = await push(`told-${Object.values(told)[0] ?? "nothing"}`, "qcow2");
    const value = { image_source, image_download_source: "local", ...told };
    await client.patchNode(uuid, [{ op: "add", path: "/instance_info", value }]);
    await client.provision(uuid, "active");
    const { last_error } = await client.waitUntil(uuid, begun);
    if (refusal === null) expect(last_error).toBeNull();
    else expect(last_error).toContain(refusal);
  });
});

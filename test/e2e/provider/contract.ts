import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpBasic, IronicClient, type JsonObject } from "../../../src/ironic";
import type { IronicUnderTest } from "../../ironic/contract";
import { fixturePath, readFixture } from "../../support/fixtures";
import { adoptions } from "./adoption";
import { imports } from "./imports";
import { nodeDetails } from "./node-details";
import { plainObjects } from "./plain-objects";
import { ADDRESS, flat, type Project, Projects, succeeded } from "./project";
import { stepsOnNodes } from "./steps";
import type { OldInstance } from "./takeover/state";
import { rebuildWorld } from "./takeover/world";
import { typedValues } from "./typed-values";

const digest = (figure: string) => `sha256:${figure.repeat(64)}`;
const IMAGE = `oci://registry.example/fcos@${digest("a")}`;
const NEW_IMAGE = `oci://registry.example/fcos@${digest("b")}`;
const KERNEL = `oci://registry.example/ipa@${digest("c")}`;
const RAMDISK = `oci://registry.example/ipa@${digest("d")}`;
const SECRETS = {
  bmc_password: "bmc-hunter2",
  deploy_secret: "ipa:pull-hunter3",
  image_secret: "rack:pull-hunter4",
} as const;

const rack = (settings: { name: string; image?: string; version?: number; extra?: string }) => `
variable "bmc_password" {
  type      = string
  ephemeral = true
  default   = null
}
variable "deploy_secret" {
  type      = string
  ephemeral = true
  default   = null
}
variable "image_secret" {
  type      = string
  ephemeral = true
  default   = null
}
resource "ironic_node_v1" "worker" {
  name                         = "${settings.name}"
  driver                       = "fake-hardware"
  driver_info                  = { redfish_address = "https://bmc.example", redfish_username = "admin" }
  driver_info_wo               = { redfish_password = var.bmc_password }
  driver_info_wo_version       = ${settings.version ?? 1}
  deploy_kernel                = "${KERNEL}"
  deploy_ramdisk               = "${RAMDISK}"
  image_pull_secret_wo         = var.deploy_secret
  image_pull_secret_wo_version = ${settings.version ?? 1}
  properties                   = { cpu_arch = "x86_64", local_gb = 50, capabilities = "boot_mode:uefi" }
  root_device                  = { name = "/dev/sda" }
  extra                        = ${settings.extra ?? '{ rack = "r1" }'}
  resource_class               = "${settings.name}"
  traits                       = ["CUSTOM_GOLD", "CUSTOM_FAST"]
  manage                       = true
  available                    = true
}
resource "ironic_port_v1" "worker" {
  node_uuid        = ironic_node_v1.worker.id
  address          = "52:54:00:CC:DD:01"
  pxe_enabled      = true
  physical_network = "provisioning"
  extra            = { cable = "red" }
}
resource "ironic_allocation_v1" "worker" {
  name            = "${settings.name}-allocation"
  resource_class  = ironic_node_v1.worker.resource_class
  candidate_nodes = [ironic_node_v1.worker.id]
}
resource "ironic_deployment" "worker" {
  node_uuid                    = ironic_allocation_v1.worker.node_uuid
  instance_info                = { image_source = "${settings.image ?? IMAGE}", root_gb = 25, capabilities = "boot_mode:uefi" }
  image_pull_secret_wo         = var.image_secret
  image_pull_secret_wo_version = ${settings.version ?? 1}
  user_data                    = jsonencode({ ignition = { version = "3.4.0" } })
  metadata                     = { hostname = "${settings.name}" }
  depends_on                   = [ironic_port_v1.worker]
}
`;
const ALL = ["ironic_allocation_v1", "ironic_deployment", "ironic_node_v1", "ironic_port_v1"].map(
  (type) => `${type}.worker`,
);

/** What the provider does for its users, through the real Terraform: on the stand-in and on a real Ironic alike. */
export function providerContract(name: string, start: () => Promise<IronicUnderTest>): void {
  describe(name, () => {
    let ironic: IronicUnderTest;
    let client: IronicClient;
    let projects: Projects;
    beforeAll(async () => {
      projects = await Projects.install();
      ironic = await start();
      const { url, credentials } = ironic;
      client = new IronicClient({
        url,
        ...(credentials && { auth: httpBasic(credentials.username, credentials.password) }),
      });
    });
    afterAll(async () => {
      await client?.close();
      await ironic?.stop();
      projects?.remove();
    });

    const withSecrets = Object.fromEntries(Object.entries(SECRETS).map(([name, value]) => [`TF_VAR_${name}`, value]));
    const newProject = (configuration: string, env = {}) =>
      projects.project(ironic, configuration, { ...withSecrets, ...env });

    describe("a rack over time", () => {
      let project: Project;
      let uuid: string;
      const current = () => client.getNode("rack-node");

      test("is planned and applied: enroll, manageable, available, active", async () => {
        project = await newProject(rack({ name: "rack-node" }));
        expect((await project.planned()).sort()).toEqual(ALL.map((address) => `create ${address}`));
        await project.apply();
        const node = await current();
        uuid = node.uuid;
        expect(node).toMatchObject({
          provision_state: "active",
          resource_class: "rack-node",
          driver_info: {
            deploy_kernel: KERNEL,
            deploy_ramdisk: RAMDISK,
            redfish_address: "https://bmc.example",
            redfish_password: "******",
            image_pull_secret: "******",
          },
          properties: { cpu_arch: "x86_64", local_gb: "50", root_device: { name: "/dev/sda" } },
          instance_info: { image_source: IMAGE, root_gb: "25", image_pull_secret: "******", configdrive: "******" },
          extra: { rack: "r1" },
        });
        // Sent along with a digest, so that Ironic accepts the image.
        expect(node.instance_info).toMatchObject({ image_disk_format: "raw" });
        expect([...(node.traits ?? [])].sort()).toEqual(["CUSTOM_FAST", "CUSTOM_GOLD"]);
        const [port, ...others] = await client.listPorts(uuid);
        expect(others).toEqual([]);
        expect(port).toMatchObject({
          address: "52:54:00:cc:dd:01",
          pxe_enabled: true,
          physical_network: "provisioning",
        });
        const log = readFileSync(join(project.terraform.dir, "terraform.log"), "utf8");
        for (const state of ["enroll", "manageable", "available", "active"]) {
          expect(log).toContain(`node rack-node: ${state}`);
        }
      });

      test("is planned again to no changes", async () => {
        expect(await project.planned()).toEqual([]);
      });

      test("drift is found, in every argument that can drift, and mended", async () => {
        const [port] = await client.listPorts(uuid);
        await client.patchPort(port?.uuid ?? "", [{ op: "replace", path: "/extra/cable", value: "blue" }]);
        await client.patchNode(uuid, [
          { op: "replace", path: "/driver_info/deploy_kernel", value: "http://elsewhere.example/kernel" },
          { op: "add", path: "/driver_info/redfish_username", value: "somebody" },
          { op: "replace", path: "/properties/cpu_arch", value: "aarch64" },
          { op: "add", path: "/properties/root_device", value: { name: "/dev/sdb" } },
          { op: "replace", path: "/extra/rack", value: "r9" },
          { op: "add", path: "/instance_info/root_gb", value: "99" },
        ]);
        await client.setTraits(uuid, ["CUSTOM_SLOW"]);
        const changes = await project.terraform.changes();
        expect(changes["ironic_node_v1.worker"]?.before).toMatchObject({
          deploy_kernel: "http://elsewhere.example/kernel",
          driver_info: { redfish_username: "somebody" },
          properties: { cpu_arch: "aarch64" },
          root_device: { name: "/dev/sdb" },
          extra: { rack: "r9" },
          traits: ["CUSTOM_SLOW"],
        });
        expect(changes["ironic_node_v1.worker"]?.actions).toEqual(["update"]);
        expect(changes["ironic_port_v1.worker"]).toMatchObject({
          actions: ["update"],
          before: { extra: { cable: "blue" } },
          after: { extra: { cable: "red" } },
        });
        expect(changes["ironic_deployment.worker"]).toMatchObject({
          actions: ["update"],
          before: { instance_info: { root_gb: "99" } },
        });
        await project.apply();
        expect(await project.planned()).toEqual([]);
        expect(await current()).toMatchObject({
          provision_state: "active",
          driver_info: { deploy_kernel: KERNEL, redfish_username: "admin", redfish_password: "******" },
          properties: { cpu_arch: "x86_64", root_device: { name: "/dev/sda" } },
          extra: { rack: "r1" },
          instance_info: { root_gb: "25" },
        });
        expect((await current()).extra).toEqual({ rack: "r1", terraform_enrolled: expect.any(String) });
      });

      test("a port's connection drifts too, and can only be mended in maintenance", async () => {
        const [port] = await client.listPorts(uuid);
        const drift = [{ op: "replace", path: "/pxe_enabled", value: false }] as const;
        await client.setMaintenance(uuid, "drifting");
        await client.patchPort(port?.uuid ?? "", drift);
        await client.setMaintenance(uuid, undefined);
        expect(await project.planned()).toEqual(["update ironic_port_v1.worker"]);
        const { code, stderr } = await project.terraform.apply();
        expect(code).toBe(1);
        expect(stderr).toContain("The port can't be changed while its node is in use");
        await client.setMaintenance(uuid, "mending");
        await project.apply();
        await client.setMaintenance(uuid, undefined);
        expect(await project.planned()).toEqual([]);
      });

      test("a new digest is rebuilt in place", async () => {
        project.write(rack({ name: "rack-node", image: NEW_IMAGE }));
        expect(await project.planned()).toEqual(["update ironic_deployment.worker"]);
        // The rebuild is in what a reviewer reads, and in what a policy reads. The drift above was the first one.
        const [before, after] = ["instance_info.root_gb", "instance_info.image_source"];
        const { stdout } = await project.terraform.plan();
        expect(flat(stdout)).toContain(`~ disk_written_by = "rebuild 1: ${before}" -> "rebuild 2: ${after}"`);
        expect((await project.terraform.changes())["ironic_deployment.worker"]).toMatchObject({
          before: { disk_written_by: `rebuild 1: ${before}` },
          after: { disk_written_by: `rebuild 2: ${after}` },
        });
        await project.apply();
        expect(await current()).toMatchObject({
          uuid,
          provision_state: "active",
          instance_info: { image_source: NEW_IMAGE, image_pull_secret: "******" },
        });
        expect(await project.planned()).toEqual([]);
      });

      test("a secret is rotated, and nothing else happens", async () => {
        project.write(rack({ name: "rack-node", image: NEW_IMAGE, version: 2 }));
        expect((await project.planned()).sort()).toEqual([
          "update ironic_deployment.worker",
          "update ironic_node_v1.worker",
        ]);
        const changes = await project.terraform.changes();
        for (const [address, versions] of [
          ["ironic_deployment.worker", { image_pull_secret_wo_version: 2 }],
          ["ironic_node_v1.worker", { image_pull_secret_wo_version: 2, driver_info_wo_version: 2 }],
        ] as const) {
          const change = changes[address];
          expect(change?.after).toEqual({ ...change?.before, ...versions });
          expect(change?.after_unknown).not.toMatchObject({ provision_state: true });
        }
        await project.apply();
        expect(await current()).toMatchObject({
          provision_state: "active",
          driver_info: { redfish_password: "******" },
        });
        expect(await project.planned()).toEqual([]);
      });

      test("is imported into an empty state, by name and by UUID, without doing anything to the machine", async () => {
        const fresh = await newProject(rack({ name: "rack-node", image: NEW_IMAGE, version: 2 }));
        const allocation = await client.getAllocation("rack-node-allocation");
        succeeded(await fresh.terraform.import("ironic_node_v1.worker", "rack-node"));
        succeeded(await fresh.terraform.import("ironic_port_v1.worker", "52:54:00:cc:dd:01"));
        succeeded(await fresh.terraform.import("ironic_allocation_v1.worker", allocation.uuid));
        succeeded(await fresh.terraform.import("ironic_deployment.worker", "rack-node"));
        // What can't be read back is recorded: versions of secrets, and the config drive.
        const changes = await fresh.terraform.changes();
        expect(changes["ironic_allocation_v1.worker"]?.actions).toEqual(["no-op"]);
        expect(changes["ironic_port_v1.worker"]?.actions).toEqual(["no-op"]);
        for (const address of ["ironic_node_v1.worker", "ironic_deployment.worker"]) {
          expect(changes[address]?.actions).toEqual(["update"]);
        }
        const before = await current();
        await fresh.apply();
        expect(await fresh.planned()).toEqual([]);
        expect(await current()).toMatchObject({ provision_state: "active", instance_info: before.instance_info });
        expect((await current()).provision_updated_at).toBe(before.provision_updated_at);
      });

      test("in maintenance, the plan of a rebuild warns and the apply has the reason; the next one rebuilds", async () => {
        await client.setMaintenance(uuid, "a fan is loud");
        project.write(rack({ name: "rack-node", image: IMAGE, version: 2 }));
        const advice = `Node rack-node is in maintenance: a fan is loud. Ironic has not set this itself. Once the reason is gone, set maintenance = false in its ironic_node_v1 if that has it, or run \`baremetal node maintenance unset rack-node\`, and apply again.`;
        expect(flat((await project.terraform.plan()).stdout)).toContain(advice);
        const refused = await project.terraform.apply();
        expect(refused.code).toBe(1);
        expect(flat(refused.stderr)).toMatch(/Error: The node is in maintenance .*can't be performed/);
        expect(flat(refused.stderr)).toContain(advice);
        await client.setMaintenance(uuid, undefined);
        await project.apply();
        expect(await project.planned()).toEqual([]);
        expect(await current()).toMatchObject({ provision_state: "active", instance_info: { image_source: IMAGE } });
        expect((await project.terraform.resources())["ironic_deployment.worker"]?.values).toMatchObject({
          disk_written_by: "rebuild 3: instance_info.image_source",
        });
      });

      test("no secret is in plan, state or log", async () => {
        const written = await project.everythingWritten();
        for (const secret of Object.values(SECRETS)) {
          expect(written).not.toContain(secret);
          expect(written).not.toContain(Buffer.from(secret).toString("base64"));
        }
        if (ironic.credentials) expect(written).not.toContain(ironic.credentials.password);
        // The log is there at all, and says something.
        expect(written).toContain("node rack-node: active");
      });

      test("a node deleted behind Terraform's back is planned anew", async () => {
        const other = await newProject(
          `resource "ironic_node_v1" "lost" {\n  driver = "fake-hardware"\n  name = "lost"\n}`,
        );
        await other.apply();
        await client.deleteNode("lost");
        expect(await other.planned()).toEqual(["create ironic_node_v1.lost"]);
        await other.apply();
        await other.destroy();
      });

      test("is destroyed", async () => {
        await project.destroy();
        await expect(client.getNode("rack-node")).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
        await expect(client.getAllocation("rack-node-allocation")).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
      });
    });

    describe("free-form fields, into which Ironic writes as well", () => {
      let project: Project;
      /** Each of them with a key that stays, one that is changed and one that is removed. */
      const machine = (key: (what: string) => string) => `
resource "ironic_node_v1" "f" {
  name           = "free-form"
  driver         = "fake-hardware"
  driver_info    = { a = "1"${key("driver_info")} }
  properties     = { a = "1", capabilities = "a:1"${key("properties")} }
  root_device    = { model = "1"${key("root_device")} }
  extra          = { a = "1"${key("extra")} }
  resource_class = "free-form"
  available      = true
}
resource "ironic_port_v1" "f" {
  node_uuid             = ironic_node_v1.f.id
  address               = "52:54:00:ee:aa:01"
  local_link_connection = { switch_id = "52:54:00:ee:aa:02", port_id = "1"${key("local_link_connection")} }
  extra                 = { a = "1"${key("port")} }
}
resource "ironic_allocation_v1" "f" {
  name           = "free-form"
  resource_class = ironic_node_v1.f.resource_class
  extra          = { a = "1" }
}
resource "ironic_deployment" "f" {
  node_uuid     = ironic_allocation_v1.f.node_uuid
  instance_info = { image_source = "${IMAGE}", a = "1"${key("instance_info")} }
  depends_on    = [ironic_port_v1.f]
}
`;
      /** Which key of each is changed, in the fields that do not take any. */
      const NAMES: Readonly<Record<string, string>> = { root_device: "wwn", local_link_connection: "switch_info" };
      const holding = (value: string) => (what: string) => `, ${NAMES[what] ?? "b"} = "${value}"`;
      /** Ironic takes a port's connection only in maintenance, and a rebuild only without. */
      const PORT = new Set(["local_link_connection", "port"]);
      async function applyChange(from: (what: string) => string, to: (what: string) => string): Promise<void> {
        await client.setMaintenance("free-form", "cabling");
        project.write(machine((what) => (PORT.has(what) ? to(what) : from(what))));
        expect(await project.planned()).toEqual(["update ironic_port_v1.f"]);
        await project.apply();
        await client.setMaintenance("free-form", undefined);
        project.write(machine(to));
        expect((await project.planned()).sort()).toEqual(["update ironic_deployment.f", "update ironic_node_v1.f"]);
        await project.apply();
        expect(await project.planned()).toEqual([]);
      }
      /** What each field holds now, without what else Ironic keeps there. */
      async function held() {
        const { uuid, driver_info, properties, extra, instance_info } = await client.getNode("free-form");
        const [port] = await client.listPorts(uuid);
        return { driver_info, properties, extra, instance_info, port };
      }
      const added = { added: "by Ironic" };

      test("what it adds is no drift", async () => {
        project = await newProject(machine(holding("1")));
        await project.apply();
        const { uuid } = await client.getNode("free-form");
        await client.patchNode(uuid, [
          ...["driver_info", "properties", "extra", "instance_info"].map(
            (field) => ({ op: "add", path: `/${field}/added`, value: "by Ironic" }) as const,
          ),
          { op: "add", path: "/properties/root_device/serial", value: "s" },
          { op: "replace", path: "/properties/capabilities", value: "cpu_vt:true,a:1" },
        ]);
        const [port] = await client.listPorts(uuid);
        await client.setMaintenance(uuid, "cabling");
        await client.patchPort(port?.uuid ?? "", [
          { op: "add", path: "/extra/added", value: "by Ironic" },
          { op: "add", path: "/local_link_connection/network_type", value: "managed" },
        ]);
        const { credentials } = ironic;
        const login = credentials && Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
        const patched = await fetch(`${ironic.url}/v1/allocations/free-form`, {
          method: "PATCH",
          headers: {
            "content-type": "application/json",
            "x-openstack-ironic-api-version": "1.57",
            ...(login && { authorization: `Basic ${login}` }),
          },
          body: JSON.stringify([{ op: "add", path: "/extra/added", value: "by Ironic" }]),
        });
        expect(patched.status).toBe(200);
        await client.setMaintenance(uuid, undefined);
        expect(await project.planned()).toEqual([]);
      });

      test("and is still there when what is configured has changed", async () => {
        await applyChange(holding("1"), holding("2"));
        expect(await held()).toMatchObject({
          driver_info: { a: "1", b: "2", ...added },
          properties: {
            ...{ a: "1", b: "2", ...added, capabilities: "cpu_vt:true,a:1" },
            root_device: { model: "1", wwn: "2", serial: "s" },
          },
          extra: { a: "1", b: "2", ...added },
          instance_info: { a: "1", b: "2", ...added, image_source: IMAGE },
          port: {
            extra: { a: "1", b: "2", ...added },
            local_link_connection: { port_id: "1", switch_info: "2", network_type: "managed" },
          },
        });
      });

      test("a key that is configured no longer is removed, and no other", async () => {
        await applyChange(holding("2"), () => "");
        const { driver_info, properties, extra, instance_info, port } = await held();
        for (const map of [driver_info, properties, extra, instance_info, port?.extra ?? {}]) {
          expect(map).toMatchObject({ a: "1", ...added });
          expect(map).not.toHaveProperty("b");
        }
        expect(properties.root_device).toEqual({ model: "1", serial: "s" });
        expect(port?.local_link_connection).not.toHaveProperty("switch_info");
        expect(port?.local_link_connection).toMatchObject({ network_type: "managed" });
      });

      test("a configured key that somebody removed is drift, and is put back", async () => {
        await client.patchNode("free-form", [
          { op: "remove", path: "/driver_info/a" },
          { op: "remove", path: "/properties/a" },
          { op: "remove", path: "/extra/a" },
          { op: "remove", path: "/properties/root_device/model" },
        ]);
        expect(await project.planned()).toEqual(["update ironic_node_v1.f"]);
        await project.apply();
        expect(await held()).toMatchObject({
          driver_info: { a: "1", ...added },
          properties: { a: "1", root_device: { model: "1", serial: "s" }, ...added },
          extra: { a: "1", ...added },
        });
      });

      test("an import takes nothing away", async () => {
        const fresh = await newProject(machine(() => ""));
        const { uuid } = await client.getNode("free-form");
        succeeded(await fresh.terraform.import("ironic_node_v1.f", "free-form"));
        succeeded(await fresh.terraform.import("ironic_port_v1.f", "52:54:00:ee:aa:01"));
        succeeded(
          await fresh.terraform.import("ironic_allocation_v1.f", (await client.getAllocation("free-form")).uuid),
        );
        succeeded(await fresh.terraform.import("ironic_deployment.f", "free-form"));
        const before = await held();
        const { stdout } = await fresh.apply();
        expect(flat(stdout)).toContain("Warning: The import found keys that are not configured");
        expect(await held()).toEqual(before);
        expect(await fresh.planned()).toEqual([]);
        expect((await client.getNode(uuid)).provision_state).toBe("active");
        await project.destroy();
      });
    });

    typedValues(() => ({ client, project: newProject }));
    nodeDetails(() => ({ client, project: newProject }));
    adoptions(() => ({ client, project: newProject }));
    stepsOnNodes(() => ({ client, project: newProject }));
    plainObjects(() => ({ client, project: newProject }));
    imports(() => ({ ironic, client, project: newProject }));

    describe("every other argument", () => {
      let project: Project;
      const address = (last: number) => `52:54:00:ee:ff:0${last}`;
      const DRIVE = `network_data  = { links = jsonencode([{ id = "eth0", type = "phy" }]) }
  metadata      = { hostname = "old" }`;
      const machine = (settings: { ports: string; power: string; image: string; deployment?: string }) => `
resource "ironic_node_v1" "old" {
  name                = "old-style"
  driver              = "fake-hardware"
  boot_interface      = "fake"
  driver_info         = { ipmi_address = "192.0.2.1", ipmi_password = "hunter5", deploy_kernel = "http://images.example/k" }
  properties          = { cpu_arch = "aarch64" }
  ports               = ${settings.ports}
  resource_class      = "old-style"
  manage              = true
  inspect             = true
  available           = true
  target_power_state  = "${settings.power}"
  power_state_timeout = 60
  timeouts {
    create = "5m"
  }
}
resource "ironic_allocation_v1" "old" {
  name            = "old-style-allocation"
  resource_class  = "old-style"
  candidate_nodes = [ironic_node_v1.old.name]
  extra           = { why = "test" }
}
resource "ironic_deployment" "old" {
  name          = "old-style"
  node_uuid     = ironic_allocation_v1.old.node_uuid
  allow_tag     = true
  instance_info = { image_source = "${settings.image}", capabilities = "boot_mode:uefi,secure_boot:true" }
  ${settings.deployment ?? DRIVE}
}
data "ironic_node" "by_name" {
  node       = ironic_node_v1.old.name
  depends_on = [ironic_deployment.old]
}
data "ironic_introspection" "old" {
  uuid = ironic_node_v1.old.id
}
`;
      const TAG = "oci://registry.example/fcos:stable";
      const OFF = "power off";

      test("is applied, and planned again to no changes", async () => {
        project = await newProject(
          machine({
            ports: `[{ address = "${address(1)}", pxe_enabled = "true" }, { address = "${address(2)}" }]`,
            power: "power on",
            image: TAG,
          }),
        );
        await project.apply();
        expect(await project.planned()).toEqual([]);
        const node = await client.getNode("old-style");
        expect(node).toMatchObject({
          provision_state: "active",
          power_state: "power on",
          driver_info: { ipmi_address: "192.0.2.1", ipmi_password: "******", deploy_kernel: "http://images.example/k" },
          instance_info: { image_source: TAG, capabilities: { boot_mode: "uefi", secure_boot: "true" } },
        });
        const ports = (await client.listPorts(node.uuid)).map(({ address, pxe_enabled }) => ({ address, pxe_enabled }));
        expect(ports.sort((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
          { address: address(1), pxe_enabled: true },
          { address: address(2), pxe_enabled: false },
        ]);
        const { values } = await project.terraform.show();
        const data = Object.fromEntries(
          (values?.root_module?.resources ?? []).map(({ address, values }) => [address, values]),
        );
        expect(data["data.ironic_node.by_name"]).toMatchObject({
          id: node.uuid,
          driver: "fake-hardware",
          deploy_kernel: "http://images.example/k",
          provision_state: "active",
          interfaces: { boot_interface: "fake", network_interface: "noop" },
        });
        expect(data["data.ironic_introspection.old"]).toMatchObject({ id: node.uuid, uuid: node.uuid });
      });

      test("changes in place: ports come and go, the power state follows", async () => {
        project.write(
          machine({
            ports: `[{ address = "${address(1)}", pxe_enabled = "true" }, { address = "${address(3)}" }]`,
            power: OFF,
            image: TAG,
          }),
        );
        expect(await project.planned()).toEqual(["update ironic_node_v1.old"]);
        await client.setMaintenance("old-style", "a port of a node in use can't be removed otherwise");
        await project.apply();
        await client.setMaintenance("old-style", undefined);
        const node = await client.getNode("old-style");
        expect(node.power_state).toBe("power off");
        expect((await client.listPorts(node.uuid)).map(({ address }) => address).sort()).toEqual([
          address(1),
          address(3),
        ]);
        expect(await project.planned()).toEqual([]);
      });

      test("ports drift", async () => {
        const node = await client.getNode("old-style");
        const gone = (await client.listPorts(node.uuid)).find((port) => port.address === address(3));
        await client.setMaintenance(node.uuid, "drifting");
        await client.deletePort(gone?.uuid ?? "");
        await client.setMaintenance(node.uuid, undefined);
        const { "ironic_node_v1.old": change } = await project.terraform.changes();
        expect(change).toMatchObject({
          actions: ["update"],
          before: { ports: [{ address: address(1) }] },
        });
        await project.apply();
        expect(await project.planned()).toEqual([]);
      });

      test("a config drive that is gone from the configuration is gone from the machine", async () => {
        expect((await client.getNode("old-style")).instance_info).toMatchObject({ configdrive: "******" });
        const ports = `[{ address = "${address(1)}", pxe_enabled = "true" }, { address = "${address(3)}" }]`;
        project.write(machine({ ports, power: OFF, image: TAG, deployment: "" }));
        expect(await project.planned()).toEqual(["update ironic_deployment.old"]);
        await project.apply();
        const node = await client.getNode("old-style");
        expect(node.provision_state).toBe("active");
        expect(node.instance_info).not.toHaveProperty("configdrive");
        expect(await project.planned()).toEqual([]);
      });

      test("a deployment is replaced where that is asked for", async () => {
        const ports = `[{ address = "${address(1)}", pxe_enabled = "true" }, { address = "${address(3)}" }]`;
        project.write(machine({ ports, power: OFF, image: IMAGE, deployment: 'on_change = "replace"' }));
        expect(await project.planned()).toEqual(["delete then create ironic_deployment.old"]);
        await project.apply();
        expect(await client.getNode("old-style")).toMatchObject({
          provision_state: "active",
          instance_info: { image_source: IMAGE },
        });
        await project.destroy();
      });
    });

    describe("a state of openshift-metal3/ironic", () => {
      test("is taken over: replace-provider, and no changes", async () => {
        const state = readFileSync(fixturePath("old-provider", "terraform.tfstate"), "utf8");
        const { resources } = JSON.parse(state) as {
          resources: { type: OldInstance["type"]; name: string; instances: [{ attributes: JsonObject }] }[];
        };
        await rebuildWorld(
          client,
          resources.map(({ type, name, instances: [{ attributes }] }) => ({
            ...{ type, name, attributes },
            ...(type === "ironic_node_v1" && { sent: { ipmi_password: "hunter2" } }),
          })),
        );
        const configuration = readFixture("old-provider", "main.tf.json") as {
          terraform: { required_providers: { ironic: { source: string; version?: string } } };
          provider: { ironic: Record<string, unknown> };
        };
        configuration.terraform.required_providers.ironic = { source: "cdktf-ironic-oci/ironic" };
        configuration.provider.ironic.url = `${ironic.url}/v1`;
        const project = await projects.project(ironic, "", withSecrets);
        const { terraform } = project;
        terraform.write("");
        terraform.write(JSON.stringify(configuration), "main.tf.json");
        writeFileSync(join(terraform.dir, "terraform.tfstate"), state);
        const old = "registry.terraform.io/openshift-metal3/ironic";
        succeeded(await terraform.run(["state", "replace-provider", "-auto-approve", old, ADDRESS]));
        succeeded(await terraform.init());
        const { code, stdout } = await terraform.plan();
        expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("No changes") });
        await project.destroy();
        await expect(client.getNode("worker-0")).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
      });
    });

    describe("what is refused", () => {
      const refused = async (configuration: string, env = {}) => {
        const project = await newProject(configuration, env);
        const { code, stdout, stderr } = await project.terraform.apply();
        expect(code).toBe(1);
        return flat(stdout + stderr);
      };
      const bare = (fields: string) => `resource "ironic_node_v1" "n" {\n${fields}\n}`;

      test("an unreachable API", async () => {
        const said = await refused(bare('driver = "fake-hardware"'), { IRONIC_ENDPOINT: "http://127.0.0.1:9" });
        expect(said).toContain("Error: Ironic does not answer");
        expect(said).toContain("No response from http://127.0.0.1:9 (ECONNREFUSED). Check the URL");
      });

      test("wrong credentials", async () => {
        const said = await refused(bare('driver = "fake-hardware"'), {
          IRONIC_AUTH_STRATEGY: "http_basic",
          IRONIC_HTTP_BASIC_USERNAME: "admin",
          IRONIC_HTTP_BASIC_PASSWORD: "wrong-password",
          ...(!ironic.credentials && { IRONIC_HTTP_BASIC_PASSWORD: "" }),
        });
        expect(said).toContain(
          ironic.credentials ? "Error: Ironic refused the credentials" : "Error: http_basic needs ironic_password",
        );
        expect(said).not.toContain("wrong-password");
      });

      test("an unknown driver", async () => {
        expect(await refused(bare('driver = "nonsense"'))).toContain(
          "No conductor service registered which supports driver nonsense",
        );
      });

      test("a microversion that Ironic does not speak", async () => {
        const said = await refused(bare('driver = "fake-hardware"'), { IRONIC_MICROVERSION: "1.999" });
        expect(said).toContain("Error: Ironic does not support this microversion");
        expect(said).toMatch(/This Ironic supports 1\.1 to 1\.\d+:/);
      });

      test("a microversion that is too old for the resources", async () => {
        const said = await refused(bare('driver = "fake-hardware"'), { IRONIC_MICROVERSION: "1.20" });
        expect(said).toContain("Error: The API microversion is too old");
        expect(said).toContain("API microversion 1.34 is needed for the resource classes of nodes");
        expect(said).toContain("1.20 is configured");
      });

      test("a name already taken", async () => {
        const { uuid } = await client.createNode({ driver: "fake-hardware", name: "taken" });
        const said = await refused(bare('driver = "fake-hardware"\nname = "taken"'));
        expect(said).toContain("A node with name taken already exists.");
        await client.deleteNode(uuid);
      });

      test("an image that is not pinned", async () => {
        const deployment = `resource "ironic_deployment" "d" {
          node_uuid     = "any"
          instance_info = { image_source = "oci://registry.example/fcos:stable" }
        }`;
        const said = await refused(deployment);
        expect(said).toContain("Error: image_source is not pinned");
        expect(said).toContain("ironic-oci resolve oci://registry.example/fcos:stable --arch");
      });

      test("a write-only secret without a version, a key of driver_info given twice, a port without a MAC address", async () => {
        const said = await refused(
          bare(`driver = "fake-hardware"
            driver_info    = { deploy_kernel = "a", redfish_password = "y", redfish_username = null }
            deploy_kernel  = "b"
            driver_info_wo = { redfish_password = "x", redfish_username = "z" }
            ports          = [{ address = "nonsense" }]`),
        );
        for (const summary of [
          "driver_info_wo without a version",
          "deploy_kernel is set twice",
          "redfish_password is set twice",
          "Not a MAC address",
        ]) {
          expect(said).toContain(`Error: ${summary}`);
        }
        expect(said).not.toContain("redfish_username is set twice");
      });
    });
  });
}

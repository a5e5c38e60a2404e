import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IronicClient, JsonObject } from "../../../src/ironic";
import type { IronicUnderTest } from "../../ironic/contract";
import { importBlocks } from "./import-blocks";
import { flat, type Project } from "./project";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const NAMES = ["imported.deployed", "imported-spare", "imported-plain", "imported-held"];

/** The import of what other clients have made, through the real Terraform. */
export function imports(
  context: () => {
    readonly ironic: IronicUnderTest;
    readonly client: IronicClient;
    readonly project: (configuration: string) => Promise<Project>;
  },
): void {
  describe("an Ironic with nodes that other clients have made", () => {
    let client: IronicClient;
    let project: Project;
    let blocks: string;
    let before: unknown;

    /** What Ironic shows, but for what its periodic check of the power state changes. */
    const inIronic = async () => {
      const found = await Promise.all(NAMES.map((name) => client.getNode(name)));
      const uuids = new Set(found.map(({ uuid }) => uuid));
      const nodes = found.map((node) => ({ ...node, power_state: undefined, updated_at: undefined }));
      const of = ({ node_uuid }: { readonly node_uuid: string | null }) => uuids.has(node_uuid ?? "");
      const [ports, groups] = [await client.listPorts(undefined), await client.listPortGroups()];
      return JSON.parse(
        JSON.stringify([nodes, ports.filter(of), groups.filter(of), (await client.listAllocations()).filter(of)]),
      );
    };

    async function make(): Promise<void> {
      const create = (name: string | undefined, fields: JsonObject = {}) =>
        client.createNode({ driver: "fake-hardware", ...(name && { name }), ...fields });
      const address = (last: string) => `52:54:00:1e:00:0${last}`;
      const deployed = await create(NAMES[0], {
        resource_class: "imported",
        driver_info: { redfish_address: "https://bmc.example", redfish_password: "secret", redfish_verify_ca: false },
        properties: { cpu_arch: "x86_64", memory_mb: 1024, capabilities: "boot_mode:uefi", root_device: { size: 100 } },
        extra: { rack: "r1", nested: { a: [1, null, `\${x}`] }, "odd.key/": true },
        description: `of "rack" \${1}\n%{if}`,
        automated_clean: false,
        network_data: {
          links: [{ id: "eno1", type: "phy", ethernet_mac_address: address("2"), mtu: 1500 }],
          networks: [{ id: "n0", type: "ipv4_dhcp", link: "eno1", network_id: "0f1b6a7e-4d0e-4c43-a5b4-0f0c3d2e1a00" }],
          services: [],
        },
      });
      await client.setTraits(deployed.uuid, ["CUSTOM_B", "CUSTOM_A"]);
      const group = await client.createPortGroup({
        ...{ node_uuid: deployed.uuid, name: "imported-bond", address: address("1"), mode: "802.3ad" },
        properties: { miimon: "100" },
      });
      await client.createPort({ node_uuid: deployed.uuid, address: address("2"), portgroup_uuid: group.uuid });
      await client.createPort({
        ...{ node_uuid: deployed.uuid, address: address("3"), pxe_enabled: false, extra: { cable: "red" } },
        local_link_connection: { switch_id: "AA:BB:CC:DD:EE:FF", port_id: "Ethernet1/1" },
      });
      await client.moveTo(deployed.uuid, "available");
      await client.setPower(deployed.uuid, "power off");
      await client.waitUntil(deployed.uuid, ({ power_state }) => power_state !== null);
      const { uuid } = await client.createAllocation({
        ...{ name: "imported-allocation", resource_class: "imported", candidate_nodes: [deployed.uuid] },
        extra: { why: "test" },
      });
      while ((await client.getAllocation(uuid)).state === "allocating") await client.getNode(deployed.uuid);
      await client.patchNode(deployed.uuid, [
        {
          op: "add",
          path: "/instance_info",
          value: {
            ...{ image_source: "http://images.example/disk.qcow2", image_checksum: "0".repeat(32), root_gb: 10 },
            ...{ capabilities: { secure_boot: "true" }, image_pull_secret: "user:secret" },
          },
        },
      ]);
      const configdrive = { user_data: "#cloud-config", meta_data: { a: 1 } };
      await client.moveTo(deployed.uuid, "active", { through: { active: { configdrive } } });
      await client.patchNode(deployed.uuid, [
        { op: "add", path: "/protected", value: true },
        { op: "add", path: "/protected_reason", value: "production" },
      ]);
      const spare = await create(NAMES[1], { owner: "imports", retired: true, retired_reason: "old" });
      await client.createPort({ node_uuid: spare.uuid, address: address("4") });
      await client.moveTo(spare.uuid, "manageable");
      await create(NAMES[2]);
      const held = await create(NAMES[3]);
      await client.moveTo(held.uuid, "available");
      await client.patchNode(held.uuid, [{ op: "add", path: "/instance_info/image_source", value: IMAGE }]);
      await client.moveTo(held.uuid, "active");
      await client.setMaintenance(held.uuid, "waits for a disk");
    }

    test("is planned as imports alone, from the blocks that ironic-oci writes", async () => {
      ({ client } = context());
      await make();
      before = await inIronic();
      const { url, credentials } = context().ironic;
      const env: Record<string, string> = credentials
        ? {
            IRONIC_AUTH_STRATEGY: "http_basic",
            IRONIC_HTTP_BASIC_USERNAME: credentials.username,
            IRONIC_HTTP_BASIC_PASSWORD: credentials.password,
          }
        : {};
      const options = NAMES.flatMap((name) => ["--node", name]);
      blocks = await importBlocks(url, options, env);
      expect(await importBlocks(url, options, env)).toBe(blocks);
      const ofOwner = await importBlocks(url, ["--owner", "imports"], env);
      expect(ofOwner.match(/to = .*/g)).toEqual([
        ...["to = ironic_node_v1.imported-spare", "to = ironic_port_v1.imported-spare_52-54-00-1e-00-04"],
      ]);
      project = await context().project(blocks);
      const { code, stdout, stderr } = await project.terraform.plan("-generate-config-out=generated.tf");
      expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
      const count = blocks.match(/^import/gm)?.length;
      expect(count).toBe(4 + 3 + 1 + 2 + 1);
      expect(flat(stdout)).toContain(`Plan: ${count} to import, 0 to add, 0 to change, 0 to destroy.`);
      const generated = readFileSync(join(project.terraform.dir, "generated.tf"), "utf8");
      expect(generated).not.toContain("******");
      expect(generated).not.toContain("secret:");
    });

    test("changes nothing by the apply of the generated configuration, and is then planned to no changes", async () => {
      await project.apply();
      expect(await inIronic()).toEqual(before);
      expect(await project.planned()).toEqual([]);
      // The blocks have done their work.
      project.write("");
      expect(await project.planned()).toEqual([]);
    });

    test("keeps what Ironic does not show, whatever is changed beside it", async () => {
      const generated = readFileSync(join(project.terraform.dir, "generated.tf"), "utf8");
      const changed = generated.replace(/(rack +=) "r1"/, '$1 "r2"');
      expect(changed).not.toBe(generated);
      project.terraform.write(changed, "generated.tf");
      expect(await project.planned()).toEqual(["update ironic_node_v1.imported_deployed"]);
      await project.apply();
      expect(await client.getNode(NAMES[0] ?? "")).toMatchObject({
        extra: { rack: "r2", nested: { a: [1, null, `\${x}`] }, "odd.key/": true },
        provision_state: "active",
        driver_info: { redfish_address: "https://bmc.example", redfish_password: "******", redfish_verify_ca: false },
        instance_info: { image_pull_secret: "******", configdrive: "******" },
      });
      expect(await project.planned()).toEqual([]);
      const { uuid } = await client.patchNode(NAMES[0] ?? "", [{ op: "replace", path: "/protected", value: false }]);
      await client.moveTo(uuid, "available");
      for (const name of NAMES) {
        await client.setMaintenance(name, "removed");
        await client.deleteNode(name);
      }
    });
  });
}

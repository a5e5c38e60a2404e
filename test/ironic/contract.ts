import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  diff,
  httpBasic,
  type IronicAuth,
  IronicClient,
  type IronicClientOptions,
  type Json,
  type JsonObject,
  MASK,
  type NodeState,
  sameSteps,
} from "../../src/ironic";
import { collectionsContract } from "./contract-collections";

export interface IronicUnderTest {
  readonly url: string;
  /** For `http_basic`. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  /** For other ways to get in. */
  readonly auth?: IronicAuth;
  /** The client is a project's: Ironic's policies hide `last_error` from it and let it change no `parent_node`. */
  readonly projectScoped?: boolean;
  stop(): Promise<void>;
}

/** Of nodes, over all contracts: two may run on the same Ironic. */
let number = 0;

/** The behaviour that client and provider rely on; runs on the stand-in and on a real Ironic, so that neither drifts. */
export function ironicContract(name: string, start: () => Promise<IronicUnderTest>): void {
  describe(name, () => {
    let ironic: IronicUnderTest;
    let client: IronicClient;
    beforeAll(async () => {
      ironic = await start();
      client = newClient();
    });
    afterAll(async () => {
      await client?.close();
      await ironic?.stop();
    });
    const newClient = (options: IronicClientOptions = {}) => {
      const { url, credentials } = ironic;
      const auth = credentials ? httpBasic(credentials.username, credentials.password) : ironic.auth;
      return new IronicClient({ url, auth, ...options });
    };

    const newNode = (fields = {}) => {
      number += 1;
      return client.createNode({ driver: "fake-hardware", name: `node-${number}`, ...fields });
    };
    const SOURCE = `oci://registry.example/image@sha256:${"1".repeat(64)}`;

    test("the microversion is negotiated, and one that isn't spoken is an error", async () => {
      expect(await client.microversion()).toBe("1.96");
      expect(await newClient({ url: `${ironic.url}/v1/`, microversion: "1.80" }).microversion()).toBe("1.80");
      for (const microversion of ["1.999", "2.1", "soon"]) {
        await expect(newClient({ microversion }).microversion()).rejects.toMatchObject({
          code: "IRONIC_MICROVERSION",
          hint: expect.stringContaining("1.1 to 1.96"),
        });
      }
    });

    test("a node that was changed is in lists as before, and is waited for along with others", async () => {
      const nodes = [await newNode(), await newNode()];
      for (const { uuid } of nodes) await client.patchNode(uuid, [{ op: "add", path: "/extra/rack", value: "r1" }]);
      const listed = (await client.listNodes()).map(({ uuid }) => uuid);
      expect(listed).toEqual(expect.arrayContaining(nodes.map(({ uuid }) => uuid)));
      const brought = await Promise.all(nodes.map(({ uuid }) => client.moveTo(uuid, "manageable")));
      expect(brought.map(({ provision_state }) => provision_state)).toEqual(["manageable", "manageable"]);
      const old = newClient({ microversion: "1.80" });
      expect((await old.listNodes()).map(({ uuid }) => uuid)).toEqual(listed);
      await old.close();
    });

    test("a node is made, read by UUID and by name, changed, and deleted", async () => {
      const node = await newNode({
        driver_info: { deploy_kernel: SOURCE, redfish_password: "hunter2", image_pull_secret: "user:hunter2" },
        properties: { cpu_arch: "x86_64" },
        resource_class: "bm",
      });
      expect(node).toMatchObject({
        provision_state: "enroll",
        power_state: null,
        driver_info: { deploy_kernel: SOURCE, redfish_password: "******", image_pull_secret: "******" },
        boot_interface: "fake",
        network_interface: "noop",
      });
      expect((await client.getNode(String(node.name))).uuid).toBe(node.uuid);
      const ofClass = await client.listNodes({ resource_class: "bm" });
      expect(ofClass.map(({ uuid }) => uuid)).toContain(node.uuid);
      expect(await client.listNodes({ resource_class: "BM" })).toEqual([]);
      const patched = await client.patchNode(node.uuid, [
        { op: "replace", path: "/properties/cpu_arch", value: "aarch64" },
        { op: "add", path: "/extra/rack", value: "r1" },
        { op: "remove", path: "/resource_class" },
      ]);
      expect(patched).toMatchObject({
        properties: { cpu_arch: "aarch64" },
        extra: { rack: "r1" },
        resource_class: null,
      });
      await client.setTraits(node.uuid, ["CUSTOM_A", "CUSTOM_B"]);
      expect([...((await client.getNode(node.uuid)).traits ?? [])].sort()).toEqual(["CUSTOM_A", "CUSTOM_B"]);
      await client.deleteNode(node.uuid);
      await expect(client.getNode(node.uuid)).rejects.toMatchObject({
        code: "IRONIC_NOT_FOUND",
        fault: `Node ${node.uuid} could not be found.`,
      });
    });

    test("a patch by diff has the changes, in keys of every kind, and an empty one only reads", async () => {
      const before = { "rack/row": "1", "example.org": { "a.b": 1, "~": [1] }, plain: { kept: true, gone: 1 } };
      const node = await newNode({ extra: before, driver_info: { redfish_password: "hunter2", address: "a" } });
      const wanted = { "rack/row": "2", "example.org": { "a.b": 2 }, plain: { kept: true, new: "\u00fc" } };
      const patched = await client.patchNode(
        node.uuid,
        diff({ extra: node.extra, description: null, driver_info: node.driver_info } as JsonObject, {
          extra: wanted,
          description: "d",
          driver_info: { redfish_password: MASK, address: "b" },
        }),
      );
      expect(patched).toMatchObject({ extra: wanted, description: "d" });
      expect(patched.extra).toEqual(wanted);
      expect(patched.driver_info).toEqual({ redfish_password: MASK, address: "b" });
      expect((await client.patchNode(node.uuid, diff({ extra: patched.extra }, { extra: wanted }))).uuid).toBe(
        node.uuid,
      );
      // Which paths a patch may have is Ironic's to say.
      await expect(client.patchNode(node.uuid, [{ op: "add", path: "/extra/a.b", value: 1 }])).rejects.toMatchObject({
        fault: expect.stringContaining("'/extra/a.b' does not match '^(/[\\\\w-]+)+$'"),
      });
      // A field of the node itself goes back to its default.
      const cleared = await client.patchNode(node.uuid, diff({ description: "d" }, { description: null }));
      expect(cleared.description ?? null).toBeNull();
      await client.deleteNode(node.uuid);
    });

    test("power, maintenance, RAID and the validation of the interfaces", async () => {
      const node = await newNode();
      await client.moveTo(node.uuid, "manageable");
      for (const state of ["power on", "power off"]) {
        await client.setPower(node.uuid, state);
        const done = ({ power_state, target_power_state }: NodeState) =>
          power_state === state && target_power_state === null;
        expect(await client.waitUntil(node.uuid, done)).toMatchObject({ power_state: state });
      }
      await client.setMaintenance(node.uuid, "a fan is loud");
      const maintained = { maintenance: true, maintenance_reason: "a fan is loud", fault: null };
      expect(await client.getNode(node.uuid)).toMatchObject(maintained);
      const cleanSteps = [{ interface: "deploy", step: "erase_devices", args: {} }];
      await expect(client.provision(node.uuid, "clean", { cleanSteps })).rejects.toMatchObject({
        reason: "maintenance",
        hint: expect.stringMatching(/: a fan is loud\. .*`baremetal node maintenance unset node-/),
      });
      await client.setMaintenance(node.uuid, undefined);
      expect(await client.getNode(node.uuid)).toMatchObject({ maintenance: false, maintenance_reason: null });
      expect(await client.validate(node.uuid)).toMatchObject({ power: { result: true } });
      await expect(client.setPower(node.uuid, "sideways")).rejects.toMatchObject({ status: 400 });
      await client.deleteNode(node.uuid);
    }, 60_000);

    test("steps of a manual cleaning: refused, run, failed", async () => {
      // Its policies hide the steps.
      if (ironic.projectScoped) return;
      const { uuid } = await newNode();
      await client.moveTo(uuid, "manageable");
      const settings = (value: Json) => [
        { interface: "bios", step: "apply_configuration", args: { settings: [{ name: "BootMode", value }] } },
      ];
      await expect(client.provision(uuid, "clean", { cleanSteps: [] })).rejects.toMatchObject({
        fault: '"clean_steps" is required when setting target provision state to clean',
      });
      await expect(
        client.provision(uuid, "clean", { cleanSteps: [{ interface: "network", step: "s" }] }),
      ).rejects.toMatchObject({ status: 400, fault: expect.stringContaining("Invalid clean_steps") });
      const cleanSteps = [{ interface: "vendor", step: "log_passthrough" }, ...settings("Uefi")];
      await client.provision(uuid, "clean", { cleanSteps });
      await client.waitForState(uuid, "manageable", "after clean");

      await client.provision(uuid, "clean", { cleanSteps: settings({ odd: "odd-value" }) });
      expect(await client.waitUntilIdle(uuid)).toMatchObject({ provision_state: "clean failed" });
      const failed = await client.getNode(uuid);
      expect(failed).toMatchObject({ maintenance: true, fault: "clean failure" });
      expect(failed.last_error).toContain("failed step bios.apply_configuration: ");
      expect(sameSteps(failed.driver_internal_info?.clean_steps, settings({ odd: "odd-value" }))).toBe(true);
      await client.setMaintenance(uuid, undefined);

      await client.moveTo(uuid, "manageable");
      await client.provision(uuid, "clean", { cleanSteps: [{ interface: "bios", step: "no_such_step" }] });
      const state = await client.waitUntilIdle(uuid);
      expect(state).toMatchObject({ provision_state: "clean failed", maintenance: false });
      expect(state.last_error).toContain("does not support this clean step: bios.no_such_step");
      await client.moveTo(uuid, "manageable");
      await client.deleteNode(uuid);
    }, 60_000);

    test("steps of a servicing: polls have the current one, and the node all of them", async () => {
      // Its policies hide the steps.
      if (ironic.projectScoped) return;
      const { uuid } = await newNode();
      await client.moveTo(uuid, "available");
      await client.patchNode(uuid, [{ op: "add", path: "/instance_info/image_source", value: SOURCE }]);
      await client.moveTo(uuid, "active");
      const [log, wait] = ["log_passthrough", "trigger_servicewait"].map((step) => ({ interface: "vendor", step }));
      await client.provision(uuid, "service", { serviceSteps: [log ?? {}] });
      await client.waitForState(uuid, "active", "after service");
      const serviceSteps = [log ?? {}, wait ?? {}];
      await client.provision(uuid, "service", { serviceSteps });
      const waiting = await client.waitUntil(uuid, ({ provision_state: state }) => state === "service wait");
      expect(waiting.service_step).toMatchObject(wait ?? {});
      expect(sameSteps((await client.getNode(uuid)).driver_internal_info?.service_steps, serviceSteps)).toBe(true);
      await client.provision(uuid, "deleted");
      await client.waitForState(uuid, "available", "after deleted");
      await client.deleteNode(uuid);
    }, 60_000);

    test("refusals come with Ironic's faultstring", async () => {
      const node = await newNode();
      await expect(client.createNode({ driver: "fake-hardware", name: String(node.name) })).rejects.toMatchObject({
        code: "IRONIC_CONFLICT",
        fault: `A node with name ${node.name} already exists.`,
      });
      await expect(client.createNode({ driver: "nope" })).rejects.toMatchObject({
        status: 400,
        fault: expect.stringContaining("No conductor service registered which supports driver nope"),
      });
      await expect(client.createNode({ driver: "fake-hardware", nonsense: 1 })).rejects.toMatchObject({
        fault: expect.stringContaining("'nonsense' was unexpected"),
      });
      await expect(client.setTraits(node.uuid, ["nope"])).rejects.toMatchObject({
        fault: expect.stringContaining("'nope' is not valid"),
      });
      await expect(client.provision(node.uuid, "active")).rejects.toMatchObject({
        fault: `The requested action "active" can not be performed on node "${node.uuid}" while it is in state "enroll".`,
      });
      await expect(client.patchNode(node.uuid, [{ op: "remove", path: "/extra/nope" }])).rejects.toMatchObject({
        status: 400,
      });
      await client.deleteNode(node.uuid);
    });

    test("a node's whole life: enroll, manageable, available, active, rebuilt, available", async () => {
      const node = await newNode();
      const seen: string[] = [];
      const onState = ({ provision_state }: { provision_state: string }) => {
        if (seen.at(-1) !== provision_state) seen.push(provision_state);
      };
      await client.moveTo(node.uuid, "available", { onState });
      expect(seen[0]).toBe("enroll");
      expect(seen).toContain("manageable");
      expect(seen.at(-1)).toBe("available");
      await client.patchNode(node.uuid, [
        { op: "add", path: "/instance_info/image_source", value: SOURCE },
        { op: "add", path: "/instance_info/image_pull_secret", value: "user:hunter2" },
      ]);
      await client.moveTo(node.uuid, "active", {
        through: { active: { configdrive: { user_data: "#cloud-config" } } },
      });
      const active = await client.getNode(node.uuid);
      expect(active).toMatchObject({
        provision_state: "active",
        instance_info: { image_source: SOURCE, image_pull_secret: "******", configdrive: "******" },
      });
      await expect(client.deleteNode(node.uuid)).rejects.toMatchObject({ status: 409 });
      await client.provision(node.uuid, "rebuild");
      expect(await client.waitUntilIdle(node.uuid)).toMatchObject({ provision_state: "active" });
      await client.moveTo(node.uuid, "available");
      expect((await client.getNode(node.uuid)).instance_info).toEqual({});
      await client.deleteNode(node.uuid);
    }, 60_000);

    test("many nodes are waited for at once", async () => {
      const nodes = await Promise.all(Array.from({ length: 10 }, () => newNode()));
      const states = await Promise.all(nodes.map(({ uuid }) => client.moveTo(uuid, "available")));
      expect(states.map(({ provision_state }) => provision_state)).toEqual(nodes.map(() => "available"));
      // In one page and in many.
      for (const query of [{}, { limit: "3" }]) {
        const listed = (await client.listNodes(query)).map(({ uuid }) => uuid);
        expect(listed).toEqual(expect.arrayContaining(nodes.map(({ uuid }) => uuid)));
        expect(new Set(listed).size).toBe(listed.length);
      }
      await Promise.all(nodes.map(({ uuid }) => client.deleteNode(uuid)));
    }, 60_000);

    test("nodes that were changed are listed and waited for like others, though Ironic takes them for children", async () => {
      const nodes = await Promise.all([newNode(), newNode(), newNode()]);
      const patch = [{ op: "add", path: "/instance_info/image_source", value: SOURCE }] as const;
      const patched = await Promise.all(nodes.map(({ uuid }) => client.patchNode(uuid, patch)));
      // A mistake of Ironic's that the stand-in has too; when it is mended, this line goes.
      for (const node of patched) expect(node.parent_node).toBe(node.uuid);
      const reached = await Promise.all(nodes.map(({ uuid }) => client.moveTo(uuid, "active")));
      expect(reached.map(({ provision_state }) => provision_state)).toEqual(["active", "active", "active"]);
      for (const query of [{}, { limit: "1" }]) {
        const listed = (await client.listNodes(query)).map(({ uuid }) => uuid);
        expect(listed).toEqual(expect.arrayContaining(nodes.map(({ uuid }) => uuid)));
      }
    });

    // A security fix of Debian's: each PATCH makes the node its own parent, and naming parent_node in it does not keep it from that.
    describe("a changed node that an agent deploys", () => {
      let image: Server;
      beforeAll(async () => {
        image = createServer((_request, response) => response.end("image")).listen(0, "127.0.0.1");
        await new Promise((resolve) => image.once("listening", resolve));
      });
      afterAll(() => image.close());

      test.each(["1.96", "1.80"])(
        "is switched off while Ironic has it locked, with microversion %s",
        async (microversion) => {
          const own = newClient({ microversion });
          const image_source = `http://127.0.0.1:${(image.address() as AddressInfo).port}/image`;
          const driver_info = { deploy_kernel: image_source, deploy_ramdisk: image_source };
          const { uuid } = await newNode({ deploy_interface: "direct", driver_info });
          await client.moveTo(uuid, "available");
          await client.setPower(uuid, "power on");
          await client.waitUntil(uuid, ({ power_state }) => power_state === "power on");
          const instance_info = { image_source, image_checksum: "0".repeat(32), image_download_source: "http" };
          const patched = await own.patchNode(uuid, [{ op: "add", path: "/instance_info", value: instance_info }]);
          expect(patched).toMatchObject({ instance_info, driver_info: { has_dedicated_power_supply: true } });
          expect((await client.getNode(uuid)).parent_node).toBe(uuid);
          await own.provision(uuid, "active");
          const waiting = await own.waitUntil(uuid, ({ provision_state }) => provision_state !== "deploying");
          const noError = { last_error: ironic.projectScoped ? expect.stringContaining("Redacted") : null };
          expect(waiting).toMatchObject({ provision_state: "wait call-back", ...noError });
          await own.provision(uuid, "deleted");
          expect(await own.waitUntilIdle(uuid)).toMatchObject({ provision_state: "available", ...noError });
          await own.close();
          await client.deleteNode(uuid);
        },
      );

      test("has the reason of a failure in its history, the newest first", async () => {
        const image_source = `oci://127.0.0.1:1/image@sha256:${"1".repeat(64)}`;
        const driver_info = { deploy_kernel: SOURCE, deploy_ramdisk: SOURCE };
        const { uuid } = await newNode({ deploy_interface: "direct", driver_info });
        await client.moveTo(uuid, "available");
        expect(await client.getHistory(uuid)).toEqual([]);
        const instance_info = { image_source, image_download_source: "local" };
        await client.patchNode(uuid, [{ op: "add", path: "/instance_info", value: instance_info }]);
        for (const count of [1, 2]) {
          await client.provision(uuid, "active");
          const { provision_state, last_error } = await client.waitUntilIdle(uuid);
          expect(provision_state).toBe("deploy failed");
          const history = await client.getHistory(uuid);
          expect(history.length).toBeGreaterThanOrEqual(count);
          if (!ironic.projectScoped) expect(history[0]).toMatchObject({ severity: "ERROR", event: last_error });
          expect(Date.parse(history[0]?.created_at ?? "")).toBeGreaterThanOrEqual(
            Date.parse(history.at(-1)?.created_at ?? ""),
          );
        }
        await client.moveTo(uuid, "available");
        await client.deleteNode(uuid);
      });

      test.each([
        ["null", { op: "add", value: null }, { status: 400 }],
        ["remove", { op: "remove" }, undefined],
      ] as const)("is its own parent whatever is said of its parent: %s", async (_what, parent, refused) => {
        const { uuid } = await newNode();
        const patch = [
          { op: "add", path: "/extra/rack", value: "r1" },
          { ...parent, path: "/parent_node" },
        ] as const;
        const refusal = ironic.projectScoped ? { status: 403 } : refused;
        if (refusal) await expect(client.patchNode(uuid, patch)).rejects.toMatchObject(refusal);
        else expect((await client.patchNode(uuid, patch)).parent_node).toBe(uuid);
        await client.deleteNode(uuid);
      });

      test("and one that nothing is switched for keeps its driver_info as it is", async () => {
        const { uuid } = await newNode({ driver_info: { address: "a" } });
        const patched = await client.patchNode(uuid, [{ op: "add", path: "/extra/rack", value: "r1" }]);
        expect(patched.driver_info).toEqual({ address: "a" });
        await client.deleteNode(uuid);
      });
    });

    test("ports", async () => {
      const node = await newNode();
      const address = "52:54:00:aa:bb:01";
      const port = await client.createPort({ node_uuid: node.uuid, address, physical_network: "p" });
      expect(port).toMatchObject({
        address,
        pxe_enabled: true,
        physical_network: "p",
        local_link_connection: {},
        is_smartnic: false,
      });
      await expect(client.createPort({ node_uuid: node.uuid, address })).rejects.toMatchObject({
        fault: `A port with MAC address ${address} already exists.`,
      });
      const byName = { node_uuid: node.name, address: "52:54:00:aa:bb:0f" };
      const refused = { fault: `Expected UUID for node_uuid: ${node.name}` };
      await expect(client.createPort(byName)).rejects.toMatchObject(refused);
      await expect(client.createPortGroup(byName)).rejects.toMatchObject(refused);
      expect((await client.getPort(address)).uuid).toBe(port.uuid);
      expect(
        (await client.patchPort(port.uuid, [{ op: "replace", path: "/pxe_enabled", value: false }])).pxe_enabled,
      ).toBe(false);
      expect(await client.listPorts(node.uuid)).toHaveLength(1);
      await client.deletePort(port.uuid);
      await expect(client.getPort(port.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
      await client.deleteNode(node.uuid);
    });

    test("addresses and switches in capitals are stored in lower case, whether they are created or patched", async () => {
      const node = await newNode();
      const [one, other] = ["52:54:00:AA:BB:0A", "52:54:00:AA:BB:0B"];
      const link = (switch_id: string) => ({ switch_id, port_id: "Ethernet1/1", switch_info: "Leaf-1" });
      const port = await client.createPort({
        node_uuid: node.uuid,
        address: one,
        local_link_connection: link("AA:BB:CC:DD:EE:FF"),
      });
      expect(port).toMatchObject({ address: one.toLowerCase(), local_link_connection: link("aa:bb:cc:dd:ee:ff") });
      const patched = await client.patchPort(port.uuid, [
        { op: "replace", path: "/address", value: other },
        { op: "replace", path: "/local_link_connection", value: link("00000000ABCDEF01") },
      ]);
      expect(patched).toMatchObject({
        address: other.toLowerCase(),
        local_link_connection: link("00000000abcdef01"),
      });
      const group = await client.createPortGroup({ node_uuid: node.uuid, address: one });
      expect(group.address).toBe(one.toLowerCase());
      const regrouped = await client.patchPortGroup(group.uuid, [
        { op: "replace", path: "/address", value: "52:54:00:AA:BB:0C" },
      ]);
      expect(regrouped.address).toBe("52:54:00:aa:bb:0c");
      await client.deletePortGroup(group.uuid);
      await client.deletePort(port.uuid);
      await client.deleteNode(node.uuid);
    });

    test("port groups", async () => {
      const node = await newNode();
      const address = "52:54:00:aa:bb:02";
      const group = await client.createPortGroup({ node_uuid: node.uuid, name: `bond-${number}`, address });
      expect(await client.getPortGroup(group.uuid)).toMatchObject({ name: `bond-${number}`, address, extra: {} });
      const port = await client.createPort({
        node_uuid: node.uuid,
        address: "52:54:00:aa:bb:03",
        portgroup_uuid: group.uuid,
      });
      expect(port.portgroup_uuid).toBe(group.uuid);
      await expect(client.deletePortGroup(group.uuid)).rejects.toMatchObject({
        status: 400,
        // By which number is Ironic's own business.
        fault: expect.stringMatching(/^Cannot complete the requested action because portgroup \S+ contains ports\.$/),
      });
      expect((await client.listPortGroups()).map(({ uuid }) => uuid)).toContain(group.uuid);
      expect((await client.listPorts(undefined)).map(({ uuid }) => uuid)).toContain(port.uuid);
      const renamed = `renamed-${number}`;
      expect(
        await client.patchPortGroup(group.uuid, [
          { op: "add", path: "/name", value: renamed },
          { op: "add", path: "/mode", value: "802.3ad" },
          { op: "add", path: "/standalone_ports_supported", value: false },
          { op: "add", path: "/properties/miimon", value: "100" },
          { op: "add", path: "/address", value: "52:54:00:AA:BB:0F" },
          { op: "remove", path: "/extra" },
        ]),
      ).toMatchObject({
        ...{ name: renamed, mode: "802.3ad", standalone_ports_supported: false, extra: {} },
        ...{ address: "52:54:00:aa:bb:0f", properties: { miimon: "100" } },
      });
      expect((await client.getPortGroup(renamed)).uuid).toBe(group.uuid);
      expect(await client.patchPortGroup(group.uuid, [])).toMatchObject({ name: renamed });
      const without = await client.patchPortGroup(group.uuid, [
        { op: "remove", path: "/name" },
        { op: "remove", path: "/address" },
        { op: "remove", path: "/properties/miimon" },
      ]);
      expect(without).toMatchObject({ name: null, address: null, properties: {} });
      await client.deletePort(port.uuid);
      await client.deletePortGroup(group.uuid);
      await expect(client.getPortGroup(group.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
      await client.deleteNode(node.uuid);
    });

    collectionsContract(
      () => client,
      newNode,
      () => ironic.projectScoped === true,
    );

    test("a UUID may be chosen, and a second one of it is a conflict", async () => {
      const uuid = randomUUID();
      const fields = { driver: "fake-hardware", uuid };
      const node = await client.createNode(fields);
      expect(node.uuid).toBe(uuid);
      // What exists under the client's UUID is what it has created.
      expect(await client.createNode(fields)).toMatchObject({ uuid });
      const port = { node_uuid: uuid, address: "52:54:00:aa:bb:07", uuid: randomUUID() };
      for (const _ of [1, 2]) expect(await client.createPort(port)).toMatchObject(port);
      await expect(client.createPort({ ...port, uuid: randomUUID() })).rejects.toMatchObject({
        code: "IRONIC_CONFLICT",
        reason: "exists",
      });
      const group = { node_uuid: uuid, uuid: randomUUID() };
      for (const _ of [1, 2]) expect(await client.createPortGroup(group)).toMatchObject(group);
      const allocation = { name: `own-${number}`, resource_class: "none-has-it", uuid: randomUUID() };
      for (const _ of [1, 2]) expect((await client.createAllocation(allocation)).uuid).toBe(allocation.uuid);
      await decided(allocation.uuid);
      await client.deleteAllocation(allocation.uuid);
      await client.deletePortGroup(group.uuid);
      await client.deletePort(port.uuid);
      await client.deleteNode(uuid);
    }, 60_000);

    test("a page of the list shows each item as a request for it does", async () => {
      const nodes = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const { uuid } = await newNode({ extra: { index: String(index) }, properties: { memory_mb: "1024" } });
          await client.setTraits(uuid, ["CUSTOM_ODD"]);
          const { uuid: port } = await client.createPort({ node_uuid: uuid, address: `52:54:00:aa:cc:${10 + index}` });
          return { uuid, port };
        }),
      );
      for (const _ of [1, 2]) {
        const together = await Promise.all(nodes.map(({ uuid }) => client.readNode(uuid)));
        expect(together).toEqual(await Promise.all(nodes.map(({ uuid }) => client.getNode(uuid))));
        const ports = await Promise.all(nodes.map(({ port }) => client.readPort(port)));
        expect(ports).toEqual(await Promise.all(nodes.map(({ port }) => client.getPort(port))));
      }
      const [first = { uuid: "", port: "" }] = nodes;
      await client.patchNode(first.uuid, [{ op: "add", path: "/extra/index", value: "another" }]);
      const [changed] = await Promise.all(nodes.map(({ uuid }) => client.readNode(uuid)));
      expect(changed?.extra).toEqual({ index: "another" });
      for (const { uuid, port } of nodes) {
        await client.deletePort(port);
        await client.deleteNode(uuid);
      }
    }, 120_000);

    test("a node that is manageable is adopted, or fails to be, and nothing else is", async () => {
      const { uuid } = await newNode();
      await client.moveTo(uuid, "manageable");
      const source = (value: string) => [{ op: "add", path: "/instance_info/image_source", value }] as const;
      await client.patchNode(uuid, source("nonsense://image"));
      await expect(client.moveTo(uuid, "adopted")).rejects.toMatchObject({
        code: "IRONIC_PROVISION_FAILED",
        state: "adopt failed",
        ...(!ironic.projectScoped && { lastError: expect.stringContaining("nonsense") }),
      });
      await client.patchNode(uuid, source(SOURCE));
      expect((await client.moveTo(uuid, "adopted")).provision_state).toBe("active");
      expect((await client.moveTo(uuid, "adopted")).provision_state).toBe("active");
      expect((await client.getNode(uuid)).instance_info).toMatchObject({
        image_source: SOURCE,
        image_type: "whole-disk",
      });
      await client.moveTo(uuid, "available");
      await expect(client.provision(uuid, "adopt")).rejects.toMatchObject({ status: 400 });
      await expect(client.moveTo(uuid, "adopted")).rejects.toMatchObject({ state: "available" });
      await client.deleteNode(uuid);
    }, 60_000);

    test("an inspection leaves an inventory", async () => {
      const node = await newNode();
      await client.moveTo(node.uuid, "manageable");
      await client.provision(node.uuid, "inspect");
      expect(await client.waitUntilIdle(node.uuid)).toMatchObject({ provision_state: "manageable" });
      await client.deleteNode(node.uuid);
    }, 60_000);

    test("an allocation fails while a node has no power state, and finds it afterwards", async () => {
      const node = await newNode({ resource_class: "for-allocation" });
      const wanted = { resource_class: "for-allocation", candidate_nodes: [node.uuid] };
      const early = await client.createAllocation({ name: "early", ...wanted });
      const failed = await decided(early.uuid);
      expect(failed).toMatchObject({
        state: "error",
        last_error: expect.stringContaining("none of the requested nodes are available"),
      });
      await client.deleteAllocation(early.uuid);
      await client.moveTo(node.uuid, "available");
      await client.setPower(node.uuid, "power off");
      await client.waitUntil(node.uuid, ({ power_state }) => power_state !== null);
      const allocation = await client.createAllocation({ name: "late", ...wanted });
      expect(await decided(allocation.uuid)).toMatchObject({ state: "active", node_uuid: node.uuid });
      expect((await client.getAllocation("late")).uuid).toBe(allocation.uuid);
      expect((await client.getNode(node.uuid)).instance_uuid).toBe(allocation.uuid);
      expect((await client.listAllocations()).find(({ uuid }) => uuid === allocation.uuid)).toMatchObject({
        name: "late",
      });
      const renamed = await client.patchAllocation(allocation.uuid, [
        { op: "replace", path: "/name", value: "later" },
        { op: "add", path: "/extra/rack", value: 1 },
      ]);
      expect(renamed).toMatchObject({ name: "later", extra: { rack: 1 }, node_uuid: node.uuid, state: "active" });
      const unnamed = await client.patchAllocation("later", [{ op: "remove", path: "/name" }]);
      expect(unnamed).toMatchObject({ uuid: allocation.uuid, name: null });
      await client.deleteAllocation(allocation.uuid);
      await client.deleteNode(node.uuid);
    }, 60_000);

    async function decided(uuid: string) {
      for (;;) {
        const allocation = await client.getAllocation(uuid);
        if (allocation.state !== "allocating") return allocation;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    test("a node that was never inspected has no inventory, and one that isn't there is an error", async () => {
      const node = await newNode();
      expect(await client.getInventory(node.uuid)).toBeUndefined();
      await client.deleteNode(node.uuid);
      await expect(client.getInventory(node.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
    });

    test("wrong credentials are refused", async () => {
      if (!ironic.credentials && !ironic.auth) return expect(await newClient().listNodes()).toEqual(expect.any(Array));
      const wrong = newClient({ auth: httpBasic("admin", "wrong-password") });
      await expect(wrong.listNodes()).rejects.toMatchObject({
        code: "IRONIC_UNAUTHORIZED",
        message: expect.not.stringContaining("wrong-password"),
      });
    });
  });
}

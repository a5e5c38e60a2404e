import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
beforeEach(async () => {
  rig = await ProviderRig.start();
});
afterEach(() => rig.stop());

describe("ironic_node", () => {
  test("by name, with every field as text", async () => {
    const id = rig.node({
      ...{
        name: "n",
        resource_class: "baremetal",
        conductor_group: "rack",
        owner: "project",
        traits: ["CUSTOM_B", "CUSTOM_A"],
      },
      ...{
        driver_info: { deploy_kernel: "http://k", deploy_ramdisk: "http://r", redfish_password: "hidden-password" },
      },
      ...{ properties: { cpus: 4, capabilities: "a:b", empty: null, list: [1] }, extra: { a: true } },
      ...{ instance_info: { image_source: "oci://x", image_pull_secret: "hidden-secret" }, power_state: "power on" },
      ...{ provision_state: "active", instance_uuid: "11111111-2222-3333-4444-555555555555", last_error: "odd" },
    });
    const { state, diagnostics } = await rig.data("ironic_node", { node: "n" });
    expect(diagnostics).toEqual([]);
    expect(state).toMatchObject({
      ...{ node: "n", id, name: "n", driver: "fake-hardware", deploy_kernel: "http://k", deploy_ramdisk: "http://r" },
      ...{ properties: { cpus: "4", capabilities: "a:b", list: "[1]" }, extra: { a: "true" } },
      ...{ instance_info: { image_source: "oci://x", image_pull_secret: "******" }, resource_class: "baremetal" },
      ...{ conductor_group: "rack", owner: "project", provision_state: "active", power_state: "power on" },
      ...{ instance_uuid: "11111111-2222-3333-4444-555555555555", maintenance: false, last_error: "odd" },
    });
    expect(new Set(state?.traits as string[])).toEqual(new Set(["CUSTOM_A", "CUSTOM_B"]));
    expect(state?.interfaces).toMatchObject({ boot_interface: "fake", network_interface: "noop" });
    expect(JSON.stringify(state)).not.toContain("hidden");
  });

  test("without the keys that this provider writes for itself", async () => {
    const [node, deployment] = [rig.resource("ironic_node_v1"), rig.resource("ironic_deployment")];
    await node.apply({ driver: "fake-hardware", name: "own", available: true, extra: { rack: "r1" } });
    const info = { image_source: "http://x.example/a", root_gb: "1" };
    await deployment.apply({ node_uuid: node.state?.id ?? null, instance_info: info, user_data: "#cloud-config" });
    const stored = rig.ironic.store.node("own");
    expect([stored.extra, stored.instance_info]).toMatchObject([
      { terraform_enrolled: expect.anything() },
      { terraform_config_drive: expect.anything() },
    ]);
    const { state } = await rig.data("ironic_node", { node: "own" });
    expect(state?.extra).toEqual({ rack: "r1" });
    expect(Object.keys(state?.instance_info ?? {}).filter((key) => key.startsWith("terraform_"))).toEqual([]);
  });

  test("by UUID, with what an older API does not show left out", async () => {
    const id = rig.node({ driver_info: { deploy_kernel: 7 } });
    const node = rig.ironic.store.node(id);
    for (const name of ["traits", "owner", "conductor_group", "firmware_interface"]) delete node[name];
    const { state } = await rig.data("ironic_node", { node: id });
    expect(state).toMatchObject({ id, traits: null, owner: null, conductor_group: null, deploy_kernel: null });
    expect(Object.keys(state?.interfaces ?? {})).not.toContain("firmware_interface");
  });

  test("of a node that is not there", async () => {
    expect((await rig.data("ironic_node", { node: "nowhere" })).diagnostics).toMatchObject([
      { summary: "Ironic does not have this object", detail: expect.stringContaining("nowhere could not be found") },
    ]);
  });
});

describe("ironic_introspection", () => {
  const INVENTORY = {
    inventory: {
      cpu: { architecture: "x86_64", count: 4 },
      memory: { physical_mb: 4096 },
      interfaces: [
        { name: "eth0", mac_address: "52:54:00:aa:bb:01", ipv4_address: null },
        { name: "eth1", mac_address: "52:54:00:aa:bb:02", ipv4_address: "192.0.2.7" },
      ],
    },
    plugin_data: {},
  };
  const NOTHING = { interfaces: null, cpu_arch: null, cpu_count: null, memory_mb: null };

  test.each<[string, object, object | undefined, object]>([
    [
      "never inspected",
      { provision_state: "manageable" },
      undefined,
      { finished: false, state: "starting", error: "", ...NOTHING },
    ],
    [
      "being inspected",
      { provision_state: "inspecting" },
      INVENTORY,
      { finished: false, state: "waiting", error: "", ...NOTHING },
    ],
    [
      "waiting for its agent",
      { provision_state: "inspect wait" },
      undefined,
      { finished: false, state: "waiting", ...NOTHING },
    ],
    [
      "failed",
      { provision_state: "inspect failed", last_error: "no agent" },
      INVENTORY,
      { finished: false, state: "error", error: "no agent", ...NOTHING },
    ],
    ["failed without a reason", { provision_state: "inspect failed" }, undefined, { state: "error", error: "" }],
    [
      "inspected",
      {
        provision_state: "manageable",
        inspection_started_at: "2026-01-31T11:58:00.123456+00:00",
        inspection_finished_at: "2026-01-31T12:00:00Z",
      },
      INVENTORY,
      {
        ...{
          finished: true,
          state: "finished",
          error: "",
          started_at: "2026-01-31T11:58:00",
          finished_at: "2026-01-31T12:00:00",
        },
        ...{ cpu_arch: "x86_64", cpu_count: 4, memory_mb: 4096 },
        interfaces: [
          { name: "eth0", mac: "52:54:00:aa:bb:01", ip: "" },
          { name: "eth1", mac: "52:54:00:aa:bb:02", ip: "192.0.2.7" },
        ],
      },
    ],
    [
      "inspected, with nothing found",
      { provision_state: "available" },
      { inventory: {}, plugin_data: {} },
      { finished: true, interfaces: [], cpu_arch: null, cpu_count: null, memory_mb: null },
    ],
  ])("of a node that is %s", async (_, fields, inventory, expected) => {
    const id = rig.node({ name: "n", ...fields });
    if (inventory !== undefined) rig.ironic.store.inventories.set(id, inventory as never);
    const { state, diagnostics } = await rig.data("ironic_introspection", { uuid: "n" });
    expect(diagnostics).toEqual([]);
    expect(state).toMatchObject({ uuid: "n", id, ...expected });
  });
});

import { ironicProvider } from "../../src/provider";
import { InProcessIronic } from "../../src/testing/ironic";
import { dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { configOf, diagnosticsOf, encode, Life, type Plugin, startPlugin } from "../support/plugin-client";

const { options: provider } = ironicProvider({});
let plugin: Plugin;
let ironic: InProcessIronic;
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  plugin = await startPlugin({ options: provider });
  const config = encode(provider.schema, configOf(provider.schema, { url: ironic.url, lock_timeout: 0 }));
  await plugin.client.call("ConfigureProvider", { config, terraformVersion: "1.11.0" });
});
afterEach(async () => {
  await plugin.stop();
  await ironic.stop();
});

const resourceOf = (name: string) => {
  const found = provider.resources?.[name];
  if (!found) throw new Error(`no resource ${name}`);
  return found;
};
const dataSourceOf = (name: string) => {
  const found = provider.dataSources?.[name];
  if (!found) throw new Error(`no data source ${name}`);
  return found;
};

describe("a name that no request can hold is refused by validation: nothing is asked", () => {
  test.each<[string, "resource" | "data", string, Record<string, string>]>([
    ["ironic_node_v1", "resource", "name", { driver: "fake-hardware" }],
    ["ironic_port_v1", "resource", "node_uuid", { address: "52:54:00:00:00:01" }],
    ["ironic_port_group_v1", "resource", "node_uuid", {}],
    ["ironic_port_group_v1", "resource", "name", { node_uuid: "n" }],
    ["ironic_allocation_v1", "resource", "name", { resource_class: "x" }],
    ["ironic_allocation_v1", "resource", "candidate_nodes", { resource_class: "x" }],
    ["ironic_deployment", "resource", "node_uuid", {}],
    ["ironic_runbook_v1", "resource", "name", {}],
    ["ironic_volume_connector_v1", "resource", "node_uuid", { type: "iqn", connector_id: "i" }],
    ["ironic_volume_target_v1", "resource", "node_uuid", { volume_type: "iscsi", volume_id: "v" }],
    ["ironic_node_cleaning_v1", "resource", "node_uuid", { runbook: "r" }],
    ["ironic_node_servicing_v1", "resource", "node_uuid", { runbook: "r" }],
    ["ironic_node", "data", "node", {}],
    ["ironic_introspection", "data", "uuid", {}],
    ...["bios", "firmware", "history", "inventory"].map(
      (what) => [`ironic_node_${what}`, "data", "node", {}] as [string, "data", string, Record<string, string>],
    ),
    ["ironic_nodes", "data", "parent_node", {}],
  ])("%s, a %s, in %s", async (typeName, kind, argument, others) => {
    const { schema } = kind === "resource" ? resourceOf(typeName) : dataSourceOf(typeName);
    // An optional name is unset by "".
    const names = [".", "..", "a/b", "%2e%2e", "a b", ...(argument === "name" ? [] : [""])];
    for (const name of names) {
      const value = argument === "candidate_nodes" ? ["good", name] : name;
      const config = encode(schema, configOf(schema, { ...others, [argument]: value }));
      const method = kind === "resource" ? "ValidateResourceConfig" : "ValidateDataResourceConfig";
      const { diagnostics } = await plugin.client.call(method, { typeName, config });
      expect(diagnosticsOf(diagnostics)).toContainEqual(
        expect.objectContaining({
          severity: "error",
          path: [argument],
          detail: expect.stringContaining("use the UUID"),
        }),
      );
    }
    expect(ironic.requests).toEqual([]);
  });
});

test.each(Object.keys(provider.resources ?? {}))("an import of %s by such a name is refused, too", async (typeName) => {
  for (const id of [".", "..", "a/b", "%2e%2e", ""]) {
    const { diagnostics } = await plugin.client.call("ImportResourceState", { typeName, id });
    expect(diagnosticsOf(diagnostics)).toMatchObject([{ summary: "The identifier can't be used in requests" }]);
  }
  expect(ironic.requests).toEqual([]);
});

const STEPS = (sortedBy: string) => dynamic([{ interface: "bios", step: "apply_configuration", [sortedBy]: 1 }]);

/** Bodies that are JSON, and nothing of Ironic's. */
const BODIES: unknown[] = [
  null,
  true,
  5,
  "text",
  [],
  [null],
  {},
  { uuid: 5 },
  { uuid: "u", driver_info: null },
  { nodes: [null] },
  { nodes: {} },
  { nodes: [{ uuid: null }] },
  { ports: [null] },
  { allocations: "text" },
  { history: [null] },
  { error: { code: 404, message: "no route" } },
  { items: [], kind: "List" },
  { uuid: ["u"], node_uuid: {}, address: 5, state: [] },
];

describe("a response of another shape is told as that, never as a mistake in here", () => {
  const answer = (body: unknown) => {
    ironic.intercept = (request, response) => {
      if (request.url === "/") return false;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
      return true;
    };
  };

  test.each<[string, Record<string, string>]>([
    ["ironic_node", { node: "n" }],
    ["ironic_introspection", { uuid: "n" }],
    ["ironic_nodes", {}],
    ...["bios", "firmware", "history", "inventory"].map(
      (what) => [`ironic_node_${what}`, { node: "11111111-2222-4333-8444-555555555555" }] as [string, { node: string }],
    ),
  ])("data.%s", async (typeName, said) => {
    const { schema } = dataSourceOf(typeName);
    for (const body of BODIES) {
      answer(body);
      const config = encode(schema, configOf(schema, said));
      const { diagnostics } = await plugin.client.call("ReadDataSource", { typeName, config });
      expect({ body, told: diagnosticsOf(diagnostics) }).toMatchObject({ told: [{ summary: "This is not Ironic" }] });
    }
  });

  test.each<[string, TfObject]>([
    ["ironic_node_v1", { driver: "fake-hardware" }],
    ["ironic_port_v1", { node_uuid: "n", address: "52:54:00:00:00:01" }],
    ["ironic_port_group_v1", { node_uuid: "n", name: "bond0" }],
    ["ironic_allocation_v1", { resource_class: "x" }],
    ["ironic_deployment", { node_uuid: "n", instance_info: { image_source: "http://images.example/i" } }],
    ["ironic_deploy_template_v1", { name: "CUSTOM_A", steps: STEPS("priority") }],
    ["ironic_runbook_v1", { name: "CUSTOM_A", steps: STEPS("order") }],
    ["ironic_inspection_rule_v1", { actions: dynamic([{ op: "fail", args: { msg: "m" } }]) }],
    ["ironic_volume_connector_v1", { node_uuid: "n", type: "iqn", connector_id: "i" }],
    ["ironic_volume_target_v1", { node_uuid: "n", volume_type: "iscsi", volume_id: "v", boot_index: 0 }],
    ["ironic_node_cleaning_v1", { node_uuid: "n", runbook: "r" }],
    [
      "ironic_node_servicing_v1",
      { node_uuid: "n", steps: dynamic([{ interface: "vendor", step: "log_passthrough" }]) },
    ],
  ])("%s, in its creation", async (typeName, said) => {
    for (const body of BODIES) {
      answer(body);
      const told = await new Life(plugin.client, typeName, resourceOf(typeName).schema).apply(said);
      expect({ body, told }).toMatchObject({ told: [{ severity: "error", summary: "This is not Ironic" }] });
    }
  });

  test.each(Object.keys(provider.resources ?? {}))("%s, in an import", async (typeName) => {
    for (const body of BODIES) {
      answer(body);
      const { diagnostics } = await plugin.client.call("ImportResourceState", { typeName, id: "some" });
      expect({ body, told: diagnosticsOf(diagnostics) }).toMatchObject({ told: [{ summary: "This is not Ironic" }] });
    }
  });

  test.each<[string, TfObject]>([
    ["ironic_node_v1", { driver: "fake-hardware", name: "n" }],
    ["ironic_port_v1", { node_uuid: "NODE", address: "52:54:00:00:00:01" }],
    ["ironic_port_group_v1", { node_uuid: "NODE", name: "bond0" }],
    ["ironic_deploy_template_v1", { name: "CUSTOM_A", steps: STEPS("priority") }],
    ["ironic_runbook_v1", { name: "CUSTOM_A", steps: STEPS("order") }],
    ["ironic_inspection_rule_v1", { actions: dynamic([{ op: "fail", args: { msg: "m" } }]) }],
    ["ironic_volume_connector_v1", { node_uuid: "NODE", type: "iqn", connector_id: "i" }],
    ["ironic_volume_target_v1", { node_uuid: "NODE", volume_type: "iscsi", volume_id: "v", boot_index: 0 }],
  ])("%s, in a refresh and a destruction", async (typeName, said) => {
    const { uuid } = ironic.store.createNode({ driver: "fake-hardware" });
    const life = new Life(plugin.client, typeName, resourceOf(typeName).schema);
    expect(await life.apply({ ...said, ...(said.node_uuid && { node_uuid: String(uuid) }) })).toEqual([]);
    const { state } = life;
    for (const body of BODIES) {
      answer(body);
      life.state = state;
      expect({ body, told: await life.refresh() }).toMatchObject({ told: [{ summary: "This is not Ironic" }] });
      // Ironic responds to a DELETE without content, and JSON's null counts as none. A node is polled first, for longer.
      if (body === null || typeName === "ironic_node_v1") continue;
      expect({ body, told: await life.apply(null) }).toMatchObject({ told: [{ summary: "This is not Ironic" }] });
    }
  });
});

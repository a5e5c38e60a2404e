import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessIronic, type Thing } from "../../src/testing/ironic";
import { cli } from "../support/cli";

let ironic: InProcessIronic;
let folder: string;
const before = { ...process.env };
beforeEach(async () => {
  ironic = await InProcessIronic.start({ pageSize: 400 });
  folder = mkdtempSync(join(tmpdir(), "import-blocks-"));
  for (const name of Object.keys(process.env)) if (/^(OS|IRONIC)_/.test(name)) delete process.env[name];
  Object.assign(process.env, { IRONIC_ENDPOINT: ironic.url, HOME: folder });
});
afterEach(async () => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
  await ironic.stop();
});

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const blocks = (...argv: string[]) => cli("provider", "import-blocks", ...argv);
/** `type.name` by UUID, in order. */
function imports(text: string): [string, string][] {
  return [...text.matchAll(/import \{\n {2}to = (\S+)\n {2}id = "(\S+)"\n\}/g)].map(([, to = "", id = ""]) => [to, id]);
}
const addresses = (text: string) => imports(text).map(([to]) => to);

function node(name: string | null, fields: Thing = {}): Thing {
  return Object.assign(ironic.store.createNode({ driver: "fake-hardware" }), { name, ...fields });
}

/** An object of a collection. */
function plain(path: string, fields: Thing): string {
  const uuid = randomUUID();
  ironic.collections.of(path).set(uuid, { uuid, ...fields });
  return uuid;
}

/** Two racks of everything. */
function everything() {
  const worker = node("worker-0", { provision_state: "active", resource_class: "large", owner: "me" });
  ironic.store.createPort({ node_uuid: worker.uuid, address: "52:54:00:00:00:02" });
  ironic.store.createPort({ node_uuid: worker.uuid, address: "52:54:00:00:00:01" });
  ironic.store.createPortGroup({ node_uuid: worker.uuid, name: "bond0" });
  const spare = node("spare.1", { provision_state: "available", power_state: "power off", resource_class: "small" });
  ironic.store.createPort({ node_uuid: spare.uuid, address: "52:54:00:00:00:03" });
  ironic.store.createAllocation({ resource_class: "small", name: "for spare" });
  return { worker, spare };
}

test("writes a block for each object, node by node, the same whatever the order of Ironic's lists", async () => {
  everything();
  const { code, out, err } = await blocks();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(addresses(out)).toEqual([
    ...["ironic_node_v1.spare_1", "ironic_port_v1.spare_1_52-54-00-00-00-03"],
    ...["ironic_node_v1.worker-0", "ironic_port_group_v1.worker-0_bond0"],
    ...["ironic_port_v1.worker-0_52-54-00-00-00-01", "ironic_port_v1.worker-0_52-54-00-00-00-02"],
    ...["ironic_deployment.worker-0", "ironic_allocation_v1.for_spare"],
  ]);
  for (const things of [ironic.store.nodes, ironic.store.ports]) {
    const reversed = [...things].reverse();
    things.clear();
    for (const [uuid, thing] of reversed) things.set(uuid, thing);
  }
  expect((await blocks()).out).toBe(out);
});

test.each([
  [["--node", "worker-0"], ["worker-0"]],
  [["--resource-class", "large"], ["worker-0"]],
  [["--owner", "me"], ["worker-0"]],
  [["--resource-class", "small"], ["spare_1"]],
  [
    ["--node", "spare.1", "--node", "worker-0", "--node", "spare.1"],
    ["spare_1", "worker-0"],
  ],
  [["--owner", "nobody"], []],
])("%j selects nodes, with what belongs to them", async (options, names) => {
  everything();
  const { out, err } = await blocks(...options);
  const nodes = addresses(out).filter((address) => address.startsWith("ironic_node_v1."));
  expect(nodes).toEqual(names.map((name) => `ironic_node_v1.${name}`));
  const belongs = (address: string) => names.some((name) => address.includes(`.${name}`));
  const others = addresses(out).filter((address) => !belongs(address));
  expect(others).toEqual(names.includes("spare_1") ? ["ironic_allocation_v1.for_spare"] : []);
  expect(err).toBe(names.length === 0 ? "there is nothing to import\n" : "");
});

test("names are valid and unique, and a name that is valid already stays", async () => {
  const names = ["a.b", "a_b", "a~b", "0", "rack-1", "Rack-1", null, null];
  const uuids = names.map((name) => String(node(name).uuid));
  const of = (index: number, group: string) =>
    ironic.store.createPortGroup({ node_uuid: uuids[index], name: group }).uuid;
  // Both would be rack-1_b_c.
  of(4, "b_c");
  Object.assign(node("rack-1_b"), {});
  ironic.store.createPortGroup({ node_uuid: [...ironic.store.nodes.keys()].at(-1), name: "c" });
  const { out } = await blocks();
  const all = imports(out);
  expect(new Set(all.map(([to]) => to)).size).toBe(all.length);
  for (const [to] of all) expect(to.split(".").at(1)).toMatch(IDENTIFIER);
  const name = (uuid: string | undefined) => all.find(([, id]) => id === uuid)?.[0];
  expect(uuids.map(name)).toEqual([
    `ironic_node_v1.a_b_${uuids[0]}`,
    "ironic_node_v1.a_b",
    `ironic_node_v1.a_b_${uuids[2]}`,
    "ironic_node_v1._0",
    "ironic_node_v1.rack-1",
    "ironic_node_v1.Rack-1",
    `ironic_node_v1.node_${uuids[6]}`,
    `ironic_node_v1.node_${uuids[7]}`,
  ]);
});

describe("what belongs to no node, and the volumes of nodes", () => {
  let volumes: string[];
  beforeEach(() => {
    const { uuid: node_uuid } = node("worker-0");
    plain("deploy_templates", { name: "CUSTOM_B", steps: [], extra: {} });
    plain("deploy_templates", { name: "CUSTOM_A", steps: [], extra: {} });
    plain("runbooks", { name: "CUSTOM_A", steps: [], extra: {}, owner: null, public: false });
    const rule = { priority: 0, phase: "main", conditions: [], actions: [] };
    plain("inspection_rules", { ...rule, description: "Machines of ACME", sensitive: false });
    plain("inspection_rules", { ...rule, description: "with a secret", sensitive: true });
    const ofNode = { node_uuid, extra: {} };
    volumes = [
      plain("volume/connectors", { ...ofNode, type: "iqn", connector_id: "iqn.2026-01.example:a" }),
      plain("volume/targets", { ...ofNode, volume_type: "iscsi", volume_id: "v", boot_index: 0, properties: {} }),
    ];
  });

  const OF_NODE = [
    ...["ironic_node_v1.worker-0", "ironic_volume_connector_v1.worker-0_iqn_iqn_2026-01_example_a"],
    "ironic_volume_target_v1.worker-0_iscsi_0",
  ];
  const HIDDEN =
    "left out: inspection rule with a secret: it is sensitive, and Ironic does not show its conditions and actions\n";

  test("have blocks, but for rules that Ironic does not show", async () => {
    const rule = [...ironic.collections.of("inspection_rules").values()].find(({ sensitive }) => sensitive === false);
    Object.assign(rule ?? {}, { description: null });
    const { code, out, err } = await blocks();
    expect({ code, err }).toEqual({ code: 0, err: HIDDEN });
    expect(addresses(out)).toEqual([
      ...[...OF_NODE, "ironic_deploy_template_v1.CUSTOM_A", "ironic_deploy_template_v1.CUSTOM_B"],
      ...["ironic_runbook_v1.CUSTOM_A", `ironic_inspection_rule_v1.rule_${String(rule?.uuid)}`],
    ]);
    for (const uuid of volumes) expect(imports(out).map(([, id]) => id)).toContain(uuid);
  });

  test("a runbook whose name no request can have is left out, and reported", async () => {
    const uuid = plain("runbooks", { name: "Nightly firmware", steps: [], extra: {}, owner: null, public: false });
    const { out, err } = await blocks();
    expect(out).not.toContain(uuid);
    expect(err).toContain(`left out: runbook Nightly firmware (${uuid}): the name has other characters than`);
  });

  test("selected nodes have their volumes, and nothing that belongs to no node", async () => {
    const { out, err } = await blocks("--node", "worker-0");
    expect(addresses(out)).toEqual(OF_NODE);
    expect(err).toBe("");
    expect(ironic.requests.map(({ url }) => url).join()).not.toMatch(/templates|runbooks|rules/);
  });

  test("what the policy of Ironic does not permit is left out, and reported", async () => {
    ironic.intercept = ({ url = "" }, response) => {
      if (!/templates|rules/.test(url)) return false;
      response.writeHead(403).end(JSON.stringify({ error_message: { faultstring: "not permitted" } }));
      return true;
    };
    const { code, out, err } = await blocks();
    expect(code).toBe(0);
    expect(addresses(out)).toEqual([...OF_NODE, "ironic_runbook_v1.CUSTOM_A"]);
    expect(err).toMatch(
      /^left out: deploy templates: .*not permitted.*\nleft out: inspection rules: .*not permitted.*\n$/,
    );
  });

  test("an older Ironic has none", async () => {
    const older = await InProcessIronic.start({ newest: 52 });
    process.env.IRONIC_ENDPOINT = older.url;
    older.store.createNode({ driver: "fake-hardware", name: "n" });
    const { code, out, err } = await blocks();
    await older.stop();
    expect({ code, addresses: addresses(out), err }).toEqual({ code: 0, addresses: ["ironic_node_v1.n"], err: "" });
  });
});

test("what an import would plan to change is left out, and told", async () => {
  node("busy", { provision_state: "wait call-back" });
  node("failed", { provision_state: "deploy failed" });
  node("rescued", { provision_state: "rescue" });
  ironic.store.createAllocation({ resource_class: "none", name: "nothing" });
  const { code, out, err } = await blocks();
  expect(code).toBe(0);
  expect(addresses(out)).toEqual([
    ...["ironic_node_v1.busy", "ironic_node_v1.failed", "ironic_node_v1.rescued", "ironic_deployment.rescued"],
  ]);
  expect(err.split("\n")).toEqual([
    'left out: the deployment of node busy: the node is in state "wait call-back"',
    'left out: the deployment of node failed: the node is in state "deploy failed"',
    'left out: allocation nothing: it is in state "error" and has no node',
    "",
  ]);
});

test("--out writes a file, and replaces one with --force only, before Ironic is asked", async () => {
  everything();
  const file = join(folder, "imports.tf");
  expect(await blocks("--out", file)).toMatchObject({ code: 0, out: "", err: `${file}: 8 import blocks\n` });
  expect(readFileSync(file, "utf8")).toBe((await blocks()).out);
  writeFileSync(file, "mine");
  const from = ironic.requests.length;
  expect(await blocks("--out", file)).toMatchObject({ code: 2, err: expect.stringContaining("--force replaces it") });
  expect(ironic.requests.length).toBe(from);
  expect(readFileSync(file, "utf8")).toBe("mine");
  expect((await blocks("--out", file, "--force")).code).toBe(0);
  expect(addresses(readFileSync(file, "utf8"))).toHaveLength(8);
});

test("a thousand nodes cost the pages of nine lists", async () => {
  for (let index = 0; index < 1000; index += 1) {
    const { uuid } = node(`n-${index}`, { provision_state: "active" });
    const mac = index.toString(16).padStart(4, "0");
    ironic.store.createPort({ node_uuid: uuid, address: `52:54:00:00:${mac.slice(0, 2)}:${mac.slice(2)}` });
  }
  const { out } = await blocks();
  expect(imports(out)).toHaveLength(3000);
  // The versions, three pages each of nodes and ports, one of each of the other lists.
  expect(ironic.requests.map(({ method }) => method)).toEqual(Array.from({ length: 14 }, () => "GET"));
});

describe("the Ironic is that of the provider's environment", () => {
  test("clouds.yaml, by --cloud", async () => {
    delete process.env.IRONIC_ENDPOINT;
    const clouds = `clouds:\n  lab:\n    auth_type: none\n    auth: { endpoint: "${ironic.url}" }\n  other:\n    auth_type: none\n    auth: { endpoint: "http://127.0.0.1:1" }\n`;
    process.env.OS_CLIENT_CONFIG_FILE = join(folder, "clouds.yaml");
    writeFileSync(process.env.OS_CLIENT_CONFIG_FILE, clouds);
    node("n");
    expect(addresses((await blocks("--cloud", "lab")).out)).toEqual(["ironic_node_v1.n"]);
    process.env.OS_CLOUD = "lab";
    expect(addresses((await blocks()).out)).toEqual(["ironic_node_v1.n"]);
  });

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ["none", { IRONIC_ENDPOINT: undefined }, 2, "no Ironic is configured"],
    ["http_basic without a password", { IRONIC_AUTH_STRATEGY: "http_basic" }, 1, "http_basic needs ironic_username"],
    ["one that does not answer", { IRONIC_ENDPOINT: "http://127.0.0.1:1" }, 1, "127.0.0.1:1"],
  ])("%s is an error", async (_, environment, code, message) => {
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    expect(await blocks()).toMatchObject({ code, out: "", err: expect.stringContaining(message) });
  });

  test.each([[["--node", "nope"]], [["--node", "spare.1", "--resource-class", "large"]], [["--force"]]])(
    "%j is wrong usage",
    async (options) => {
      everything();
      expect(await blocks(...options)).toMatchObject({ code: 2, out: "" });
    },
  );
});

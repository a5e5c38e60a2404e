import { type Dynamic, dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

// Volume connectors and volume targets.

let rig: IronicRig;
let node: string;
let life: IronicLife;
beforeEach(async () => {
  rig = await IronicRig.start();
  node = String(rig.ironic.store.createNode({ driver: "fake-hardware", name: "worker" }).uuid);
  rig.node(node).power_state = "power off";
});
afterEach(() => rig.stop());

const connector = (more: TfObject = {}): TfObject => ({ node_uuid: node, type: "iqn", connector_id: "i", ...more });
const target = (more: TfObject = {}): TfObject => ({
  ...{ node_uuid: node, volume_type: "iscsi", volume_id: "v", boot_index: 0 },
  ...more,
});
const ROWS = [
  {
    ...{ type: "ironic_volume_connector_v1", path: "volume/connectors", args: connector },
    other: { connector_id: "j" },
  },
  { ...{ type: "ironic_volume_target_v1", path: "volume/targets", args: target }, other: { volume_id: "w" } },
];

const isQuiet = async (configured: TfObject) => {
  expect(await life.refresh()).toEqual([]);
  return !(await life.planned(configured)).changes;
};

describe.each(ROWS)("$type", ({ type, path, args, other }) => {
  beforeEach(() => {
    life = rig.life(type);
  });
  const inIronic = () => rig.ironic.collections.of(path).get(String(life.state?.id)) ?? {};

  test("is created for a node by UUID or name, changed in place, and drift is planned", async () => {
    const extra = { extra: dynamic({ rack: 7 }) };
    await life.applied(args({ node_uuid: "worker", ...extra }));
    expect(inIronic()).toMatchObject({ ...args(), uuid: life.state?.id, node_uuid: node, extra: { rack: 7 } });
    expect(await isQuiet(args({ node_uuid: "worker", ...extra }))).toBe(true);
    expect(await isQuiet(args(extra))).toBe(true);
    const from = rig.ironic.requests.length;
    await life.applied(args({ ...other, ...extra }));
    expect(rig.written(from)).toEqual([`PATCH volume ${String(life.state?.id)}`]);
    expect(inIronic()).toMatchObject(other);
    Object.assign(inIronic(), args());
    expect(await isQuiet(args({ ...other, ...extra }))).toBe(false);
  });

  test("a change and a deletion need a node that is powered off: the error says so", async () => {
    await life.applied(args());
    rig.node(node).power_state = "power on";
    const error = {
      severity: "error",
      summary: "The node is not powered off",
      detail: expect.stringMatching(/power the node off first.*depends_on/is),
    };
    expect(await life.apply(args(other))).toMatchObject([error]);
    // A plan without changes sends nothing.
    expect(await isQuiet(args())).toBe(true);
    expect(await life.apply(null)).toMatchObject([error]);
    rig.node(node).power_state = "power off";
    expect(await life.apply(null)).toEqual([]);
  });

  test("deleted by others, it is created again; its deletion is done already", async () => {
    await life.applied(args());
    const { state } = life;
    rig.ironic.collections.of(path).clear();
    await life.refresh();
    expect(life.state).toBeNull();
    life.state = state;
    expect(await life.apply(null)).toEqual([]);
  });

  test("is imported by UUID, and the configuration plans nothing", async () => {
    const configured = args({ extra: dynamic({ rack: 7 }) });
    await life.applied(configured);
    const imported = rig.life(type);
    await imported.import(String(life.state?.id));
    await imported.refresh();
    expect((await imported.planned(configured)).changes).toBe(false);
  });

  test("the same one of the node is taken over; that of another node is not", async () => {
    await life.applied(args());
    await rig.configure();
    const same = rig.life(type);
    expect(await same.apply(args({ extra: dynamic({ rack: 8 }) }))).toEqual([]);
    expect(same.state?.id).toBe(life.state?.id);
    expect(inIronic()).toMatchObject({ extra: { rack: 8 } });
    const elsewhere = String(rig.ironic.store.createNode({ driver: "fake-hardware" }).uuid);
    const found = await rig.life(type).apply(args({ node_uuid: elsewhere }));
    // A boot index is one of each node.
    expect(found).toMatchObject(type.includes("target") ? [] : [{ detail: expect.stringContaining("already exists") }]);
  });
});

describe("a volume target", () => {
  beforeEach(() => {
    life = rig.life("ironic_volume_target_v1");
  });
  const inIronic = () => rig.ironic.collections.of("volume/targets").get(String(life.state?.id)) ?? {};
  const SECRET = "chap-s3cret";
  const properties = { target_lun: 1, auth_username: "node" };
  const withSecret = (version: number | null, secret: string | null = SECRET, more: TfObject = properties) =>
    target({
      properties: dynamic(more),
      properties_wo: secret === null ? null : { auth_password: secret },
      properties_wo_version: version,
    });

  test("its secrets are write-only: in Ironic, and in no state; a new version sends them", async () => {
    await life.applied(withSecret(1));
    expect(inIronic().properties).toEqual({ ...properties, auth_password: SECRET });
    expect(await isQuiet(withSecret(1, null))).toBe(true);
    expect(JSON.stringify(life.state)).not.toContain(SECRET);
    // Another property leaves the secret as it is.
    await life.applied(withSecret(1, null, { target_lun: 2 }));
    expect(inIronic().properties).toEqual({ target_lun: 2, auth_password: SECRET });
    await life.applied(withSecret(2, "another-s3cret", { target_lun: 2 }));
    expect(inIronic().properties).toEqual({ target_lun: 2, auth_password: "another-s3cret" });
    // An ephemeral variable that is unset.
    await life.applied(withSecret(3, null, { target_lun: 2 }));
    expect(inIronic().properties).toEqual({ target_lun: 2, auth_password: "another-s3cret" });
    await life.applied(target());
    expect(inIronic().properties).toEqual({});
  });

  test("no error has a secret", async () => {
    rig.ironic.intercept = (request, response) => {
      if (request.method !== "POST") return false;
      response.writeHead(400).end(JSON.stringify({ error_message: { faultstring: `bad: ${SECRET}` } }));
      return true;
    };
    const found = JSON.stringify(await life.apply(withSecret(1)));
    expect(found).toContain("bad: ");
    expect(found).not.toContain(SECRET);
  });

  test.each<[string, TfObject, RegExp]>([
    [
      "a secret in properties",
      target({ properties: dynamic({ auth_password: "p" }) }),
      /secret auth_password.*properties_wo/,
    ],
    ["what is no secret in properties_wo", { ...withSecret(1), properties_wo: { target_lun: "1" } }, /target_lun/],
    ["a secret without a version", withSecret(null), /properties_wo_version/],
    ["a negative boot_index", target({ boot_index: -1 }), /from 0/],
    ["a long volume_id", target({ volume_id: "v".repeat(37) }), /36/],
  ])("%s is refused by validation", async (_, configured, expected) => {
    expect(await life.validate(configured)).toMatchObject([
      { severity: "error", detail: expect.stringMatching(expected) },
    ]);
  });

  test("properties that the storage interface adds are no drift, and stay", async () => {
    const configured = target({ properties: dynamic(properties) });
    await life.applied(configured);
    Object.assign(inIronic().properties as object, { target_portal: "192.0.2.7:3260" });
    expect(await isQuiet(configured)).toBe(true);
    await life.applied(target({ properties: dynamic({ target_lun: 3 }) }));
    expect(inIronic().properties).toEqual({ target_lun: 3, target_portal: "192.0.2.7:3260" });
    // An import has all of them but secrets.
    Object.assign(inIronic().properties as object, { auth_password: SECRET, data: { auth_password: SECRET } });
    const imported = rig.life("ironic_volume_target_v1");
    await imported.import(String(life.state?.id));
    await imported.refresh();
    const found = imported.state?.properties as Dynamic | null;
    expect(found?.value).toEqual({ target_lun: 3, target_portal: "192.0.2.7:3260" });
  });
});

test("since Ironic 37, a free node may be powered on when its volumes are deleted", async () => {
  await rig.stop();
  rig = await IronicRig.start({ newest: 115 });
  const { uuid } = rig.ironic.store.createNode({ driver: "fake-hardware" });
  rig.node(String(uuid)).power_state = "power on";
  life = rig.life("ironic_volume_target_v1");
  await life.applied(target({ node_uuid: String(uuid) }));
  expect(await life.apply(null)).toEqual([]);
});

test.each<[string, number]>([
  ["iqn", 0],
  ["wwpn", 0],
  ["IQN", 1],
])("a connector's type %s has %s warnings", async (type, count) => {
  expect(await rig.life("ironic_volume_connector_v1").validate(connector({ type }))).toHaveLength(count);
});

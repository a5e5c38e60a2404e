import { ironicProvider } from "../../src/provider";
import { readInstanceInfo, readTypedInfo, wholeInfo } from "../../src/provider/deployment/instance-info";
import { serverOverrides } from "../../src/provider/deployment/server-overrides";
import { Dynamic, dynamic, type TfValue, tfNumber, unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { FREE_FORM_FIELDS, type FreeFormField, NODE, theNode } from "../support/free-form-fields";
import { deploymentRig, type IronicLife, IronicRig, image } from "../support/ironic-rig";

// Entries of free-form fields with values of any type. test/e2e/provider/typed.e2e.ts sends them to a real Ironic.

const FIELDS = FREE_FORM_FIELDS.filter(({ argument }) => argument !== "root_device");
const title = "$resource: $argument";
const VALUES = { flag: false, port: 623, ratio: 0.5, list: [1, "two", [true]], map: { deep: { er: [] } }, text: "t" };
const STRING = { kind: "string" } as const;
const NUMBER = { kind: "number" } as const;

let rig: IronicRig;
let life: IronicLife;
afterEach(() => rig?.stop());

type Configuration = (typed: TfValue, texts?: TfObject | null) => TfObject;

async function start(field: FreeFormField): Promise<Configuration> {
  rig = await IronicRig.start();
  let uuid = "";
  if (field.resource !== "ironic_node_v1") {
    const machine = rig.life("ironic_node_v1");
    await machine.applied({ ...NODE, resource_class: "c", available: field.resource !== "ironic_port_v1" });
    uuid = String(machine.state?.id);
  }
  life = rig.life(field.resource);
  return (typed, texts = null) => ({
    ...field.base(rig, uuid),
    [field.argument]: texts === null && field.always === undefined ? null : { ...field.always, ...texts },
    [`${field.argument}_typed`]: typed,
  });
}

/** Whether a plan after a refresh has nothing to do. */
async function isQuiet(configured: TfObject): Promise<boolean> {
  expect(await life.refresh()).toEqual([]);
  return !(await life.planned(configured)).changes;
}

const typedIn = (field: FreeFormField) => (life.state?.[`${field.argument}_typed`] as Dynamic | null)?.value ?? null;

test("every free-form field has such an argument, and only those do", () => {
  const dynamics = Object.entries(ironicProvider({}).options.resources ?? {}).flatMap(([type, { schema }]) =>
    Object.entries(schema.type.attributes).flatMap(([name, { kind }]) =>
      kind === "dynamic" ? [`${type} ${name}`] : [],
    ),
  );
  const fields = FIELDS.map(({ resource, argument }) => `${resource} ${argument}_typed`);
  const own = [
    ...["ironic_deployment metadata_typed", "ironic_node_v1 network_data"],
    // Newer than the state of any older provider: no argument for strings only.
    ...["ironic_deploy_template_v1 steps", "ironic_deploy_template_v1 extra"],
    ...["ironic_runbook_v1 steps", "ironic_runbook_v1 extra"],
    ...["ironic_inspection_rule_v1 conditions", "ironic_inspection_rule_v1 actions"],
    ...["ironic_node_cleaning_v1 steps", "ironic_node_cleaning_v1 target_raid_config"],
    ...["ironic_node_servicing_v1 steps", "ironic_node_servicing_v1 target_raid_config"],
    "ironic_volume_connector_v1 extra",
    ...["ironic_volume_target_v1 properties", "ironic_volume_target_v1 extra"],
  ];
  expect(dynamics.sort()).toEqual([...fields, ...own].sort());
});

describe("values reach Ironic as they are, beside texts", () => {
  test.each(FIELDS)(title, async (field) => {
    const configuration = await start(field);
    await life.applied(configuration(dynamic(VALUES), { other: "5" }));
    expect(field.inIronic(rig)).toMatchObject({ ...VALUES, other: "5", ...field.always });
    expect(typedIn(field)).toEqual(VALUES);
    expect(await isQuiet(configuration(dynamic(VALUES), { other: "5" }))).toBe(true);
    Object.assign(field.inIronic(rig), { vendor: "by Ironic" });
    expect(await isQuiet(configuration(dynamic(VALUES), { other: "5" }))).toBe(true);
  });
});

describe("a change sends what changed, and what is no longer configured is removed", () => {
  test.each(FIELDS)(title, async (field) => {
    const configuration = await start(field);
    await life.applied(configuration(dynamic({ flag: false, list: [1], gone: 1 }), { other: "5" }));
    Object.assign(field.inIronic(rig), { vendor: "by Ironic" });
    await life.applied(configuration(dynamic({ flag: true, list: [1, 2] }), { other: "5" }));
    const now = field.inIronic(rig);
    expect(now).toMatchObject({ flag: true, list: [1, 2], other: "5", vendor: "by Ironic" });
    expect(now).not.toHaveProperty("gone");
    expect(await isQuiet(configuration(dynamic({ flag: true, list: [1, 2] }), { other: "5" }))).toBe(true);
    await life.applied(configuration(null));
    for (const key of ["flag", "list", "other"]) expect(field.inIronic(rig)).not.toHaveProperty(key);
    expect(field.inIronic(rig)).toMatchObject({ vendor: "by Ironic" });
  });
});

describe("a change by hand is drift, and is repaired", () => {
  test.each(FIELDS)(title, async (field) => {
    const configuration = await start(field);
    await life.applied(configuration(dynamic({ map: { a: 1 }, flag: false })));
    Object.assign(field.inIronic(rig), { map: { a: 2 }, flag: "false" });
    await life.refresh();
    expect(typedIn(field)).toEqual({ map: { a: 2 }, flag: "false" });
    delete field.inIronic(rig).map;
    await life.refresh();
    expect(typedIn(field)).toEqual({ flag: "false" });
    await life.applied(configuration(dynamic({ map: { a: 1 }, flag: false })));
    expect(field.inIronic(rig)).toMatchObject({ map: { a: 1 }, flag: false });
  });
});

describe("the same JSON is no change", () => {
  const { map: _, ...rest } = VALUES;
  test.each<[string, TfValue, TfValue]>([
    [
      "a map of numbers in place of an object",
      dynamic({ a: 1, b: 2 }),
      new Dynamic({ kind: "map", element: NUMBER }, { b: 2, a: 1 }),
    ],
    [
      "a list and a set in place of a tuple",
      dynamic({ one: ["a", "b"], two: ["a"] }),
      new Dynamic(
        {
          kind: "object",
          attributes: { one: { kind: "list", element: STRING }, two: { kind: "set", element: STRING } },
        },
        { one: ["a", "b"], two: ["a"] },
      ),
    ],
    ["a null entry", dynamic(rest), dynamic({ ...rest, nothing: null })],
    ["{} and null", dynamic({}), null],
    ["{} and entries of null", dynamic({}), dynamic({ nothing: null })],
  ])("%s", async (_name, one, other) => {
    const field = FIELDS.find(({ argument }) => argument === "extra") as FreeFormField;
    const configuration = await start(field);
    await life.applied(configuration(one));
    const from = rig.ironic.requests.length;
    expect(await isQuiet(configuration(other))).toBe(true);
    await life.applied(configuration(other));
    expect(rig.written(from)).toEqual([]);
    expect(await isQuiet(configuration(one))).toBe(true);
  });
});

test.each(FIELDS)("an entry moves from the texts, and Ironic gets the value: $resource: $argument", async (field) => {
  const configuration = await start(field);
  await life.applied(configuration(null, { flag: "false", other: "5" }));
  await life.applied(configuration(dynamic({ flag: false }), { other: "5" }));
  expect(field.inIronic(rig)).toMatchObject({ flag: false, other: "5" });
  expect(await isQuiet(configuration(dynamic({ flag: false }), { other: "5" }))).toBe(true);
  await life.applied(configuration(null, { flag: "false", other: "5" }));
  expect(await isQuiet(configuration(null, { flag: "false", other: "5" }))).toBe(true);
});

test.each(FIELDS)(
  "after an import, an entry with Ironic's value sends nothing: $resource: $argument",
  async (field) => {
    const configuration = await start(field);
    const values = { flag: false, map: { b: 1, a: [2] } };
    await life.applied(configuration(dynamic(values), { other: "5" }));
    const from = rig.ironic.requests.length;
    expect(await life.import(field.id)).toEqual([]);
    const { diagnostics } = await life.plan(configuration(dynamic(values), { other: "5" }));
    expect(diagnostics).toEqual([]);
    await life.applied(configuration(dynamic(values), { other: "5" }));
    expect(rig.written(from)).toEqual([]);
    expect(await isQuiet(configuration(dynamic(values), { other: "5" }))).toBe(true);
  },
);

describe("refused before a request", () => {
  const key = (name: string): TfValue => dynamic({ [name]: 1 });
  test.each<[string, string, TfObject, string]>([
    ["a text", "ironic_node_v1", { ...NODE, extra_typed: dynamic("a") }, "must be a map"],
    ["a list", "ironic_node_v1", { ...NODE, extra_typed: dynamic(["a"]) }, "must be a map"],
    ["a number", "ironic_node_v1", { ...NODE, driver_info_typed: dynamic(1) }, "must be a map"],
    [
      "a number with too many digits",
      "ironic_node_v1",
      { ...NODE, extra_typed: dynamic({ a: [tfNumber("12345678901234567890")] }) },
      "has the number 12345678901234567890, which has more digits",
    ],
    ["root_device", "ironic_node_v1", { ...NODE, properties_typed: key("root_device") }, "set it in root_device"],
    ["capabilities", "ironic_node_v1", { ...NODE, properties_typed: key("capabilities") }, "set it in properties"],
    [
      "a key of both",
      "ironic_node_v1",
      { ...NODE, extra: { a: "1" }, extra_typed: key("a") },
      "Both extra and extra_typed",
    ],
    [
      "a key of deploy_kernel",
      "ironic_node_v1",
      { ...NODE, deploy_kernel: "k", driver_info_typed: key("deploy_kernel") },
      "Both driver_info_typed and deploy_kernel",
    ],
    [
      "a key of both in a port",
      "ironic_port_v1",
      { node_uuid: "n", address: "52:54:00:00:00:01", extra: { a: "1" }, extra_typed: key("a") },
      "Both extra and extra_typed",
    ],
    ...["image_source", "image_disk_format", "image_download_source", "deploy_interface", "configdrive"].map(
      (name): [string, string, TfObject, string] => [
        name,
        "ironic_deployment",
        { node_uuid: "n", instance_info: { image_source: image("a") }, instance_info_typed: key(name) },
        `can't have the key ${name}: set it in instance_info`,
      ],
    ),
    [
      "a key of both in metadata",
      "ironic_deployment",
      { node_uuid: "n", instance_info: { image_source: image("a") }, metadata: { a: "1" }, metadata_typed: key("a") },
      "Both metadata and metadata_typed",
    ],
  ])("%s", async (_name, resource, configured, problem) => {
    rig = await IronicRig.start();
    const diagnostics = await rig.life(resource).validate(configured);
    expect(diagnostics).toMatchObject([{ severity: "error", detail: expect.stringContaining(problem) }]);
    expect(rig.ironic.requests).toEqual([]);
  });
});

test.each([
  ["redfish_password", dynamic({ redfish_password: "hunter2" })],
  ["console.auth_key", dynamic({ console: { auth_key: "hunter2" } })],
  ["list.1.token", dynamic({ list: [1, { token: "hunter2" }] })],
])("driver_info_typed, which plans show, can't have the secret %s", async (path, value) => {
  rig = await IronicRig.start();
  const [error] = await rig.life("ironic_node_v1").validate({ ...NODE, driver_info_typed: value });
  expect(error).toMatchObject({ severity: "error", detail: expect.stringContaining(`the secret ${path}`) });
  expect(JSON.stringify(error)).not.toContain("hunter2");
});

test("a value that Ironic masks is compared with the prior one, also inside a map", async () => {
  const field = FIELDS.find(({ argument }) => argument === "driver_info") as FreeFormField;
  const configuration = await start(field);
  const values = (password: number, user = "admin") =>
    configuration(dynamic({ console: { password, user, ports: [1] }, retries: 3 }));
  await life.applied(values(2));
  expect(await isQuiet(values(2))).toBe(true);
  await life.applied(values(2, "root"));
  expect(field.inIronic(rig)).toMatchObject({ console: { password: 2, user: "root" } });
  await life.applied(values(3, "root"));
  expect(field.inIronic(rig)).toMatchObject({ console: { password: 3, user: "root" } });
  expect(await isQuiet(values(3, "root"))).toBe(true);
});

test("an unknown entry is planned, and sent once it is known", async () => {
  const field = FIELDS.find(({ argument }) => argument === "extra") as FreeFormField;
  const configuration = await start(field);
  for (const typed of [unknown, dynamic({ a: unknown, b: 1 })]) {
    const { planned, diagnostics, plannedPrivate } = await life.plan(configuration(typed));
    expect(diagnostics).toEqual([]);
    expect(planned?.extra_typed).toEqual(typed);
    if (life.state === null) {
      const known = configuration(dynamic({ a: 2, b: 1 }));
      await life.carryOut({ ...planned, extra_typed: known.extra_typed ?? null }, known, plannedPrivate);
    }
  }
  expect(field.inIronic(rig)).toMatchObject({ a: 2, b: 1 });
});

describe("a deployment", () => {
  let deployment: IronicLife;
  let configured: (more?: TfObject) => TfObject;
  beforeEach(async () => {
    ({ rig, deployment } = await deploymentRig());
    configured = (more = {}) => ({ node_uuid: "n", instance_info: { image_source: image("a") }, ...more });
  });
  const deployed = () => rig.written().filter((request) => /provision/.test(request)).length;

  test("is rebuilt for another value, and not where an entry only moves between the arguments", async () => {
    await deployment.applied(
      configured({ instance_info: { image_source: image("a"), flag: "false", map: '{"a": 1}' } }),
    );
    const before = deployed();
    await deployment.applied(configured({ instance_info_typed: dynamic({ flag: false, map: { a: 1 } }) }));
    expect(theNode(rig).instance_info).toMatchObject({ flag: false, map: { a: 1 } });
    expect(deployed()).toBe(before);
    await deployment.applied(configured({ instance_info_typed: dynamic({ flag: true, map: { a: 1 } }) }));
    expect(deployed()).toBe(before + 1);
    await deployment.refresh();
    expect(
      (await deployment.planned(configured({ instance_info_typed: dynamic({ flag: true, map: { a: 1 } }) }))).changes,
    ).toBe(false);
  });

  test("has metadata of any type in its config drive, and is rebuilt for another", async () => {
    const metadata = { metadata: { rack: "r1" }, metadata_typed: dynamic({ slots: [1, 2], spare: false }) };
    await deployment.applied(configured(metadata));
    const sent = () =>
      rig.ironic.requests
        .filter(({ body }) => JSON.stringify(body ?? "").includes("meta_data"))
        .map(({ body }) => body);
    expect(sent()).toMatchObject([{ configdrive: { meta_data: { rack: "r1", slots: [1, 2], spare: false } } }]);
    await deployment.refresh();
    expect((await deployment.planned(configured(metadata))).changes).toBe(false);
    await deployment.applied(configured({ ...metadata, metadata_typed: dynamic({ slots: [1], spare: false }) }));
    expect(sent()).toHaveLength(2);
  });

  test("what Ironic overwrote is no drift, and another value is", () => {
    const prior = dynamic({ image_properties: { a: 1 }, ratio: 1 }) as Dynamic;
    const configured = { instance_info: {}, instance_info_typed: prior };
    const after = { image_properties: { os: "linux" }, ratio: 1 };
    const overrides = serverOverrides(wholeInfo(configured), readInstanceInfo(wholeInfo(configured), after, {}), after);
    expect(Object.keys(overrides)).toEqual(["image_properties"]);
    expect(readTypedInfo(prior, after, overrides)).toBe(prior);
    const later = readTypedInfo(prior, { image_properties: {}, ratio: 2 }, overrides);
    expect(later?.value).toEqual({ image_properties: {}, ratio: 2 });
  });
});

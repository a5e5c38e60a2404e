import { ironicProvider } from "../../src/provider";
import type { Thing } from "../../src/testing/ironic";
import type { TfObject } from "../../src/tfplugin/cty";
import {
  FREE_FORM_FIELDS as FIELDS,
  type FreeFormField as Field,
  NODE as node,
  theNode,
} from "../support/free-form-fields";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

const title = "$resource: $argument";
/** Another argument than `extra`. */
const BESIDE: Readonly<Record<string, TfObject>> = {
  ironic_node_v1: { resource_class: "other" },
  ironic_port_v1: { physical_network: "other" },
  ironic_port_group_v1: { address: "52:54:00:00:00:0f" },
};

let rig: IronicRig;
let life: IronicLife;
let from: number;

afterEach(() => rig?.stop());

/** Starts with a resource whose map has these keys. */
async function apply(field: Field, map: Readonly<Record<string, string>>): Promise<(map: TfObject | null) => TfObject> {
  rig = await IronicRig.start();
  let uuid = "";
  if (field.resource !== "ironic_node_v1") {
    const machine = rig.life("ironic_node_v1");
    await machine.applied({ ...node, resource_class: "c", available: field.resource !== "ironic_port_v1" });
    uuid = String(machine.state?.id);
  }
  const configuration = (entries: TfObject | null) => ({
    ...field.base(rig, uuid),
    [field.argument]: entries === null && field.always === undefined ? null : { ...field.always, ...entries },
  });
  life = rig.life(field.resource);
  await life.applied(configuration(map));
  from = rig.ironic.requests.length;
  return configuration;
}

/** Whether a plan after a refresh has nothing to do. */
async function isQuiet(configured: TfObject): Promise<boolean> {
  await life.refresh();
  return !(await life.planned(configured)).changes;
}

test("each map of strings is one of them, or the user's alone", () => {
  const own = [
    "ironic_node_v1 driver_info_wo",
    "ironic_volume_target_v1 properties_wo",
    "ironic_deployment user_data_url_headers",
  ].concat(
    ["network_data", "metadata"].map((name) => `ironic_deployment ${name}`),
    // Ironic accepts certain keys only: see port.test.ts.
    "ironic_port_v1 local_link_connection",
    ...["cleaning", "servicing"].map((work) => `ironic_node_${work}_v1 triggers`),
  );
  const maps = Object.entries(ironicProvider({}).options.resources ?? {}).flatMap(([type, { schema }]) =>
    Object.entries(schema.type.attributes).flatMap(([name, attribute]) =>
      attribute.kind === "map" ? [`${type} ${name}`] : [],
    ),
  );
  expect(maps.sort()).toEqual([...own, ...FIELDS.map(({ resource, argument }) => `${resource} ${argument}`)].sort());
});

describe("what Ironic adds is no drift", () => {
  test.each(FIELDS)(title, async (field) => {
    const configuration = await apply(field, { a: "1" });
    Object.assign(field.inIronic(rig), { vendor: "by Ironic", nested: { level: [1] }, nothing: null });
    expect(await isQuiet(configuration({ a: "1" }))).toBe(true);
    expect(life.state?.[field.argument]).toEqual({ ...field.always, a: "1" });
  });

  test.each(FIELDS.filter(({ always }) => always === undefined))(
    "$resource: $argument, not configured",
    async (field) => {
      const configuration = await apply(field, {});
      if (field.argument === "root_device")
        Object.assign(theNode(rig).properties as Thing, { root_device: { serial: "s" } });
      else Object.assign(field.inIronic(rig), { vendor: "by Ironic" });
      for (const configured of [{}, null]) expect(await isQuiet(configuration(configured))).toBe(true);
    },
  );
});

describe("and it stays, whatever is changed beside it", () => {
  test.each(FIELDS)(title, async (field) => {
    const configuration = await apply(field, { a: "1", b: "2" });
    Object.assign(field.inIronic(rig), { vendor: "by Ironic" });
    await life.refresh();
    await life.applied(configuration({ a: "changed", c: "3" }));
    expect(field.inIronic(rig)).toMatchObject({ ...field.always, a: "changed", c: "3", vendor: "by Ironic" });
    // It was configured, and is no longer.
    expect(field.inIronic(rig)).not.toHaveProperty("b");
    await life.applied(configuration(null));
    expect(field.inIronic(rig)).toMatchObject({ vendor: "by Ironic" });
    for (const key of ["a", "c"]) expect(field.inIronic(rig)).not.toHaveProperty(key);
    expect(await isQuiet(configuration(null))).toBe(true);
  });
});

describe("what is configured drifts as ever", () => {
  test.each(FIELDS)("$resource: $argument, changed and removed by hand", async (field) => {
    const configuration = await apply(field, { a: "1", b: "2" });
    field.inIronic(rig).a = "by hand";
    await life.refresh();
    expect(life.state?.[field.argument]).toEqual({ ...field.always, a: "by hand", b: "2" });
    delete field.inIronic(rig).b;
    await life.refresh();
    expect(life.state?.[field.argument]).toEqual({ ...field.always, a: "by hand" });
    const plan = await life.plan(configuration({ a: "1", b: "2" }));
    expect(plan.planned?.[field.argument]).toEqual({ ...field.always, a: "1", b: "2" });
    expect(plan.replaced).toEqual([]);
    await life.applied(configuration({ a: "1", b: "2" }));
    expect(field.inIronic(rig)).toMatchObject({ a: "1", b: "2" });
  });
});

/** A field without the mark of an enrolled node. */
function ofUsers(field: Field): Thing {
  const { terraform_enrolled: _, ...others } = structuredClone(field.inIronic(rig));
  return others;
}

describe("an import holds all of it, and a configuration that names less takes nothing away", () => {
  test.each(FIELDS.filter(({ always }) => always === undefined))(title, async (field) => {
    const configuration = await apply(field, { a: "1", b: "2" });
    Object.assign(field.inIronic(rig), { found: "by Ironic" });
    expect(await life.import(field.id)).toEqual([]);
    expect(life.state?.[field.argument]).toEqual({ a: "1", b: "2", found: "by Ironic" });
    const { diagnostics: told } = await life.plan(configuration({ a: "1" }));
    expect(told).toMatchObject([{ severity: "warning", summary: "The import found keys that are not configured" }]);
    expect(told[0]?.detail).toContain(`${field.argument}.b, ${field.argument}.found`);
    await life.applied(configuration({ a: "1" }));
    expect(rig.written(from)).toEqual([]);
    expect(await isQuiet(configuration({ a: "1" }))).toBe(true);
    // From then on it is as with any other.
    await life.applied(configuration({ c: "3" }));
    expect(ofUsers(field)).toEqual({ b: "2", found: "by Ironic", c: "3" });
  });

  test.each(FIELDS.filter(({ always }) => always === undefined))(
    "an argument that is not configured is no change, also after changes beside it: $resource: $argument",
    async (field) => {
      const configuration = await apply(field, { a: "1", b: "2" });
      const held = ofUsers(field);
      await life.import(field.id);
      expect(await life.planned(configuration(null))).toMatchObject({ changes: false, diagnostics: [] });
      // Another argument of the same resource.
      const beside = field.argument === "extra" ? BESIDE[field.resource] : { extra: { other: "1" } };
      for (const _ of [1, 2]) {
        await life.applied({ ...configuration(null), ...beside });
        expect(ofUsers(field)).toEqual(held);
        expect(await isQuiet({ ...configuration(null), ...beside })).toBe(true);
      }
      expect(life.state?.[field.argument]).toEqual(held);
      // Once configured, it is as any other.
      await life.applied({ ...configuration({ a: "1", b: "3" }), ...beside });
      expect(ofUsers(field)).toEqual({ a: "1", b: "3" });
      await life.applied({ ...configuration(null), ...beside });
      expect(ofUsers(field)).toEqual({});
    },
  );

  test("an inspected node is no change for the properties that are configured, whatever inspection found", async () => {
    const field = FIELDS.find(({ argument }) => argument === "properties") as Field;
    const configuration = await apply(field, {});
    const found = { cpu_arch: "x86_64", cpus: 8, memory_mb: 1024, vendor: "Dell", capabilities: "cpu_vt:true,a:1" };
    Object.assign(theNode(rig), { properties: { ...found }, inspection_finished_at: "2026-01-01T00:00:00+00:00" });
    await life.import(field.id);
    for (const properties of [{ cpu_arch: "x86_64", capabilities: "a:1" }, { cpu_arch: "x86_64" }, {}, null]) {
      expect(await life.planned(configuration(properties))).toMatchObject({ changes: false, diagnostics: [] });
    }
    const configured = { ...configuration({ cpu_arch: "x86_64", capabilities: "a:1" }), extra: { other: "1" } };
    await life.applied(configured);
    expect(field.inIronic(rig)).toEqual(found);
    // A later inspection finds more, and that is no drift.
    Object.assign(field.inIronic(rig), { memory_mb: 2048, capabilities: "cpu_vt:false,a:1,b:2" });
    expect(await isQuiet(configured)).toBe(true);
    await life.applied({ ...configured, properties: { cpu_arch: "aarch64", capabilities: "a:2" } });
    expect(field.inIronic(rig)).toMatchObject({ cpu_arch: "aarch64", cpus: 8, vendor: "Dell", memory_mb: 2048 });
    expect(field.inIronic(rig).capabilities).toBe("cpu_vt:false,b:2,a:2");
  });

  test.each(FIELDS.filter(({ always }) => always === undefined))(
    "and once imported, what Ironic adds is no drift either: $resource: $argument",
    async (field) => {
      for (const map of [{ a: "1" }, {}] as Readonly<Record<string, string>>[]) {
        const configuration = await apply(field, map);
        expect(await life.import(field.id)).toEqual([]);
        if (field.argument === "root_device")
          Object.assign(theNode(rig).properties as Thing, { root_device: { ...map, serial: "by Ironic" } });
        else Object.assign(field.inIronic(rig), { later: "by Ironic" });
        await life.refresh();
        expect((await life.plan(configuration(map))).diagnostics).toEqual([]);
        expect(life.state?.[field.argument] ?? {}).toEqual(map);
        await rig.stop();
      }
      rig = await IronicRig.start();
    },
  );

  test("what is named elsewhere is not missing", async () => {
    const field = FIELDS.find(({ argument }) => argument === "driver_info") as Field;
    await apply(field, { a: "1", redfish_password: "hunter2", deploy_kernel: "k" });
    await life.import("n");
    const driver_info_wo = { redfish_password: "hunter3" };
    const configured = {
      ...node,
      driver_info: { a: "1" },
      deploy_kernel: "k",
      driver_info_wo,
      driver_info_wo_version: 1,
    };
    expect((await life.plan(configured)).diagnostics).toEqual([]);
    await life.applied(configured);
    expect(field.inIronic(rig)).toEqual({ a: "1", redfish_password: "hunter3", deploy_kernel: "k" });
  });
});

describe("capabilities, which are such a field in one text", () => {
  const field = FIELDS.find(({ argument }) => argument === "properties") as Field;
  const capabilities = () => field.inIronic(rig).capabilities;

  test.each(["a:1,", "a:1,bare", "bare", ""])(
    "%j are pairs too, and dropping them leaves Ironic's own",
    async (text) => {
      const configuration = await apply(field, { capabilities: text });
      field.inIronic(rig).capabilities = [text.replace(/,$/, ""), "cpu_vt:true"]
        .filter((each) => each !== "")
        .join(",");
      expect(await isQuiet(configuration({ capabilities: text }))).toBe(true);
      await life.applied(configuration({}));
      expect(capabilities()).toBe("cpu_vt:true");
      expect(await isQuiet(configuration({}))).toBe(true);
    },
  );

  test("of them, too, only those that are configured are looked at", async () => {
    const configuration = await apply(field, { capabilities: "boot_mode:uefi,a:1" });
    field.inIronic(rig).capabilities = "cpu_vt:true,a:1,boot_mode:uefi";
    expect(await isQuiet(configuration({ capabilities: "boot_mode:uefi,a:1" }))).toBe(true);
    field.inIronic(rig).capabilities = "cpu_vt:true,boot_mode:bios";
    await life.refresh();
    expect(life.state?.properties).toEqual({ capabilities: "boot_mode:bios" });
    await life.applied(configuration({ capabilities: "boot_mode:uefi,a:1" }));
    expect(capabilities()).toBe("cpu_vt:true,boot_mode:uefi,a:1");
    await life.applied(configuration({ capabilities: "a:2" }));
    expect(capabilities()).toBe("cpu_vt:true,a:2");
    await life.applied(configuration({}));
    expect(capabilities()).toBe("cpu_vt:true");
  });

  test.each(['{"a": "1"}', "{nonsense"])("a text that is no list of pairs is compared as it is: %j", async (text) => {
    const configuration = await apply(field, { capabilities: text });
    expect(capabilities()).toBe(text);
    expect(await isQuiet(configuration({ capabilities: text }))).toBe(true);
    field.inIronic(rig).capabilities = "c:3";
    expect(await isQuiet(configuration({ capabilities: text }))).toBe(false);
    await life.applied(configuration({ capabilities: text }));
    expect(capabilities()).toBe(text);
  });
});

test("what the old provider's state holds of Ironic's own is no change", async () => {
  const field = FIELDS.find(({ argument }) => argument === "properties") as Field;
  await apply(field, { cpu_arch: "x86_64" });
  Object.assign(field.inIronic(rig), { vendor: "metal" });
  const { id } = life.state ?? {};
  life = rig.life(field.resource);
  await life.upgrade(0, {
    ...node,
    id,
    properties: { cpu_arch: "x86_64", vendor: "metal" },
    provision_state: "enroll",
  });
  expect(await isQuiet({ ...node, properties: { cpu_arch: "x86_64" } })).toBe(true);
});

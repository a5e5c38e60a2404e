import { block, optional, pluginFor, required, schema, type TfValue, t, unknown } from "../../src/tfplugin";
import { Diagnostics } from "../../src/tfplugin/author/diagnostics";
import { validateConfig } from "../../src/tfplugin/engine/validate-config";
import { startPlugin } from "../support/plugin/client";
import { configOf, diagnosticsOf, encode } from "../support/plugin/values";
import { thingSchema } from "../support/toy-provider";
import { ToyRig } from "../support/toy-rig";

// What a configuration is told before anything is planned, and at which attribute.
let rig: ToyRig;
beforeAll(async () => {
  rig = await ToyRig.start({ configured: false });
});
afterAll(() => rig.stop());

const error = (summary: string, path: unknown, detail?: unknown) => ({
  severity: "error",
  summary,
  path,
  detail: detail ?? expect.any(String),
});

test("nothing is wrong with what is right", async () => {
  expect(await rig.validate({ name: "a", size: 100, rule: [{ port: 1, note: null }] })).toEqual([]);
});

test("each attribute by itself: every mistake is told", async () => {
  expect(await rig.validate({ name: "A", size: 0 })).toEqual([
    error("Invalid value", ["name"], 'The argument "name" must be lower-case letters.'),
    error("Invalid value", ["size"], 'The argument "size" must be from 1 to 100.'),
  ]);
});

test("what is unknown or null is not checked", async () => {
  expect(await rig.validate({ name: unknown, size: null, rule: unknown })).toEqual([]);
});

test("what is known in part is not checked: nobody knows how it will be", () => {
  const shorts = schema({
    attributes: { list: optional(t.list(t.string), { validate: (list) => list.find((text) => text.length > 1) }) },
  });
  const diagnostics = (list: TfValue) => {
    const diagnostics = new Diagnostics();
    validateConfig(shorts, { list }, diagnostics, { writeOnlyAllowed: true });
    return diagnostics.all;
  };
  expect(diagnostics(["a", unknown, "long"])).toEqual([]);
  expect(diagnostics(["a", "long"])).toEqual([error("Invalid value", ["list"], 'The argument "list" long.')]);
});

test("several attributes together, once each is right by itself", async () => {
  const rule = [
    { port: 12, note: null },
    { port: 13, note: null },
  ];
  expect(await rig.validate({ name: "forbidden", rule })).toEqual([
    error("Forbidden name", ["name"], "That name is taken by the house."),
    error("Unlucky port", ["rule", 1, "port"], ""),
  ]);
  expect(await rig.validate({ name: "forbidden", size: 0 })).toEqual([error("Invalid value", ["size"])]);
});

test("a type that does not fit, at its place", async () => {
  const config = { json: Buffer.from(JSON.stringify(configOf(thingSchema, { name: "a", ports: [1, 2.5] }))) };
  const { diagnostics } = await rig.client.call("ValidateResourceConfig", { typeName: "toy_thing", config });
  expect(diagnosticsOf(diagnostics)).toEqual([
    error("Invalid value", ["ports", 1], 'The value of "ports[1]" does not fit: a whole number is required.'),
  ]);
});

test("null inside a collection", async () => {
  expect(await rig.validate({ name: "a", ports: [1, null] })).toEqual([
    error("Null value inside a collection", ["ports", 1]),
  ]);
  expect(await rig.validate({ name: "a", tags: { x: null } })).toEqual([
    error("Null value inside a collection", ["tags", "x"]),
  ]);
  expect(await rig.validate({ name: "a", notes: { x: null } })).toEqual([]);
  // The elements of a set have no address.
  expect(await rig.validate({ name: "a", labels: [null] })).toEqual([
    error("Null value inside a collection", ["labels"]),
  ]);
});

test("what is deprecated is a warning", async () => {
  expect(await rig.validate({ name: "a", old: "x" })).toEqual([
    { severity: "warning", summary: "Deprecated argument", detail: "Use `name` instead.", path: ["old"] },
  ]);
});

test("write-only arguments need a Terraform that knows them", async () => {
  const said = { name: "a", secret_wo: "s", mounts: { m: { path: "/", token_wo: "t" } } };
  expect(await rig.validate(said)).toEqual([]);
  expect(await rig.validate(said, false)).toEqual([
    error("Write-only argument not supported", ["secret_wo"], expect.stringContaining("needs Terraform 1.11")),
    error("Write-only argument not supported", ["mounts", "m", "token_wo"]),
  ]);
  expect(await rig.validate({ name: "a" }, false)).toEqual([]);
});

test("the provider's own configuration", async () => {
  const config = { json: Buffer.from('{"password":null,"retries":6}') };
  const { diagnostics } = await rig.client.call("ValidateProviderConfig", { config });
  expect(diagnosticsOf(diagnostics)).toEqual([error("Invalid value", ["retries"])]);
});

test("a type that the provider does not have", async () => {
  for (const [method, summary] of [
    ["ValidateResourceConfig", "Unknown resource type"],
    ["ValidateDataResourceConfig", "Unknown data source"],
  ] as const) {
    for (const typeName of ["toy_other", "constructor"]) {
      const { diagnostics } = await rig.client.call(method, { typeName, config: { json: Buffer.from("{}") } });
      expect(diagnosticsOf(diagnostics)).toEqual([error(summary, [], expect.stringContaining(typeName))]);
    }
  }
});

test("a resource, a block and a data source that are deprecated", async () => {
  const { provider, resource, dataSource } = pluginFor<undefined>();
  const old = schema({
    deprecated: "Use toy_new.",
    attributes: { name: required(t.string) },
    blocks: {
      part: block.list({ attributes: { x: optional(t.string) }, deprecated: "Use `parts`." }),
      group: block.group({
        attributes: { x: optional(t.string) },
        deprecated: "Never told: a group is always there.",
      }),
    },
  });
  const read = () => ({ name: "", part: [], group: { x: null } });
  const plugin = await startPlugin(
    provider({
      address: "registry.terraform.io/example/old",
      schema: schema({}),
      configure: () => undefined,
      resources: { old_thing: resource(old, { create: read, read, delete: () => {} }) },
      dataSources: { old_things: dataSource(old, { read }) },
    }),
  );
  const warning = (summary: string, detail: string, path: unknown[] = []) => ({
    severity: "warning",
    summary,
    detail,
    path,
  });
  const config = encode(old, configOf(old, { name: "a", part: [{ x: null }], group: { x: null } }));
  const responses = [
    await plugin.client.call("ValidateResourceConfig", { typeName: "old_thing", config }),
    await plugin.client.call("ValidateDataResourceConfig", { typeName: "old_things", config }),
  ];
  await plugin.stop();
  for (const { diagnostics } of responses) {
    expect(diagnosticsOf(diagnostics)).toEqual([
      warning("Deprecated", "Use toy_new."),
      warning("Deprecated block", "Use `parts`.", ["part"]),
    ]);
  }
});

import { diagnosticsOf } from "../support/plugin/values";
import { ToyRig } from "../support/toy-rig";

// The calls about the provider as a whole, and its data sources.
let rig: ToyRig;
beforeEach(async () => {
  rig = await ToyRig.start({ configured: false });
});
afterEach(() => rig.stop());

test("metadata names everything there is", async () => {
  const metadata = await rig.client.call("GetMetadata", {});
  expect(metadata).toMatchObject({
    resources: [{ typeName: "toy_thing" }, { typeName: "toy_device" }],
    dataSources: [{ typeName: "toy_things" }],
    functions: [{ name: "join" }, { name: "describe" }],
    serverCapabilities: { getProviderSchemaOptional: true, moveResourceState: true, planDestroy: false },
    diagnostics: [],
  });
});

test("the schemas say what Terraform needs to know of each attribute", async () => {
  const { provider, resourceSchemas, dataSourceSchemas } = await rig.client.call("GetProviderSchema", {});
  expect(provider?.block?.attributes.map(({ name, sensitive }) => [name, sensitive])).toEqual([
    ["password", true],
    ["retries", false],
  ]);
  expect(Object.keys(dataSourceSchemas)).toEqual(["toy_things"]);
  const thing = resourceSchemas.toy_thing;
  expect(thing?.version).toBe(2);
  const attributes = Object.fromEntries((thing?.block?.attributes ?? []).map((one) => [one.name, one]));
  const flags = (name: string) => {
    const { required, optional, computed, writeOnly, sensitive, deprecated } = attributes[name] ?? {};
    return Object.entries({ required, optional, computed, writeOnly, sensitive, deprecated })
      .filter(([, set]) => set)
      .map(([flag]) => flag);
  };
  expect(flags("id")).toEqual(["computed"]);
  expect(flags("name")).toEqual(["required"]);
  // Only what is computed may be planned with a value that the user did not give.
  expect(flags("size")).toEqual(["optional", "computed"]);
  expect(flags("color")).toEqual(["optional", "computed"]);
  expect(flags("secret_wo")).toEqual(["optional", "writeOnly"]);
  expect(flags("password")).toEqual(["optional", "sensitive"]);
  expect(flags("old")).toEqual(["optional", "deprecated"]);
  const type = (name: string) => JSON.parse(Buffer.from(attributes[name]?.type ?? []).toString());
  expect(type("size")).toBe("number");
  expect(type("anything")).toBe("dynamic");
  expect(type("labels")).toEqual(["set", "string"]);
  expect(type("origin")).toEqual(["object", { x: "number", y: "number" }]);
  expect(type("pair")).toEqual(["tuple", ["string", "bool"]]);
  const nestings = { disks: 2, users: 3, mounts: 4 };
  for (const [name, nesting] of Object.entries(nestings)) {
    expect(attributes[name]?.type).toHaveLength(0);
    expect(attributes[name]?.nestedType?.nesting).toBe(nesting);
  }
  expect(thing?.block?.blockTypes.map(({ typeName, nesting, maxItems }) => [typeName, nesting, maxItems])).toEqual([
    ["timeouts", 1, 0],
    ["rule", 2, 3],
    ["zone", 3, 0],
  ]);
});

test("what is not served gets an empty response", async () => {
  expect(await rig.client.call("GetResourceIdentitySchemas", {})).toEqual({
    ...{ diagnostics: [], identitySchemas: {} },
  });
});

describe("configuring", () => {
  test("an error that the provider explains is told at its attribute, without the password", async () => {
    expect(await rig.configure({ password: "wrong-password" })).toEqual([
      {
        severity: "error",
        summary: "The service refused",
        detail: "the password (sensitive value) was refused",
        path: ["password"],
      },
    ]);
    expect(rig.logs).not.toContain("wrong-password");
  });

  test("what is secret in it is so in every later call", async () => {
    await rig.configure({ password: "a-provider-password" });
    await rig.thing().apply({ name: "a", tags: { x: "a-provider-password" } });
    const id = "a-provider-password";
    const { diagnostics } = await rig.client.call("ImportResourceState", { typeName: "toy_thing", id });
    expect(diagnosticsOf(diagnostics)).toMatchObject([{ summary: "No thing (sensitive value)" }]);
    rig.plugin.server.log.info("with a-provider-password");
    expect(rig.logs).toContain("with (sensitive value)");
    expect(rig.logs).not.toContain("a-provider-password");
  });

  test("without it, nothing is created", async () => {
    expect(await rig.thing().apply({ name: "a" })).toMatchObject([
      { severity: "error", detail: expect.stringContaining("the provider was not configured") },
    ]);
    expect(rig.service.things).toEqual({});
  });

  test("without a configuration, it says so", async () => {
    const { diagnostics } = await rig.client.call("ConfigureProvider", { terraformVersion: "1.11.4" });
    expect(diagnosticsOf(diagnostics)).toMatchObject([{ summary: "Invalid value" }]);
  });
});

describe("a data source", () => {
  const read = async (prefix: string | null) => {
    const config = { json: Buffer.from(JSON.stringify({ prefix, names: null })) };
    const { state, diagnostics } = await rig.client.call("ReadDataSource", { typeName: "toy_things", config });
    return { state, diagnostics: diagnosticsOf(diagnostics) };
  };

  test("returns what is there", async () => {
    await rig.configure();
    rig.service.put("1", "b", null);
    rig.service.put("2", "a", null);
    const { state, diagnostics } = await read(null);
    expect(diagnostics).toEqual([]);
    // {"names": ["a", "b"], "prefix": nil} in MessagePack
    expect(Buffer.from(state?.msgpack ?? []).toString("latin1")).toBe("\x82\xa6prefix\xc0\xa5names\x92\xa1a\xa1b");
  });

  test("may warn", async () => {
    await rig.configure();
    expect((await read("warn")).diagnostics).toEqual([
      { severity: "warning", summary: "A warning", detail: "", path: ["prefix"] },
    ]);
  });
});

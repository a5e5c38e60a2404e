import {
  computed,
  type DataSourceHooks,
  optional,
  ProviderError,
  pluginFor,
  type ResourceHooks,
  required,
  type Schema,
  schema,
  t,
  unknown,
} from "../../src/tfplugin";
import { type Plugin, startPlugin } from "../support/plugin/client";
import { ResourceDriver } from "../support/plugin/resource-driver";
import { configOf, diagnosticsOf, encode, type ShownDiagnostic } from "../support/plugin/values";

// Hooks that do what the compiler would not let pass, and hooks that throw: each is told as what it is, and the process
// goes on.
const { provider, resource, dataSource } = pluginFor<undefined>();
const oddSchema = schema({
  attributes: {
    name: required(t.string),
    note: optional(t.string),
    secret: optional(t.string, { writeOnly: true }),
    id: computed(t.string, { nonNull: true }),
  },
});
type Odd = ResourceHooks<typeof oddSchema, undefined>;

const sound: Odd = {
  create: ({ planned }) => ({ ...planned, id: "1" }),
  read: ({ state }) => ({ ...state, name: state.name ?? "" }),
  update: ({ planned }) => ({ ...planned, id: "1" }),
  delete: () => {},
};

let plugin: Plugin;
let driver: ResourceDriver;

async function start(
  hooks: { [N in keyof Odd]?: unknown },
  more: { read?: unknown; configure?: () => never; explain?: (error: unknown) => ProviderError | undefined } = {},
) {
  const data = { read: more.read ?? (() => ({ name: "", note: null, secret: null, id: "1" })) };
  plugin = await startPlugin(
    provider({
      address: "registry.terraform.io/example/odd",
      schema: schema({}),
      configure: more.configure ?? (() => undefined),
      resources: { odd: resource(oddSchema, { ...sound, ...hooks } as Odd) },
      dataSources: { odd: dataSource(oddSchema, data as DataSourceHooks<typeof oddSchema, undefined>) },
      ...(more.explain && { explain: more.explain }),
    }),
  );
  const { diagnostics } = await plugin.client.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
  driver = new ResourceDriver(plugin.client, "odd", oddSchema as Schema);
  return diagnosticsOf(diagnostics);
}

afterEach(() => plugin.stop());

const secret = "a-very-secret-text";
const fault = (detail: string): Partial<ShownDiagnostic>[] => [
  { severity: "error", summary: "Fault in the provider", detail: expect.stringContaining(detail) },
];
const invalid = (detail: string): Partial<ShownDiagnostic>[] => [
  { severity: "error", summary: "Provider returned an invalid value", detail: expect.stringContaining(detail) },
];
const boom = (message = "boom") => {
  throw new Error(message);
};

describe("a hook that throws", () => {
  test("validate", async () => {
    await start({ validate: () => boom() });
    const { diagnostics } = await plugin.client.call("ValidateResourceConfig", {
      typeName: "odd",
      config: encode(oddSchema, configOf(oddSchema, { name: "a" })),
    });
    expect(diagnosticsOf(diagnostics)).toMatchObject(fault("The provider failed to check odd."));
  });

  test("plan", async () => {
    await start({ plan: () => boom(`with ${secret}`) });
    const { diagnostics } = await driver.plan({ name: "a", secret });
    expect(diagnostics).toMatchObject(fault("Error: with (sensitive value)"));
  });

  test("read: state stays", async () => {
    await start({ read: () => boom() });
    expect(await driver.apply({ name: "a" })).toEqual([]);
    const before = driver.state;
    expect(await driver.refresh()).toMatchObject(fault("The provider failed to read odd."));
    expect(driver.state).toEqual(before);
  });

  test("import", async () => {
    await start({ import: () => boom() });
    const { importedResources, diagnostics } = await plugin.client.call("ImportResourceState", {
      typeName: "odd",
      id: "1",
    });
    expect(importedResources).toEqual([]);
    expect(diagnosticsOf(diagnostics)).toMatchObject(fault("The provider failed to import odd."));
  });

  test("configure", async () => {
    expect(await start({}, { configure: () => boom() })).toMatchObject(
      fault("The provider failed to configure itself."),
    );
  });

  test("explain: what it was to explain is told", async () => {
    await start({ create: () => boom("first") }, { explain: () => boom("second") });
    expect(await driver.apply({ name: "a" })).toMatchObject(fault("Error: first"));
  });

  test.each([
    ["text", "just text", "just text"],
    ["nothing", undefined, "Thrown was"],
    ["an object", { code: 1 }, "Thrown was"],
  ])("something that is no error: %s", async (_, thrown, detail) => {
    await start({
      create: () => {
        throw thrown;
      },
    });
    expect(await driver.apply({ name: "a" })).toMatchObject(fault(detail));
  });

  test("a stack is shown in part", async () => {
    const deep = (n: number): never => (n === 0 ? boom() : deep(n - 1));
    await start({ create: () => deep(40) });
    const [diagnostics] = await driver.apply({ name: "a" });
    expect(diagnostics?.detail.split("\n    at ").length).toBeGreaterThan(3);
    expect(diagnostics?.detail.split("\n").length).toBeLessThan(12);
  });
});

describe("a hook that returns what does not fit", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "an object is required"],
    ["text", "x", "an object is required"],
    [
      "an attribute too many",
      { name: "a", note: null, secret: null, id: "1", alien: 1 },
      'the schema has no attribute "alien"',
    ],
    ["one too few", { name: "a", secret: null, id: "1" }, 'for "note": the attribute is missing'],
    ["one of another type", { name: 1, note: null, secret: null, id: "1" }, 'for "name": '],
  ])("create, %s: what was planned is not lost", async (_, returned, detail) => {
    await start({ create: () => returned });
    expect(await driver.apply({ name: "a" })).toMatchObject(invalid(detail));
    expect(driver.state).toMatchObject({ name: "a", id: null });
    // Without its ID, nothing can be done with it.
    expect(await driver.apply(null)).toMatchObject([{ summary: "Incomplete state", path: ["id"] }]);
    expect(driver.state).toMatchObject({ name: "a", id: null });
  });

  test("create, null where there must be a value", async () => {
    await start({ create: ({ planned }: { planned: object }) => ({ ...planned, id: null }) });
    expect(await driver.apply({ name: "a" })).toMatchObject([{ summary: "Incomplete state", path: ["id"] }]);
    expect(driver.state).toMatchObject({ name: "a" });
  });

  test("create, a write-only value: it stays out of state", async () => {
    await start({
      create: ({ planned, config }: { planned: object; config: object }) => ({ ...planned, ...config, id: "1" }),
    });
    expect(await driver.apply({ name: "a", secret })).toEqual([]);
    expect(driver.state).toEqual({ name: "a", note: null, secret: null, id: "1" });
  });

  test("create, after a save: what was saved stays", async () => {
    await start({
      create({ planned, save }: { planned: object; save: (state: object) => void }) {
        save({ ...planned, id: "saved", secret });
        return undefined;
      },
    });
    expect(await driver.apply({ name: "a", secret })).toMatchObject(invalid("an object is required"));
    expect(driver.state).toEqual({ name: "a", note: null, secret: null, id: "saved" });
  });

  test("plan, an attribute too many", async () => {
    await start({ plan: ({ planned }: { planned: object }) => ({ ...planned, alien: 1 }) });
    expect((await driver.plan({ name: "a" })).diagnostics).toMatchObject(
      invalid('the schema has no attribute "alien"'),
    );
  });

  test("plan, a write-only value: it stays out of the plan", async () => {
    await start({
      plan: ({ planned, config }: { planned: object; config: { secret: unknown } }) => ({
        ...planned,
        ...config,
        id: unknown,
      }),
    });
    const { planned, diagnostics } = await driver.plan({ name: "a", secret });
    expect(diagnostics).toEqual([]);
    expect(planned).toMatchObject({ name: "a", secret: null });
  });

  test("a data source, an unknown value", async () => {
    await start({}, { read: () => ({ name: "a", note: unknown, secret: null, id: "1" }) });
    const { diagnostics } = await plugin.client.call("ReadDataSource", {
      typeName: "odd",
      config: encode(oddSchema, configOf(oddSchema, { name: "a" })),
    });
    expect(diagnosticsOf(diagnostics)).toMatchObject([{ summary: "Provider left a value unknown", path: ["note"] }]);
  });
});

describe("a hook that gives up halfway", () => {
  type Call = { planned: object; signal: AbortSignal; save(state: object): void };
  type Facts = { privateState: { set(key: string, value: string): void } };

  test("create: what was saved stays, and its private facts with it", async () => {
    await start({
      create({ planned, save, privateState }: Call & Facts) {
        privateState.set("begun", "yes");
        save({ ...planned, id: "1" });
        throw new ProviderError("Gave up");
      },
    });
    expect(await driver.apply({ name: "a" })).toMatchObject([{ summary: "Gave up" }]);
    expect(driver.state).toMatchObject({ name: "a", id: "1" });
    expect(JSON.parse(Buffer.from(driver.private).toString())).toEqual({ begun: "yes" });
  });

  test("delete, by an error that it reports and does not throw: the thing is still there", async () => {
    await start({
      delete: ({ diagnostics }: { diagnostics: { error(summary: string): void } }) => diagnostics.error("Still in use"),
    });
    expect(await driver.apply({ name: "a" })).toEqual([]);
    expect(await driver.apply(null)).toMatchObject([{ summary: "Still in use" }]);
    expect(driver.state).toMatchObject({ name: "a" });
  });

  test("create, by an error beside it: the rest of it is cancelled", async () => {
    let cancelled: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    await start({
      create: ({ signal }: Call) => {
        signal.addEventListener("abort", () => cancelled());
        setImmediate(() => plugin.server.handleUncaught(new Error("beside")));
        return new Promise(() => {});
      },
    });
    expect(await driver.apply({ name: "a" })).toMatchObject(fault("Error: beside"));
    await end;
  });
});

describe("what a resource does not have", () => {
  test("import is refused", async () => {
    await start({});
    const { diagnostics } = await plugin.client.call("ImportResourceState", { typeName: "odd", id: "1" });
    expect(diagnosticsOf(diagnostics)).toMatchObject([
      { summary: "Import not supported", detail: "Resources of type odd cannot be imported." },
    ]);
  });

  test("without update, every change replaces", async () => {
    await start({ update: undefined });
    expect(await driver.apply({ name: "a" })).toEqual([]);
    expect((await driver.plan({ name: "a", note: "new" })).replaced).toEqual([["note"]]);
  });
});

describe("many at a time", () => {
  test("an interruption reaches each; an error from nowhere too, with no call's secret in another's", async () => {
    let running = 0;
    let all: () => void = () => {};
    const begun = () =>
      new Promise<void>((resolve) => {
        all = resolve;
      });
    await start({
      create: ({ signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          if (++running % 20 === 0) all();
        }),
    });
    const apply = () =>
      Array.from({ length: 20 }, (_, i) =>
        new ResourceDriver(plugin.client, "odd", oddSchema as Schema).apply({ name: "a", secret: `${secret}-${i}` }),
      );

    let started = begun();
    let applying = apply();
    await started;
    await plugin.client.call("StopProvider", {});
    for (const diagnostics of await Promise.all(applying))
      expect(diagnostics).toMatchObject([{ summary: "Interrupted" }]);

    await plugin.client.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
    started = begun();
    applying = apply();
    await started;
    plugin.server.handleUncaught(new Error(`of nobody, with ${secret}-7`));
    for (const diagnostics of await Promise.all(applying))
      expect(diagnostics).toMatchObject(fault("of nobody, with (sensitive value)"));
    expect(plugin.logs.join("")).not.toContain(secret);
  });
});

import { decode, diagnosticsOf, encode } from "../support/plugin/values";
import { thingSchema } from "../support/toy-provider";
import { ToyRig } from "../support/toy-rig";

// State that comes from elsewhere: an import, an earlier schema, another provider. And what else is asked of state.
let rig: ToyRig;
beforeEach(async () => {
  rig = await ToyRig.start();
});
afterEach(() => rig.stop());

const typeName = "toy_thing";
const raw = (state: unknown) => ({ json: Buffer.from(JSON.stringify(state)) });

describe("upgrading", () => {
  const upgrade = async (version: number, state: unknown) => {
    const response = await rig.client.call("UpgradeResourceState", { typeName, version, rawState: raw(state) });
    const { upgradedState } = response;
    return {
      state: upgradedState === undefined ? undefined : decode(thingSchema, upgradedState),
      diagnostics: diagnosticsOf(response.diagnostics),
    };
  };

  test("state of an earlier version goes through the provider's own function", async () => {
    const { state, diagnostics } = await upgrade(1, { id: "x", title: "a", size: "12GB" });
    expect(diagnostics).toEqual([]);
    // What the function left out is null, and blocks are empty.
    expect(state).toMatchObject({ id: "x", name: "a", size: 12, tags: null, disks: null, timeouts: null, rule: [] });
  });

  test("state of this version is read, without what the schema no longer has", async () => {
    const { state, diagnostics } = await upgrade(2, { id: "x", name: "a", tags: { a: "b" }, gone: [1] });
    expect(diagnostics).toEqual([]);
    expect(state).toMatchObject({ id: "x", name: "a", tags: { a: "b" }, size: null });
    expect(state).not.toHaveProperty("gone");
  });

  test("no state stays none", async () => {
    expect(await upgrade(1, null)).toEqual({ state: null, diagnostics: [] });
  });

  test("state of a later version, of none that ever was, and of Terraform 0.11 are refused", async () => {
    const later = await upgrade(3, { id: "x" });
    expect(later.state).toBeUndefined();
    expect(later.diagnostics).toMatchObject([{ severity: "error", summary: "State of another schema version" }]);
    expect((await upgrade(0, { id: "x" })).diagnostics).toMatchObject([{ summary: "Version 0 was never released" }]);
    const response = await rig.client.call("UpgradeResourceState", { typeName, version: 2, rawState: raw("") });
    expect(diagnosticsOf(response.diagnostics)).toMatchObject([{ severity: "error", summary: "Invalid value" }]);
    const old = await rig.client.call("UpgradeResourceState", {
      typeName,
      version: 2,
      rawState: { json: Buffer.alloc(0) },
    });
    expect(diagnosticsOf(old.diagnostics)).toMatchObject([{ summary: "State too old" }]);
  });

  test("what must always be set and is not is told", async () => {
    const { diagnostics } = await upgrade(2, { name: "a" });
    expect(diagnostics).toMatchObject([{ summary: "Incomplete state", path: ["id"] }]);
  });

  test("state that does not fit is told at its place, without its content", async () => {
    const { diagnostics } = await upgrade(2, { id: "x", name: "a", size: "hunter2hunter2" });
    expect(diagnostics).toMatchObject([{ summary: "Invalid value", path: ["size"] }]);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });

  test("a bug while upgrading keeps the secrets that are in state", async () => {
    const { diagnostics } = await upgrade(1, {
      id: null,
      title: null,
      size: { toString: 1 },
      password: "hunter2hunter2",
    });
    expect(diagnostics).toMatchObject([{ severity: "error" }]);
    rig.plugin.server.log.error("later, of hunter2hunter2");
    expect(JSON.stringify(diagnostics) + rig.logs).not.toContain("hunter2");
  });
});

describe("moving", () => {
  const move = async (from: { provider?: string; type?: string; state?: unknown }) => {
    const response = await rig.client.call("MoveResourceState", {
      sourceProviderAddress: from.provider ?? "registry.terraform.io/hashicorp/null",
      sourceTypeName: from.type ?? "null_resource",
      sourceSchemaVersion: 0,
      sourceState: raw(from.state === undefined ? { id: "7", triggers: { name: "moved-here" } } : from.state),
      // What another provider's SDK keeps in private state is not ours to understand.
      sourcePrivate: Buffer.from([1, 2, 3]),
      targetTypeName: typeName,
    });
    const { targetState } = response;
    return {
      state: targetState === undefined ? undefined : decode(thingSchema, targetState),
      private: Buffer.from(response.targetPrivate).toString(),
      diagnostics: diagnosticsOf(response.diagnostics),
    };
  };

  test("takes over the state of another type, with private state of its own", async () => {
    const moved = await move({});
    expect(moved.diagnostics).toEqual([]);
    expect(moved.state).toMatchObject({ id: "7", name: "moved-here", size: 1, color: null });
    expect(JSON.parse(moved.private)).toEqual({ created: "moved" });
  });

  test("says which types it does not know", async () => {
    const { state, diagnostics } = await move({ type: "null_other" });
    expect(state).toBeUndefined();
    expect(diagnostics).toEqual([
      {
        severity: "error",
        summary: "Move not supported",
        detail: "A null_other of the provider registry.terraform.io/hashicorp/null cannot become a toy_thing.",
        path: [],
      },
    ]);
    expect((await move({ provider: "registry.terraform.io/other/null" })).diagnostics).toHaveLength(1);
    expect((await move({ state: null })).diagnostics).toMatchObject([{ summary: "Move not supported" }]);
  });
});

describe("importing", () => {
  const importing = async (id: string) => {
    const { importedResources, diagnostics } = await rig.client.call("ImportResourceState", { typeName, id });
    return { imported: importedResources, diagnostics: diagnosticsOf(diagnostics) };
  };

  test("gives a state that reading completes", async () => {
    rig.service.put("thing-1", "found", null);
    const { imported, diagnostics } = await importing("thing-1");
    expect(diagnostics).toEqual([]);
    expect(imported).toHaveLength(1);
    const [first] = imported;
    expect(first?.typeName).toBe(typeName);
    expect(JSON.parse(Buffer.from(first?.private ?? []).toString())).toEqual({ created: "found" });
    const driver = rig.thing();
    driver.state = decode(thingSchema, first?.state);
    driver.private = first?.private ?? Buffer.alloc(0);
    expect(driver.state).toMatchObject({ id: "thing-1", name: "found", size: null, zone: [] });
    expect(await driver.refresh()).toEqual([]);
    expect(driver.state).toMatchObject({ id: "thing-1", name: "found", size: 1 });
  });

  test("of what is not there imports nothing", async () => {
    expect(await importing("thing-9")).toMatchObject({ imported: [], diagnostics: [{ summary: "No thing thing-9" }] });
  });
});

describe("reading", () => {
  test("nothing stays nothing", async () => {
    const driver = rig.thing();
    expect(await driver.refresh()).toEqual([]);
    expect(driver.state).toBeNull();
  });

  test("a failure leaves state as it was", async () => {
    const driver = rig.thing();
    await driver.apply({ name: "a" });
    const before = driver.state;
    const response = await rig.client.call("ReadResource", {
      typeName: "toy_other",
      currentState: encode(thingSchema, before),
      private: driver.private,
    });
    expect(diagnosticsOf(response.diagnostics)).toMatchObject([{ summary: "Unknown resource type" }]);
    expect(decode(thingSchema, response.newState)).toEqual(before);
    expect(response.private).toEqual(driver.private);
  });
});

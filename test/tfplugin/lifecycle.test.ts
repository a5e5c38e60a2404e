import { dynamic, isUnknown, tfNumber, unknown } from "../../src/tfplugin";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import type { ToyService } from "../support/toy-provider";
import { ToyRig } from "../support/toy-rig";

let rig: ToyRig;
let service: ToyService;
let driver: ResourceDriver;

beforeEach(async () => {
  rig = await ToyRig.start();
  service = rig.service;
  driver = rig.thing();
});

afterEach(() => rig.stop());

const secret = "a-very-secret-text";

describe("create", () => {
  test("plans what the user said, defaults, and unknown for the rest", async () => {
    const { planned, replaced, diagnostics } = await driver.plan({
      name: "a",
      secret_wo: secret,
      disks: [{ name: "d", size: null, serial: null, kind: null }],
    });
    expect(diagnostics).toEqual([]);
    expect(replaced).toEqual([]);
    expect(planned).toMatchObject({ name: "a", size: 1, tags: null, secret_wo: null });
    for (const name of ["id", "color", "secret_length", "changes"])
      expect([name, isUnknown(planned?.[name])]).toEqual([name, true]);
    expect(planned?.disks).toMatchObject([{ name: "d", size: 10, kind: null }]);
    expect(JSON.stringify(planned)).not.toContain(secret);
  });

  test("the plan function has the last word", async () => {
    expect((await driver.plan({ name: "a", active: true })).planned?.color).toBe("green");
    expect((await driver.plan({ name: "a", active: true, color: "blue" })).planned?.color).toBe("blue");
  });

  test("returns the state, with nothing write-only in it, though it reached the service", async () => {
    expect(
      await driver.apply({ name: "a", secret_wo: secret, mounts: { m: { path: "/", token_wo: secret } } }),
    ).toEqual([]);
    const id = String(driver.state?.id);
    expect(service.things[id]).toEqual({ name: "a", secret });
    expect(driver.state).toMatchObject({
      secret_wo: null,
      secret_length: secret.length,
      mounts: { m: { path: "/", token_wo: null } },
    });
  });

  test("every kind of value comes back as it was planned", async () => {
    const said = {
      name: "a",
      big: tfNumber("123456789012345678901234567890.5"),
      active: false,
      tags: { "": "empty", __proto__x: "odd", "a b": "c" },
      labels: ["x", "y"],
      ports: [1, 2, 3],
      origin: { x: 0.1, y: null },
      pair: ["x", true],
      anything: dynamic({ deep: [1, "two", { three: null }] }),
    };
    expect(await driver.apply(said)).toEqual([]);
    for (const [name, value] of Object.entries(said))
      expect([name, JSON.stringify(driver.state?.[name])]).toEqual([name, JSON.stringify(value)]);
  });
});

describe("a change", () => {
  beforeEach(async () => {
    expect(await driver.apply({ name: "a", secret_wo: secret, size: 60 })).toEqual([]);
  });

  test("of nothing plans nothing", async () => {
    const { planned, replaced } = await driver.plan({ name: "a", secret_wo: "another secret", size: 60 });
    expect(planned).toEqual(driver.state);
    expect(replaced).toEqual([]);
  });

  test("keeps what is computed, save what is unknown on update", async () => {
    const { planned } = await driver.plan({ name: "a", size: 61 });
    expect(planned).toMatchObject({ id: driver.state?.id, color: "red", size: 61, secret_length: secret.length });
    expect(isUnknown(planned?.changes)).toBe(true);
    expect(await driver.apply({ name: "a", size: 61 })).toEqual([]);
    expect(driver.state).toMatchObject({ changes: 1, size: 61 });
  });

  test("back to a default", async () => {
    await driver.apply({ name: "a", size: 50 });
    expect((await driver.plan({ name: "a" })).planned?.size).toBe(1);
  });

  test("that needs a new one says where", async () => {
    expect((await driver.plan({ name: "b", size: 60 })).replaced).toEqual([["name"]]);
    expect((await driver.plan({ name: unknown, size: 60 })).replaced).toEqual([["name"]]);
    expect((await driver.plan({ name: "a", size: 5 })).replaced).toEqual([["size"]]); // the plan function's own
    expect((await driver.plan({ name: "a", size: 55 })).replaced).toEqual([]);
  });

  test("inside nested attributes", async () => {
    const disk = { name: "d", size: null, serial: null, kind: "ssd" };
    await driver.apply({ name: "a", size: 60, disks: [disk] });
    const prior = driver.state?.disks as { serial: string }[];
    const { planned, replaced } = await driver.plan({ name: "a", size: 60, disks: [{ ...disk, kind: "hdd" }] });
    expect(replaced).toEqual([["disks", 0, "kind"]]);
    expect(planned?.disks).toEqual([{ ...prior[0], kind: "hdd" }]);
  });

  test("that fails leaves what was", async () => {
    const before = driver.state;
    const diagnostics = await driver.apply({ name: "a", misbehave: "throw" });
    expect(diagnostics).toMatchObject([{ severity: "error", summary: "Fault in the provider" }]);
    expect(driver.state).toEqual(before);
  });

  test("reads what is there, and finds what is gone", async () => {
    service.put(String(driver.state?.id), "renamed", null);
    expect(await driver.refresh()).toEqual([]);
    expect(driver.state?.name).toBe("renamed");
    service.remove(String(driver.state?.id));
    await driver.refresh();
    expect(driver.state).toBeNull();
  });

  test("to nothing destroys it", async () => {
    expect((await driver.plan(null)).planned).toBeNull();
    expect(await driver.apply(null)).toEqual([]);
    expect(driver.state).toBeNull();
    expect(service.things).toEqual({});
  });

  test("to nothing that fails leaves it", async () => {
    await driver.apply({ name: "a", misbehave: "keep" });
    expect(await driver.apply(null)).toMatchObject([{ summary: "Not today" }]);
    expect(driver.state).toMatchObject({ name: "a" });
  });
});

describe("when a create goes wrong", () => {
  test("the fault is told, without secrets", async () => {
    const diagnostics = await driver.apply({ name: "a", secret_wo: secret, misbehave: "throw" });
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.summary).toBe("Fault in the provider");
    expect(diagnostics[0]?.detail).toContain("failed to create toy_thing");
    expect(diagnostics[0]?.detail).toContain("TypeError: no such thing as (sensitive value)");
    expect(JSON.stringify(diagnostics) + rig.logs).not.toContain(secret);
    expect(driver.state).toBeNull();
  });

  test("an error nobody caught ends the call it came from", async () => {
    const applying = driver.apply({ name: "a", secret_wo: secret, misbehave: "wait" });
    await until(() => Object.keys(service.things).length > 0);
    rig.plugin.server.handleUncaught(new RangeError(`thrown beside the call, with ${secret}`));
    expect((await applying)[0]?.detail).toContain("RangeError: thrown beside the call, with (sensitive value)");
    expect(driver.state).toMatchObject({ name: "a" });
  });

  test("what was saved stays, with null for what is still unknown", async () => {
    const diagnostics = await driver.apply({ name: "a", secret_wo: secret, misbehave: "fail-after-save" });
    expect(diagnostics).toEqual([
      {
        severity: "error",
        summary: "Half done",
        detail: "The thing exists, its secret (sensitive value) not.",
        path: ["name"],
      },
    ]);
    expect(driver.state).toMatchObject({ name: "a", color: null, secret_length: null });
    expect(Object.keys(service.things)).toEqual([driver.state?.id]);
  });

  test("values left unknown are an error each, and state keeps the rest", async () => {
    const diagnostics = await driver.apply({ name: "a", misbehave: "unknown" });
    expect(diagnostics.map(({ path }) => path)).toEqual([["color"], ["secret_length"], ["changes"]]);
    expect(driver.state).toMatchObject({ name: "a", color: null });
  });

  test("a result that does not fit is told, and the thing is not lost", async () => {
    const diagnostics = await driver.apply({ name: "a", misbehave: "alien" });
    expect(diagnostics).toMatchObject([{ summary: "Provider returned an invalid value" }]);
    expect(diagnostics[0]?.detail).toContain('the schema has no attribute "alien"');
    expect(driver.state).toMatchObject({ name: "a" });
  });

  test("an interruption cancels it, and state has what was saved", async () => {
    const applying = driver.apply({ name: "a", misbehave: "wait" });
    await until(() => Object.keys(service.things).length > 0);
    await rig.client.call("StopProvider", {});
    expect(await applying).toMatchObject([{ severity: "error", summary: "Interrupted" }]);
    expect(driver.state).toMatchObject({ name: "a", id: Object.keys(service.things)[0] });
  });

  test("nothing new is begun after an interruption, until Terraform configures anew", async () => {
    const { planned, config } = await driver.plan({ name: "a" });
    expect(planned).not.toBeNull();
    await rig.client.call("StopProvider", {});
    expect(await driver.apply(config)).toMatchObject([{ summary: "Interrupted" }]);
    expect(service.things).toEqual({});
    await rig.configure();
    expect(await driver.apply(config)).toEqual([]);
  });
});

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

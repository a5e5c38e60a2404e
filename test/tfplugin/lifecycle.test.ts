import { dynamic, isUnknown, tfNumber, unknown } from "../../src/tfplugin";
import type { Life } from "../support/plugin-client";
import type { ToyService } from "../support/toy-provider";
import { ToyRig } from "../support/toy-rig";

let rig: ToyRig;
let service: ToyService;
let life: Life;

beforeEach(async () => {
  rig = await ToyRig.start();
  service = rig.service;
  life = rig.thing();
});

afterEach(() => rig.stop());

const secret = "a-very-secret-text";

describe("create", () => {
  test("plans what the user said, defaults, and unknown for the rest", async () => {
    const { planned, replaced, told } = await life.plan({
      name: "a",
      secret_wo: secret,
      disks: [{ name: "d", size: null, serial: null, kind: null }],
    });
    expect(told).toEqual([]);
    expect(replaced).toEqual([]);
    expect(planned).toMatchObject({ name: "a", size: 1, tags: null, secret_wo: null });
    for (const name of ["id", "color", "secret_length", "changes"])
      expect([name, isUnknown(planned?.[name])]).toEqual([name, true]);
    expect(planned?.disks).toMatchObject([{ name: "d", size: 10, kind: null }]);
    expect(JSON.stringify(planned)).not.toContain(secret);
  });

  test("the plan function has the last word", async () => {
    expect((await life.plan({ name: "a", active: true })).planned?.color).toBe("green");
    expect((await life.plan({ name: "a", active: true, color: "blue" })).planned?.color).toBe("blue");
  });

  test("returns the state, with nothing write-only in it, though it reached the service", async () => {
    expect(await life.apply({ name: "a", secret_wo: secret, mounts: { m: { path: "/", token_wo: secret } } })).toEqual(
      [],
    );
    const id = String(life.state?.id);
    expect(service.things[id]).toEqual({ name: "a", secret });
    expect(life.state).toMatchObject({
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
    expect(await life.apply(said)).toEqual([]);
    for (const [name, value] of Object.entries(said))
      expect([name, JSON.stringify(life.state?.[name])]).toEqual([name, JSON.stringify(value)]);
  });
});

describe("a change", () => {
  beforeEach(async () => {
    expect(await life.apply({ name: "a", secret_wo: secret, size: 60 })).toEqual([]);
  });

  test("of nothing plans nothing", async () => {
    const { planned, replaced } = await life.plan({ name: "a", secret_wo: "another secret", size: 60 });
    expect(planned).toEqual(life.state);
    expect(replaced).toEqual([]);
  });

  test("keeps what is computed, save what is recomputed", async () => {
    const { planned } = await life.plan({ name: "a", size: 61 });
    expect(planned).toMatchObject({ id: life.state?.id, color: "red", size: 61, secret_length: secret.length });
    expect(isUnknown(planned?.changes)).toBe(true);
    expect(await life.apply({ name: "a", size: 61 })).toEqual([]);
    expect(life.state).toMatchObject({ changes: 1, size: 61 });
  });

  test("back to a default", async () => {
    await life.apply({ name: "a", size: 50 });
    expect((await life.plan({ name: "a" })).planned?.size).toBe(1);
  });

  test("that needs a new one says where", async () => {
    expect((await life.plan({ name: "b", size: 60 })).replaced).toEqual([["name"]]);
    expect((await life.plan({ name: unknown, size: 60 })).replaced).toEqual([["name"]]);
    expect((await life.plan({ name: "a", size: 5 })).replaced).toEqual([["size"]]); // the plan function's own
    expect((await life.plan({ name: "a", size: 55 })).replaced).toEqual([]);
  });

  test("inside nested attributes", async () => {
    const disk = { name: "d", size: null, serial: null, kind: "ssd" };
    await life.apply({ name: "a", size: 60, disks: [disk] });
    const prior = life.state?.disks as { serial: string }[];
    const changed = { ...disk, serial: prior[0]?.serial ?? null, kind: "hdd" };
    expect((await life.plan({ name: "a", size: 60, disks: [changed] })).replaced).toEqual([["disks", 0, "kind"]]);
  });

  test("that fails leaves what was", async () => {
    const before = life.state;
    const told = await life.apply({ name: "a", misbehave: "throw" });
    expect(told).toMatchObject([{ severity: "error", summary: "Fault in the provider" }]);
    expect(life.state).toEqual(before);
  });

  test("reads what is there, and finds what is gone", async () => {
    service.put(String(life.state?.id), "renamed", null);
    expect(await life.refresh()).toEqual([]);
    expect(life.state?.name).toBe("renamed");
    service.remove(String(life.state?.id));
    await life.refresh();
    expect(life.state).toBeNull();
  });

  test("to nothing destroys it", async () => {
    expect((await life.plan(null)).planned).toBeNull();
    expect(await life.apply(null)).toEqual([]);
    expect(life.state).toBeNull();
    expect(service.things).toEqual({});
  });

  test("to nothing that fails leaves it", async () => {
    await life.apply({ name: "a", misbehave: "keep" });
    expect(await life.apply(null)).toMatchObject([{ summary: "Not today" }]);
    expect(life.state).toMatchObject({ name: "a" });
  });
});

describe("when a create goes wrong", () => {
  test("the fault is told, without secrets", async () => {
    const told = await life.apply({ name: "a", secret_wo: secret, misbehave: "throw" });
    expect(told).toHaveLength(1);
    expect(told[0]?.summary).toBe("Fault in the provider");
    expect(told[0]?.detail).toContain("failed to create toy_thing");
    expect(told[0]?.detail).toContain("TypeError: no such thing as (sensitive value)");
    expect(JSON.stringify(told) + rig.logs).not.toContain(secret);
    expect(life.state).toBeNull();
  });

  test("an error nobody caught ends the call it came from", async () => {
    const applying = life.apply({ name: "a", secret_wo: secret, misbehave: "wait" });
    await until(() => Object.keys(service.things).length > 0);
    rig.plugin.server.handleUncaught(new RangeError(`thrown beside the call, with ${secret}`));
    expect((await applying)[0]?.detail).toContain("RangeError: thrown beside the call, with (sensitive value)");
    expect(life.state).toMatchObject({ name: "a" });
  });

  test("what was saved stays, with null for what is still unknown", async () => {
    const told = await life.apply({ name: "a", secret_wo: secret, misbehave: "fail-after-save" });
    expect(told).toEqual([
      {
        severity: "error",
        summary: "Half done",
        detail: "The thing exists, its secret (sensitive value) not.",
        path: ["name"],
      },
    ]);
    expect(life.state).toMatchObject({ name: "a", color: null, secret_length: null });
    expect(Object.keys(service.things)).toEqual([life.state?.id]);
  });

  test("values left unknown are an error each, and state keeps the rest", async () => {
    const told = await life.apply({ name: "a", misbehave: "unknown" });
    expect(told.map(({ path }) => path)).toEqual([["color"], ["secret_length"], ["changes"]]);
    expect(life.state).toMatchObject({ name: "a", color: null });
  });

  test("a result that does not fit is told, and the thing is not lost", async () => {
    const told = await life.apply({ name: "a", misbehave: "alien" });
    expect(told).toMatchObject([{ summary: "Provider returned an invalid value" }]);
    expect(told[0]?.detail).toContain('the schema has no attribute "alien"');
    expect(life.state).toMatchObject({ name: "a" });
  });

  test("an interruption cancels it, and state has what was saved", async () => {
    const applying = life.apply({ name: "a", misbehave: "wait" });
    await until(() => Object.keys(service.things).length > 0);
    await rig.client.call("StopProvider", {});
    expect(await applying).toMatchObject([{ severity: "error", summary: "Interrupted" }]);
    expect(life.state).toMatchObject({ name: "a", id: Object.keys(service.things)[0] });
  });

  test("nothing new is begun after an interruption, until Terraform configures anew", async () => {
    const { planned, config } = await life.plan({ name: "a" });
    expect(planned).not.toBeNull();
    await rig.client.call("StopProvider", {});
    expect(await life.apply(config)).toMatchObject([{ summary: "Interrupted" }]);
    expect(service.things).toEqual({});
    await rig.configure();
    expect(await life.apply(config)).toEqual([]);
  });
});

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

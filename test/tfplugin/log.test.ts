import type { Level } from "../../src/tfplugin";
import { createLogger, logLevel } from "../../src/tfplugin/engine/logger";
import { ToyRig } from "../support/toy-rig";

test.each<[Record<string, string>, Level]>([
  [{}, "off"],
  [{ TF_LOG: "" }, "off"],
  [{ TF_LOG: "INFO" }, "info"],
  [{ TF_LOG: "debug" }, "debug"],
  [{ TF_LOG: "JSON" }, "trace"],
  [{ TF_LOG: "nonsense" }, "off"],
  [{ TF_LOG: "trace", TF_LOG_PROVIDER: "warn" }, "warn"],
  [{ TF_LOG: "trace", TF_LOG_PROVIDER: "warn", TF_LOG_PROVIDER_MY_TOY: "error" }, "error"],
  [{ TF_LOG: "trace", TF_LOG_PROVIDER_OTHER: "error" }, "trace"],
  [{ TF_LOG: "trace", TF_LOG_PROVIDER: "off" }, "off"],
])("the environment %j means the level %s", (env, level) => {
  expect(logLevel(env, "my-toy")).toBe(level);
});

/** What a logger writes, read as JSON. */
function written(level: Level, work: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  work(createLogger({ module: "provider.toy", level, write: (line) => lines.push(line) }));
  for (const line of lines) expect(line).toMatch(/^[^\n]+\n$/);
  return lines.map((line) => JSON.parse(line));
}

test("a line is an object that go-plugin understands", () => {
  const [line] = written("info", (log) => log.info("hello", { a: 1 }));
  expect(line).toEqual({
    "@level": "info",
    "@message": "hello",
    "@module": "provider.toy",
    "@timestamp": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/), // six digits: go-plugin's layout
    a: 1,
  });
});

test.each<[Level, number]>([
  ["trace", 5],
  ["debug", 4],
  ["info", 3],
  ["warn", 2],
  ["error", 1],
  ["off", 0],
])("at the level %s, %i of five lines are written", (level, count) => {
  const lines = written(level, (log) => {
    log.trace("t");
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
  });
  expect(lines.map((line) => line["@message"])).toEqual(["t", "d", "i", "w", "e"].slice(5 - count));
});

test("fields are inherited, and cannot pretend to be something else", () => {
  const [line] = written("info", (log) => log.with({ a: 1, b: 1 }).info("m", { b: 2, "@level": "error" }));
  expect(line).toMatchObject({ "@level": "info", a: 1, b: 2 });
});

test("fields that have no JSON do not lose the message", () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const [first, second, third] = written("info", (log) => {
    log.info("circular", { circular });
    log.info("big", { big: 1n });
    log.info("error", { error: new TypeError("oh") });
  });
  expect(first).toMatchObject({ "@message": "circular" });
  expect(second).toMatchObject({ big: "1" });
  expect(third?.error).toContain("TypeError: oh");
});

describe("a served provider", () => {
  let rig: ToyRig;
  afterEach(() => rig.stop());
  const secret = "a-very-secret-text";
  const lines = () => rig.plugin.logs.map((line) => JSON.parse(line));

  test("names the call in every line, and masks secrets", async () => {
    rig = await ToyRig.start();
    await rig.thing().apply({ name: "a", secret_wo: secret, password: `pass"word\n${secret}` });
    expect(lines()).toContainEqual(
      expect.objectContaining({
        "@level": "info",
        "@message": "creating",
        "@module": "provider.toy",
        tf_rpc: "ApplyResourceChange",
        tf_type: "toy_thing",
        name: "a",
        password: "(sensitive value)",
        secret: "(sensitive value)",
      }),
    );
    expect(rig.logs).not.toContain(secret);
  });

  test("writes faults as errors, and nothing below its threshold", async () => {
    rig = await ToyRig.start({ logLevel: "error" });
    await rig.thing().apply({ name: "a", secret_wo: secret, misbehave: "throw" });
    expect(lines()).toEqual([expect.objectContaining({ "@level": "error", "@message": "Fault in the provider" })]);
    expect(lines()[0].error).toContain("TypeError: no such thing as (sensitive value)");
  });

  test("an error that comes when its call has ended is logged only, and masked", async () => {
    rig = await ToyRig.start({ logLevel: "error" });
    await rig.thing().apply({ name: "a", secret_wo: secret });
    rig.plugin.server.handleUncaught(new Error(`too late, with ${secret}`));
    expect(lines()).toEqual([expect.objectContaining({ "@level": "error", "@message": "uncaught error" })]);
    expect(lines()[0].error).toContain("too late, with (sensitive value)");
  });
});

import * as fs from "node:fs";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  COMMAND_LINE,
  configurationName,
  folderOf,
  type LockMode,
  type PinQuery,
  pinAll,
  programName,
  readLockFile,
} from "../../src/lock";
import { Reference } from "../../src/reference";
import { OciResolver } from "../../src/resolver";
import { InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { toEarlierFormat } from "../support/lock-file";

// Who needs what is locked: what nothing needs is forgotten, and nothing else.

let folder: string;
let path: string;
let registry: InProcessRegistry;
const resolvers: OciResolver[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-uses-"));
  path = join(folder, "ironic-oci.lock.json");
  registry = await InProcessRegistry.start();
  for (const name of ["a", "b", "c"]) push(name, "one");
});
afterEach(async () => {
  await Promise.all(resolvers.splice(0).map((resolver) => resolver.close()));
  await registry.stop();
  rmSync(folder, { recursive: true });
});

const push = (name: string, content: string) => pushArtifact(registry.store, name, { tag: "v1", files: [{ content }] });
const pushForAmd64 = (name: string) => {
  const facts = { annotations: { disktype: "raw" }, platformArchitecture: "amd64" };
  pushArtifact(registry.store, name, { tag: "v1", files: [{ content: "2" }], ...facts });
};
const query = (name: string, architecture?: string): PinQuery => ({
  reference: Reference.parse(`oci://${registry.host}/${name}:v1`),
  role: "image",
  architecture,
  profile: "ironic-34",
});

/** Runs a program that needs these references and nothing else; `undefined` is a command that needs nothing. */
async function run(user: string | undefined, mode: LockMode, ...names: (string | PinQuery)[]) {
  const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {} });
  resolvers.push(resolver);
  const queries = names.map((each) => (typeof each === "string" ? query(each) : each));
  const needs = user === undefined ? {} : { user: { name: user, needsNothingElse: true } };
  return await pinAll(queries, { path, mode, resolver, ...needs });
}

/** The locked repositories, and the users of their first selection. */
const locked = () =>
  Object.fromEntries(
    readLockFile(path)
      .entries()
      .map(([name, { selections }]) => [Reference.parse(name).repository, selections[0]?.usedBy]),
  );
const text = () => readFileSync(path, "utf8");

describe("one program", () => {
  test("update forgets what it does not have any more, even if its tag is gone", async () => {
    await run(".", "prefer", "a", "b");
    registry.store.repository("b").tags.clear();
    expect((await run(".", "update", "a")).failures).toEqual([]);
    expect(locked()).toEqual({ a: ["."] });
    await run(".", "update");
    expect(locked()).toEqual({});
  });

  test("prefer keeps it, marked as unused, and moves nothing; it is used again without a request", async () => {
    await run(".", "prefer", "a", "b");
    const before = text();
    await run(".", "prefer", "a");
    expect(locked()).toEqual({ a: ["."], b: [] });
    push("b", "two");
    const requests = registry.requests.length;
    await run(".", "prefer", "a", "b");
    expect(text()).toBe(before);
    expect(registry.requests).toHaveLength(requests);
  });

  test("frozen writes nothing", async () => {
    await run(".", "prefer", "a", "b");
    const before = text();
    await run(".", "frozen", "a");
    expect(text()).toBe(before);
  });

  test("a kind of node that it does not have any more is forgotten as well, and does not hold the tag back", async () => {
    await run(".", "prefer", query("a", "x86_64"), query("a", "aarch64"));
    pushForAmd64("a");
    expect((await run(".", "update", query("a", "x86_64"))).failures).toEqual([]);
    expect(readLockFile(path).queries()).toMatchObject([{ architecture: "x86_64" }]);
  });
});

describe("a folder that can't be written to", () => {
  /** Makes the lock file unwritable, for root as well, who may write to any folder. */
  const seal = () => {
    const denied = Object.assign(new Error("read-only file system"), { code: "EROFS" });
    jest.spyOn(fs.promises, "access").mockRejectedValue(denied);
  };
  afterEach(() => jest.restoreAllMocks());

  test.each([
    ["fewer", ["a"]],
    ["the same, as another program", ["a", "b"]],
  ])("prefer uses what is locked, and warns that its users are not recorded: %s", async (what, names) => {
    await run(".", "prefer", "a", "b");
    const before = text();
    seal();
    const { failures, unrecorded, find, written } = await run(what === "fewer" ? "." : "other", "prefer", ...names);
    expect({ failures, written, unchanged: text() === before }).toEqual({ failures: [], written: [], unchanged: true });
    expect(unrecorded).toContain("can't be written (EROFS): it does not show who uses its pins; ");
    for (const name of names) expect(find(query(name))?.digest).toMatch(/^sha256:/);
  });

  test("prefer fails where a pin is new, and update fails", async () => {
    await run(".", "prefer", "a");
    seal();
    const error = { code: "LOCK_FILE_UNWRITABLE" };
    await expect(run(".", "prefer", "a", "b")).rejects.toMatchObject(error);
    await expect(run(".", "update")).rejects.toMatchObject(error);
  });
});

test("a Terraform configuration is another user than a program in the same folder", async () => {
  const [program, configuration] = [programName(path, folder), configurationName(path, folder)];
  await run(program, "prefer", "a");
  await run(configuration, "prefer", "b");
  await run(program, "update", "a");
  expect(locked()).toEqual({ a: ["."], b: ["terraform ."] });
  expect([program, configuration, COMMAND_LINE].map(folderOf)).toEqual([".", ".", undefined]);
});

describe("several programs with one lock file", () => {
  test("update forgets nothing that another one uses, or that a command has locked", async () => {
    await run("first", "prefer", "a", "b");
    await run("second", "prefer", "b", "c");
    await run("first", "update", "a");
    expect(locked()).toEqual({ a: ["first"], b: ["second"], c: ["second"] });
    await run("second", "update");
    expect(locked()).toEqual({ a: ["first"] });
  });

  test("an update without a user leaves users as they are, and forgets nothing", async () => {
    await run("first", "prefer", "a", "b");
    await run("first", "prefer", "a");
    push("a", "two");
    push("b", "two");
    await run(undefined, "update", "a", "b");
    expect(locked()).toEqual({ a: ["first"], b: [] });
  });

  test("a reference does not move for one program if it can't for the other", async () => {
    await run("first", "prefer", query("a", "x86_64"));
    await run("second", "prefer", query("a", "aarch64"));
    const before = text();
    pushForAmd64("a");
    expect((await run("first", "update", query("a", "x86_64"))).failures).toMatchObject([
      { query: { architecture: "aarch64" }, error: { code: "ARCHITECTURE_MISMATCH" } },
    ]);
    expect(text()).toBe(before);
  });
});

describe("a file of an earlier format", () => {
  beforeEach(async () => {
    await run(".", "prefer", "a", "b");
  });

  test.each([1, 2] as const)("%d is not written for the users alone", async (format) => {
    const earlier = toEarlierFormat(path, format);
    await run(".", "frozen", "a", "b");
    expect(text()).toBe(earlier);
    if (format === 1) return;
    await run(".", "prefer", "a");
    expect(text()).toBe(earlier);
  });

  test("has unknown users: what one program does not need stays, for others", async () => {
    toEarlierFormat(path, 2);
    push("a", "two");
    await run(".", "update", "a");
    expect(locked()).toEqual({ a: ["."], b: undefined });
    await run(".", "prefer", "a", "b");
    expect(locked()).toEqual({ a: ["."], b: ["."] });
  });
});

describe("nothing holds the lock while a registry is asked", () => {
  /**
   * Delays the responses to programs that have just been started, until `work` has ended; those to `work` are not delayed.
   * @param requests how many have to be waiting before `work` begins
   */
  async function meanwhile(requests: number, work: () => Promise<unknown>): Promise<void> {
    let waiting = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    registry.intercept = async () => {
      waiting += 1;
      await released;
      return false;
    };
    while (waiting < requests) await new Promise((resolve) => setImmediate(resolve));
    registry.intercept = undefined;
    await work();
    release();
  }

  test("40 programs that all wait for a slow registry are all written", async () => {
    const names = Array.from({ length: 40 }, (_, number) => `disk-${number}`);
    for (const name of names) push(name, name);
    const runs = names.map((name) => run(name, "prefer", name));
    // If one of them held the lock, the others would never get this far.
    await meanwhile(names.length, async () => undefined);
    for (const { failures } of await Promise.all(runs)) expect(failures).toEqual([]);
    expect(Object.keys(locked()).sort()).toEqual([...names].sort());
  });

  test("a tag that another program has locked meanwhile, at another digest, is followed", async () => {
    const slow = run("slow", "prefer", query("a", "x86_64"));
    await meanwhile(1, async () => {
      push("a", "two");
      await run("fast", "prefer", query("a", "aarch64"));
      push("a", "three");
    });
    const { find, failures } = await slow;
    expect(failures).toEqual([]);
    const file = readLockFile(path);
    expect(find(query("a", "x86_64"))?.tagDigest).toBe(file.tagDigest(query("a").reference));
    expect(file.find(query("a", "aarch64"))?.digest).toBe(find(query("a", "x86_64"))?.digest);
    expect(file.queries()).toHaveLength(2);
  });

  test("an update moves what another program has added meanwhile, too", async () => {
    await run("first", "prefer", query("a", "x86_64"));
    push("a", "two");
    const slow = run("first", "update", query("a", "x86_64"));
    await meanwhile(1, () => run("second", "prefer", query("a", "aarch64")));
    expect((await slow).failures).toEqual([]);
    const pins = ["x86_64", "aarch64"].map((arch) => readLockFile(path).find(query("a", arch)));
    expect(pins[0]?.digest).toBe(push("a", "two").digest);
    expect(pins[1]?.digest).toBe(pins[0]?.digest);
  });
});

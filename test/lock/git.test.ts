import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { changeLockFile, type LockedPin, type PinQuery, readLockFile } from "../../src/lock";
import { type Digest, Reference } from "../../src/reference";

// Two branches change the lock file, and the real git merges them.

let folder: string;
let path: string;

function git(...argv: string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"];
  return execFileSync("git", ["-C", folder, ...identity, ...argv], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-git-"));
  path = join(folder, "ironic-oci.lock.json");
  git("init", "--quiet");
});
afterEach(() => rmSync(folder, { recursive: true }));

const digest = (state: number): Digest => `sha256:${state.toString(16).padStart(64, "0")}`;
const query = (name: string, architecture?: string): PinQuery => ({
  reference: Reference.parse(`oci://registry.example/${name}:1`),
  role: "image",
  architecture,
  profile: "ironic-34",
});
function pin(of: PinQuery, state: number): LockedPin {
  const url = of.reference.withDigest(digest(state + 1)).toString();
  const facts = { digest: digest(state + 1), tagDigest: digest(state), url, diskFormat: "raw" } as const;
  const asPinned = { kind: "disk", diskFormat: "unknown" } as const;
  const none = { blobDigest: undefined, checksum: undefined, size: undefined };
  const noText = { fileName: undefined, mediaType: undefined, compression: undefined };
  const common = { reference: of.reference.canonical(), role: of.role, profile: of.profile, reason: "weight 1" };
  return { ...common, ...facts, ...none, ...noText, asPinned, warnings: [] };
}

/** Locks a reference at a state of its tag, as `user`. */
const lock = (name: string, state: number, { user = ".", arch }: { user?: string; arch?: string } = {}) =>
  changeLockFile(path, (current) => {
    const of = query(name, arch);
    return current.merge([[of, pin(of, state)]]).withUser(user, [of]);
  });
const remove = (name: string) =>
  changeLockFile(path, (current) => current.without(new Set([query(name).reference.canonical()])));
const unuse = (name: string) =>
  changeLockFile(path, (current) => {
    const others = current.queries().filter(({ reference }) => reference.repository !== name);
    return current.withoutOtherUses(".", others);
  });
const locked = () =>
  Object.fromEntries(
    readLockFile(path)
      .entries()
      .map(([name, entry]) => [/example\/(.*):1/.exec(name)?.[1], Number.parseInt(entry.digest.slice(7), 16)]),
  );
const commit = (message: string) => {
  git("add", "--all");
  git("commit", "--quiet", "-m", message);
};

type Change = () => Promise<unknown>;

/** Commits `base`, then `ours` and `theirs` on two branches. */
async function branches(base: Change, ours: Change, theirs: Change): Promise<void> {
  await base();
  commit("base");
  git("switch", "--quiet", "--create", "theirs");
  await theirs();
  commit("theirs");
  git("switch", "--quiet", "main");
  await ours();
  commit("ours");
}

const all =
  (...changes: Change[]) =>
  async () => {
    for (const change of changes) await change();
  };
const base = all(
  () => lock("b", 10),
  () => lock("d", 20),
  () => lock("f", 30),
);

/** [what, ours, theirs, the merged state]: none of them is a conflict, neither for git nor for the lock file. */
const CLEAN: readonly [string, Change, Change, Record<string, number>][] = [
  ["two references at the same place", () => lock("c1", 1), () => lock("c2", 2), { b: 10, c1: 1, c2: 2, d: 20, f: 30 }],
  ["two references with one digest", () => lock("c1", 1), () => lock("c2", 1), { b: 10, c1: 1, c2: 1, d: 20, f: 30 }],
  ["two at the beginning", () => lock("a1", 1), () => lock("a2", 2), { a1: 1, a2: 2, b: 10, d: 20, f: 30 }],
  ["two at the end", () => lock("g1", 1), () => lock("g2", 2), { b: 10, d: 20, f: 30, g1: 1, g2: 2 }],
  ["the same reference, to the same digest", () => lock("c", 1), () => lock("c", 1), { b: 10, c: 1, d: 20, f: 30 }],
  ["neighbours that both move", () => lock("b", 11), () => lock("d", 21), { b: 11, d: 21, f: 30 }],
  ["a new one before one that moves", () => lock("c", 1), () => lock("d", 21), { b: 10, c: 1, d: 21, f: 30 }],
  ["a new one after one that moves", () => lock("c", 1), () => lock("b", 11), { b: 11, c: 1, d: 20, f: 30 }],
  ["one that is removed before one that moves", () => remove("b"), () => lock("d", 21), { d: 21, f: 30 }],
  ["one that is removed after one that moves", () => remove("d"), () => lock("b", 11), { b: 11, f: 30 }],
  ["neighbours that are both removed: they stay", () => remove("b"), () => remove("d"), { b: 10, d: 20, f: 30 }],
  [
    "kinds of node of one reference",
    () => lock("d", 20, { arch: "x86_64" }),
    () => lock("d", 20, { arch: "aarch64" }),
    { b: 10, d: 20, f: 30 },
  ],
  [
    "users of one reference",
    () => lock("d", 20, { user: "a" }),
    () => lock("d", 20, { user: "b" }),
    { b: 10, d: 20, f: 30 },
  ],
  ["one that is unused here and moved there", () => unuse("d"), () => lock("d", 21), { b: 10, d: 21, f: 30 }],
];

describe.each(["merge", "rebase", "cherry-pick"])("git %s", (command) => {
  const OPTIONS: Record<string, string[]> = { merge: ["--no-edit"], "cherry-pick": ["--keep-redundant-commits"] };
  const run = () => git(command, ...(OPTIONS[command] ?? []), "theirs");

  // The three commands share git's machinery of merges.
  test.each(command === "merge" ? CLEAN : CLEAN.slice(0, 6))(
    "keeps what both branches did: %s",
    async (_what, ours, theirs, expected) => {
      await branches(base, ours, theirs);
      run();
      expect(locked()).toEqual(expected);
    },
  );

  test("keeps a reference that is removed here and moved there", async () => {
    await branches(
      base,
      () => remove("d"),
      () => lock("d", 21),
    );
    run();
    expect(locked()).toMatchObject({ b: 10, d: 21, f: 30 });
  });

  test("what both sides moved is an error with both digests, and an update or a removal ends it", async () => {
    await branches(
      base,
      () => lock("d", 21),
      () => lock("d", 22),
    );
    run();
    const conflict = `oci://registry.example/d:1: to ${digest(command === "rebase" ? 22 : 21)}`;
    expect(() => readLockFile(path)).toThrow(conflict);
    expect(() => readLockFile(path)).toThrow(
      expect.objectContaining({
        code: "LOCK_FILE_CONFLICT",
        hint: expect.stringContaining("ironic-oci update oci://registry.example/d:1;"),
      }),
    );
    const text = readFileSync(path, "utf8");
    await changeLockFile(path, (current) => current);
    expect(readFileSync(path, "utf8")).toBe(text);
    await lock("b", 11);
    expect(() => readLockFile(path)).toThrow(conflict);
    await lock("d", 23);
    expect(locked()).toEqual({ b: 11, d: 23, f: 30 });
  });
});

describe("the merge driver", () => {
  const attributes = () => readFileSync(join(folder, ".gitattributes"), "utf8");

  test("is declared with a new lock file, after what is there, and once", async () => {
    writeFileSync(join(folder, ".gitattributes"), "*.png binary");
    expect((await lock("a", 1)).written).toEqual([path, join(folder, ".gitattributes")]);
    expect(attributes()).toMatch(/^\*\.png binary\n# .*\n\/ironic-oci\.lock\.json merge=union\n$/);
    expect((await lock("a", 2)).written).toEqual([path]);
    rmSync(path);
    expect((await lock("a", 1)).written).toEqual([path]);
  });

  test("is reported with a path like that of the lock file", async () => {
    const relativePath = relative(process.cwd(), path);
    const of = query("a");
    const { written } = await changeLockFile(relativePath, (current) => current.merge([[of, pin(of, 1)]]));
    expect(written).toEqual([relativePath, join(dirname(relativePath), ".gitattributes")]);
  });

  test.each(["*.json merge=binary", "*.json -merge", "ironic-oci.lock.json merge=other"])(
    "%s is left alone",
    async (line) => {
      mkdirSync(join(folder, "sub"));
      path = join(folder, "sub", "ironic-oci.lock.json");
      writeFileSync(join(folder, ".gitattributes"), line);
      expect((await lock("a", 1)).written).toEqual([path]);
      expect(attributes()).toBe(line);
    },
  );
});

describe("without the merge driver", () => {
  const conflicting = async (style: "merge" | "diff3", ours: Change, theirs: Change) => {
    writeFileSync(join(folder, ".gitattributes"), "*.json merge=text\n");
    git("config", "merge.conflictStyle", style);
    await branches(base, ours, theirs);
    expect(
      spawnSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@localhost", "merge", "theirs"]).status,
    ).toBe(1);
    expect(readFileSync(path, "utf8")).toContain("<<<<<<< HEAD");
  };

  test.each(["merge", "diff3"] as const)(
    "git's conflicts (%s) are read as both sides, and written once",
    async (style) => {
      await conflicting(
        style,
        () => lock("c1", 1),
        () => lock("c2", 2),
      );
      const merged = { b: 10, c1: 1, c2: 2, d: 20, f: 30 };
      expect(locked()).toEqual(merged);
      await changeLockFile(path, (current) => current);
      expect(readFileSync(path, "utf8")).not.toContain("<<<<<<<");
      expect(locked()).toEqual(merged);
    },
  );

  test("only changes at the same place are conflicts", async () => {
    writeFileSync(join(folder, ".gitattributes"), "*.json merge=text\n");
    await branches(
      base,
      all(
        () => lock("b", 11),
        () => lock("e", 1),
      ),
      all(
        () => lock("d", 21),
        () => lock("a", 2),
      ),
    );
    git("merge", "--quiet", "--no-edit", "theirs");
    expect(locked()).toEqual({ a: 2, b: 11, d: 21, e: 1, f: 30 });
  });

  test.each(["merge", "diff3"] as const)("what both sides moved is told (%s)", async (style) => {
    await conflicting(
      style,
      () => lock("d", 21),
      () => lock("d", 22),
    );
    expect(() => readLockFile(path)).toThrow(`to ${digest(21)} and to ${digest(22)}`);
  });
});

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { changeLockFile, LockFile, type LockMode, lockMode, type PinQuery, pinAll, readLockFile } from "../../src/lock";
import { type Digest, Reference } from "../../src/reference";
import { OciResolver } from "../../src/resolver";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import { type LockJson, lockJson, toEarlierFormat } from "../support/lock-file";

let folder: string;
let path: string;
let registry: InProcessRegistry;
let resolver: OciResolver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-lock-"));
  path = join(folder, "ironic-oci.lock.json");
  registry = await InProcessRegistry.start();
  resolver = newResolver();
  push("one");
});
afterEach(async () => {
  await resolver.close();
  await registry.stop();
  rmSync(folder, { recursive: true });
});

const newResolver = () => new OciResolver({ plainHttp: [registry.host], credentials: {} });

/** Points `disk:v1` to an index of two architectures, with content that depends on `state`. */
function push(state: string, repository = "disk"): Digest {
  const entries = ["amd64", "arm64"].map((architecture) => ({
    ...pushArtifact(registry.store, repository, {
      files: [{ name: "disk.qcow2", content: `${state} ${architecture}` }],
    }),
    architecture,
    disktype: "qcow2",
  }));
  return pushIndex(registry.store, repository, "v1", entries).digest;
}

function query(overrides: Partial<PinQuery> = {}, repository = "disk"): PinQuery {
  const reference = Reference.parse(`oci://${registry.host}/${repository}:v1`);
  return { reference, role: "image", architecture: "x86_64", profile: "ironic-34", ...overrides };
}

const pinWith = (mode: LockMode, ...queries: PinQuery[]) => pinAll(queries, { path, mode, resolver });

describe("pinAll", () => {
  test("prefer: resolves once, then results from the file without a request", async () => {
    const first = await pinWith("prefer", query());
    expect(first.find(query())).toMatchObject({ diskFormat: "qcow2", reason: "weight 3: disktype qcow2" });
    const requests = registry.requests.length;
    const again = await pinWith("prefer", query());
    expect(again.find(query())).toEqual(first.find(query()));
    expect(registry.requests).toHaveLength(requests);
  });

  test("prefer: a moved tag stays what it was, for new nodes too", async () => {
    const before = (await pinWith("prefer", query())).find(query());
    push("two");
    resolver = newResolver();
    const arm = query({ architecture: "aarch64" });
    const after = await pinWith("prefer", query(), arm);
    expect(after.find(query())).toEqual(before);
    expect(after.find(arm)).toMatchObject({ tagDigest: before?.tagDigest });
  });

  test("update: follows the tag, and so does what is locked for other programs", async () => {
    const arm = query({ architecture: "aarch64" });
    const before = await pinWith("prefer", query(), arm);
    const moved = push("two");
    resolver = newResolver();
    const after = await pinWith("update", query());
    expect(after.find(query())).toMatchObject({ tagDigest: moved });
    expect(after.find(query())?.digest).not.toBe(before.find(query())?.digest);
    expect(readLockFile(path).find(arm)).toMatchObject({ tagDigest: moved });
  });

  test("frozen: no request; everything that is missing is listed", async () => {
    await pinWith("prefer", query());
    const requests = registry.requests.length;
    expect((await pinWith("frozen", query())).find(query())).toBeDefined();
    await expect(
      pinWith(
        "frozen",
        query(),
        query({ architecture: "aarch64" }),
        query({ profile: "ironic-29" }),
        query({}, "other"),
      ),
    ).rejects.toMatchObject({
      code: "LOCK_FROZEN",
      missing: [
        `oci://${registry.host}/disk:v1 as image (aarch64, profile ironic-34): locked, but not for this kind of node`,
        `oci://${registry.host}/disk:v1 as image (x86_64, profile ironic-29): locked, but not for this kind of node`,
        `oci://${registry.host}/other:v1 as image (x86_64, profile ironic-34): not locked`,
      ],
    });
    expect(registry.requests).toHaveLength(requests);
  });

  test("a failure is returned, and the resolved pins are locked all the same", async () => {
    const missing = query({}, "missing");
    const results = await pinWith("prefer", missing, query());
    expect(results.failures).toMatchObject([{ query: missing, error: { code: "TAG_NOT_FOUND" } }]);
    expect(readLockFile(path).find(query())).toBeDefined();
  });

  test("kernels and ramdisks are locked by architecture alone", async () => {
    pushArtifact(registry.store, "ipa", { tag: "v1", files: [{ content: "kernel" }] });
    const kernel = query({ role: "kernel", imageDownloadSource: "local" }, "ipa");
    const other = query({ role: "kernel", profile: "ironic-29" }, "ipa");
    const results = await pinWith("prefer", kernel, other);
    expect(results.find(kernel)?.digest).toBe(results.find(other)?.digest);
    expect(readLockFile(path).entries()[0]?.[1].selections).toHaveLength(1);
  });
});

describe("the file", () => {
  test("is sorted, ends in a newline, and is the same whatever the order of asking", async () => {
    push("one", "a/first");
    const queries = [
      query(),
      query({ architecture: "aarch64" }),
      query({}, "a/first"),
      query({ imageDownloadSource: "local" }),
    ];
    await pinWith("prefer", ...queries);
    const text = readFileSync(path, "utf8");
    rmSync(path);
    await pinWith("prefer", ...queries.reverse());
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(text.endsWith("}\n")).toBe(true);
    const { references } = lockJson(path);
    expect(Object.keys(references)).toEqual([`oci://${registry.host}/a/first:v1`, `oci://${registry.host}/disk:v1`]);
    expect(references[`oci://${registry.host}/disk:v1`]?.selections.map(({ architecture }) => architecture)).toEqual([
      "aarch64",
      "x86_64",
      "x86_64",
    ]);
    expect(LockFile.parse(text, path).toString()).toBe(text);
  });

  test("nothing but the file is left in its folder, and an unchanged one is not written again", async () => {
    await pinWith("prefer", query());
    expect(readdirSync(folder)).toEqual(["ironic-oci.lock.json"]);
    const { mtimeMs } = await import("node:fs").then((fs) => fs.statSync(path));
    await pinWith("update", query());
    expect((await import("node:fs")).statSync(path).mtimeMs).toBe(mtimeMs);
  });

  const valid = async (): Promise<LockJson> => {
    await pinWith("prefer", query());
    return lockJson(path);
  };
  const entryOf = (json: LockJson) =>
    Object.values(json.references)[0] as { digest: string; selections: Record<string, unknown>[] };

  test.each([
    ["not JSON", "{", "is not JSON"],
    ["merge conflicts", "{\n<<<<<<< ours\n}", "unresolved merge conflicts"],
    ["an array", "[]", "LOCK_FILE_DAMAGED"],
    ["nothing", "", "is not JSON"],
    ["an older unknown format", '{"formatVersion":0,"references":{}}', "formatVersion"],
    ["an unknown field", '{"formatVersion":1,"references":{},"x":1}', "the top"],
    [
      "a key that is no reference",
      '{"formatVersion":1,"references":{"nope":{"digest":"sha256:aa","selections":[]}}}',
      "digest",
    ],
  ])("%s is refused and left alone", async (_name, text, message) => {
    writeFileSync(path, text);
    const failure = pinWith("update", query());
    await expect(failure).rejects.toMatchObject({ code: "LOCK_FILE_DAMAGED" });
    if (message !== "LOCK_FILE_DAMAGED") await expect(failure).rejects.toThrow(message);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(registry.requests).toHaveLength(0);
  });

  test("a missing folder is an error at once, not after waiting for the lock", async () => {
    const nowhere = join(folder, "nowhere", "ironic-oci.lock.json");
    await expect(changeLockFile(nowhere, (current) => current)).rejects.toMatchObject({
      code: "LOCK_FILE_UNWRITABLE",
      message: `lock file ${nowhere}: can't be written (ENOENT)`,
    });
  });

  test("a newer format is refused and left alone", async () => {
    const text = '{"formatVersion":4,"whatever":true}';
    writeFileSync(path, text);
    await expect(pinWith("prefer", query())).rejects.toMatchObject({ code: "LOCK_FILE_NEWER" });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  const OTHER = `sha256:${"0".repeat(64)}`;
  test.each<[string, (json: LockJson) => void, string]>([
    [
      "a blob digest changed by hand",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { blobDigest: OTHER }),
      "checksum",
    ],
    [
      "a checksum changed by hand",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { checksum: "00" }),
      "checksum",
    ],
    [
      "two selections for one query",
      (json) => entryOf(json).selections.push({ ...entryOf(json).selections[0] }),
      "has two selections for one query",
    ],
    [
      "a format without a blob",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { diskFormat: "bootc" }),
      "blob digest",
    ],
    [
      "a URL of another reference",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { url: `oci://elsewhere.example/disk@${OTHER}` }),
      "url",
    ],
    [
      "a class of another format",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { asPinned: { kind: "disk", diskFormat: "qcow2" } }),
      "no disk format qcow2",
    ],
    [
      "a container that a release takes for a disk image",
      (json) =>
        Object.assign(entryOf(json).selections[0] ?? {}, {
          ...{ profile: "ironic-29", asPinned: { kind: "bootc", diskFormat: "bootc" } },
        }),
      "ironic-29 deploys every pinned image as a disk image",
    ],
    [
      "a kernel's class",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { role: "kernel" }),
      "a kernel has no class",
    ],
    ["what only a newer format has", (json) => Object.assign(json, { formatVersion: 1 }), "asPinned"],
    [
      "another manifest for one kind of node",
      (json) => {
        const { digest, selections } = entryOf(json);
        selections.push({ ...selections[0], architecture: "aarch64", digest });
      },
      "pins another digest",
    ],
    [
      "a reference in another form",
      (json) => {
        json.references = { [`oci://${registry.host}/disk`]: entryOf(json) };
      },
      "canonical",
    ],
    [
      "a digest reference locked to another digest",
      (json) => {
        json.references = { [`oci://h/disk@${OTHER}`]: entryOf(json) };
      },
      "another digest than the one that it names",
    ],
  ])("%s is found out before use", async (_name, edit, message) => {
    const json = await valid();
    edit(json);
    writeFileSync(path, JSON.stringify(json));
    await expect(pinWith("frozen", query())).rejects.toThrow(message);
  });

  test("any text is read or refused with one of two errors", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"formatVersion":1,"references":${json}}`),
          fc.json().map((json) => `{"formatVersion":2,"references":${json}}`),
          fc.json().map((json) => `{"formatVersion":3,"locked":[${json}]}`),
        ),
        (text) => {
          try {
            LockFile.parse(text, "x");
          } catch (error) {
            expect(["LOCK_FILE_DAMAGED", "LOCK_FILE_NEWER"]).toContain((error as { code?: string }).code);
          }
        },
      ),
    );
  });
});

describe("what is expected", () => {
  beforeEach(() => pushArtifact(registry.store, "os", { tag: "v1", files: [{ content: "os" }], artifactType: null }));

  test("is part of the query: a container is not the pin of a disk image", async () => {
    const bootc = query({ expect: "bootc" }, "os");
    await pinWith("prefer", bootc);
    expect(readLockFile(path).find(bootc)).toMatchObject({ asPinned: { kind: "bootc", diskFormat: "bootc" } });
    const disk = query({}, "os");
    expect(readLockFile(path).find(disk)).toBeUndefined();
    await expect(pinWith("frozen", disk)).rejects.toMatchObject({ code: "LOCK_FROZEN" });
    expect((await pinWith("prefer", disk)).failures).toMatchObject([{ error: { code: "CLASS_MISMATCH" } }]);
    expect(readLockFile(path).queries()).toEqual([bootc]);
  });

  test("is a disk image by default, and kernels have no expectation", async () => {
    await pinWith("prefer", query(), query({ expect: "disk" }));
    expect(readLockFile(path).entries()[0]?.[1].selections).toHaveLength(1);
    expect(readFileSync(path, "utf8")).not.toContain('"expect"');
  });

  test("what was locked without checks says so whenever it is read", async () => {
    const unchecked = new OciResolver({ plainHttp: [registry.host], credentials: {}, extraChecks: false });
    const disk = query({}, "os");
    await pinAll([disk], { path, mode: "prefer", resolver: unchecked });
    await unchecked.close();
    expect(readLockFile(path).find(disk)?.warnings).toEqual([
      "a disk image is expected, and pinned it is a bootc container for Ironic",
    ]);
  });
});

describe("a pin of another class than is expected", () => {
  const disk = () => query({}, "os");
  const bootc = () => query({ expect: "bootc" }, "os");
  const unchecked = (extraChecks: false | { class: false } = false) =>
    new OciResolver({ plainHttp: [registry.host], credentials: {}, extraChecks });
  const container = (content = "os") =>
    pushArtifact(registry.store, "os", { tag: "v1", files: [{ content }], artifactType: null });
  const lockUnchecked = async (...queries: PinQuery[]) => {
    const other = unchecked();
    await pinAll(queries, { path, mode: "prefer", resolver: other });
    await other.close();
  };
  beforeEach(() => void container());

  test.each<[LockMode]>([["prefer"], ["frozen"], ["update"]])("is an error in mode %s", async (mode) => {
    await lockUnchecked(disk());
    const { failures } = await pinWith(mode, disk());
    expect(failures).toMatchObject([{ error: { code: "CLASS_MISMATCH" } }]);
    const hint = String((failures[0]?.error as { hint?: string } | undefined)?.hint);
    expect(hint).toContain(`ironic-oci update oci://${registry.host}/os:v1 --expect bootc`);
    expect(hint).toContain('`expect: "bootc"` in a program');
  });

  test.each<[LockMode]>([["prefer"], ["frozen"]])(
    "is an error in mode %s where format 1 tells the class",
    async (mode) => {
      await lockUnchecked(disk());
      toEarlierFormat(path, 1);
      const requests = registry.requests.length;
      expect((await pinWith(mode, disk())).failures).toMatchObject([{ error: { code: "CLASS_MISMATCH" } }]);
      expect(registry.requests).toHaveLength(requests);
    },
  );

  test.each<[LockMode, false | { class: false }]>([
    ["prefer", false],
    ["frozen", false],
    ["update", false],
    ["prefer", { class: false }],
    ["frozen", { class: false }],
    ["update", { class: false }],
  ])("is used in mode %s with the checks %j, and has a warning", async (mode, checks) => {
    await lockUnchecked(disk());
    const other = unchecked(checks);
    const results = await pinAll([disk()], { path, mode, resolver: other });
    await other.close();
    expect(results.failures).toEqual([]);
    expect(results.find(disk())?.warnings.join()).toContain("a disk image is expected, and pinned it is a bootc");
  });

  test.each<[LockMode]>([["prefer"], ["frozen"]])("so is one that Ironic fails on, in mode %s", async (mode) => {
    pushArtifact(registry.store, "os", { tag: "v1", files: [{ content: "a" }], annotations: { disktype: "raw" } });
    await lockUnchecked(disk());
    const warning = "Ironic fails on the pinned URL, because layers is null";
    const json = lockJson(path);
    for (const entry of Object.values(json.references)) {
      Object.assign(entry.selections[0] ?? {}, { warnings: [warning] });
    }
    writeFileSync(path, JSON.stringify(json));
    expect((await pinWith(mode, disk())).failures).toMatchObject([{ error: { code: "UNUSABLE_PIN" } }]);
  });

  test.each([["locked before"], ["locked by an earlier version beside the right one"]])(
    "gives way to the right one, which then can be updated: %s",
    async (what) => {
      if (what === "locked before") await lockUnchecked(disk());
      else await lockUnchecked(disk(), bootc());
      const { failures } = await pinWith("prefer", bootc());
      expect(failures).toEqual([]);
      expect(readLockFile(path).queries()).toEqual([bootc()]);
      container("two");
      resolver = newResolver();
      expect((await pinWith("update", bootc())).failures).toEqual([]);
    },
  );

  test("both stay where both are locked for in one run", async () => {
    await lockUnchecked(disk(), bootc());
    expect(readLockFile(path).queries()).toHaveLength(2);
  });

  test("another kind of node keeps its own", async () => {
    const arm = query({ architecture: "aarch64" }, "os");
    await lockUnchecked(disk(), arm);
    await pinWith("prefer", bootc());
    expect(readLockFile(path).queries()).toEqual([arm, bootc()]);
  });
});

describe("a file of format 1", () => {
  const DIGEST = `sha256:${"0".repeat(64)}`;
  const OTHER = `sha256:${"1".repeat(64)}`;
  const disk = { role: "image", digest: DIGEST, blobDigest: OTHER, checksum: "1".repeat(64), size: 1, reason: "won" };
  const container = { ...disk, blobDigest: undefined, checksum: "0".repeat(64), diskFormat: "bootc" };
  const file = (key: string, digest: string, selection: object) =>
    JSON.stringify({ formatVersion: 1, references: { [key]: { digest, selections: [selection] } } });
  const unknown = undefined;
  const asDisk = { kind: "disk", diskFormat: "unknown" };
  const asBootc = { kind: "bootc", diskFormat: "bootc" };

  /** What follows from an entry without its manifest: [what, reference, tag digest, selection, as pinned]. */
  test.each<[string, string, string, object, object | undefined]>([
    ["a disk image of an index", "oci://h/p:t", OTHER, { ...disk, diskFormat: "qcow2" }, unknown],
    ["a disk image by its entry's marks", "oci://h/p:t", OTHER, { ...disk, diskFormat: "unknown" }, unknown],
    ["a container of an index", "oci://h/p:t", OTHER, container, unknown],
    ["a single disk image with a disktype", "oci://h/p:t", DIGEST, { ...disk, diskFormat: "qcow2" }, unknown],
    ["a single artifact without", "oci://h/p:t", DIGEST, { ...disk, diskFormat: "unknown" }, asDisk],
    ["a single container", "oci://h/p:t", DIGEST, container, asBootc],
    ["a digest's artifact", `oci://h/p@${DIGEST}`, DIGEST, { ...disk, diskFormat: "unknown" }, asDisk],
    ["a digest's container", `oci://h/p@${DIGEST}`, DIGEST, container, asBootc],
    ["anything up to release 33", "oci://h/p:t", OTHER, { ...disk, diskFormat: "raw", profile: "ironic-29" }, asDisk],
  ])("%s", (_what, key, digest, selection, asPinned) => {
    const lockFile = LockFile.parse(file(key, digest, { profile: "ironic-34", ...selection }), path);
    const [locked] = lockFile.queries();
    const pin = lockFile.find(locked as PinQuery);
    expect(pin?.asPinned).toEqual(asPinned);
    const unclear = pin?.warnings.some((warning) => warning.includes("was written by an earlier version"));
    expect(unclear).toBe(asPinned === undefined);
    // It is written as format 3, and says the same there.
    expect(JSON.parse(lockFile.toString())).toMatchObject({ formatVersion: 3 });
    expect(LockFile.parse(lockFile.toString(), path).find(locked as PinQuery)).toEqual(pin);
  });

  /** The file of a lock of today, as an earlier version would have written it. */
  async function lockedEarlier(): Promise<string> {
    await pinWith("prefer", query());
    resolver = newResolver();
    return toEarlierFormat(path, 1);
  }

  test("is read in mode frozen, without a request, and says what is not known", async () => {
    const text = await lockedEarlier();
    const before = registry.requests.length;
    const pin = (await pinWith("frozen", query())).find(query());
    expect(pin).toMatchObject({ diskFormat: "qcow2", asPinned: undefined });
    expect(pin?.warnings).toEqual([expect.stringContaining("resolve it again with network access")]);
    expect(registry.requests).toHaveLength(before);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("is completed in mode prefer, and nothing moves", async () => {
    await lockedEarlier();
    const before = readLockFile(path).find(query());
    push("two");
    const after = (await pinWith("prefer", query())).find(query());
    expect(after).toEqual({ ...before, asPinned: asDisk, warnings: [] });
    const requests = registry.requests.length;
    await pinWith("prefer", query());
    expect(registry.requests).toHaveLength(requests);
  });

  test("is used still when the registry is gone", async () => {
    await lockedEarlier();
    registry.intercept = (_request, response) => {
      response.writeHead(403).end();
      return true;
    };
    const results = await pinWith("prefer", query());
    expect(results.failures).toEqual([]);
    expect(results.find(query())).toMatchObject({ diskFormat: "qcow2", asPinned: undefined });
  });

  test("is refused where what is locked turns out to be another thing", async () => {
    const entry = { ...pushArtifact(registry.store, "disk", { files: [{ content: "c" }], artifactType: null }) };
    pushIndex(registry.store, "disk", "v1", [{ ...entry, architecture: "amd64", disktype: "qcow2" }]);
    const unchecked = new OciResolver({ plainHttp: [registry.host], credentials: {}, extraChecks: false });
    await resolver.close();
    resolver = unchecked;
    const text = await lockedEarlier();
    const results = await pinWith("prefer", query());
    expect(results.failures).toMatchObject([{ error: { code: "CLASS_MISMATCH" } }]);
    expect(JSON.parse(readFileSync(path, "utf8")).references).toEqual(JSON.parse(text).references);
  });
});

describe("programs at the same time", () => {
  test("lose nothing: eight changes at once are all there", async () => {
    const repositories = Array.from({ length: 8 }, (_, number) => `disk-${number}`);
    for (const repository of repositories) push("one", repository);
    await Promise.all(repositories.map((repository) => pinWith("prefer", query({}, repository))));
    expect(readLockFile(path).entries()).toHaveLength(8);
  });

  test("lose nothing across processes", async () => {
    const script = join(folder, "change.cjs");
    const lockfile = require.resolve("proper-lockfile");
    // A process of its own that holds the turn for a while, as our own code does, and then writes.
    writeFileSync(
      script,
      `const { lock } = require(${JSON.stringify(lockfile)}); const fs = require("fs"); const path = process.argv[2];
       lock(path, { realpath: false }).then(async (release) => { console.log("held"); await new Promise((r) => setTimeout(r, 300));
       fs.writeFileSync(path, process.argv[3]); await release(); });`,
    );
    push("one", "theirs");
    await pinWith("prefer", query({}, "theirs"));
    const theirs = readFileSync(path, "utf8");
    rmSync(path);
    const child = spawn(process.execPath, [script, path, theirs], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await pinWith("prefer", query());
    expect(
      readLockFile(path)
        .entries()
        .map(([name]) => name)
        .sort(),
    ).toEqual([`oci://${registry.host}/disk:v1`, `oci://${registry.host}/theirs:v1`]);
  });

  test("a change that fails leaves the file and frees the turn", async () => {
    await pinWith("prefer", query());
    const text = readFileSync(path, "utf8");
    const fails = () => {
      throw new Error("no");
    };
    await expect(changeLockFile(path, fails)).rejects.toThrow("no");
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["ironic-oci.lock.json"]);
  });
});

test.each([
  [undefined, {}, true, "prefer"],
  [undefined, { CI: "true" }, true, "frozen"],
  [undefined, { CI: "true" }, false, "prefer"],
  [undefined, { CI: "false" }, true, "prefer"],
  [undefined, { CI: "" }, true, "prefer"],
  [undefined, { CI: "1", IRONIC_OCI_LOCK: "update" }, true, "update"],
  ["prefer", { CI: "1", IRONIC_OCI_LOCK: "update" }, true, "prefer"],
])("lockMode(%s, %j, %s) is %s", (option, environment, exists, mode) => {
  expect(lockMode(option, environment, exists)).toBe(mode);
});

test("a mode that isn't one is an error that names its source", () => {
  expect(() => lockMode(undefined, { IRONIC_OCI_LOCK: "forzen" }, true)).toThrow(
    'IRONIC_OCI_LOCK: "forzen" is not a lock mode',
  );
});

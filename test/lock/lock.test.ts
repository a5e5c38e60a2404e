import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  answerAll,
  changeLockFile,
  LockFile,
  type LockMode,
  lockMode,
  type PinQuestion,
  readLockFile,
} from "../../src/lock";
import { type Digest, Reference } from "../../src/reference";
import { OciResolver } from "../../src/resolver";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";

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

function question(overrides: Partial<PinQuestion> = {}, repository = "disk"): PinQuestion {
  const reference = Reference.parse(`oci://${registry.host}/${repository}:v1`);
  return { reference, role: "image", architecture: "x86_64", profile: "ironic-34", ...overrides };
}

const answer = (mode: LockMode, ...questions: PinQuestion[]) => answerAll(questions, { path, mode, resolver });

describe("answerAll", () => {
  test("prefer: resolves once, then answers from the file without a request", async () => {
    const first = await answer("prefer", question());
    expect(first.find(question())).toMatchObject({ diskFormat: "qcow2", reason: "weight 3: disktype qcow2" });
    const requests = registry.requests.length;
    const again = await answer("prefer", question());
    expect(again.find(question())).toEqual(first.find(question()));
    expect(registry.requests).toHaveLength(requests);
  });

  test("prefer: a moved tag stays what it was, for new nodes too", async () => {
    const before = (await answer("prefer", question())).find(question());
    push("two");
    resolver = newResolver();
    const arm = question({ architecture: "aarch64" });
    const after = await answer("prefer", question(), arm);
    expect(after.find(question())).toEqual(before);
    expect(after.find(arm)).toMatchObject({ tagDigest: before?.tagDigest });
  });

  test("update: follows the tag, and so does what is locked for other programs", async () => {
    const arm = question({ architecture: "aarch64" });
    const before = await answer("prefer", question(), arm);
    const moved = push("two");
    resolver = newResolver();
    const after = await answer("update", question());
    expect(after.find(question())).toMatchObject({ tagDigest: moved });
    expect(after.find(question())?.digest).not.toBe(before.find(question())?.digest);
    expect(readLockFile(path).find(arm)).toMatchObject({ tagDigest: moved });
  });

  test("frozen: no request; everything that is missing is listed", async () => {
    await answer("prefer", question());
    const requests = registry.requests.length;
    expect((await answer("frozen", question())).find(question())).toBeDefined();
    await expect(
      answer(
        "frozen",
        question(),
        question({ architecture: "aarch64" }),
        question({ profile: "ironic-29" }),
        question({}, "other"),
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

  test("a failure is told, and what could be resolved is locked all the same", async () => {
    const missing = question({}, "missing");
    const answers = await answer("prefer", missing, question());
    expect(answers.failures).toMatchObject([{ question: missing, error: { code: "TAG_NOT_FOUND" } }]);
    expect(readLockFile(path).find(question())).toBeDefined();
  });

  test("kernels and ramdisks are locked by architecture alone", async () => {
    pushArtifact(registry.store, "ipa", { tag: "v1", files: [{ content: "kernel" }] });
    const kernel = question({ role: "kernel", imageDownloadSource: "local" }, "ipa");
    const other = question({ role: "kernel", profile: "ironic-29" }, "ipa");
    const answers = await answer("prefer", kernel, other);
    expect(answers.find(kernel)?.digest).toBe(answers.find(other)?.digest);
    expect(readLockFile(path).entries()[0]?.[1].selections).toHaveLength(1);
  });
});

describe("the file", () => {
  test("is sorted, ends in a newline, and is the same whatever the order of asking", async () => {
    push("one", "a/first");
    const questions = [
      question(),
      question({ architecture: "aarch64" }),
      question({}, "a/first"),
      question({ imageDownloadSource: "local" }),
    ];
    await answer("prefer", ...questions);
    const text = readFileSync(path, "utf8");
    rmSync(path);
    await answer("prefer", ...questions.reverse());
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(text.endsWith("}\n")).toBe(true);
    const { references } = JSON.parse(text) as {
      references: Record<string, { selections: { architecture: string }[] }>;
    };
    expect(Object.keys(references)).toEqual([`oci://${registry.host}/a/first:v1`, `oci://${registry.host}/disk:v1`]);
    expect(references[`oci://${registry.host}/disk:v1`]?.selections.map(({ architecture }) => architecture)).toEqual([
      "aarch64",
      "x86_64",
      "x86_64",
    ]);
    expect(LockFile.parse(text, path).toString()).toBe(text);
  });

  test("nothing but the file is left in its folder, and an unchanged one is not written again", async () => {
    await answer("prefer", question());
    expect(readdirSync(folder)).toEqual(["ironic-oci.lock.json"]);
    const { mtimeMs } = await import("node:fs").then((fs) => fs.statSync(path));
    await answer("update", question());
    expect((await import("node:fs")).statSync(path).mtimeMs).toBe(mtimeMs);
  });

  const valid = async (): Promise<{
    references: Record<string, { digest: string; selections: Record<string, unknown>[] }>;
  }> => {
    await answer("prefer", question());
    return JSON.parse(readFileSync(path, "utf8"));
  };
  const entryOf = (json: Awaited<ReturnType<typeof valid>>) =>
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
    const failure = answer("update", question());
    await expect(failure).rejects.toMatchObject({ code: "LOCK_FILE_DAMAGED" });
    if (message !== "LOCK_FILE_DAMAGED") await expect(failure).rejects.toThrow(message);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(registry.requests).toHaveLength(0);
  });

  test("a folder that is not there is told at once, not after waiting for a turn", async () => {
    const nowhere = join(folder, "nowhere", "ironic-oci.lock.json");
    await expect(changeLockFile(nowhere, async (current) => current)).rejects.toMatchObject({
      code: "LOCK_FILE_UNWRITABLE",
      message: `lock file ${nowhere}: can't be written (ENOENT)`,
    });
  });

  test("a newer format is refused and left alone", async () => {
    const text = '{"formatVersion":2,"whatever":true}';
    writeFileSync(path, text);
    await expect(answer("prefer", question())).rejects.toMatchObject({ code: "LOCK_FILE_NEWER" });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  const OTHER = `sha256:${"0".repeat(64)}`;
  test.each<[string, (json: Awaited<ReturnType<typeof valid>>) => void, string]>([
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
      "two answers to one question",
      (json) => entryOf(json).selections.push({ ...entryOf(json).selections[0] }),
      "twice",
    ],
    [
      "a format without a blob",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { diskFormat: "bootc" }),
      "blob digest",
    ],
    [
      "a URL of somebody else's",
      (json) => Object.assign(entryOf(json).selections[0] ?? {}, { url: `oci://elsewhere.example/disk@${OTHER}` }),
      "url",
    ],
    [
      "another manifest for one kind of node",
      (json) => {
        const { digest, selections } = entryOf(json);
        selections.push({ ...selections[0], architecture: "aarch64", digest });
      },
      "pins something else",
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
      "doesn't name",
    ],
  ])("%s is found out before use", async (_name, edit, message) => {
    const json = await valid();
    edit(json);
    writeFileSync(path, JSON.stringify(json));
    await expect(answer("frozen", question())).rejects.toThrow(message);
  });

  test("any text is read or refused with one of two errors", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"formatVersion":1,"references":${json}}`),
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

describe("programs at the same time", () => {
  test("lose nothing: eight changes at once are all there", async () => {
    const repositories = Array.from({ length: 8 }, (_, number) => `disk-${number}`);
    for (const repository of repositories) push("one", repository);
    await Promise.all(repositories.map((repository) => answer("prefer", question({}, repository))));
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
    await answer("prefer", question({}, "theirs"));
    const theirs = readFileSync(path, "utf8");
    rmSync(path);
    const child = spawn(process.execPath, [script, path, theirs], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await answer("prefer", question());
    expect(
      readLockFile(path)
        .entries()
        .map(([name]) => name)
        .sort(),
    ).toEqual([`oci://${registry.host}/disk:v1`, `oci://${registry.host}/theirs:v1`]);
  });

  test("a change that fails leaves the file and frees the turn", async () => {
    await answer("prefer", question());
    const text = readFileSync(path, "utf8");
    await expect(changeLockFile(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
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
    'IRONIC_OCI_LOCK: "forzen" is no lock mode',
  );
});

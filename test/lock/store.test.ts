import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { promises as fsPromises, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeLockFile, LockFile, readLockFile } from "../../src/lock";

// What an operator's file system does to a lock file: links, modes, full disks, processes that stand still.

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-store-"));
  path = join(folder, "ironic-oci.lock.json");
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const DIGEST = `sha256:${"0".repeat(64)}`;
const line = (name: string) =>
  JSON.stringify({
    ...{ reference: `oci://registry.example/${name}:1`, tagDigest: DIGEST, role: "kernel", digest: DIGEST },
    ...{ diskFormat: "unknown", reason: "one layer" },
  });
const text = (...names: string[]) => `{"formatVersion": 3, "locked": [${names.map(line).join(",")}]}`;
const content = (...names: string[]) => LockFile.parse(text(...names), "x");
/** The content with one more reference. */
const adding = (name: string) => (current: LockFile) => {
  const names = namesIn(current);
  return content(...names, name);
};
const namesIn = (file: LockFile) => file.entries().map(([name]) => /example\/(.*):1/.exec(name)?.[1] ?? "");
const names = () => namesIn(readLockFile(path));

describe("a symbolic link", () => {
  test.each(["to a file", "to a file that does not exist yet", "to a link", "in a folder that is a link"])(
    "%s is followed, and stays",
    async (what) => {
      fs.mkdirSync(join(folder, "real"));
      const real = join(folder, "real", "lock.json");
      let link = path;
      if (what !== "to a file that does not exist yet") fs.writeFileSync(real, text("a"));
      if (what === "in a folder that is a link") {
        fs.symlinkSync("real", join(folder, "link"));
        link = join(folder, "link", "lock.json");
      } else if (what === "to a link") {
        fs.symlinkSync(join("real", "lock.json"), join(folder, "between"));
        fs.symlinkSync("between", link);
      } else {
        fs.symlinkSync(join("real", "lock.json"), link);
      }
      await changeLockFile(link, adding("b"));
      expect(namesIn(readLockFile(real))).toContain("b");
      if (what !== "in a folder that is a link") expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
      expect(fs.readdirSync(join(folder, "real"))).toEqual(["lock.json"]);
    },
  );

  test("and its target are one file for two processes", async () => {
    const real = join(folder, "real.json");
    fs.symlinkSync("real.json", path);
    await Promise.all([real, path, real, path].map((each, number) => changeLockFile(each, adding(`n${number}`))));
    expect(names()).toHaveLength(4);
  });
});

test.each([
  ["a pipe, which has no writer", () => execFileSync("mkfifo", [path]), "EINVAL"],
  ["a folder", () => fs.mkdirSync(path), "EISDIR"],
])("%s is refused at once", async (_what, make, code) => {
  make();
  const error = { code: "LOCK_FILE_UNREADABLE", message: expect.stringContaining(code) };
  expect(() => readLockFile(path)).toThrow(expect.objectContaining(error));
  await expect(changeLockFile(path, adding("a"))).rejects.toMatchObject({ code: "LOCK_FILE_UNREADABLE" });
});

test.each([0o600, 0o640, 0o664, 0o444])("mode %o stays", async (mode) => {
  fs.writeFileSync(path, text("a"));
  fs.chmodSync(path, mode);
  await changeLockFile(path, adding("b"));
  expect(names()).toEqual(["a", "b"]);
  expect(fs.statSync(path).mode & 0o7777).toBe(mode);
});

describe("a disk that does not take it", () => {
  /** Faults of the file system, by the call that has them. */
  const FAULTS: readonly [string, string, () => void][] = [
    ["ENOSPC", "free some space", () => failWrites("ENOSPC")],
    ["EDQUOT", "free some space", () => failWrites("EDQUOT")],
    ["EIO", "check its disk", () => failWrites("EIO")],
    [
      "EBUSY",
      "mount its folder",
      () => {
        jest.spyOn(require("node:fs") as typeof fs, "renameSync").mockImplementation(() => fail("EBUSY"));
      },
    ],
    [
      "EROFS",
      "make it writable",
      () => {
        jest.spyOn(fsPromises, "access").mockRejectedValue(fault("EROFS"));
      },
    ],
  ];
  const fault = (code: string) => Object.assign(new Error(`${code}: simulated`), { code });
  const fail = (code: string): never => {
    throw fault(code);
  };
  /** Lets each write into an open file fail. */
  function failWrites(code: string): void {
    const { open } = fsPromises;
    jest.spyOn(fsPromises, "open").mockImplementation(async (...argv) => {
      const file = await open(...argv);
      file.writeFile = () => Promise.reject(fault(code));
      return file;
    });
  }

  test.each(FAULTS)("%s is an error with path and hint (%s), and nothing has changed", async (code, hint, set) => {
    fs.writeFileSync(path, text("a"));
    set();
    await expect(changeLockFile(path, adding("b"))).rejects.toMatchObject({
      code: "LOCK_FILE_UNWRITABLE",
      message: `lock file ${path}: can't be written (${code})`,
      hint: expect.stringContaining(hint),
    });
    jest.restoreAllMocks();
    expect(fs.readFileSync(path, "utf8")).toBe(text("a"));
    expect(fs.readdirSync(folder)).toEqual(["ironic-oci.lock.json"]);
  });

  test("a folder in its place can't be read", () => {
    fs.mkdirSync(path);
    expect(() => readLockFile(path)).toThrow(
      expect.objectContaining({ code: "LOCK_FILE_UNREADABLE", message: expect.stringContaining("(EISDIR)") }),
    );
  });
});

describe("a process that is suspended while it holds the lock", () => {
  /** Another process takes the lock over, as it does after ten seconds, writes, and releases it or not. */
  function takeOver(name: string, { release = true } = {}): void {
    fs.rmdirSync(`${path}.lock`);
    fs.mkdirSync(join(folder, "in between"));
    fs.mkdirSync(`${path}.lock`);
    fs.rmdirSync(join(folder, "in between"));
    fs.writeFileSync(path, adding(name)(readLockFile(path)).toString());
    if (release) fs.rmdirSync(`${path}.lock`);
  }

  test("loses nothing of what the other one wrote: its change is made again", async () => {
    let calls = 0;
    const { lockFile } = await changeLockFile(path, (current) => {
      calls += 1;
      if (calls === 1) takeOver("theirs");
      return adding("ours")(current);
    });
    expect(calls).toBe(2);
    expect(namesIn(lockFile)).toEqual(["theirs", "ours"]);
    expect(names().sort()).toEqual(["ours", "theirs"]);
    expect(fs.readdirSync(folder)).toEqual(["ironic-oci.lock.json"]);
  });

  test("does not release the other one's lock", async () => {
    let calls = 0;
    const release = () => fs.existsSync(`${path}.lock`) && fs.rmdirSync(`${path}.lock`);
    const failed = changeLockFile(path, (current) => {
      calls += 1;
      if (calls > 1) throw new Error("second call");
      takeOver("theirs", { release: false });
      return adding("ours")(current);
    });
    // The other process releases it while this one waits.
    const timer = setInterval(() => fs.readdirSync(folder).length === 2 && calls === 1 && release(), 20);
    await expect(failed).rejects.toThrow("second call");
    clearInterval(timer);
    expect(names()).toEqual(["theirs"]);
  });

  test("again and again is an error, not a loop", async () => {
    let calls = 0;
    const change = (current: LockFile) => {
      calls += 1;
      takeOver(`theirs${calls}`);
      return adding("ours")(current);
    };
    await expect(changeLockFile(path, change)).rejects.toMatchObject({ code: "LOCK_FILE_BUSY" });
    expect(calls).toBe(4);
  });
});

describe("what was merged wrongly", () => {
  const selection = { role: "kernel", digest: DIGEST, diskFormat: "unknown", reason: "one layer" };
  const entry = JSON.stringify({ digest: DIGEST, selections: [selection] });
  const key = (name: string) => `"oci://registry.example/${name}:1"`;

  test.each([
    ["two entries of format 2", `{"formatVersion":2,"references":{${key("a")}:${entry},${key("a")}:${entry}}}`],
    ["an escaped key", `{"formatVersion":2,"references":{${key("a")}:${entry},${key("\\u0061")}:${entry}}}`],
    ["two lists of references", `{"formatVersion":2,"references":{},"references":{${key("a")}:${entry}}}`],
    ["two digests", `{"formatVersion":2,"references":{${key("a")}:{"digest":"${DIGEST}",${entry.slice(1)}}}`],
    ["two versions", text("a").replace("{", '{"formatVersion": 3,')],
    ["two fields of a line", text("a").replace('"role"', '"role":"image","role"')],
  ])("%s: none of them is chosen silently", (_what, json) => {
    fs.writeFileSync(path, json);
    expect(() => readLockFile(path)).toThrow("has two entries for");
  });

  test("equal lines are one, whatever their order and between them", () => {
    fs.writeFileSync(path, text("b", "a", "b"));
    expect(names()).toEqual(["b", "a"]);
  });
});

describe("a password in the file", () => {
  const PASSWORD = "hunter2-secret";
  const key = `oci://user:${PASSWORD}@registry.example/a:1`;
  const entry = `{"digest":"${DIGEST}","selections":[]}`;

  test.each([
    ["as a key", `{"formatVersion":2,"references":{"${key}":${entry}}}`],
    ["as a key of a damaged entry", `{"formatVersion":2,"references":{"${key}":{"digest":1}}}`],
    ["as a key, twice", `{"formatVersion":2,"references":{"${key}":${entry},"${key}":${entry}}}`],
    ["as an unknown field", `{"formatVersion":2,"references":{},"${key}":1}`],
    ["as a reference", text("a").replace("oci://registry.example/a:1", key)],
    ["as an unknown field of a line", text("a").replace('"role"', `"${key}"`)],
    ["in what is not JSON", `{"formatVersion":2,"references":{"${key}":`],
    ["at the point where it is not JSON", `{"formatVersion":2,"references":"${PASSWORD}`],
    ["beside merge conflicts", `{\n<<<<<<< HEAD\n"${key}"\n=======\n>>>>>>> theirs\n}`],
  ])("%s is in no error", (_what, json) => {
    fs.writeFileSync(path, json);
    const errors: unknown[] = [];
    try {
      readLockFile(path);
    } catch (error) {
      for (let each: unknown = error; each instanceof Error; each = each.cause) errors.push(each.message, each.stack);
    }
    expect(errors.join("\n")).toContain("lock file");
    expect(errors.join("\n")).not.toContain(PASSWORD);
  });
});

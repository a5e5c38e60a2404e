import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkDependencyLock,
  DependencyLockDamagedError,
  DependencyLockFileError,
  lockProvider,
  type RequiredProvider,
} from "../../src/delivery";
import { DependencyLock } from "../../src/delivery/dependency-lock";
import { runToEnd } from "../support/run";

const OWN = "registry.terraform.io/cdktf-ironic-oci/ironic";
const NULL = "registry.terraform.io/hashicorp/null";
const INSTALLED = { address: OWN, version: "0.1.0", hashes: ["h1:own="] };
const REQUIRED = { address: OWN, version: "0.1.0" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-provider-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, ".terraform.lock.hcl");
const text = () => readFileSync(path(), "utf8");
const lock = (...required: RequiredProvider[]) => lockProvider(folder, INSTALLED, required);
const entry = (address: string, version: string, constraints?: string, ...hashes: string[]) =>
  [
    `provider "${address}" {`,
    `  version = "${version}"`,
    ...(constraints === undefined ? [] : [`  constraints = "${constraints}"`]),
    `  hashes = [${hashes.map((hash) => `"${hash}"`).join(", ")}]`,
    "}\n",
  ].join("\n");

test("the entry is written once", () => {
  lock(REQUIRED);
  expect(text()).toContain(`provider "${OWN}" {\n  version     = "0.1.0"\n  constraints = "0.1.0"\n`);
  const { ino, mtimeNs } = statSync(path(), { bigint: true });
  lock(REQUIRED);
  expect(statSync(path(), { bigint: true })).toMatchObject({ ino, mtimeNs });
  expect(readdirSync(folder)).toEqual([".terraform.lock.hcl"]);
});

test.each([
  ["it is not required", []],
  ["another version of it is", [{ address: OWN, version: "0.0.9" }]],
  ["one of two constraints does not fit", [REQUIRED, { address: OWN, version: "> 0.1.0" }]],
  ["Terraform would refuse the constraint", [{ address: OWN, version: "latest" }]],
])("nothing is written where %s", (_, required) => {
  lock({ address: NULL, version: "3.2.4" }, ...required);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["~> 0.1", "~> 0.1"],
  [">= 0, < 1", ">= 0.0.0, < 1.0.0"],
])("the configuration's own constraints %j", (version, constraints) => {
  lock({ address: OWN, version });
  expect(text()).toContain(`\n  constraints = "${constraints}"\n`);
});

test.each([
  ["what a registry's packages have as well", entry(OWN, "0.1.0", "0.1.0", "h1:own=", "zh:aa")],
  ["what a module requires as well", entry(OWN, "0.1.0", ">= 0.0.9, 0.1.0", "h1:own=")],
])("an entry that has %s is left alone", (_, before) => {
  writeFileSync(path(), before);
  lock(REQUIRED);
  expect(text().startsWith(before)).toBe(true);
});

test.each([
  ["version", entry(OWN, "0.0.9", "0.1.0", "h1:own=")],
  ["checksum", entry(OWN, "0.1.0", "0.1.0", "h1:other=", "zh:other")],
  ["constraint", entry(OWN, "0.1.0", "~> 0.1", "h1:own=")],
  ["constraint, none", entry(OWN, "0.1.0", undefined, "h1:own=")],
])("an entry with another %s is replaced, and its neighbours are not", (_, before) => {
  const neighbour = `# pinned by hand\n${entry(NULL, "3.2.4", "3.2.4", "h1:n=")}`;
  writeFileSync(path(), `${neighbour}\n${before}`);
  lock(REQUIRED);
  expect(text().startsWith(`${neighbour}\nprovider "${OWN}" {\n  version     = "0.1.0"`)).toBe(true);
  expect(text()).not.toMatch(/0\.0\.9|other|~>/);
});

describe("a file that can't be merged is left alone", () => {
  test("damaged", () => {
    const damaged = `<<<<<<< HEAD\n${entry(OWN, "0.0.9")}=======\n>>>>>>> main\n`;
    writeFileSync(path(), damaged);
    for (const attempt of [() => lock(REQUIRED), () => checkDependencyLock(folder)]) {
      expect(attempt).toThrow(DependencyLockDamagedError);
      expect(attempt).toThrow(`${path()} is damaged: line 1: a merge conflict is not resolved`);
    }
    expect(text()).toBe(damaged);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("not a file", () => {
    mkdirSync(path());
    for (const attempt of [() => lock(REQUIRED), () => checkDependencyLock(folder)]) {
      expect(attempt).toThrow(DependencyLockFileError);
      expect(attempt).toThrow(`${path()} can't be read: EISDIR`);
    }
  });

  test("in a folder that does not exist", () => {
    const nowhere = join(folder, "nowhere");
    checkDependencyLock(nowhere);
    expect(() => lockProvider(nowhere, INSTALLED, [REQUIRED])).toThrow(`.terraform.lock.hcl can't be written: ENOENT`);
  });
});

describe("the file itself", () => {
  test("keeps its mode", () => {
    writeFileSync(path(), "");
    chmodSync(path(), 0o640);
    lock(REQUIRED);
    expect(statSync(path()).mode & 0o7777).toBe(0o640);
  });

  test.each([true, false])("stays a symbolic link, whose target exists: %s", (exists) => {
    mkdirSync(join(folder, "shared"));
    const target = join(folder, "shared", "lock.hcl");
    if (exists) writeFileSync(target, entry(NULL, "3.2.4", "3.2.4"));
    symlinkSync("shared/second", path());
    symlinkSync("lock.hcl", join(folder, "shared", "second"));
    lock(REQUIRED);
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "shared", "second")).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toContain(OWN);
    expect(readdirSync(folder).sort()).toEqual([".terraform.lock.hcl", "shared"]);
  });

  test("a circle of links is an error", () => {
    symlinkSync(".terraform.lock.hcl", path());
    expect(() => lock(REQUIRED)).toThrow(DependencyLockFileError);
  });
});

test("concurrent processes: readers always find a complete file, and other entries survive", async () => {
  writeFileSync(path(), entry(NULL, "3.2.4", "3.2.4", "h1:n="));
  const program = `
    const { lockProvider } = require(${JSON.stringify(join(__dirname, "../../dist/src/delivery"))});
    for (let n = 0; n < 100; n += 1) {
      const version = "0." + (n % 7) + "." + process.argv[2];
      lockProvider(process.argv[1], { address: "${OWN}", version, hashes: ["h1:" + n] }, [{ address: "${OWN}", version }]);
    }`;
  const writers = ["0", "1", "2"].map((writer) => runToEnd([process.execPath, "-e", program, folder, writer]));
  let [writing, reads] = [true, 0];
  const finished = Promise.all(writers).finally(() => {
    writing = false;
  });
  while (writing) {
    expect(DependencyLock.parse(text()).find(NULL)).toMatchObject({ version: "3.2.4", hashes: ["h1:n="] });
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await finished).toEqual(writers.map(() => ({ code: 0, stdout: "", stderr: "" })));
  expect(reads).toBeGreaterThan(10);
  expect(DependencyLock.parse(text()).providers.map(({ address }) => address)).toEqual([OWN, NULL]);
  expect(readdirSync(folder)).toEqual([".terraform.lock.hcl"]);
});

/** The reader of cdktf 0.21 and cdktn 0.24: line by line, comments included. The real ones are in test/e2e/cdktf. */
describe("a comment satisfies cdktf for the providers without an entry", () => {
  const COMMENT = "/* cdktf-ironic-oci: for cdktf, not for Terraform.";
  const answered = () =>
    [...text().matchAll(/provider "([^"]*)" \{\n {2}constraints = ">= 0\.0\.0"\n\}/g)].map(([, each]) => each);

  test.each<[string, readonly RequiredProvider[], string, readonly string[]]>([
    ["none but this one", [], "", []],
    ["one without an entry", [{ address: NULL, version: "3.2.4" }], "", [NULL]],
    [
      "several, and one of them twice",
      [
        { address: "z.example/a/b", version: undefined },
        { address: NULL, version: "3" },
        { address: NULL, version: "3" },
      ],
      "",
      [NULL, "z.example/a/b"],
    ],
    ["one with an entry", [{ address: NULL, version: "3.2.4" }], entry(NULL, "3.2.4", "3.2.4"), []],
    ["one with an entry, pessimistic", [{ address: NULL, version: "~> 3" }], entry(NULL, "3.2.4", "~> 3.0"), []],
    ["one that is required in any version", [{ address: NULL, version: undefined }], entry(NULL, "3.2.4"), [NULL]],
    [
      "one whose constraint cdktf misreads",
      [{ address: NULL, version: "> 3.0" }],
      entry(NULL, "3.2.4", "> 3.0.0"),
      [NULL],
    ],
    [
      "one with several constraints",
      [{ address: NULL, version: ">= 3, < 4" }],
      entry(NULL, "3.2.4", ">= 3.0.0, < 4.0.0"),
      [NULL],
    ],
    [
      "one with constraints of modules",
      [{ address: NULL, version: "3.2.4" }],
      entry(NULL, "3.2.4", ">= 3.0.0, 3.2.4"),
      [NULL],
    ],
    [
      "one that has to be upgraded, which cdktf is to see",
      [{ address: NULL, version: "4.0.0" }],
      entry(NULL, "3.2.4", "3.2.4"),
      [],
    ],
  ])("%s", (_, others, before, expected) => {
    writeFileSync(path(), before);
    lock(REQUIRED, ...others);
    expect(answered()).toEqual(expected);
    expect(text().includes(COMMENT)).toBe(expected.length > 0);
    const once = text();
    lock(REQUIRED, ...others);
    expect(text()).toBe(once);
  });

  test("its own constraint, where cdktf would misread it", () => {
    lock({ address: OWN, version: "> 0.0.9" });
    expect(answered()).toEqual([OWN]);
  });

  test("it goes when it is not needed any more", () => {
    lock(REQUIRED);
    const without = text();
    lock(REQUIRED, { address: NULL, version: "3.2.4" });
    expect(answered()).toEqual([NULL]);
    lock(REQUIRED);
    expect(text()).toBe(without);
  });

  test("an entry's place does not depend on it", () => {
    lock(REQUIRED, { address: NULL, version: "3.2.4" });
    lockProvider(folder, { ...INSTALLED, version: "0.2.0" }, [
      { address: OWN, version: "0.2.0" },
      { address: NULL, version: "3.2.4" },
    ]);
    expect(text().indexOf(OWN)).toBeLessThan(text().indexOf(COMMENT));
    expect(text().split(COMMENT)).toHaveLength(2);
    expect(existsSync(path())).toBe(true);
  });
});

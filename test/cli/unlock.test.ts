import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BareMetalNode, CONTEXT, synthesize } from "cdktf-ironic-oci";
import { cli } from "../support/cli";
import { toEarlierFormat } from "../support/lock-file";
import { Bench } from "../support/rack";
import { captureStderr } from "../support/stderr";

// References leave the lock file: by command, or because the program has lost them.

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.stop();
});

const http = () => ["--plain-http", bench.registry.host];
const lockFile = () => ["--lock-file", bench.lockFile];
const kernel = () => bench.ref("ipa:kernel");
const ramdisk = () => bench.ref("ipa:ramdisk");
const lock = (...references: string[]) => cli("lock", ...references, "--role", "kernel", ...http(), ...lockFile());
const locked = async () => Object.keys(JSON.parse((await cli("lock", "--json", ...lockFile())).out) as object);

/** Runs a program whose node has these boot files. */
async function program(mode: "prefer" | "update", kernelSource?: string, ramdiskSource?: string): Promise<string> {
  const stderr = captureStderr();
  const app = bench.app(
    (stack) => {
      const deployKernel = kernelSource && { deployKernel: kernelSource };
      const deployRamdisk = ramdiskSource && { deployRamdisk: ramdiskSource };
      new BareMetalNode(stack, "node", { driver: "redfish", ports: [], ...deployKernel, ...deployRamdisk });
    },
    { [CONTEXT.target]: "null" },
  );
  await synthesize(app, bench.options({ lockMode: mode }));
  jest.restoreAllMocks();
  return stderr.text;
}

describe("lock --remove", () => {
  test("removes references, whatever uses them, without a request", async () => {
    await lock(kernel(), ramdisk());
    const requests = bench.registry.requests.length;
    expect(await cli("lock", "--remove", kernel(), ...lockFile())).toEqual({
      code: 0,
      out: `- ${kernel()}\n`,
      err: `1 removed, 1 left; wrote ${bench.lockFile}\n`,
    });
    expect(await locked()).toEqual([ramdisk()]);
    const json = await cli("lock", "--remove", ramdisk(), "--json", ...lockFile());
    expect(JSON.parse(json.out)).toEqual({ lockFile: bench.lockFile, removed: [ramdisk()], written: [bench.lockFile] });
    expect(await locked()).toEqual([]);
    expect(bench.registry.requests).toHaveLength(requests);
  });

  test("ends a conflict of two branches, and so does update", async () => {
    for (const command of [["lock", "--remove"], ["update"]]) {
      rmSync(bench.lockFile, { force: true });
      await lock(kernel(), ramdisk());
      const line = readFileSync(bench.lockFile, "utf8")
        .split("\n")
        .find((each) => each.includes(`"${kernel()}", "tagDigest`));
      const other = line
        ?.replace(/"tagDigest": "sha256:......../, '"tagDigest": "sha256:ffffffff')
        .replace(/"digest": "sha256:......../, '"digest": "sha256:ffffffff');
      writeFileSync(bench.lockFile, readFileSync(bench.lockFile, "utf8").replace(`${line}\n`, `${line}\n${other}\n`));
      for (const reading of [["lock"], ["outdated", ...http()], ["lock", ramdisk(), "--role", "kernel", ...http()]]) {
        const refused = await cli(...reading, ...lockFile());
        expect(refused).toMatchObject({
          code: 1,
          err: expect.stringContaining("moved the same references differently"),
        });
        expect(refused.err).toContain(`ironic-oci update ${kernel()};`);
      }
      const options = command[0] === "update" ? http() : [];
      expect(await cli(...command, kernel(), ...options, ...lockFile())).toMatchObject({ code: 0 });
      expect(await locked()).toEqual(command[0] === "update" ? [kernel(), ramdisk()] : [ramdisk()]);
    }
  });

  test.each([
    [["--remove"], "--remove requires references"],
    [["--prune", "oci://h/p:t"], "--prune takes no references"],
    [["--prune", "--remove", "oci://h/p:t"], "exclude each other"],
    [["--remove", "oci://h/p:t"], "oci://h/p:t is not in"],
  ])("%j is wrong usage", async (argv, message) => {
    await lock(kernel());
    expect(await cli("lock", ...argv, ...lockFile())).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(await locked()).toEqual([kernel()]);
  });
});

describe("lock --prune", () => {
  test("removes what the program does not have any more, and keeps what it has and what was locked by command", async () => {
    await program("prefer", kernel(), ramdisk());
    await cli("lock", bench.ref("images/cirros:0.6"), ...http(), ...lockFile());
    await program("prefer", kernel());
    expect(await locked()).toHaveLength(3);
    expect(await cli("lock", "--prune", ...lockFile())).toMatchObject({ code: 0, out: `- ${ramdisk()}\n` });
    expect(await locked()).toEqual([bench.ref("images/cirros:0.6"), kernel()]);
    const nothing = await cli("lock", "--prune", ...lockFile());
    expect(nothing).toEqual({ code: 0, out: "", err: `0 removed, 2 left; unchanged: ${bench.lockFile}\n` });
  });

  test("removes what a program has used whose folder is gone, and what no user is recorded of", async () => {
    await program("prefer", kernel());
    const text = readFileSync(bench.lockFile, "utf8");
    writeFileSync(bench.lockFile, text.replace(/"usedBy": \[ ".*?" \]/, '"usedBy": [ "gone" ]'));
    expect((await cli("lock", "--prune", ...lockFile())).out).toBe(`- ${kernel()}\n`);
    await program("prefer", kernel());
    toEarlierFormat(bench.lockFile, 2);
    expect((await cli("lock", "--prune", ...lockFile())).out).toBe(`- ${kernel()}\n`);
  });
});

describe("a tag that is gone", () => {
  const deleteTag = (tag: string) => bench.registry.store.repository("ipa").tags.delete(tag);

  test("of a reference that the program has lost holds nothing up", async () => {
    await program("prefer", kernel(), ramdisk());
    deleteTag("ramdisk");
    await program("prefer", kernel());
    const left = `unused, and left out: ${ramdisk()}; ironic-oci lock --prune removes it from the lock file\n`;
    expect(await cli("outdated", ...http(), ...lockFile())).toEqual({
      code: 0,
      out: "",
      err: `${left}0 outdated, 1 current, 0 unknown\n`,
    });
    expect(await cli("update", ...http(), ...lockFile())).toMatchObject({
      code: 0,
      err: `${left}0 changed, 1 unchanged, 0 failed\n`,
    });
    expect(await program("update", kernel())).toContain(
      `removed from the lock file, because nothing uses it any more: ${ramdisk()}\n`,
    );
    expect(await locked()).toEqual([kernel()]);
  });

  test.each(["outdated", "update"])(
    "of a reference that is used is an error of %s with the way out",
    async (command) => {
      await lock(kernel(), ramdisk());
      deleteTag("ramdisk");
      const failed = await cli(command, ...http(), ...lockFile());
      expect(failed).toMatchObject({ code: 1 });
      expect(failed.err).toContain(`if nothing needs it any more: ironic-oci lock --remove ${ramdisk()}\n`);
      const json = await cli(command, "--json", ...http(), ...lockFile());
      expect(json.out).toContain(`ironic-oci lock --remove ${ramdisk()}`);
      await cli("lock", "--remove", ramdisk(), ...lockFile());
      expect(await cli(command, ...http(), ...lockFile())).toMatchObject({ code: 0 });
    },
  );
});

test("a program is known by its folder, relative to the lock file", async () => {
  await program("prefer", kernel());
  const [, user = ""] = /"usedBy": \[ "(.*?)" \]/.exec(readFileSync(bench.lockFile, "utf8")) ?? [];
  expect(join(bench.folder, user)).toBe(process.cwd());
});

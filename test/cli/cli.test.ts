import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import { cli } from "../support/cli";
import { lockJson, toEarlierFormat } from "../support/lock-file";
import { Bench } from "../support/rack";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const http = () => ["--plain-http", bench.registry.host];
const local = ["--download-source", "local"];
const x86 = ["--arch", "x86_64"];
const lockFile = () => ["--lock-file", bench.lockFile];

test.each([
  [["resolve", "--json"], "missing required argument"],
  [["resolve", "REF", "--no-such-option", "--json"], "unknown option"],
  [["resolve", "REF", "--ironic-release", "banana", "--json"], "banana"],
  [["reslove", "REF", "--json"], "unknown command"],
])("wrong usage with --json is JSON, too: %j", async (argv, message) => {
  const { code, out } = await cli(...argv);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toEqual({ error: { code: "USAGE", message: expect.stringContaining(message) } });
});

describe("resolve", () => {
  test("prints the choice, and every candidate with its weight and reason", async () => {
    const { code, out, err } = await cli(
      "resolve",
      bench.ref("images/cirros:0.6"),
      "--arch",
      "x86_64",
      "--download-source",
      "local",
      ...http(),
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.split("\n");
    expect(lines[0]).toBe(bench.ref("images/cirros:0.6"));
    expect(lines[1]).toMatch(/^ {2}→ oci:\/\/127\.0\.0\.1:\d+\/images\/cirros@sha256:[0-9a-f]{64}$/);
    expect(lines[2]).toBe(
      "    qcow2, 15 B, cirros-amd64.qcow2, application/vnd.oci.image.layer.v1.tar; chosen as ironic-34 does",
    );
    expect(out).toMatch(/\* {2}sha256:[0-9a-f]{64} {2}amd64 {9}qcow2 {5}1 {7}weight 1: disktype qcow2/);
    expect(out).toMatch(/amd64 +raw +3 +weight 3 comes after 1/);
    expect(out).toMatch(/arm64 +qcow2 +- +for arm64, the node is x86_64/);
  });

  test("--json: pins and errors in the order of asking, exit 2 when one is no reference, 1 when one failed", async () => {
    const { code, out } = await cli(
      "resolve",
      bench.ref("ipa:kernel"),
      bench.ref("ipa:nope"),
      "nonsense",
      "--role",
      "kernel",
      "--json",
      ...http(),
    );
    expect(code).toBe(2);
    const valid = [bench.ref("ipa:kernel"), bench.ref("ipa:nope")];
    expect((await cli("resolve", ...valid, "--role", "kernel", ...http())).code).toBe(1);
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({
        reference: bench.ref("ipa:kernel"),
        role: "kernel",
        digest: expect.stringMatching(/^sha256:/),
        considered: [expect.objectContaining({ outcome: "won" })],
      }),
      { reference: bench.ref("ipa:nope"), error: expect.objectContaining({ code: "TAG_NOT_FOUND" }) },
      { reference: "nonsense", error: expect.objectContaining({ code: "INVALID_REFERENCE" }) },
    ]);
  });

  test("what a registry writes can't reach the terminal as control characters", async () => {
    pushArtifact(bench.registry.store, "evil", {
      tag: "t",
      files: [{ name: "\u001b[31mx\u202e", content: "x" }],
      annotations: { disktype: "raw" },
    });
    const { code, out, err } = await cli("resolve", bench.ref("evil:t"), ...http());
    expect(code).toBe(0);
    expect(out).toContain("?[31mx?");
    for (const character of ["\u001b", "\u202e"]) expect(out + err).not.toContain(character);
  });

  test("--ironic-release decides the profile, and a bootc container is no disk image", async () => {
    pushArtifact(bench.registry.store, "plain", { tag: "t", files: [{ content: "x" }], artifactType: null });
    const newest = await cli("resolve", bench.ref("plain:t"), ...http());
    expect(newest).toMatchObject({ code: 1, out: "" });
    expect(newest.err).toMatch(
      /a disk image is expected, and pinned it is a bootc container.*\n {2}by its tag: .*\n {2}by its digest/,
    );
    expect(newest.err).toContain("oras push --artifact-type");
    const old = await cli("resolve", bench.ref("plain:t"), "--ironic-release", "29.0.5", ...http());
    expect(old).toMatchObject({ code: 0, err: "", out: expect.stringContaining("chosen as ironic-29 does") });
    const quiet = await cli("resolve", bench.ref("plain:t"), "--no-extra-checks", ...http());
    expect(quiet).toMatchObject({ code: 0, err: "", out: expect.stringContaining("as pinned: a bootc container") });
  });

  test("--expect bootc takes one, with what a pin means for it; a kernel has nothing to expect", async () => {
    pushArtifact(bench.registry.store, "plain", { tag: "t", files: [{ content: "x" }], artifactType: null });
    const found = await cli("resolve", bench.ref("plain:t"), "--expect", "bootc", ...http());
    expect(found).toMatchObject({ code: 0, err: expect.stringContaining("`bootc upgrade`") });
    const disk = await cli("resolve", bench.ref("images/cirros:0.6"), "--expect", "bootc", "--json", ...http());
    expect(disk.code).toBe(1);
    expect(JSON.parse(disk.out)).toEqual([
      { reference: bench.ref("images/cirros:0.6"), error: expect.objectContaining({ code: "CLASS_MISMATCH" }) },
    ]);
    const before = bench.registry.requests.length;
    for (const argv of [
      ["--role", "kernel", "--expect", "disk"],
      ["--expect", "container"],
    ]) {
      expect(await cli("resolve", bench.ref("ipa:kernel"), ...argv, ...http())).toMatchObject({ code: 2, out: "" });
    }
    expect(bench.registry.requests).toHaveLength(before);
  });

  test("what it is as pinned, and for which release: one that nobody named is said to be assumed", async () => {
    const ask = async (...more: string[]) =>
      (await cli("resolve", bench.ref("images/cirros:0.6"), ...more, ...http())).out;
    expect((await ask()).split("\n")[3]).toBe(
      "    as pinned: a disk image of unknown format; for Ironic 39.0 (2026.2, Hibiscus), which is assumed: --ironic-release was not given",
    );
    expect((await ask("--ironic-release", "v2025.1")).split("\n")[3]).toBe(
      "    as pinned: a disk image of unknown format; for Ironic 29.0 (2025.1, Epoxy)",
    );
    const [assumed, named] = [await ask("--json"), await ask("--json", "--ironic-release", "39.0.1")];
    const asPinned = { kind: "disk", diskFormat: "unknown" };
    expect(JSON.parse(assumed)).toMatchObject([{ asPinned, ironicRelease: "39.0", releaseAssumed: true }]);
    expect(JSON.parse(named)).toMatchObject([{ asPinned, ironicRelease: "39.0", releaseAssumed: false }]);
  });

  test("a tag that the registry does not list is a warning: Ironic does not find it", async () => {
    const store = bench.registry.store.repository("images/cirros");
    for (const [tags, reason] of [
      ["absent", "the registry's list of tags does not hold it"],
      ["null", "the registry's list of tags does not hold it"],
      ["404", "the registry has no list of tags (404)"],
    ] as const) {
      store.quirks = { tags };
      const { code, err } = await cli("resolve", bench.ref("images/cirros:0.6"), ...x86, ...local, ...http());
      expect({ code, err }).toEqual({
        code: 0,
        err: `  warning: Ironic itself fails on this tag, because ${reason}; the pinned URL works\n`,
      });
    }
    store.quirks = { tags: "paged" };
    expect(await cli("resolve", bench.ref("images/cirros:0.6"), ...x86, ...local, ...http())).toMatchObject({
      code: 0,
      err: "",
    });
    store.quirks = { tags: "404" };
    // A mirror's list says nothing of the registry's.
    const mirrored = ["--mirror", `quay.io=${bench.registry.host}`];
    expect(
      await cli("resolve", "oci://quay.io/images/cirros:0.6", ...x86, ...local, ...mirrored, ...http()),
    ).toMatchObject({
      code: 0,
      err: "",
    });
    expect(await cli("resolve", bench.ref("images/cirros:0.6"), "--no-extra-checks", ...http())).toMatchObject({
      err: "",
    });
  });
});

describe("an index with images for several architectures, and no --arch", () => {
  const commands = (): [string, string[]][] => [
    ["resolve", [bench.ref("images/cirros:0.6"), ...http()]],
    ["lock", [bench.ref("images/cirros:0.6"), ...lockFile(), ...http()]],
    ["update", [...lockFile(), ...http()]],
  ];
  const WARNING =
    /^\S+cirros:0\.6.*\n {2}warning: the index has images for several architectures \(amd64, arm64\), .* that for amd64: give it \(`--arch`/;

  test("is a warning on stderr, once for each reference, beside JSON and not within it", async () => {
    for (const [command, argv] of commands()) {
      const { code, err } = await cli(command, ...argv);
      expect({ command, code, err }).toEqual({ command, code: 0, err: expect.stringMatching(WARNING) });
      expect(err.match(/several architectures/g)).toHaveLength(1);
      const json = await cli(command, ...argv, "--json");
      expect(json.out).not.toContain("several architectures");
      // What is locked is not chosen again.
      expect(json.err).toEqual(command === "lock" ? "" : expect.stringMatching(WARNING));
    }
  });

  test("is none where the architecture is given, where one is left, and where only Ironic's checks run", async () => {
    for (const more of [x86, ["--arch", "aarch64"], ["--no-extra-checks"]]) {
      const { err } = await cli("resolve", bench.ref("images/cirros:0.6"), ...local, ...more, ...http());
      expect(err).toBe("");
    }
    const { store } = bench.registry;
    const entry = (architecture: string, disktype: string) => ({
      ...pushArtifact(store, "images/one", { files: [{ content: architecture }], artifactType: "a/b" }),
      ...{ architecture, disktype },
    });
    // Ironic takes no image of an unknown disktype, whatever its architecture.
    pushIndex(store, "images/one", "1", [entry("amd64", "qcow2"), entry("arm64", "vmdk"), entry("x86_64", "qemu")]);
    expect((await cli("resolve", bench.ref("images/one:1"), ...http())).err).toBe("");
  });
});

test("an architecture in another spelling is a warning where nothing compares it", async () => {
  const kernel = ["resolve", bench.ref("ipa:kernel"), "--role", "kernel", ...http()];
  for (const [name, meant] of [
    ["AMD64", "x86_64"],
    ["x86-64", "x86_64"],
    ["ARM64", "aarch64"],
  ] as const) {
    const { code, err } = await cli(...kernel, "--arch", name);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining(`is ${meant}: did you mean that instead of ${name}?`),
    });
  }
  for (const name of ["x86_64", "amd64", "arm64", "riscv64"])
    expect((await cli(...kernel, "--arch", name)).err).toBe("");
});

describe("--ironic-release", () => {
  test.each([
    ["banana", "error: option '--ironic-release <release>' argument 'banana' is invalid. \"banana\" is not a known"],
    ["", '"" is not a known Ironic release; use one of 29.0 (2025.1, Epoxy), '],
    ["2024", '"2024" is not a known Ironic release'],
    ["40", '"40" is not a known Ironic release'],
    ["28.0", "Ironic 28.0 does not support OCI images: they came with 29.0 (2025.1)"],
  ])("%j is wrong usage, before any request", async (release, message) => {
    for (const command of ["resolve", "lock", "doctor"]) {
      const argv = command === "lock" ? lockFile() : [];
      const { code, err } = await cli(
        command,
        bench.ref("ipa:kernel"),
        "--ironic-release",
        release,
        ...argv,
        ...http().slice(0, 2),
      );
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
    }
    expect(bench.registry.requests).toHaveLength(0);
  });
});

describe("registries", () => {
  test("--auth-file is the one file that credentials come from", async () => {
    const registry = await InProcessRegistry.start({ auth: { mode: "basic", username: "u", password: "p" } });
    try {
      pushArtifact(registry.store, "private", { tag: "t", files: [{ content: "x" }] });
      const file = join(bench.folder, "auth.json");
      writeFileSync(file, JSON.stringify({ auths: { [registry.host]: { auth: "dTpw" } } }));
      const ask = (...more: string[]) =>
        cli("resolve", `oci://${registry.host}/private:t`, "--plain-http", registry.host, ...more);
      expect((await ask("--auth-file", file)).code).toBe(0);
      const none = await ask();
      expect(none).toMatchObject({ code: 1, err: expect.stringContaining("requires credentials") });
      const missing = await ask("--auth-file", `${file}.none`);
      expect(missing).toMatchObject({ code: 1, err: expect.stringContaining(`${file}.none: no such file`) });
    } finally {
      await registry.stop();
    }
  });

  test("an --auth-file that is not there is an error, for a registry that asks for nothing, too", async () => {
    const file = join(bench.folder, "none.json");
    const { code, err, out } = await cli("resolve", bench.ref("ipa:kernel"), "--auth-file", file, ...http());
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`credentials file ${file}: no such file`);
  });

  test("--mirror is asked in a registry's place, and the pin keeps the registry", async () => {
    const mirror = [
      "--mirror",
      `quay.io=${bench.registry.host}/ipa`,
      "--mirror",
      `other.example=${bench.registry.host}`,
    ];
    pushArtifact(bench.registry.store, "ipa/team/image", { tag: "t", files: [{ content: "x" }] });
    const asked = ["oci://quay.io/team/image:t", "oci://other.example/ipa:kernel"];
    const { code, out, err } = await cli("resolve", ...asked, ...mirror, ...http());
    expect({ code, err: err.replace(/^ {2}warning: .*\n/gm, "") }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/→ oci:\/\/quay\.io\/team\/image@sha256:/);
    expect(out).toMatch(/→ oci:\/\/other\.example\/ipa@sha256:/);
    expect(out).not.toContain(bench.registry.host);
  });

  test("--pin-mirror is read as well, and pinned URLs name it; the lock file and its digests stay the same", async () => {
    pushArtifact(bench.registry.store, "site/ipa", { tag: "kernel", files: [{ content: "x" }] });
    const reference = "oci://quay.io/ipa:kernel";
    const pinned = ["--pin-mirror", `quay.io=${bench.registry.host}/site`];
    const rest = ["--role", "kernel", ...http()];
    const url = new RegExp(`→ oci://${bench.registry.host}/site/ipa@sha256:`);
    expect(await cli("resolve", reference, ...rest, ...pinned)).toMatchObject({
      code: 0,
      out: expect.stringMatching(url),
    });
    const other = ["--mirror", `quay.io=${bench.registry.host}/site`];
    expect((await cli("lock", reference, ...rest, ...other, ...lockFile())).out).toMatch(/→ oci:\/\/quay\.io\/ipa@/);
    const locked = bench.lockText();
    const before = bench.registry.log.length;
    expect((await cli("lock", reference, ...rest, ...pinned, ...lockFile())).out).toMatch(url);
    expect(bench.registry.log).toHaveLength(before);
    for (const command of ["update", "outdated", "verify"]) {
      expect(await cli(command, ...pinned, ...http(), ...lockFile())).toMatchObject({ code: 0 });
    }
    expect(bench.lockText()).toBe(locked);
    // Where both are given, --mirror is read.
    const away = ["--mirror", "quay.io=127.0.0.1:9", "--plain-http", "127.0.0.1:9"];
    expect((await cli("resolve", reference, ...rest, ...pinned, ...away)).err).toContain("served by 127.0.0.1:9/ipa");
  });
});

describe("lock, outdated, update", () => {
  const ref = () => bench.ref("images/cirros:0.6");

  test("a tag's life: locked, current, moved, outdated, updated", async () => {
    const locked = await cli("lock", ref(), "--arch", "x86_64", ...local, ...http(), ...lockFile());
    expect(locked).toMatchObject({ code: 0, err: `wrote ${bench.lockFile}\n` });
    const before = readFileSync(bench.lockFile, "utf8");

    expect(await cli("outdated", ...http(), ...lockFile())).toEqual({
      code: 0,
      out: "",
      err: "0 outdated, 1 current, 0 unknown\n",
    });
    bench.push("two");
    const moved = await cli("outdated", ...http(), ...lockFile());
    expect(moved).toMatchObject({
      code: 3,
      out: expect.stringContaining(ref()),
      err: "1 outdated, 0 current, 0 unknown\n",
    });
    expect(readFileSync(bench.lockFile, "utf8")).toBe(before);

    const again = await cli("lock", ref(), "--arch", "x86_64", ...local, ...http(), ...lockFile());
    expect(again).toEqual({ ...locked, err: `unchanged: ${bench.lockFile}\n` });
    const updated = await cli("update", ref(), ...http(), ...lockFile());
    expect(updated).toMatchObject({ code: 0, err: "1 changed, 0 unchanged, 0 failed\n" });
    expect(updated.out).toMatch(/\n {2}- sha256:[0-9a-f]{64}\n {2}\+ sha256:[0-9a-f]{64}\n$/);
    expect(readFileSync(bench.lockFile, "utf8")).not.toBe(before);
    expect((await cli("outdated", ...http(), ...lockFile())).code).toBe(0);
  });

  test("update moves all selections of a reference or none", async () => {
    for (const arch of ["x86_64", "aarch64"]) await cli("lock", ref(), "--arch", arch, ...http(), ...lockFile());
    const before = readFileSync(bench.lockFile, "utf8");
    // The tag now has nothing for aarch64.
    pushArtifact(bench.registry.store, "images/cirros", {
      tag: "0.6",
      files: [{ content: "x" }],
      annotations: { disktype: "raw" },
      platformArchitecture: "amd64",
    });
    const { code, out, err } = await cli("update", ...http(), ...lockFile());
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain('the image is for "amd64", the node is aarch64');
    expect(readFileSync(bench.lockFile, "utf8")).toBe(before);
  });

  test("--json everywhere", async () => {
    const locked = await cli("lock", bench.ref("ipa:kernel"), "--role", "kernel", "--json", ...http(), ...lockFile());
    expect(JSON.parse(locked.out)).toMatchObject({
      lockFile: bench.lockFile,
      pins: [{ role: "kernel" }],
      failures: [],
    });
    expect(JSON.parse((await cli("lock", "--json", ...lockFile())).out)).toMatchObject({
      [bench.ref("ipa:kernel")]: { selections: [{ role: "kernel" }] },
    });
    bench.push("two");
    expect(JSON.parse((await cli("outdated", "--json", ...http(), ...lockFile())).out)).toMatchObject([
      { reference: bench.ref("ipa:kernel"), outdated: true },
    ]);
    expect(JSON.parse((await cli("update", "--json", ...http(), ...lockFile())).out)).toMatchObject({
      changed: [{ reference: bench.ref("ipa:kernel"), role: "kernel" }],
      failures: [],
    });
  });

  test("outdated: a registry that doesn't answer is a failure, not a no", async () => {
    await cli("lock", ref(), ...http(), ...lockFile());
    bench.registry.store.repository("images/cirros").tags.clear();
    expect(await cli("outdated", ...http(), ...lockFile())).toMatchObject({
      code: 1,
      err: expect.stringContaining("1 unknown"),
    });
  });

  test("lock --expect is kept with the question: update asks for the same again", async () => {
    const push = (content: string, artifactType: string | null) =>
      pushArtifact(bench.registry.store, "os", { tag: "t", files: [{ content }], artifactType });
    push("one", null);
    const asked = [bench.ref("os:t"), ...http(), ...lockFile()];
    expect(await cli("lock", ...asked)).toMatchObject({
      code: 1,
      err: expect.stringContaining("a disk image is expected"),
    });
    const locked = await cli("lock", ...asked, "--expect", "bootc");
    expect(locked).toMatchObject({
      code: 0,
      out: expect.stringMatching(/→ oci:.*\n {4}as pinned: a bootc container; for Ironic 39\.0 .*, which is assumed/),
      err: expect.stringContaining("`bootc upgrade`"),
    });
    const selections = () => lockJson(bench.lockFile).references[bench.ref("os:t")]?.selections;
    expect(selections()).toMatchObject([{ expect: "bootc", asPinned: { kind: "bootc", diskFormat: "bootc" } }]);
    push("two", null);
    expect(await cli("update", ...http(), ...lockFile())).toMatchObject({
      code: 0,
      out: expect.stringContaining("as bootc container"),
    });
    const before = selections();
    push("three", "application/vnd.example");
    expect(await cli("update", ...http(), ...lockFile())).toMatchObject({
      code: 1,
      err: expect.stringContaining("a bootc container is expected, and pinned it is a disk image"),
    });
    expect(selections()).toEqual(before);
    const json = JSON.parse(
      (await cli("lock", ...asked, "--expect", "bootc", "--json", "--ironic-release", "39")).out,
    ) as object;
    expect(json).toMatchObject({ releaseAssumed: false, pins: [{ asPinned: { kind: "bootc" } }] });
  });

  describe("a container that an earlier version locked as an image", () => {
    const os = () => bench.ref("os:t");
    const container = (content: string) =>
      pushArtifact(bench.registry.store, "os", { tag: "t", files: [{ content }], artifactType: null });

    /** A file of format 1 with two kinds of node. */
    async function lockedEarlier(): Promise<void> {
      container("one");
      for (const arch of ["x86_64", "aarch64"]) {
        await cli("lock", os(), "--arch", arch, "--no-extra-checks", ...http(), ...lockFile());
      }
      toEarlierFormat(bench.lockFile, 1);
    }

    test.each([
      ["lock", ["--arch", "x86_64"]],
      ["update", []],
    ])("%s refuses it, and the advice, followed to the letter, leads out", async (command, node) => {
      await lockedEarlier();
      if (command === "update") container("two");
      const refused = await cli(command, os(), ...node, ...http(), ...lockFile());
      expect(refused).toMatchObject({ code: 1, out: "", err: expect.stringContaining("bootc container") });
      const advice = /`ironic-oci (update [^`]*)`/.exec(refused.err)?.[1]?.split(" ") ?? [];
      expect(advice).toEqual(["update", os(), "--expect", "bootc"]);
      const followed = await cli(...advice, ...http(), ...lockFile());
      expect(followed).toMatchObject({ code: 0, err: expect.stringContaining("0 failed") });
      expect(await cli("update", os(), ...http(), ...lockFile())).toMatchObject({ code: 0 });
      const again = await cli("lock", os(), "--arch", "x86_64", "--expect", "bootc", ...http(), ...lockFile());
      expect(again).toMatchObject({ code: 0 });
      const selections = lockJson(bench.lockFile).references[os()]?.selections;
      expect(selections?.map(({ expect }) => expect)).toEqual(["bootc", "bootc"]);
    });

    test("lock --expect replaces it, one kind of node at a time", async () => {
      await lockedEarlier();
      for (const arch of ["x86_64", "aarch64"]) {
        expect(await cli("lock", os(), "--arch", arch, "--expect", "bootc", ...http(), ...lockFile())).toMatchObject({
          code: 0,
        });
      }
      expect(await cli("update", os(), ...http(), ...lockFile())).toMatchObject({ code: 0 });
    });

    test("a tag that moves to a disk image is followed by update --expect disk", async () => {
      container("one");
      for (const arch of ["x86_64", "aarch64"]) {
        await cli("lock", os(), "--arch", arch, "--expect", "bootc", ...http(), ...lockFile());
      }
      pushArtifact(bench.registry.store, "os", { tag: "t", files: [{ content: "disk" }] });
      expect(await cli("update", os(), ...http(), ...lockFile())).toMatchObject({ code: 1 });
      const followed = await cli("update", os(), "--expect", "disk", ...http(), ...lockFile());
      expect(followed).toMatchObject({ code: 0, err: expect.stringContaining("2 changed, 0 unchanged, 0 failed") });
      expect(readFileSync(bench.lockFile, "utf8")).not.toContain('"expect"');
    });

    test("update --expect is about references that are named", async () => {
      await lockedEarlier();
      expect(await cli("update", "--expect", "bootc", ...http(), ...lockFile())).toMatchObject({ code: 2 });
    });
  });

  test("update tells the warnings of what it pins, and what that is", async () => {
    const push = (content: string) =>
      pushArtifact(bench.registry.store, "os", { tag: "t", files: [{ content }], artifactType: null });
    push("one");
    await cli("lock", bench.ref("os:t"), "--expect", "bootc", ...http(), ...lockFile());
    push("two");
    const moved = await cli("update", ...http(), ...lockFile());
    expect(moved).toMatchObject({ code: 0, err: expect.stringMatching(/warning: .*`bootc upgrade`[\s\S]*1 changed/) });
    const entry = {
      warnings: [expect.stringContaining("`bootc upgrade`")],
      asPinned: { kind: "bootc", diskFormat: "bootc" },
    };
    const same = await cli("update", "--json", ...http(), ...lockFile());
    expect(JSON.parse(same.out)).toMatchObject({ changed: [], unchanged: [entry] });
    push("three");
    const json = await cli("update", "--json", ...http(), ...lockFile());
    expect(JSON.parse(json.out)).toMatchObject({ changed: [entry], unchanged: [] });
  });

  test.each([["resolve"], ["lock"], ["update"]])("%s: --expect counts with --no-extra-checks, too", async (command) => {
    const os = bench.ref("os:t");
    pushArtifact(bench.registry.store, "os", { tag: "t", files: [{ content: "x" }], artifactType: null });
    const lock = command === "resolve" ? [] : lockFile();
    if (command === "update") await cli("lock", os, "--expect", "bootc", ...http(), ...lock);
    const asked = [command, os, "--no-extra-checks", ...http(), ...lock];
    const refused = await cli(...asked, "--expect", "disk");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("a disk image is expected") });
    // The warning that goes beyond Ironic stays away.
    const met = await cli(...asked, "--expect", "bootc");
    expect(met.code).toBe(0);
    expect(met.err).not.toContain("bootc upgrade");
  });

  test("lock without references lists what is locked", async () => {
    await cli("lock", ref(), "--arch", "x86_64", ...http(), ...lockFile());
    expect((await cli("lock", ...lockFile())).out).toMatch(
      /image +x86_64 +- +ironic-34 +sha256:[0-9a-f]{64} +weight 1: disktype raw/,
    );
  });
});

describe("usage", () => {
  test.each([
    [["resolve"], "missing required argument 'REF'"],
    [["resolve", "x", "--role", "disk"], "Allowed choices are image, kernel, ramdisk"],
    [["resolve", "x", "--timeout", "soon"], "positive number of seconds"],
    [["resolve", "x", "--mirror", "quay.io"], "--mirror: the format is REGISTRY=MIRROR"],
    [["resolve", "x", "--mirror", "q=a.b/"], "--mirror: the path of the mirror at a.b is wrong: "],
    [["resolve", "x", "--mirror", "q=a.b", "--mirror", "q=c.d"], "--mirror: there are two mirrors for q"],
    [["resolve", "x", "--download-source", "swift"], "Allowed choices are local, http."],
    [["lock", "x", "--download-source", "swift"], "Allowed choices are local, http."],
    [["provider", "install", "--platform", "banana"], 'does not run on "banana"'],
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["outdated", "--lock-file", "/nowhere/x.json"], "there is no /nowhere/x.json"],
  ])("%j is exit code 2", async (argv, message) => {
    expect(await cli(...argv)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
  });

  test.each([
    ["outdated", "missing", 2, "USAGE"],
    ["update", "missing", 2, "USAGE"],
    ["lock", "damaged", 1, "LOCK_FILE_DAMAGED"],
    ["lock oci://h/p:t", "damaged", 1, "LOCK_FILE_DAMAGED"],
    ["outdated", "damaged", 1, "LOCK_FILE_DAMAGED"],
    ["update", "damaged", 1, "LOCK_FILE_DAMAGED"],
    ["update", "newer", 1, "LOCK_FILE_NEWER"],
    ["doctor oci://h/p:t --ironic-conf /nowhere/x.conf", "unused", 2, "USAGE"],
    ["resolve oci://h/p:t --role kernel --expect disk", "unused", 2, "USAGE"],
    ["provider install --platform banana", "unused", 2, "USAGE"],
  ])("%s --json with a lock file that is %s: exit %d, and %s as JSON", async (command, state, exit, code) => {
    if (state === "damaged") writeFileSync(bench.lockFile, "{");
    if (state === "newer") writeFileSync(bench.lockFile, '{"formatVersion":99}');
    const file = state === "unused" ? [] : lockFile();
    const result = await cli(...command.split(" "), "--json", ...file);
    expect(result).toMatchObject({ code: exit, err: "" });
    expect(JSON.parse(result.out)).toEqual({ error: expect.objectContaining({ code, message: expect.any(String) }) });
  });

  test("a reference that is not locked is exit code 2", async () => {
    writeFileSync(bench.lockFile, '{"formatVersion":1,"references":{}}');
    expect(await cli("update", "oci://h/p:t", ...lockFile())).toMatchObject({
      code: 2,
      err: expect.stringContaining("oci://h/p:t is not in"),
    });
  });

  test("help documents the exit codes and shows an example for each command", async () => {
    expect((await cli("--help")).out).toContain("3  outdated");
    for (const command of ["resolve", "lock", "outdated", "update", "doctor"]) {
      expect((await cli(command, "--help")).out).toMatch(/Examples?:\n {2}ironic-oci /);
    }
  });
});

const built = join(__dirname, "..", "..", "dist", "cli", "ironic-oci.js");

test("a reader that has seen enough is no error: the built program ends quietly, as it would have", async () => {
  const child = spawn(process.execPath, [built, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  expect(await once(child, "close")).toEqual([0, null]);
  expect(stderr).toBe("");
});

test.each([["--version"], ["--help"]])(
  "output that can't be written is one sentence and exit code 1: %s with a full disk",
  async (argv) => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [built, argv], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let stderr = "";
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect(stderr).toBe("error: the output can't be written (ENOSPC)\n");
  },
);

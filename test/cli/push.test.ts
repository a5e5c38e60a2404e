import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/reference";
import { CHUNK } from "../../src/registry/upload";
import { expectKey } from "../../src/signing";
import { faults, InProcessRegistry, type InProcessRegistryOptions } from "../../src/testing/registry";
import type { Recorded } from "../signing/recorded";
import { cli } from "../support/cli";
import { cpio, Files, isoImage, kernel, qcow2, rawDisk } from "../support/disks";
import { installZstd, unzstd } from "../support/zstd";

const files = new Files();
const a = files.write("a.qcow2", qcow2("a"));
const b = files.write("b.raw", rawDisk("b"));
const c = files.write("c.qcow2", qcow2("c"));
const large = files.write("large.raw", Buffer.concat([rawDisk(), randomBytes(CHUNK + 1_000)]));
const pipe = join(files.folder, "pipe");
execFileSync("mkfifo", [pipe]);
const restorePath = installZstd(files.folder);
afterAll(() => {
  restorePath();
  files.remove();
});

const registries: InProcessRegistry[] = [];
afterEach(async () => {
  for (const registry of registries.splice(0)) await registry.stop();
});

async function start(options?: InProcessRegistryOptions) {
  const registry = await InProcessRegistry.start(options);
  registries.push(registry);
  const push = (tag: string, ...argv: string[]) =>
    cli("push", `${registry.host}/os:${tag}`, ...argv, "--plain-http", registry.host);
  const pushed = async (tag: string, ...argv: string[]) => {
    const { code, out, err } = await push(tag, ...argv, "--json");
    if (code !== 0) throw new Error(`${code}: ${out}${err}`);
    return JSON.parse(out);
  };
  const resolve = async (tag: string, ...argv: string[]) => {
    const { out } = await cli(
      "resolve",
      `oci://${registry.host}/os:${tag}`,
      "--json",
      ...argv,
      "--plain-http",
      registry.host,
    );
    return JSON.parse(out)[0];
  };
  return { registry, push, pushed, resolve, tags: () => registry.store.find("os")?.tags };
}

const DISKS = ["--disk", `x86_64:qcow2=${a}`, "--disk", `x86_64:raw=${b}`, "--disk", `aarch64:qcow2=${c}`];

test("disks: one tag, from which each node gets what was pushed for it", async () => {
  const { pushed, resolve, tags } = await start();
  const [tag] = await pushed("9", ...DISKS);
  expect(tags()?.get("9")).toBe(tag.digest);
  const digests = Object.fromEntries(
    tag.artifacts.map(({ title, digest }: { title: string; digest: string }) => [title, digest]),
  );
  for (const release of ["29.0", "39.0"]) {
    const pick = async (arch: string, source: string) =>
      resolve("9", "--arch", arch, "--download-source", source, "--ironic-release", release);
    expect(await pick("x86_64", "local")).toMatchObject({
      ...{ digest: digests["a.qcow2"], diskFormat: "qcow2", asPinned: { kind: "disk" }, warnings: [] },
      ...{ fileName: "a.qcow2", checksum: digestOf(qcow2("a")).slice(7) },
    });
    expect(await pick("x86_64", "http")).toMatchObject({ digest: digests["b.raw"], diskFormat: "raw" });
    expect(await pick("aarch64", "http")).toMatchObject({ digest: digests["c.qcow2"] });
  }
  expect(tag.outcomes).toContainEqual({
    ...{ architecture: "x86_64", imageDownloadSource: "http", profile: "ironic-29", gets: digests["b.raw"] },
  });
  expect(tag.warnings).toEqual([expect.stringContaining("a pinned raw disk image does not deploy")]);
});

test("the text form: tag, digest URLs, and a table of what each kind of node gets", async () => {
  const { registry, push, tags } = await start();
  const { code, out, err } = await push("9", ...DISKS);
  expect(code).toBe(0);
  expect(out).toContain(`oci://${registry.host}/os:9\n  → ${tags()?.get("9")} (a new tag)\n`);
  expect(out).toMatch(/a\.qcow2 +amd64 +qcow2 +513 B +uploaded +oci:\/\/127\.0\.0\.1:\d+\/os@sha256:[0-9a-f]{64}\n/);
  expect(out).toMatch(/x86_64 +local +Ironic 29 and later +qcow2, a\.qcow2\n/);
  expect(out).toMatch(/x86_64 +http +Ironic 29 and later +raw, b\.raw\n/);
  expect(err).toMatch(/a\.qcow2: sent, 513 B/);
});

test("twice: the same digests, nothing is sent again, the tag is not touched", async () => {
  const { registry, pushed } = await start();
  const [first] = await pushed("9", ...DISKS);
  const before = registry.log.length;
  const [second] = await pushed("9", ...DISKS);
  expect(second.digest).toBe(first.digest);
  expect(second.before).toBe(first.digest);
  expect(second.artifacts.map(({ how }: { how: string }) => how)).toEqual(["present", "present", "present"]);
  expect(registry.log.slice(before).filter((each) => /^POST|manifests\/9.*PUT|^PUT .*manifests\/9/.test(each))).toEqual(
    [],
  );
});

test("a large file is sent while it is read for its digest under a new tag, and only read under one that is there", async () => {
  const { registry, pushed } = await start();
  registry.uploads.quirks = { discard: true };
  const path = files.write("huge.raw", rawDisk("huge"));
  truncateSync(path, 64 * 1024 * 1024);
  const orderOf = async (tag: string) => {
    const before = registry.log.length;
    const [{ artifacts }] = await pushed(tag, "--disk", `x86_64:raw=${path}`);
    const order = registry.log.slice(before).flatMap((each) => /^(HEAD|POST|PUT) .*blobs/.exec(each)?.[1] ?? []);
    return { how: artifacts[0].how, first: order[0], open: registry.uploads.open, digest: artifacts[0].blob.digest };
  };
  const { digest } = await orderOf("9");
  registry.store.find("os")?.blobs.delete(digest);
  expect(await orderOf("9")).toEqual({ how: "uploaded", first: "HEAD", open: 0, digest });
  expect(await orderOf("9")).toEqual({ how: "present", first: "HEAD", open: 0, digest });
  expect(await orderOf("10")).toEqual({ how: "present", first: "POST", open: 0, digest });
});

test("--dry-run sends nothing and has the digests of the push", async () => {
  const { registry, pushed } = await start();
  const [dry] = await pushed("9", ...DISKS, "--dry-run");
  expect(registry.log).toEqual([]);
  expect(dry.documents).toHaveLength(4);
  const [real] = await pushed("9", ...DISKS);
  expect([real.digest, real.documents]).toEqual([dry.digest, undefined]);
});

test("a kernel and a ramdisk beside disks have tags of their own, and alone the tag itself", async () => {
  const { pushed, resolve, tags } = await start();
  const [k, r, i] = [
    files.write("vmlinuz", kernel()),
    files.write("initrd", cpio()),
    files.write("boot.iso", isoImage()),
  ];
  await pushed("9", "--disk", `x86_64:qcow2=${a}`, "--kernel", k, "--ramdisk", r, "--iso", i);
  expect([...(tags()?.keys() ?? [])]).toEqual(["9", "9-kernel", "9-ramdisk", "9-iso"]);
  expect(await resolve("9-kernel", "--role", "kernel")).toMatchObject({ fileName: "vmlinuz", warnings: [] });
  await pushed("kernel", "--kernel", k);
  expect(tags()?.get("kernel")).toBe(tags()?.get("9-kernel"));
  const other = files.write("vmlinuz-arm", kernel("arm"));
  await pushed("kernels", "--kernel", `x86_64=${k}`, "--kernel", `aarch64=${other}`);
  expect(await resolve("kernels", "--role", "kernel", "--arch", "aarch64")).toMatchObject({ fileName: "vmlinuz-arm" });
});

test("the same from a YAML file, with paths relative to it", async () => {
  const { registry, pushed } = await start();
  const [expected] = await pushed("9", ...DISKS);
  const yaml = files.write(
    "publish.yaml",
    `reference: ${registry.host}/os:yaml
disk:
  - {architecture: x86_64, disktype: qcow2, file: a.qcow2}
  - {architecture: x86_64, disktype: raw, file: ./b.raw}
  - {architecture: aarch64, disktype: qcow2, file: c.qcow2}
`,
  );
  const { code, out } = await cli("push", "--file", yaml, "--plain-http", registry.host, "--json");
  expect({ code, digest: JSON.parse(out)[0].digest }).toEqual({ code: 0, digest: expected.digest });
  expect(registry.store.find("os")?.tags.get("yaml")).toBe(expected.digest);
});

test("--podman-machine: its words, which Ironic reads as well", async () => {
  const { registry, pushed, resolve } = await start();
  const [tag] = await pushed("9", ...DISKS, "--podman-machine");
  const index = JSON.parse(String(registry.store.find("os")?.manifests.get(tag.digest)?.bytes));
  const entries = index.manifests.map(({ platform, annotations }: Record<string, Record<string, string>>) => ({
    ...platform,
    ...annotations,
  }));
  expect(entries).toEqual([
    { architecture: "x86_64", os: "linux", disktype: "qemu" },
    { architecture: "x86_64", os: "linux", disktype: "applehv" },
    { architecture: "aarch64", os: "linux", disktype: "qemu" },
  ]);
  expect(await resolve("9", "--arch", "x86_64", "--download-source", "local")).toMatchObject({ fileName: "a.qcow2" });
});

test("--compress zstd: streamed, the same digests twice, the content comes back", async () => {
  const { registry, pushed, resolve } = await start();
  const disks = ["--disk", `x86_64:raw=${large}`, "--compress", "zstd"];
  const [dry] = await pushed("9", ...disks, "--dry-run");
  const [tag] = await pushed("9", ...disks);
  expect(tag.digest).toBe(dry.digest);
  const pin = await resolve("9", "--arch", "x86_64", "--download-source", "local");
  expect(pin).toMatchObject({ compression: "zstd", fileName: "large.raw.zst", diskFormat: "raw" });
  const blob = registry.store.find("os")?.blobs.get(pin.blobDigest) as Buffer;
  expect(unzstd(blob).equals(readFileSync(large))).toBe(true);
  // What is compressed already is sent as it is, after a look inside.
  const packed = files.write("packed.raw.zst", blob);
  const [again] = await pushed("again", "--disk", `x86_64:raw=${packed}`, "--compress", "zstd");
  expect(again.artifacts[0].blob.digest).toBe(pin.blobDigest);
  const wrong = await cli("push", `${registry.host}/os:x`, "--disk", `x86_64:qcow2=${packed}`, "--json");
  expect(JSON.parse(wrong.out).error).toMatchObject({ code: "ARTIFACT_FILE" });
});

test("--mount-from: a blob of another repository is linked", async () => {
  const { registry, pushed } = await start();
  registry.store.putBlob("images/base", qcow2("a"));
  const [tag] = await pushed("9", "--disk", `x86_64:qcow2=${a}`, "--mount-from", "images/base");
  expect(tag.artifacts[0].how).toBe("mounted");
});

describe("refused before any request", () => {
  test.each([
    [["--disk", `x86_64:raw=${a}`], 1, "ARTIFACT_FILE"],
    [["--disk", "x86_64:raw=/no/such/file"], 1, "ARTIFACT_FILE"],
    [["--disk", `x86_64:raw=${files.folder}`], 1, "ARTIFACT_FILE"],
    [["--disk", `x86_64:raw=${pipe}`], 1, "ARTIFACT_FILE"],
    [["--kernel", a], 1, "ARTIFACT_FILE"],
    [["--disk", `x86_64:qcow2=${a}`, "--disk", `amd64:qemu=${c}`], 2, "INVALID_ARTIFACTS"],
    [["--disk", `x86_64:vmdk=${a}`], 2, "INVALID_ARTIFACTS"],
    [["--disk", a], 2, "USAGE"],
    [[], 2, "INVALID_ARTIFACTS"],
    [["--file", a], 2, "USAGE"],
    [["--file", files.write("wrong.yaml", "disk: [{file: x, colour: red}]")], 2, "USAGE"],
  ])("%j", async (argv, expected, errorCode) => {
    const { registry, push, tags } = await start();
    const { code, out } = await push("9", ...argv, "--json");
    expect({ code, error: JSON.parse(out).error.code }).toEqual({ code: expected, error: errorCode });
    expect([registry.log, tags()]).toEqual([[], undefined]);
  });

  test("YAML with a Windows path in double quotes: the place, and what to write", async () => {
    const path = files.write(
      "windows.yaml",
      'disk:\n  - {architecture: x86_64, disktype: raw, file: "C:\\images\\x"}\n',
    );
    const { code, err } = await cli("push", "registry.example/os:9", "--file", path);
    expect(code).toBe(2);
    expect(err).toMatch(/not YAML, at line 2, column \d+ \(BAD_DQ_ESCAPE\): .* single quotes/);
  });

  test("a digest, and no tag at all", async () => {
    const { registry } = await start();
    for (const target of [`${registry.host}/os`, `${registry.host}/os@${digestOf(Buffer.from("x"))}`]) {
      expect((await cli("push", target, ...DISKS)).code).toBe(2);
    }
    const secret = await cli("push", `user:a-secret@${registry.host}/os:9`, ...DISKS);
    expect([secret.code, secret.err.includes("a-secret")]).toEqual([2, false]);
    expect(registry.log).toEqual([]);
  });
});

describe("faults", () => {
  const first = () => faults.first(2, faults.reset());
  test.each([
    ["the check of a blob", faults.on(/^HEAD/, first())],
    ["the opening of an upload", faults.on(/^POST/, first())],
    ["a chunk", faults.on(/^PATCH/, first())],
    ["the end of an upload", faults.on(/^PUT .*uploads/, first())],
    ["a manifest", faults.on(/^PUT .*manifests\/sha256/, first())],
    ["the check", faults.on(/^GET .*manifests\/sha256/, first())],
    ["the tag", faults.on(/^PUT .*manifests\/9/, first())],
  ])("the connection dies twice in %s: the push arrives", async (_phase, fault) => {
    const { registry, pushed, tags } = await start();
    registry.intercept = fault;
    const [tag] = await pushed("9", "--disk", `x86_64:raw=${large}`);
    expect(tags()?.get("9")).toBe(tag.digest);
  });

  test("the registry restarts in the middle, and has forgotten the upload", async () => {
    const { registry, pushed, tags } = await start();
    let restarted = false;
    registry.intercept = (request) => {
      if (restarted || request.method !== "PATCH" || request.headers["content-range"]?.startsWith("0-")) return false;
      restarted = true;
      registry.uploads.forget();
      request.socket.resetAndDestroy();
      return true;
    };
    const [tag] = await pushed("9", "--disk", `x86_64:raw=${large}`);
    expect([restarted, tags()?.get("9")]).toEqual([true, tag.digest]);
  });

  test("its disk is full: an error, the tag stays, and the next push sends only what is missing", async () => {
    const { registry, push, pushed, tags } = await start();
    const [old] = await pushed("9", "--disk", `x86_64:qcow2=${a}`);
    registry.intercept = faults.on(/^PATCH/, faults.status(507));
    const argv = ["--disk", `x86_64:raw=${large}`, "--disk", `x86_64:qcow2=${c}`];
    const { code, out } = await push("9", ...argv, "--json");
    expect([code, JSON.parse(out).error]).toEqual([1, expect.objectContaining({ code: "PUSH_REFUSED" })]);
    expect(tags()?.get("9")).toBe(old.digest);
    registry.intercept = undefined;
    const [now] = await pushed("9", ...argv);
    expect(tags()?.get("9")).toBe(now.digest);
  });

  test.each([
    [403, "DENIED"],
    [409, undefined],
    [412, "PRECONDITION"],
    [400, "TAG_INVALID"],
  ])("an immutable tag (%i %s): what to do, and the tag stays", async (status, registryCode) => {
    const { registry, push, pushed, tags } = await start();
    const [old] = await pushed("9", "--disk", `x86_64:qcow2=${a}`);
    registry.intercept = faults.on(/^PUT .*manifests\/9/, faults.status(status, registryCode ? { registryCode } : {}));
    const { out } = await push("9", "--disk", `x86_64:qcow2=${c}`, "--json");
    const hint = expect.stringMatching(/another tag, .*immutable/);
    expect(JSON.parse(out).error).toMatchObject({ code: "PUSH_REFUSED", hint });
    expect(tags()?.get("9")).toBe(old.digest);
  });

  test.each([
    ["a small file", rawDisk("before"), []],
    ["a file that is sent while it is read for its digest", Buffer.concat([rawDisk(), Buffer.alloc(9 * CHUNK)]), []],
    ["a file that is compressed while it is sent", rawDisk("before"), ["--compress", "zstd"]],
  ])("%s is written to meanwhile: the push is refused, the tag is not moved", async (_what, content, argv) => {
    const { registry, push, tags } = await start();
    for (const change of [
      (path: string) => writeFileSync(path, "M", { flag: "r+" }),
      (path: string) => renameSync(files.write("new.raw", content), path),
    ]) {
      const path = files.write("changing.raw", content);
      let changed = false;
      // The whole file has been read, and its bytes are all there: only the file itself shows the change.
      registry.intercept = ({ method, url }) => {
        if (method === "PUT" && url?.includes("/blobs/uploads/") && !changed) {
          changed = true;
          change(path);
        }
        return false;
      };
      const { code, out } = await push("new", "--disk", `x86_64:raw=${path}`, ...argv, "--json");
      expect([code, changed]).toEqual([1, true]);
      expect(JSON.parse(out).error).toMatchObject({
        code: "ARTIFACT_FILE",
        message: `${path}: it was changed while it was pushed`,
      });
      expect(tags()?.get("new")).toBeUndefined();
      registry.store.find("os")?.blobs.clear();
    }
  });

  test("another push wins the race: nothing is overwritten", async () => {
    const { registry, push, pushed, tags } = await start();
    await pushed("other", "--disk", `x86_64:qcow2=${c}`);
    const other = tags()?.get("other") as string;
    registry.intercept = (request) => {
      if (request.method === "POST") registry.store.tag("os", "9", other);
      return false;
    };
    const { code, out } = await push("9", "--disk", `x86_64:qcow2=${a}`, "--json");
    expect([code, JSON.parse(out).error.code]).toEqual([1, "TAG_RACE"]);
    expect(tags()?.get("9")).toBe(other);
  });

  test("another push wins the race right after: that is said", async () => {
    const { registry, push, pushed, tags } = await start();
    await pushed("other", "--disk", `x86_64:qcow2=${c}`);
    let moved = false;
    registry.intercept = (request) => {
      if (request.method === "PUT" && request.url?.endsWith("/manifests/9")) moved = true;
      else if (moved) registry.store.tag("os", "9", tags()?.get("other") as string);
      return false;
    };
    const { out } = await push("9", "--disk", `x86_64:qcow2=${a}`, "--json");
    expect(JSON.parse(out).error).toMatchObject({ code: "TAG_RACE", message: expect.stringContaining("points to") });
  });

  test("a registry that does not have what it took: the tag is not moved", async () => {
    const { registry, push, tags } = await start();
    registry.intercept = async (request, response) => {
      if (request.method !== "GET" || !request.url?.includes("/manifests/sha256")) return false;
      response.writeHead(404, { "content-type": "application/json" }).end(`{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`);
      return true;
    };
    const { code } = await push("9", ...DISKS, "--json");
    expect([code, tags()?.get("9")]).toEqual([1, undefined]);
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s in an upload: it is cancelled, and the tag stays", async (signal, expected) => {
  const { registry, tags } = await start();
  const built = join(__dirname, "../../dist/cli/ironic-oci.js");
  const argv = ["push", `${registry.host}/os:9`, "--disk", `x86_64:raw=${large}`, "--plain-http", registry.host];
  const child = spawn(process.execPath, [built, ...argv], { stdio: ["ignore", "ignore", "pipe"] });
  registry.intercept = ({ method }) => {
    if (method === "PATCH") child.kill(signal);
    // No response.
    return method === "PATCH";
  };
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const [code] = await once(child, "close");
  expect([code, text]).toEqual([expected, expect.stringContaining("error: interrupted")]);
  expect([registry.uploads.open, tags()]).toEqual([0, undefined]);
});

test.each([
  ["basic", { mode: "basic", username: "u", password: "a-password" }],
  ["tokens", { mode: "bearer", username: "u", password: "a-password" }],
] as const)("credentials: %s", async (_what, auth) => {
  const { registry, push, tags } = await start({ auth });
  const config = (password: string) =>
    files.write("auth.json", JSON.stringify({ auths: { [registry.host]: { username: "u", password } } }));
  const pushed = await push("9", ...DISKS, "--auth-file", config("a-password"));
  expect(pushed.code).toBe(0);
  expect(tags()?.has("9")).toBe(true);
  const refused = await push("10", ...DISKS, "--auth-file", config("another-password"));
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/credentials/) });
  const text = [pushed, refused].map(({ out, err }) => out + err).join("");
  for (const secret of ["a-password", "another-password", Buffer.from("u:a-password").toString("base64")]) {
    expect(text).not.toContain(secret);
  }
});

describe("--sign-key", () => {
  const { privateKey, publicKey, password } = JSON.parse(
    readFileSync(join(__dirname, "..", "fixtures", "signing", "cosign-3.1.json"), "utf8"),
  ) as Recorded;
  const key = files.write("cosign.key", Buffer.from(privateKey));
  const pub = files.write("cosign.pub", Buffer.from(publicKey));
  const { COSIGN_PASSWORD } = process.env;
  beforeEach(() => {
    process.env.COSIGN_PASSWORD = password;
  });
  afterEach(() => {
    if (COSIGN_PASSWORD === undefined) delete process.env.COSIGN_PASSWORD;
    else process.env.COSIGN_PASSWORD = COSIGN_PASSWORD;
  });

  test("signs what the tag points to, once, and verify accepts it", async () => {
    const { registry, push, pushed } = await start();
    const [tag] = await pushed("9", ...DISKS, "--sign-key", key);
    expect(tag.signedBy).toBe(expectKey(publicKey).fingerprint);
    const manifests = () => registry.store.find("os")?.manifests.size;
    const before = manifests();
    expect((await push("9", ...DISKS, "--sign-key", key)).out).toContain(`signed by key ${tag.signedBy}`);
    expect(manifests()).toBe(before);
    const argv = ["--arch", "x86_64", "--key", pub, "--plain-http", registry.host];
    const { code, out } = await cli("verify", `oci://${registry.host}/os:9`, ...argv);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(`signed by key ${tag.signedBy}: the index`),
    });
  });

  test("a wrong password, and --dry-run, are wrong input before any request", async () => {
    const { registry, push } = await start();
    expect(await push("9", ...DISKS, "--sign-key", key, "--dry-run")).toMatchObject({ code: 2 });
    process.env.COSIGN_PASSWORD = "wrong";
    const { code, err } = await push("9", ...DISKS, "--sign-key", key);
    expect(code).toBe(2);
    expect(err).toContain("the password is wrong");
    expect(registry.requests).toEqual([]);
  });
});

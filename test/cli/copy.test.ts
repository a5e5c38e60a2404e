import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, hexOf } from "../../src/reference";
import { OCI_MANIFEST } from "../../src/registry";
import { CHUNK } from "../../src/registry/upload";
import { faults, InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { cli } from "../support/cli";
import { Files } from "../support/disks";
import { Bench } from "../support/rack";

let bench: Bench;
let mirror: InProcessRegistry;
let files: Files;
beforeEach(async () => {
  bench = await Bench.start();
  mirror = await InProcessRegistry.start();
  files = new Files();
});
afterEach(async () => {
  await Promise.all([bench.stop(), mirror.stop()]);
  files.remove();
});

const http = () => ["--plain-http", bench.registry.host, "--plain-http", mirror.host];
const lockFile = () => ["--lock-file", bench.lockFile];
/** Large enough that an upload of a file streams it. */
const large = Buffer.alloc(4 * CHUNK + 10, "large");

async function lock(path: string, ...argv: string[]): Promise<Digest> {
  const { code, out, err } = await cli("lock", bench.ref(path), ...lockFile(), ...http(), "--json", ...argv);
  if (code !== 0) throw new Error(out + err);
  return JSON.parse(out).pins[0].digest;
}

/** An image of several chunks, and a kernel, both locked. */
async function lockRack() {
  pushArtifact(bench.registry.store, "images/large", { tag: "1", files: [{ name: "large.raw", content: large }] });
  return {
    disk: await lock("images/large:1", "--arch", "x86_64"),
    kernel: await lock("ipa:kernel", "--role", "kernel"),
  };
}

async function run(...argv: string[]) {
  const { code, out, err } = await cli(...argv, ...http(), "--json");
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return JSON.parse(out);
}
const copy = (...argv: string[]) => run("copy", ...argv, ...lockFile());
const writes = (registry: InProcessRegistry) => registry.log.filter((each) => /^(POST|PATCH|PUT)/.test(each));
const at = (repository: string) => mirror.store.find(repository);

/** A signature as cosign 3 attaches it, and one as older versions do. */
function sign(repository: string, subject: Digest) {
  const { store } = bench.registry;
  const blob = Buffer.from(`a signature of ${subject}`);
  const manifest = (more: object) =>
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json" },
      ...{ config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(Buffer.from("{}")), size: 2 } },
      ...{ layers: [{ mediaType: "application/octet-stream", digest: digestOf(blob), size: blob.length }], ...more },
    });
  store.putBlob(repository, blob);
  store.putBlob(repository, Buffer.from("{}"));
  const subjectOf = { mediaType: OCI_MANIFEST, digest: subject, size: 1 };
  const referrer = store.putManifest(repository, OCI_MANIFEST, manifest({ subject: subjectOf }));
  const tag = `sha256-${hexOf(subject)}`;
  const entry = { mediaType: OCI_MANIFEST, digest: referrer, size: 1 };
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [entry],
  });
  store.putManifest(repository, "application/vnd.oci.image.index.v1+json", index, tag);
  return { referrer, older: store.putManifest(repository, OCI_MANIFEST, manifest({}), `${tag}.sig`) };
}

test("what is locked goes to the mirror by digest, and the same program pins from there", async () => {
  const { disk, kernel } = await lockRack();
  const before = readFileSync(bench.lockFile, "utf8");
  const copied = await copy("--to", `${mirror.host}/site`);
  expect(copied.map(({ digests }: { digests: string[] }) => digests)).toEqual(
    expect.arrayContaining([[disk], [kernel]]),
  );
  const [blob] = [...(at("site/images/large")?.blobs.values() ?? [])].filter(({ length }) => length > 100);
  expect(blob?.equals(large)).toBe(true);
  expect(at("site/images/large")?.manifests.has(disk)).toBe(true);
  expect(at("site/images/large")?.tags.size).toBe(0);
  // A second run sends nothing.
  const sent = writes(mirror).length;
  await copy("--to", `${mirror.host}/site`);
  expect(writes(mirror)).toHaveLength(sent);
  // With tags as well, the mirror alone is enough.
  await copy("--to", `${mirror.host}/site`, "--whole");
  const map = ["--mirror", `${bench.registry.host}=${mirror.host}/site`];
  const asked = bench.registry.log.length;
  await cli("update", ...lockFile(), ...map, ...http());
  expect(readFileSync(bench.lockFile, "utf8")).toBe(before);
  expect(bench.registry.log).toHaveLength(asked);
});

test("signatures come along: referrers, and cosign's older tags", async () => {
  const { disk } = await lockRack();
  const { referrer, older } = sign("images/large", disk);
  for (const referrers of [undefined, "filters"] as const) {
    await mirror.stop();
    mirror = await InProcessRegistry.start(referrers && { referrers });
    const [copied] = await copy(bench.ref("images/large:1"), "--to", mirror.host);
    expect(copied.referrers).toEqual([referrer, older]);
    const store = at("images/large");
    expect([store?.manifests.has(referrer), store?.tags.get(`sha256-${hexOf(disk)}.sig`)]).toEqual([true, older]);
    // A registry with the API lists the referrer by itself, another one by a tag.
    const list = store?.tags.get(`sha256-${hexOf(disk)}`);
    expect(list === undefined).toBe(referrers !== undefined);
    if (list) expect(String(store?.manifests.get(list)?.bytes)).toContain(referrer);
  }
});

test("--whole copies the index with all of its manifests, and the tag", async () => {
  await lock("images/cirros:0.6", "--arch", "x86_64", "--download-source", "local");
  await copy("--to", mirror.host);
  expect(at("images/cirros")?.blobs.size).toBe(2);
  await copy("--to", mirror.host, "--whole");
  const index = bench.registry.store.find("images/cirros")?.tags.get("0.6");
  expect(at("images/cirros")?.tags.get("0.6")).toBe(index);
  expect(at("images/cirros")?.blobs.size).toBe(5);
});

test("--whole of an index that the source does not have as a whole: the error names the index, and what to do", async () => {
  const disk = await lock("images/cirros:0.6", "--arch", "x86_64", "--download-source", "local");
  const { tags, manifests } = bench.registry.store.find("images/cirros") as NonNullable<ReturnType<typeof at>>;
  const index = tags.get("0.6") as Digest;
  const entries = JSON.parse(String(manifests.get(index)?.bytes)).manifests as { digest: Digest }[];
  const other = entries.find(({ digest }) => digest !== disk)?.digest as Digest;
  manifests.delete(other);
  const { code, out } = await cli("copy", "--to", mirror.host, "--whole", ...lockFile(), ...http(), "--json");
  const { error } = JSON.parse(out);
  expect([code, error.code]).toEqual([1, "MISSING_CONTENT"]);
  expect(error.message).toBe(`${bench.ref(`images/cirros@${other}`)}: the source has only its index, ${index}`);
  expect(error.hint).toContain("without --whole");
  await copy("--to", mirror.host);
  expect(at("images/cirros")?.manifests.has(disk)).toBe(true);
});

test.each(["folder", "stick.tar"])("a bundle: %s is written, carried, and read back", async (name) => {
  const { disk, kernel } = await lockRack();
  const { referrer, older } = sign("images/large", disk);
  const path = join(files.folder, name);
  const first = await run("bundle", "write", path, ...lockFile());
  const size = first.reduce((sum: number, { sent }: { sent: number }) => sum + sent, 0);
  expect(size).toBeGreaterThan(large.length);
  // Another run adds nothing; with the tags it adds these.
  const again = await run("bundle", "write", path, "--whole", ...lockFile());
  expect(again.map(({ sent }: { sent: number }) => sent)).toEqual([0, 0]);
  const loaded = await run("bundle", "load", path, "--to", `${mirror.host}/site`);
  expect(loaded.map(({ reference }: { reference: string }) => reference)).toEqual(
    expect.arrayContaining([bench.ref("ipa:kernel"), bench.ref(`images/large@${disk}`)]),
  );
  const store = at("site/images/large");
  expect(store?.tags.get("1")).toBe(bench.registry.store.find("images/large")?.tags.get("1"));
  expect([disk, referrer].map((digest) => store?.manifests.has(digest))).toEqual([true, true]);
  expect(store?.tags.get(`sha256-${hexOf(disk)}.sig`)).toBe(older);
  expect(at("site/ipa")?.manifests.has(kernel)).toBe(true);
});

describe("interruptions", () => {
  test("a copy whose source, then whose target fails is finished by the next run", async () => {
    const { disk } = await lockRack();
    bench.registry.intercept = faults.on(/blobs/, faults.status(404, { registryCode: "BLOB_UNKNOWN" }));
    const argv = ["--to", mirror.host, ...lockFile(), ...http()];
    expect((await cli("copy", ...argv)).code).toBe(1);
    bench.registry.intercept = undefined;
    mirror.intercept = faults.on(/^PATCH/, faults.status(507));
    expect((await cli("copy", ...argv)).code).toBe(1);
    expect(at("images/large")?.manifests.has(disk)).not.toBe(true);
    mirror.intercept = faults.on(/^PATCH/, faults.first(2, faults.reset()));
    expect((await cli("copy", ...argv)).code).toBe(0);
    expect(at("images/large")?.manifests.has(disk)).toBe(true);
  });

  test("a copy that is interrupted at any of its writes is finished by the next run, the lists of referrers included", async () => {
    const disk = await lock("images/cirros:0.6", "--arch", "x86_64", "--download-source", "local");
    sign("images/cirros", disk);
    const argv = ["--to", mirror.host, "--whole"];
    const stateOf = () => {
      const { manifests, tags, blobs } = at("images/cirros") as NonNullable<ReturnType<typeof at>>;
      return { tags: new Map([...tags].sort()), manifests: new Set([...manifests.keys()].sort()), blobs: blobs.size };
    };
    await copy(...argv);
    const whole = stateOf();
    const requests = writes(mirror).length;
    expect(requests).toBeGreaterThan(10);
    for (let fatal = 1; fatal <= requests; fatal += 1) {
      await mirror.stop();
      mirror = await InProcessRegistry.start();
      let count = 0;
      mirror.intercept = (request, response) => {
        if (request.method === "GET" || request.method === "HEAD") return false;
        count += 1;
        return count === fatal ? faults.status(507)(request, response) : false;
      };
      const interrupted = await cli("copy", "--to", mirror.host, "--whole", ...lockFile(), ...http());
      expect([fatal, interrupted.code]).toEqual([fatal, 1]);
      mirror.intercept = undefined;
      await copy("--to", mirror.host, "--whole");
      expect([fatal, stateOf()]).toEqual([fatal, whole]);
    }
  });

  test.each(["folder", "stick.tar"])(
    "a bundle, %s: what is complete is kept, and nothing else counts",
    async (name) => {
      await lockRack();
      const path = join(files.folder, name);
      let parts = 0;
      bench.registry.intercept = (request, response) => {
        if (!request.headers.range) return false;
        parts += 1;
        return parts > 2 ? faults.status(404, { registryCode: "BLOB_UNKNOWN" })(request, response) : false;
      };
      expect((await cli("bundle", "write", path, ...lockFile(), ...http())).code).toBe(1);
      const load = await cli("bundle", "load", path, "--to", mirror.host, ...http(), "--json");
      expect(JSON.parse(load.out).error.code).toBe("IMAGE_LAYOUT");
      bench.registry.intercept = undefined;
      await run("bundle", "write", path, ...lockFile());
      await run("bundle", "load", path, "--to", mirror.host);
      const [blob] = [...(at("images/large")?.blobs.values() ?? [])].filter(({ length }) => length > 100);
      expect(blob?.equals(large)).toBe(true);
      if (name === "folder")
        expect(readdirSync(join(path, "blobs/sha256")).filter((each) => /part/.test(each))).toEqual([]);
    },
  );
});

describe("a bundle whose first blob is interrupted is finished by the next run", () => {
  test.each(["folder", "stick.tar"])("%s", async (name) => {
    const disk = await lock("images/cirros:0.6", "--arch", "x86_64", "--download-source", "local");
    const path = join(files.folder, name);
    bench.registry.intercept = faults.on(/blobs/, faults.status(404, { registryCode: "BLOB_UNKNOWN" }));
    expect((await cli("bundle", "write", path, ...lockFile(), ...http())).code).toBe(1);
    // What a killed process leaves: content, without the header that is written after it.
    if (name !== "folder") appendFileSync(path, Buffer.concat([Buffer.alloc(512), randomBytes(4_096)]));
    bench.registry.intercept = undefined;
    await run("bundle", "write", path, ...lockFile());
    await run("bundle", "load", path, "--to", mirror.host);
    expect(at("images/cirros")?.manifests.has(disk)).toBe(true);
    if (name !== "folder") execFileSync("tar", ["--list", "--file", path]);
  });
});

test("an archive that was cut off, as by a full medium, is completed by another run of bundle write", async () => {
  const { disk } = await lockRack();
  const path = join(files.folder, "stick.tar");
  await run("bundle", "write", path, ...lockFile());
  const bytes = readFileSync(path);
  truncateSync(path, bytes.indexOf("largelarge") + large.length - 10);
  const load = await cli("bundle", "load", path, "--to", mirror.host, ...http(), "--json");
  expect(JSON.parse(load.out).error.code).toBe("IMAGE_LAYOUT");
  await run("bundle", "write", path, ...lockFile());
  await run("bundle", "load", path, "--to", mirror.host);
  expect(at("images/large")?.manifests.has(disk)).toBe(true);
});

describe("damage", () => {
  test("a source that sends other bytes: neither a mirror nor a bundle takes them", async () => {
    const { disk } = await lockRack();
    bench.registry.intercept = (request, response) => {
      if (!request.headers.range?.startsWith("bytes=0-")) return false;
      response.writeHead(206, { "content-range": "bytes 0-1/2" }).end(Buffer.alloc(CHUNK));
      return true;
    };
    for (const argv of [
      ["copy", "--to", mirror.host],
      ["bundle", "write", join(files.folder, "folder")],
      ["bundle", "write", join(files.folder, "x.tar")],
    ]) {
      const { code, out } = await cli(...argv, ...lockFile(), ...http(), "--json");
      expect([code, JSON.parse(out).error.code]).toEqual([1, argv[0] === "copy" ? "PUSH_REFUSED" : "IMAGE_LAYOUT"]);
    }
    expect(at("images/large")?.manifests.has(disk)).not.toBe(true);
  });

  test.each(["folder", "stick.tar"])("a medium that has lost bytes, %s", async (name) => {
    await lockRack();
    const path = join(files.folder, name);
    await run("bundle", "write", path, ...lockFile());
    const damaged = name === "folder" ? join(path, `blobs/sha256/${hexOf(digestOf(large))}`) : path;
    if (name === "folder") truncateSync(damaged, 1_000_000);
    else {
      const bytes = readFileSync(path);
      bytes.write("DAMAGE", bytes.indexOf("largelarge") + 5_000);
      writeFileSync(path, bytes);
    }
    const { code, out } = await cli("bundle", "load", path, "--to", mirror.host, ...http(), "--json");
    expect([code, JSON.parse(out).error]).toEqual([
      1,
      {
        code: "IMAGE_LAYOUT",
        message: expect.stringMatching(`${path}: blobs/sha256/${hexOf(digestOf(large))} has the digest sha256:`),
        hint: expect.stringContaining("into a new file or folder"),
      },
    ]);
    expect(at("images/large")?.manifests.size ?? 0).toBe(0);
  });

  test.each([
    ["no layout", (path: string) => rmSync(join(path, "index.json"))],
    ["no JSON", (path: string) => writeFileSync(join(path, "index.json"), "{")],
    [
      "no descriptor",
      (path: string) => writeFileSync(join(path, "index.json"), '{"manifests":[{"digest":"../../etc"}]}'),
    ],
    [
      "no reference",
      (path: string) => {
        const index = JSON.parse(readFileSync(join(path, "index.json"), "utf8"));
        index.manifests[0].annotations["org.opencontainers.image.ref.name"] = "latest";
        writeFileSync(join(path, "index.json"), JSON.stringify(index));
      },
    ],
  ])("%s", async (_what, damage) => {
    await lockRack();
    const path = join(files.folder, "folder");
    await run("bundle", "write", path, ...lockFile());
    damage(path);
    const { code, out } = await cli("bundle", "load", path, "--to", mirror.host, ...http(), "--json");
    expect([code, JSON.parse(out).error.code]).toEqual([1, "IMAGE_LAYOUT"]);
    expect(mirror.log).toEqual([]);
  });
});

test.each([
  [["copy"], /--to/],
  [["copy", "--to", "user:a-secret@registry.example"], /is not a registry/],
  [["copy", "--to", "quay.io=user:a-secret@registry.example=more"], /the format is MIRROR or REGISTRY=MIRROR/],
  [["copy", "--to", "https://user:a-secret@registry.example/site"], /leave https:\/\/ out/],
  [["copy", "--to", "quay.io=https://registry.example/site"], /leave https:\/\/ out/],
  [["copy", "--to", "registry.example/"], /--to: the path of the mirror at registry.example is wrong: .* empty/],
  [["copy", "--to", "quay.io=registry.example/UP"], /--to: the path of the mirror .* lower case/],
  [["copy", "--to", "oci://registry.example/site"], /leave oci:\/\/ out/],
  [["copy", "--to", "registry.example/a", "--to", "registry.example/b"], /two mirrors for/],
  [["copy", "--to", "quay.io=registry.example/a", "--to", "quay.io=registry.example/b"], /two mirrors for quay.io/],
  [["copy", "--to", "quay.io=registry.example"], /no mirror for/],
  [["bundle", "write"], /missing required argument/],
])("wrong usage: %j", async (argv, text) => {
  await lockRack();
  const { code, err } = await cli(...argv, ...(argv.includes("write") ? [] : lockFile()), ...http());
  expect([code, err]).toEqual([2, expect.stringMatching(text)]);
  expect(err).not.toContain("a-secret");
});

describe("bundle write refuses what it has not written, and leaves it as it is", () => {
  const notes = "some notes".repeat(200);
  /** An archive as tar writes it. */
  const archive = (name: string, ...members: string[]) => {
    for (const member of members) writeFileSync(join(files.folder, member), notes);
    execFileSync("tar", ["--create", "--file", join(files.folder, name), "--directory", files.folder, ...members]);
  };
  const layoutOf = (name: string | undefined) => {
    const annotations = name === undefined ? {} : { "org.opencontainers.image.ref.name": name };
    const manifests = [{ mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("x")), size: 1, annotations }];
    return JSON.stringify({ schemaVersion: 2, manifests });
  };
  test.each<[string, string, () => void]>([
    ["a file that is no archive", "notes.tar", () => files.write("notes.tar", notes)],
    ["an archive of something else", "backup.tar", () => archive("backup.tar", "notes.txt", "more.txt")],
    [
      "a folder with something else",
      "home",
      () => {
        mkdirSync(join(files.folder, "home"));
        files.write("home/notes.txt", notes);
      },
    ],
    ["a file in place of a folder", "notes", () => files.write("notes", notes)],
    ...["latest", undefined].map((name): [string, string, () => void] => [
      `another tool's layout, whose entry is named ${name}`,
      "layout",
      () => {
        mkdirSync(join(files.folder, "layout"));
        files.write("layout/index.json", layoutOf(name));
      },
    ]),
  ])("%s", async (_what, name, prepare) => {
    await lockRack();
    prepare();
    const path = join(files.folder, name);
    const content = () =>
      execFileSync("tar", ["--create", "--mtime=@0", "--sort=name", "--directory", files.folder, name]).toString("hex");
    const before = content();
    const asked = bench.registry.log.length;
    const { code, out } = await cli("bundle", "write", path, ...lockFile(), ...http(), "--json");
    expect([code, JSON.parse(out).error]).toMatchObject([1, { code: "IMAGE_LAYOUT", hint: expect.any(String) }]);
    expect(content()).toBe(before);
    expect(bench.registry.log).toHaveLength(asked);
  });

  test("the top of a medium, with what file systems put there, is no such folder", async () => {
    await lockRack();
    mkdirSync(join(files.folder, "usb/lost+found"), { recursive: true });
    files.write("usb/.DS_Store", notes);
    await run("bundle", "write", join(files.folder, "usb"), ...lockFile());
    await run("bundle", "write", join(files.folder, "usb"), ...lockFile());
  });
});

test.each([["write"], ["load", "--to", "registry.example"]])(
  "bundle %s: a device or a pipe is no archive",
  async (...argv) => {
    await lockRack();
    const path = join(files.folder, "device.tar");
    symlinkSync("/dev/null", path);
    const [verb = "", ...rest] = argv;
    const { code, err } = await cli("bundle", verb, path, ...rest, ...(verb === "write" ? lockFile() : []), ...http());
    expect([code, err]).toEqual([1, expect.stringMatching(/device\.tar: this is not a file\n.*a folder/)]);
  },
);

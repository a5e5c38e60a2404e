import { OciResolver, type OciResolverOptions, type Pin } from "cdktf-ironic-oci";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/registry";
import { InProcessRegistry, type InProcessRegistryOptions, pushArtifact, pushIndex } from "../../src/testing/registry";

/** Requests of a resolution: figures that issue and README promise. */
let registry: InProcessRegistry;
let resolvers: OciResolver[] = [];

async function start(options: InProcessRegistryOptions = {}): Promise<void> {
  registry = await InProcessRegistry.start(options);
}
afterEach(async () => {
  await Promise.all(resolvers.map((resolver) => resolver.close()));
  resolvers = [];
  await registry.stop();
});

function newResolver(options: OciResolverOptions = {}): OciResolver {
  const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {}, ...options });
  resolvers.push(resolver);
  return resolver;
}

const ref = (path: string) => `oci://${registry.host}/${path}`;
const x86 = { architecture: "x86_64" };

function pushSingle(repository: string, tag = "v1") {
  return pushArtifact(registry.store, repository, {
    tag,
    files: [{ name: "disk.qcow2", content: `${repository}:${tag}` }],
    annotations: { disktype: "qcow2" },
    platformArchitecture: "amd64",
  });
}

function pushTwo(repository: string, tag = "v1") {
  const entries = ["amd64", "arm64"].map((architecture) => ({
    ...pushArtifact(registry.store, repository, { files: [{ content: `${repository}:${tag} ${architecture}` }] }),
    architecture,
    disktype: "raw",
  }));
  return pushIndex(registry.store, repository, tag, entries);
}

/** How many requests `work` makes. */
async function costOf(work: () => Promise<unknown>): Promise<number> {
  const before = registry.requests.length;
  await work();
  return registry.requests.length - before;
}

describe("requests", () => {
  test("a digest costs 1, a single manifest 1 or 2, an index 2, and an equal second call nothing", async () => {
    await start();
    const { digest } = pushSingle("single");
    pushTwo("index");
    const resolver = newResolver();
    const unchecked = newResolver({ extraChecks: { architecture: false } });
    expect(await costOf(() => resolver.resolve(ref(`single@${digest}`), x86))).toBe(1);
    expect(await costOf(() => unchecked.resolve(ref("single:v1"), x86))).toBe(1);
    expect(await costOf(() => resolver.resolve(ref("single:v1"), x86))).toBe(2);
    expect(await costOf(() => resolver.resolve(ref("index:v1"), x86))).toBe(2);
    expect(await costOf(() => resolver.resolve(ref("index:v1"), x86))).toBe(0);
    // The other architecture needs its own manifest, and the index no more.
    expect(await costOf(() => resolver.resolve(ref("index:v1"), { architecture: "aarch64" }))).toBe(1);
    expect(await costOf(() => resolver.resolve(ref("index:v1"), { role: "kernel", ...x86 }))).toBe(0);
  });

  test("an index's entry that carries its layers costs nothing until it wins", async () => {
    await start();
    const { digest } = pushSingle("inline");
    const layers = [{ digest, size: 1, mediaType: "a/b" }];
    const manifests = [
      { digest, layers: [...layers, ...layers], annotations: { disktype: "qcow2" } },
      { digest, layers },
    ];
    registry.store.putManifest("inline", OCI_INDEX, JSON.stringify({ mediaType: OCI_INDEX, manifests }), "index");
    expect(
      await costOf(() =>
        newResolver()
          .resolve(ref("inline:index"), { expect: "bootc" })
          .catch(() => 0),
      ),
    ).toBe(2);
  });

  test("the list of tags costs 1 more for a tag, and is looked at only where that was switched on", async () => {
    await start();
    const { digest } = pushSingle("single");
    pushTwo("index");
    const listing = newResolver({ extraChecks: { tagList: true } });
    expect(await costOf(() => listing.resolve(ref("single:v1"), x86))).toBe(3);
    expect(await costOf(() => listing.resolve(ref("index:v1"), x86))).toBe(3);
    expect(await costOf(() => listing.resolve(ref(`single@${digest}`), x86))).toBe(1);
    for (const extraChecks of [true, false, {}]) {
      expect(await costOf(() => newResolver({ extraChecks }).resolve(ref("index:v1"), x86))).toBe(2);
    }
  });

  test("the first bearer challenge costs 2 more, and nothing after, however many concurrent calls", async () => {
    await start({ auth: { mode: "bearer", username: "u", password: "p" } });
    for (const tag of ["a", "b", "c"]) pushTwo("index", tag);
    const resolver = newResolver({ credentials: { [registry.host]: "u:p" } });
    expect(
      await costOf(() => Promise.all(["a", "b", "c"].map((tag) => resolver.resolve(ref(`index:${tag}`), x86)))),
    ).toBe(2 + 6);
    pushTwo("index", "d");
    expect(await costOf(() => resolver.resolve(ref("index:d"), x86))).toBe(2);
  });

  test("10,000 nodes over 3 tags cost what 3 nodes cost", async () => {
    await start();
    const tags = ["a", "b", "c"];
    for (const tag of tags) pushTwo("index", tag);
    const three = await costOf(() => {
      const resolver = newResolver();
      return Promise.all(tags.map((tag) => resolver.resolve(ref(`index:${tag}`), x86)));
    });
    const many = await costOf(() => {
      const resolver = newResolver();
      return Promise.all(
        Array.from({ length: 10_000 }, (_, node) => resolver.resolve(ref(`index:${tags[node % 3]}`), x86)),
      );
    });
    expect([three, many]).toEqual([6, 6]);
  });

  test("no more are under way at once than `concurrency` says", async () => {
    await start({ latency: 5 });
    const tags = Array.from({ length: 40 }, (_, number) => `t${number}`);
    for (const tag of tags) pushSingle("many", tag);
    const resolver = newResolver({ concurrency: 3 });
    await Promise.all(tags.map((tag) => resolver.resolve(ref(`many:${tag}`))));
    expect(registry.peak).toBe(3);
  });
});

describe("an index of thousands of candidates that have to be read", () => {
  const CANDIDATES = 25_000;
  const digestOfNumber = (number: number) => `sha256:${number.toString(16).padStart(64, "0")}`;
  const pushMany = (disktype?: string) => {
    const layer = { mediaType: "a/b", size: 1 };
    // One manifest with two layers under many digests: each read finds that it is no disk image.
    const body = (number: number) => JSON.stringify({ mediaType: OCI_MANIFEST, layers: [layer, layer], number });
    const read = Array.from({ length: 300 }, (_, number) =>
      registry.store.putManifest("many", OCI_MANIFEST, body(number)),
    );
    const unread = Array.from({ length: CANDIDATES - read.length }, (_, number) => digestOfNumber(number));
    const annotations = disktype ? { annotations: { disktype } } : { artifactType: "a" };
    const manifests = [...read, ...unread].map((digest) => ({ digest, ...annotations }));
    registry.store.putManifest("many", OCI_INDEX, JSON.stringify({ mediaType: OCI_INDEX, manifests }), "v1");
  };

  test.each<[string, string | undefined]>([
    ["with a disktype", "qcow2"],
    ["with marks", undefined],
  ])("%s: 200 are read, and the error names the limit", async (_what, disktype) => {
    await start();
    pushMany(disktype);
    const resolver = newResolver();
    const error = await resolver.resolve(ref("many:v1"), x86).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "TOO_MANY_CANDIDATES",
      message: expect.stringContaining(`24800 more are not read, because the limit is 200 manifests\n`),
      hint: expect.stringContaining("disktype"),
    });
    expect(String(error).split("\n")).toHaveLength(22);
    expect(registry.requests).toHaveLength(201);
  });

  test("messages about an index that a node can have nothing of are as short", async () => {
    await start();
    const manifests = Array.from({ length: 20_000 }, (_, number) => ({
      digest: digestOfNumber(number),
      platform: { architecture: "s390x" },
    }));
    registry.store.putManifest("many", OCI_INDEX, JSON.stringify({ mediaType: OCI_INDEX, manifests }), "v1");
    for (const role of ["image", "kernel"] as const) {
      const error = await newResolver()
        .resolve(ref("many:v1"), { ...x86, role })
        .catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/\n {2}and 19980 more$/);
    }
    const ambiguous = await newResolver().resolve(ref("many:v1"), { role: "kernel" }).catch(String);
    expect(ambiguous).toMatch(/\n {2}and 19980 more$/);
  });
});

describe("asking together", () => {
  test("one caller aborting early costs the others nothing", async () => {
    await start({ latency: 30 });
    pushTwo("index");
    const resolver = newResolver();
    const controller = new AbortController();
    const leaving = resolver.resolve(ref("index:v1"), { ...x86, signal: controller.signal });
    const staying = resolver.resolve(ref("index:v1"), x86);
    controller.abort(new Error("changed my mind"));
    await expect(leaving).rejects.toThrow("changed my mind");
    await expect(staying).resolves.toMatchObject({ diskFormat: "raw" });
    expect(registry.requests).toHaveLength(2);
  });

  test("when the last caller aborts, the work ends, and can be requested again", async () => {
    await start({ latency: 30 });
    pushTwo("index");
    const resolver = newResolver();
    const controller = new AbortController();
    const asking = [1, 2].map(() => resolver.resolve(ref("index:v1"), { ...x86, signal: controller.signal }));
    const outcomes = Promise.allSettled(asking);
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error("enough"));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    await expect(resolver.resolve(ref("index:v1"), x86)).resolves.toMatchObject({ diskFormat: "raw" });
  });

  test("the resolver's own signal ends everything", async () => {
    await start();
    pushTwo("index");
    const resolver = newResolver({ signal: AbortSignal.abort(new Error("closing time")) });
    await expect(resolver.resolve(ref("index:v1"))).rejects.toThrow("closing time");
    expect(registry.requests).toHaveLength(0);
  });

  test("one signal shared by many calls is not a leak", async () => {
    await start();
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    const tags = Array.from({ length: 50 }, (_, number) => `t${number}`);
    for (const tag of tags) pushSingle("many", tag);
    for (const resolver of [newResolver({ signal }), newResolver()]) {
      await Promise.all(tags.map((tag) => resolver.resolve(ref(`many:${tag}`), { signal })));
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  test("a failure is not cached: the next caller tries again", async () => {
    await start();
    const resolver = newResolver();
    await expect(resolver.resolve(ref("index:v1"), x86)).rejects.toMatchObject({ code: "TAG_NOT_FOUND" });
    pushTwo("index");
    await expect(resolver.resolve(ref("index:v1"), x86)).resolves.toMatchObject({ diskFormat: "raw" });
  });

  test("a tag is what it was when first read, for as long as the resolver lives", async () => {
    await start();
    const first = pushTwo("index");
    const resolver = newResolver();
    const before = await resolver.resolve(ref("index:v1"), x86);
    registry.store.tag("index", "v1", pushTwo("index", "v2").digest);
    const other: Pin = await resolver.resolve(ref("index:v1"), { architecture: "aarch64" });
    expect([before.tagDigest, other.tagDigest]).toEqual([first.digest, first.digest]);
    expect((await newResolver().resolve(ref("index:v1"), x86)).tagDigest).not.toBe(first.digest);
  });

  test("and it stays so after its eviction from the cache: it is read again by its digest", async () => {
    await start();
    const first = pushTwo("index");
    const { digest } = pushSingle("many");
    const resolver = newResolver({ extraChecks: false });
    await resolver.resolve(ref("index:v1"), x86);
    const others = Array.from({ length: 1_001 }, (_, number) => `t${number}`);
    for (const tag of others) registry.store.tag("many", tag, digest);
    await Promise.all(others.map((tag) => resolver.resolve(ref(`many:${tag}`), x86)));
    registry.store.tag("index", "v1", pushTwo("index", "v2").digest);
    const before = registry.requests.length;
    const later = await resolver.resolve(ref("index:v1"), { architecture: "aarch64" });
    expect(later.tagDigest).toBe(first.digest);
    expect(registry.log.slice(before)).toEqual([
      `GET /v2/index/manifests/${first.digest}`,
      `GET /v2/index/manifests/${later.digest}`,
    ]);
  });
});

describe("beyond Ironic", () => {
  test("a single image for another architecture is an error, unless switched off", async () => {
    await start();
    const { digest } = pushSingle("single");
    const arm = { architecture: "aarch64" };
    await expect(newResolver().resolve(ref("single:v1"), arm)).rejects.toMatchObject({
      code: "ARCHITECTURE_MISMATCH",
      message: expect.stringContaining('is for "amd64", the node is aarch64'),
    });
    for (const extraChecks of [false, { architecture: false }]) {
      await expect(newResolver({ extraChecks }).resolve(ref("single:v1"), arm)).resolves.toMatchObject({ digest });
    }
    await expect(newResolver().resolve(ref("single:v1"), { architecture: "amd64" })).resolves.toMatchObject({ digest });
    await expect(newResolver().resolve(ref("single:v1"))).resolves.toMatchObject({ digest });
  });

  test("zstd is a warning with http, which is what Ironic takes where nothing is given", async () => {
    await start();
    pushArtifact(registry.store, "zstd", {
      tag: "t",
      files: [{ content: "z", mediaType: "application/zstd" }],
      annotations: { disktype: "raw" },
    });
    const pinned = async (imageDownloadSource?: string, options = {}) =>
      (await newResolver(options).resolve(ref("zstd:t"), { imageDownloadSource })).warnings;
    const warnings = async (source?: string, options = {}) => (await pinned(source, options)).map(({ code }) => code);
    expect(await warnings("http")).toEqual(["compression"]);
    expect(await pinned(undefined)).toEqual([
      {
        code: "compression",
        message: expect.stringContaining("unless the conductor's image_download_source is local"),
      },
    ]);
    expect(await warnings("local")).toEqual([]);
    expect(await warnings("http", { extraChecks: { compression: false } })).toEqual([]);
    expect(await warnings("http", { extraChecks: false })).toEqual([]);
  });

  test.each([
    ["raw", "http", ["raw-http"]],
    ["applehv", "http", ["raw-http"]],
    ["qcow2", "http", []],
    ["raw", "local", []],
    ["raw", undefined, ["raw-http"]],
    ["qcow2", undefined, []],
  ])("a pinned %s image with download source %s: %j", async (disktype, imageDownloadSource, codes) => {
    await start();
    pushArtifact(registry.store, "disk", { tag: "t", files: [{ content: "d" }], annotations: { disktype } });
    const warnings = async (options = {}) =>
      (await newResolver(options).resolve(ref("disk:t"), { imageDownloadSource })).warnings.map(({ code }) => code);
    expect(await warnings()).toEqual(codes);
    expect(await warnings({ extraChecks: { downloadSource: false } })).toEqual([]);
  });

  test.each([
    ["http", "with image_download_source http", "; use local, or a qcow2 image"],
    [
      undefined,
      "unless the conductor's image_download_source is local (its default is http)",
      "; set local on the node",
    ],
  ])("the raw image's warning fits the download source %s", async (imageDownloadSource, condition, remedy) => {
    await start();
    pushArtifact(registry.store, "disk", { tag: "t", files: [{ content: "d" }], annotations: { disktype: "raw" } });
    const { warnings } = await newResolver().resolve(ref("disk:t"), { imageDownloadSource });
    expect(warnings).toEqual([{ code: "raw-http", message: expect.stringContaining(condition) }]);
    expect(warnings[0]?.message).toContain(remedy);
  });

  test("a bootc container says what a pin means for it", async () => {
    await start();
    pushArtifact(registry.store, "bootc", {
      tag: "t",
      files: [{ content: "1" }, { content: "2" }],
      artifactType: null,
    });
    const pin = await newResolver().resolve(ref("bootc:t"), { expect: "bootc" });
    expect(pin).toMatchObject({ diskFormat: "bootc", blobDigest: undefined });
    expect(pin.warnings).toEqual([{ code: "bootc", message: expect.stringContaining("`bootc upgrade`") }]);
    const quiet = newResolver({ extraChecks: { bootc: false } });
    expect((await quiet.resolve(ref("bootc:t"), { expect: "bootc" })).warnings).toEqual([]);
    await expect(newResolver({ ironicRelease: "33.0" }).resolve(ref("bootc:t"))).rejects.toMatchObject({
      code: "NO_MATCHING_IMAGE",
      considered: [{ outcome: "layer-count", reason: "has 2 layers; a disk image has exactly one" }],
    });
  });

  test("swift is refused before any request, digests included", async () => {
    await start();
    const refused = newResolver().resolve(ref(`p@sha256:${"0".repeat(64)}`), { imageDownloadSource: "swift" });
    await expect(refused).rejects.toMatchObject({ code: "UNSUPPORTED_DOWNLOAD_SOURCE" });
    expect(registry.requests).toHaveLength(0);
  });

  test("a digest that names an index is an error that lists its manifests", async () => {
    await start();
    const { digest } = pushTwo("index");
    await expect(newResolver().resolve(ref(`index@${digest}`))).rejects.toMatchObject({
      code: "INVALID_IMAGE",
      hint: expect.stringMatching(/name one of its manifests: sha256:[0-9a-f]{64}, sha256:/),
    });
  });
});

describe("kernels and ramdisks", () => {
  test("an index is narrowed by architecture; more than one left is an error that lists them", async () => {
    await start();
    pushTwo("ipa");
    const kernel = (architecture?: string) => newResolver().resolve(ref("ipa:v1"), { role: "kernel", architecture });
    await expect(kernel("x86_64")).resolves.toMatchObject({
      role: "kernel",
      considered: [{ outcome: "won" }, { outcome: "wrong-architecture" }],
    });
    await expect(kernel()).rejects.toMatchObject({
      code: "AMBIGUOUS_ARTIFACT",
      considered: [{ outcome: "ambiguous" }, { outcome: "ambiguous" }],
      hint: expect.stringContaining("set the node's architecture"),
    });
    await expect(kernel("ppc64le")).rejects.toMatchObject({
      code: "NO_MATCHING_IMAGE",
      message: expect.stringContaining("no kernel for a ppc64le node"),
    });
  });

  test("a manifest with more than one layer is no kernel", async () => {
    await start();
    pushArtifact(registry.store, "ipa", { tag: "two", files: [{ content: "1" }, { content: "2" }] });
    await expect(newResolver().resolve(ref("ipa:two"), { role: "ramdisk" })).rejects.toThrow(
      "a ramdisk is a manifest with exactly one layer",
    );
  });

  test("a kernel for another architecture by its own configuration is an error too", async () => {
    await start();
    pushSingle("ipa");
    await expect(
      newResolver().resolve(ref("ipa:v1"), { role: "kernel", architecture: "aarch64" }),
    ).rejects.toMatchObject({ code: "ARCHITECTURE_MISMATCH" });
  });
});

test.each([
  [undefined, "ironic-34"],
  ["29.0.5", "ironic-29"],
  ["33", "ironic-29"],
  ["33.9.1", "ironic-29"],
  ["34.0", "ironic-34"],
  ["39.0", "ironic-34"],
  ["2025.1", "ironic-29"],
  ["2025.2", "ironic-29"],
  ["2026.1", "ironic-34"],
  ["2026.2", "ironic-34"],
])("ironicRelease %s means profile %s", async (ironicRelease, profile) => {
  await start();
  expect(newResolver({ ironicRelease }).profile).toBe(profile);
});

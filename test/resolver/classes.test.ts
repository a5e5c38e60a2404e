import { OciResolver, type OciResolverOptions, type ResolveOptions } from "cdktf-ironic-oci";
import { digestOf } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/registry";
import { type ArtifactOptions, InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";

/** What a pin is for Ironic, and what was expected of it. */
let registry: InProcessRegistry;
const resolvers: OciResolver[] = [];
beforeEach(async () => {
  registry = await InProcessRegistry.start();
});
afterEach(async () => {
  for (const resolver of resolvers.splice(0)) await resolver.close();
  await registry.stop();
});

const ref = (reference: string) => `oci://${registry.host}/images/one${reference}`;

function resolve(reference: string, options: ResolveOptions = {}, resolver: OciResolverOptions = {}) {
  const one = new OciResolver({ plainHttp: [registry.host], credentials: {}, ...resolver });
  resolvers.push(one);
  return one.resolve(ref(reference), options);
}

const codes = async (...call: Parameters<typeof resolve>) => (await resolve(...call)).warnings.map(({ code }) => code);
const push = (options: Partial<ArtifactOptions> = {}) =>
  pushArtifact(registry.store, "images/one", { files: [{ content: "disk" }], ...options });
const tagged = (disktype: string | undefined, options: Partial<ArtifactOptions>) =>
  pushIndex(registry.store, "images/one", "tag", [{ ...push(options), ...(disktype !== undefined && { disktype }) }]);
const put = (content: unknown, type = OCI_MANIFEST, tag?: string) =>
  registry.store.putManifest("images/one", type, JSON.stringify(content), tag);

const layer = { mediaType: "application/x-qemu-disk", digest: digestOf(Buffer.from("disk")), size: 4 };
const artifact = { mediaType: OCI_MANIFEST, artifactType: "application/vnd.example", layers: [layer] };

describe("a disk image by tag, and no artifact by itself", () => {
  beforeEach(() => tagged("qcow2", { artifactType: null }));

  test("is an error that explains both readings, and how to publish it", async () => {
    await expect(resolve(":tag")).rejects.toMatchObject({
      code: "CLASS_MISMATCH",
      message: expect.stringMatching(
        /a disk image is expected, and pinned it is a bootc container .*\n {2}by its tag: a disk image, because it has disktype qcow2\n {2}by its digest sha256:\w+: a bootc container, because its manifest has neither/,
      ),
      hint: expect.stringMatching(
        /one layer, the empty configuration, an artifactType, and the annotation disktype.*oras push/,
      ),
    });
  });

  test("is fine up to release 33", async () => {
    const pin = await resolve(":tag", {}, { ironicRelease: "33" });
    expect(pin).toMatchObject({ diskFormat: "qcow2", asPinned: { kind: "disk", diskFormat: "unknown" }, warnings: [] });
  });

  test("is what it is when a bootc container is expected, and says that the tag is another thing", async () => {
    const pin = await resolve(":tag", { expect: "bootc" });
    expect(pin.asPinned).toEqual({ kind: "bootc", diskFormat: "bootc" });
    expect(pin.warnings.map(({ code }) => code)).toEqual(["class", "bootc"]);
  });

  test("is a warning with the check switched off, and only reported without any checks", async () => {
    const pin = await resolve(":tag", {}, { extraChecks: { class: false } });
    expect(pin.asPinned.kind).toBe("bootc");
    expect(pin.warnings[0]).toMatchObject({
      code: "class",
      message: expect.stringContaining("a disk image is expected, and pinned it is a bootc container"),
    });
    const unchecked = await resolve(":tag", {}, { extraChecks: false });
    expect(unchecked).toMatchObject({ asPinned: { kind: "bootc", diskFormat: "bootc" }, warnings: [] });
  });

  test("and the same reference may be expected as both, one after the other", async () => {
    const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {} });
    resolvers.push(resolver);
    await expect(resolver.resolve(ref(":tag"))).rejects.toMatchObject({ code: "CLASS_MISMATCH" });
    await expect(resolver.resolve(ref(":tag"), { expect: "bootc" })).resolves.toMatchObject({ diskFormat: "qcow2" });
    await expect(resolver.resolve(ref(":tag"), { expect: "disk" })).rejects.toMatchObject({ code: "CLASS_MISMATCH" });
    expect(registry.requests).toHaveLength(2);
  });
});

describe("a bootc container by tag, and an artifact by itself", () => {
  beforeEach(() => tagged(undefined, {}));

  test("is a disk image as pinned, with a warning", async () => {
    const pin = await resolve(":tag");
    expect(pin).toMatchObject({ diskFormat: "bootc", asPinned: { kind: "disk", diskFormat: "unknown" } });
    expect(pin.warnings).toEqual([
      { code: "class", message: expect.stringContaining("Ironic deploys the pinned image as a disk image") },
    ]);
  });

  test("is an error where a bootc container is expected", async () => {
    await expect(resolve(":tag", { expect: "bootc" })).rejects.toMatchObject({
      code: "CLASS_MISMATCH",
      hint: expect.stringContaining("podman push"),
    });
  });
});

/** What a candidate lost by decides what to do: [what, layers, release, hint]. */
test.each<[string, number, string, RegExp, RegExp]>([
  [
    "several layers, on a release with containers",
    3,
    "39.0",
    /container.*`--expect bootc`.*`expect: "bootc"`/,
    /annotate/,
  ],
  [
    "several layers, on one without",
    3,
    "29.0",
    /a container.*one layer.*for Ironic 34\.0 and later/,
    /annotate|--expect/,
  ],
  ["no layer", 0, "39.0", /no layer, so nothing to deploy.*oras push/, /annotate|container/],
  ["no layer, on a release without containers", 0, "29.0", /no layer, so nothing to deploy/, /annotate|container/],
])("%s: the hint says what it is", async (_what, count, ironicRelease, hint, never) => {
  const content = { ...artifact, annotations: { disktype: "raw" }, layers: Array.from({ length: count }, () => layer) };
  put(content, OCI_MANIFEST, "tag");
  const error = await resolve(":tag", {}, { ironicRelease }).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "NO_MATCHING_IMAGE", hint: expect.stringMatching(hint) });
  expect((error as { hint: string }).hint).not.toMatch(never);
});

test("nothing for the node's architecture: the hint is about that", async () => {
  tagged("qcow2", { annotations: { disktype: "qcow2" } });
  pushIndex(registry.store, "images/one", "tag", [{ ...push(), architecture: "arm64", disktype: "raw" }]);
  await expect(resolve(":tag", { architecture: "x86_64" })).rejects.toMatchObject({
    code: "NO_MATCHING_IMAGE",
    hint: expect.stringContaining("name its architecture in the index"),
  });
});

/** Ironic takes layers[0], and `[{}]` where there is no list: the one fails at once, the other when it downloads. */
test.each(["29.0", "39.0"])("a digest without layers, on Ironic %s: as Ironic takes it", async (ironicRelease) => {
  const { layers: _, ...without } = artifact;
  const missing = put(without);
  const pin = await resolve(`@${missing}`, {}, { ironicRelease });
  expect(pin.warnings).toEqual([{ code: "layers", message: expect.stringContaining("then fails to download it") }]);
  const empty = put({ ...without, layers: [] });
  await expect(resolve(`@${empty}`, {}, { ironicRelease })).rejects.toMatchObject({
    code: "NO_MATCHING_IMAGE",
    message: expect.stringContaining("Ironic fails on this manifest at once, because layers is empty"),
    hint: expect.stringContaining("oras push"),
  });
});

test("what is published as it should be agrees on every release, without a warning", async () => {
  tagged("qcow2", { annotations: { disktype: "qcow2" } });
  for (const ironicRelease of ["29.0.5", "39.0"]) {
    const pin = await resolve(":tag", {}, { ironicRelease });
    expect(pin).toMatchObject({ diskFormat: "qcow2", asPinned: { kind: "disk", diskFormat: "unknown" }, warnings: [] });
    expect(await resolve(`@${pin.digest}`, {}, { ironicRelease })).toMatchObject({
      diskFormat: "unknown",
      asPinned: pin.asPinned,
      warnings: [],
    });
  }
});

test("no release up to 33 has bootc containers to expect: an error before any request", async () => {
  await expect(resolve(":tag", { expect: "bootc" }, { ironicRelease: "2025.2" })).rejects.toMatchObject({
    code: "CLASS_MISMATCH",
    message: expect.stringContaining("supports bootc containers for Ironic 34.0 and later"),
  });
  expect(registry.requests).toHaveLength(0);
});

test.each(["kernel", "ramdisk"] as const)("a %s is a file, whatever its class", async (role) => {
  push({ tag: "tag", artifactType: null });
  const pin = await resolve(":tag", { role });
  expect(pin).toMatchObject({ asPinned: { kind: "disk", diskFormat: "unknown" }, warnings: [] });
});

test.each(["image", "kernel"] as const)(
  "a %s whose pinned URL Ironic fails on is an error, unless switched off",
  async (role) => {
    put(
      { ...artifact, artifactType: undefined, annotations: { disktype: "qcow2" }, config: null },
      OCI_MANIFEST,
      "tag",
    );
    await expect(resolve(":tag", { role })).rejects.toMatchObject({
      code: "UNUSABLE_PIN",
      message: expect.stringContaining("because config is null"),
    });
    expect(await codes(":tag", { role }, { extraChecks: false })).toContain("unusable");
    const local = { role, imageDownloadSource: "local" };
    await expect(resolve(":tag", local, { ironicRelease: "29.0" })).resolves.toMatchObject({ warnings: [] });
  },
);

/** Digest references that Ironic takes, and their warnings: [description, manifest, codes]. */
test.each<[string, object, string[]]>([
  ["nothing odd", artifact, []],
  ["no mediaType", { ...artifact, mediaType: undefined }, ["media-type"]],
  [
    "Docker's mediaType",
    { ...artifact, mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
    ["media-type"],
  ],
  ["a layer without a size", { ...artifact, layers: [{ ...layer, size: undefined }] }, ["layer-size"]],
  ["a layer whose size is a string", { ...artifact, layers: [{ ...layer, size: "4" }] }, ["layer-size"]],
  ["a layer without a digest", { ...artifact, layers: [{ ...layer, digest: undefined }] }, ["layer-digest"]],
  ["a layer with an md5", { ...artifact, layers: [{ ...layer, digest: "md5:0123" }] }, ["layer-digest"]],
  [
    "a layer without annotations or a type",
    { ...artifact, layers: [{ digest: layer.digest, size: 4, annotations: null }] },
    [],
  ],
  ["no layers", { ...artifact, layers: undefined }, ["layers"]],
  ["the same layer twice", { ...artifact, layers: [layer, layer] }, ["layers"]],
  ["annotations and a platform of null", { ...artifact, annotations: null, platform: null }, []],
])("by digest, with %s", async (_what, manifest, expected) => {
  const digest = put(manifest);
  for (const ironicRelease of ["29.0.5", "39.0"]) {
    const pin = await resolve(`@${digest}`, {}, { ironicRelease });
    expect(pin).toMatchObject({ digest, asPinned: { kind: "disk" } });
    expect(pin.warnings.map(({ code }) => code)).toEqual(expected);
  }
});

/** What Ironic fails on by tag although the pin works: [what, manifest, the reason, releases]. */
test.each<[string, object, string, readonly string[]]>([
  ["annotations", { ...artifact, annotations: null }, "annotations is null", ["29.0", "39.0"]],
  ["manifests", { ...artifact, manifests: null }, "manifests is null", ["29.0", "39.0"]],
  [
    "a layer's annotations",
    { ...artifact, layers: [{ ...layer, annotations: null }] },
    "layers[0].annotations is null",
    ["29.0", "39.0"],
  ],
  [
    "a layer's media type",
    { ...artifact, layers: [{ ...layer, mediaType: null }] },
    "layers[0].mediaType is missing",
    ["29.0"],
  ],
])("by tag, null for %s", async (_what, manifest, reason, releases) => {
  const digest = put(manifest, OCI_MANIFEST, "tag");
  for (const ironicRelease of ["29.0", "39.0"]) {
    const pin = await resolve(":tag", {}, { ironicRelease });
    expect(pin.digest).toBe(digest);
    const expected = {
      code: "tag-fails",
      message: `Ironic itself fails on this tag, because ${reason}; the pinned URL works`,
    };
    expect(pin.warnings).toEqual(releases.includes(ironicRelease) ? [expected] : []);
  }
});

describe("an entry of an index that is odd", () => {
  const index = (...entries: readonly unknown[]) => put({ mediaType: OCI_INDEX, manifests: entries }, OCI_INDEX, "tag");
  const local = { imageDownloadSource: "local" };
  const x86 = { ...local, architecture: "x86_64" };

  test("is no reason to refuse another one", async () => {
    const { digest, size } = push();
    for (const odd of [null, "text", { digest: "md5:0" }, { digest, platform: { architecture: 5 } }]) {
      index({ digest, size, annotations: { disktype: "qcow2" } }, odd);
      await expect(resolve(":tag", x86)).resolves.toMatchObject({ digest });
    }
  });

  test("makes Ironic fail only where it reads what is odd", async () => {
    const { digest } = push();
    const good = { digest, annotations: { disktype: "qcow2" } };
    index(good, { digest, platform: null, annotations: { disktype: "iso" } });
    expect(await codes(":tag", x86)).toEqual(["tag-fails"]);
    expect(await codes(":tag", local)).toEqual([]);
    // The architecture is looked at first: an entry that is out by then is read no further.
    index(good, { digest, platform: { architecture: "arm64" }, annotations: null });
    expect(await codes(":tag", x86)).toEqual([]);
    expect(await codes(":tag", local)).toEqual(["tag-fails"]);
  });

  test("carries its layers with it: they decide by tag, and its manifest decides what it is as pinned", async () => {
    const { digest } = push({ artifactType: null });
    index({ digest, artifactType: "a/b", layers: [{ ...layer, size: 7 }] });
    const pin = await resolve(":tag", { expect: "bootc" });
    expect(pin).toMatchObject({ size: 7, diskFormat: "unknown", asPinned: { kind: "bootc" } });
    expect(registry.requests).toHaveLength(2);
  });
});

test("a manifest without Docker-Content-Digest has a digest all the same, and Ironic has none", async () => {
  const { digest } = push({ tag: "tag" });
  registry.store.repository("images/one").quirks = { noDigestHeader: true };
  const pin = await resolve(":tag");
  expect(pin).toMatchObject({ digest, warnings: [{ code: "tag-fails" }] });
  expect(await codes(`@${digest}`)).toEqual([]);
});

test("a manifest that claims another digest for itself is pinned to that one, as Ironic does, and is what that one is", async () => {
  const other = push({ artifactType: null });
  const tagDigest = put({ ...artifact, digest: other.digest, annotations: { disktype: "raw" } }, OCI_MANIFEST, "tag");
  for (const quirks of [{}, { noDigestHeader: true }]) {
    registry.store.repository("images/one").quirks = quirks;
    expect(await resolve(":tag", { expect: "bootc" })).toMatchObject({
      ...{ digest: other.digest, tagDigest, diskFormat: "raw", asPinned: { kind: "bootc" } },
      warnings: [{ code: "class" }, { code: "bootc" }],
    });
  }
  // A kernel is never chosen by Ironic: what the tag points to is what is pinned.
  expect(await resolve(":tag", { role: "kernel" })).toMatchObject({ digest: tagDigest });
});

describe("the digest of an index", () => {
  test("is taken where the registry gives it to who accepts manifests only, as by Ironic", async () => {
    const { digest } = tagged("raw", {});
    registry.store.repository("images/one").quirks = { anyAccept: true };
    const pin = await resolve(`@${digest}`, { expect: "bootc" });
    expect(pin.asPinned.kind).toBe("bootc");
    const old = await resolve(`@${digest}`, {}, { ironicRelease: "29.0" });
    expect(old.warnings).toEqual([
      { code: "layers", message: expect.stringMatching(/names an index.*name one of its manifests: sha256:/) },
    ]);
    expect(registry.requests).toHaveLength(2);
  });

  test("is refused where it is not, and what it lists is named", async () => {
    const { digest } = tagged("raw", {});
    await expect(resolve(`@${digest}`)).rejects.toMatchObject({ code: "INVALID_IMAGE" });
  });
});

import { OciResolver } from "cdktf-ironic-oci";
import { LockFile } from "../../src/lock";
import { digestOf } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/registry";
import { faults, InProcessRegistry, pushArtifact } from "../../src/testing/registry";

let registry: InProcessRegistry;
let resolver: OciResolver;
beforeEach(async () => {
  registry = await InProcessRegistry.start();
  resolver = new OciResolver({ plainHttp: [registry.host], credentials: {} });
});
afterEach(async () => {
  await resolver.close();
  await registry.stop();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const resolveTag = (tag = "tag") =>
  resolver.resolve(`oci://${registry.host}/images/one:${tag}`, { architecture: "x86_64" });
const put = (type: string, body: string) => registry.store.putManifest("images/one", type, body, "tag");
const PROTO = '"__proto__":{"polluted":true,"disktype":"raw"},"constructor":{"prototype":{"polluted":true}}';

/** A manifest that can be chosen, and its descriptor. */
function good(annotations: Record<string, string> = { disktype: "raw" }) {
  const pushed = pushArtifact(registry.store, "images/one", { files: [{ content: "good" }], annotations });
  return { mediaType: OCI_MANIFEST, ...pushed };
}

describe("a manifest that would reach into every object", () => {
  test("in an index: at the top, in an entry, in its annotations and platform", async () => {
    const { digest, size } = good();
    const entry = `{"digest":"${digest}","size":${size},${PROTO},"annotations":{"disktype":"raw",${PROTO}},"platform":{${PROTO}}}`;
    put(OCI_INDEX, `{${PROTO},"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${entry}]}`);
    expect(await resolveTag()).toMatchObject({ digest, diskFormat: "raw" });
  });

  test("in a manifest: what is inherited counts for nothing", async () => {
    const layer = `{"digest":"${digestOf(Buffer.from("x"))}","size":1,${PROTO},"annotations":{${PROTO}}}`;
    put(
      OCI_MANIFEST,
      `{${PROTO},"mediaType":"${OCI_MANIFEST}","artifactType":"a/b","layers":[${layer}],"annotations":{${PROTO}}}`,
    );
    expect(await resolveTag()).toMatchObject({ diskFormat: "unknown", fileName: undefined });
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "a disktype %s is just unknown",
    async (disktype) => {
      const entry = { ...good(), annotations: { disktype }, platform: { architecture: disktype } };
      put(OCI_INDEX, JSON.stringify({ mediaType: OCI_INDEX, manifests: [{ ...entry, platform: undefined }, entry] }));
      await expect(resolveTag()).rejects.toMatchObject({
        code: "NO_MATCHING_IMAGE",
        considered: [{ outcome: "unknown-disktype" }, { outcome: "wrong-architecture" }],
      });
    },
  );

  test("a document of nothing else", async () => {
    registry.intercept = faults.on(/manifests/, faults.replaceBody(`{${PROTO}}`));
    await expect(resolveTag()).rejects.toMatchObject({ code: "INVALID_IMAGE" });
  });

  test("a lock file", () => {
    const text = `{"formatVersion":1,"references":{"__proto__":{"digest":"x","selections":[]}}}`;
    for (const each of [text, `{"formatVersion":1,${PROTO},"references":{}}`]) {
      try {
        expect(LockFile.parse(each, "lock").entries()).toEqual([]);
      } catch (error) {
        expect(error).toMatchObject({ code: "LOCK_FILE_DAMAGED" });
      }
    }
  });
});

test("nesting of any depth, in an unread field, is not an error", async () => {
  const { digest, size } = good();
  const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
  const entry = `{"digest":"${digest}","size":${size},"annotations":{"disktype":"raw","deep":${deep}},"deep":${deep}}`;
  put(OCI_INDEX, `{"mediaType":"${OCI_INDEX}","deep":${deep},"manifests":[${entry}]}`);
  expect((await resolveTag()).digest).toBe(digest);
});

test("nesting that no parser takes, or that is not an index entry, is an error", async () => {
  const depth = 1_500_000;
  put(OCI_INDEX, `{"mediaType":"${OCI_INDEX}","manifests":${"[".repeat(depth)}${"]".repeat(depth)}}`);
  const error = await resolveTag().catch((thrown: unknown) => thrown);
  expect(["NO_MATCHING_IMAGE", "UNEXPECTED_RESPONSE"]).toContain((error as { code?: string }).code);
});

test.each(["text/html", "application/octet-stream", "application/vnd.docker.distribution.manifest.v2+json", ""])(
  "a Content-Type of %j: what a document is, it says itself, as Ironic has it",
  async (type) => {
    const { digest } = pushArtifact(registry.store, "images/one", {
      tag: "tag",
      files: [{ content: "good" }],
      annotations: { disktype: "qcow2" },
    });
    registry.intercept = faults.lie({ "content-type": type });
    expect(await resolveTag()).toMatchObject({ digest, diskFormat: "qcow2" });
  },
);

test("and a Content-Type makes no manifest of what is none", async () => {
  registry.intercept = faults.replaceBody('{"schemaVersion":2}', { "content-type": OCI_MANIFEST });
  await expect(resolveTag()).rejects.toMatchObject({ code: "INVALID_IMAGE" });
});

test("a digest in a descriptor that leads out of its repository is none", async () => {
  for (const digest of [
    "../../../other/manifests/tag",
    "sha256:../..",
    `sha256:${"A".repeat(64)}`,
    "",
    `sha256:${"a".repeat(63)}/`,
  ]) {
    put(OCI_INDEX, JSON.stringify({ mediaType: OCI_INDEX, manifests: [{ digest, size: 1 }] }));
    const another = new OciResolver({ plainHttp: [registry.host], credentials: {} });
    await expect(another.resolve(`oci://${registry.host}/images/one:tag`)).rejects.toMatchObject({
      code: "INVALID_IMAGE",
    });
    await another.close();
  }
  expect(new Set(registry.log)).toEqual(new Set(["GET /v2/images/one/manifests/tag"]));
});

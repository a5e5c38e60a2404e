import { digestOf } from "../../src/reference";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import { cli } from "../support/cli";

let registry: InProcessRegistry;
beforeEach(async () => {
  registry = await InProcessRegistry.start();
});
afterEach(() => registry.stop());

const http = () => ["--plain-http", registry.host];
const artifact = (content: string, options = {}) =>
  pushArtifact(registry.store, "os", { files: [{ name: `${content}.img`, content }], ...options });
const annotate = (...argv: string[]) => cli("annotate", `${registry.host}/os:9`, ...argv, ...http(), "--json");
async function resolve(release: string, arch: string, source = "local") {
  const argv = ["--arch", arch, "--download-source", source, "--ironic-release", release, "--json"];
  return JSON.parse((await cli("resolve", `oci://${registry.host}/os:9`, ...argv, ...http())).out)[0];
}

test("an index whose entries have lost their annotations, with a manifest that would be a container when pinned", async () => {
  const one = artifact("one");
  // As `oras push --config` writes it: no artifactType, and a configuration of its own.
  const two = artifact("two", { artifactType: null, platformArchitecture: "arm64" });
  const other = artifact("other");
  pushIndex(registry.store, "os", "9", [one, two, { ...other, architecture: "s390x" }]);
  const before = registry.log.length;
  const { code, out } = await annotate("--disk", `${one.digest}=x86_64:qcow2`, "--disk", `${two.digest}=aarch64:raw`);
  expect({ code, out: code === 0 ? "" : out }).toEqual({ code: 0, out: "" });
  const tag = JSON.parse(out);
  expect(registry.log.slice(before).filter((each) => /blobs/.test(each))).toEqual([]);
  for (const release of ["29.0", "39.0"]) {
    expect(await resolve(release, "x86_64")).toMatchObject({
      diskFormat: "qcow2",
      asPinned: { kind: "disk" },
      fileName: "one.img",
    });
    expect(await resolve(release, "aarch64")).toMatchObject({
      diskFormat: "raw",
      asPinned: { kind: "disk" },
      fileName: "two.img",
    });
  }
  const manifests = registry.store.find("os")?.manifests;
  const index = JSON.parse(String(manifests?.get(tag.digest)?.bytes));
  expect(index.manifests[2]).toMatchObject({ digest: other.digest, platform: { architecture: "s390x" } });
  const rewritten = JSON.parse(String(manifests?.get(index.manifests[1].digest)?.bytes));
  expect(rewritten.layers[0].digest).toBe(digestOf(Buffer.from("two")));
  // What has been repaired stays as it is.
  const again = await annotate(
    ...index.manifests
      .slice(0, 2)
      .flatMap(({ digest }: { digest: string }, n: number) => [
        "--disk",
        `${digest}=${n === 0 ? "x86_64:qcow2" : "aarch64:raw"}`,
      ]),
  );
  expect(JSON.parse(again.out).digest).toBe(tag.digest);
});

test("signatures of what the tag pointed to are not those of the new index: a warning, unless the signed manifest stays", async () => {
  const sign = (digest: string) =>
    artifact("signature", { annotations: { of: digest }, tag: `${digest.replace(":", "-")}.sig` });
  const one = artifact("one", { annotations: { disktype: "qcow2" } });
  const index = pushIndex(registry.store, "os", "9", [one]);
  sign(index.digest);
  const disk = ["--disk", `${one.digest}=x86_64:qcow2`];
  const first = JSON.parse((await annotate(...disk)).out);
  expect(first.warnings).toContainEqual(expect.stringMatching(`signatures and the like of ${index.digest} do not`));
  expect(first.warnings.join()).toContain(`cosign sign --key cosign.key ${registry.host}/os@${first.digest}`);
  // Nothing is replaced by another run, or where the manifest itself is signed and stays.
  const warnings = async () => JSON.parse((await annotate(...disk)).out).warnings.join();
  expect(await warnings()).not.toContain("signatures");
  const { digest } = artifact("one", { tag: "9", annotations: { disktype: "qcow2" } });
  expect(digest).toBe(one.digest);
  sign(digest);
  expect(await warnings()).not.toContain("signatures");
});

test.each(["named", "listed"])(
  "a manifest that is %s twice is refused: its other entries would be lost",
  async (how) => {
    const one = artifact("one");
    const entries = [{ ...one, architecture: "amd64" }];
    const index = pushIndex(
      registry.store,
      "os",
      "9",
      how === "named" ? entries : [...entries, { ...one, architecture: "arm64" }],
    );
    const disks = [
      "--disk",
      `${one.digest}=x86_64:raw`,
      ...(how === "named" ? ["--disk", `${one.digest}=aarch64:raw`] : []),
    ];
    const { code, out } = await annotate(...disks);
    expect([code, JSON.parse(out).error.code]).toEqual([2, "INVALID_ARTIFACTS"]);
    expect(JSON.parse(out).error.message).toMatch(how === "named" ? "is named 2 times" : "2 times, and can be for one");
    expect(registry.store.find("os")?.tags.get("9")).toBe(index.digest);
  },
);

test("a tag on a manifest alone gets an index, and further manifests are added", async () => {
  const one = artifact("one", { tag: "9" });
  const two = artifact("two");
  const argv = ["--disk", `${one.digest}=x86_64:qcow2`, "--disk", `${two.digest}=x86_64:raw`];
  const dry = await annotate(...argv, "--dry-run");
  expect(registry.store.find("os")?.tags.get("9")).toBe(one.digest);
  const { out } = await annotate(...argv);
  expect(JSON.parse(out).digest).toBe(JSON.parse(dry.out).digest);
  expect(await resolve("39.0", "x86_64", "http")).toMatchObject({ fileName: "two.img" });
});

test.each([
  ["a digest that is not there", () => ["--disk", `sha256:${"0".repeat(64)}=x86_64:raw`], 1, "MANIFEST_NOT_FOUND"],
  ["no digest", () => ["--disk", "sha256:12=x86_64:raw"], 2, "INVALID_DIGEST"],
  ["another form", () => ["--disk", "x86_64:raw"], 2, "USAGE"],
  ["nothing", () => [], 2, "USAGE"],
  [
    "a container",
    () => ["--disk", `${artifact("x", { files: [{ content: "a" }, { content: "b" }] }).digest}=x86_64:raw`],
    2,
    "INVALID_ARTIFACTS",
  ],
  [
    "another entry for the same nodes",
    () => ["--disk", `${artifact("other").digest}=amd64:qcow2`],
    2,
    "INVALID_ARTIFACTS",
  ],
] as const)("%s: refused, and the tag stays", async (_what, argv, expected, errorCode) => {
  const one = artifact("one");
  const { digest } = pushIndex(registry.store, "os", "9", [{ ...one, architecture: "x86_64", disktype: "qemu" }]);
  const { code, out } = await annotate(...argv());
  expect({ code, error: JSON.parse(out).error.code }).toEqual({ code: expected, error: errorCode });
  expect(registry.store.find("os")?.tags.get("9")).toBe(digest);
});

import { OciResolver } from "cdktf-ironic-oci";
import { faults, InProcessRegistry, type Pushed, pushArtifact, pushIndex } from "../../src/testing/registry";

let registry: InProcessRegistry;
let resolver: OciResolver;
beforeEach(async () => {
  registry = await InProcessRegistry.start();
  resolver = new OciResolver({ plainHttp: [registry.host], credentials: {} });
});
afterEach(async () => {
  await resolver.close();
  await registry.stop();
});

const source = () => `oci://${registry.host}/images/one:tag`;
const resolveTag = (architecture: string) => resolver.resolve(source(), { architecture });

/** An index of two under the tag; the same `state` gives the same bytes. */
function push(state: string, lie: (entry: Pushed) => Pushed = (entry) => entry) {
  const [amd64, arm64] = ["amd64", "arm64"].map((architecture) => {
    const files = [{ content: `${state} ${architecture}` }];
    return { ...pushArtifact(registry.store, "images/one", { files }), architecture, disktype: "raw" };
  }) as [Pushed & { architecture: string; disktype: string }, Pushed & { architecture: string; disktype: string }];
  const index = pushIndex(registry.store, "images/one", "tag", [{ ...amd64, ...lie(amd64) }, arm64]);
  return { index, amd64, arm64 };
}

/** What a registry's garbage collection does. */
function remove({ digest }: Pushed): void {
  registry.store.repository("images/one").manifests.delete(digest);
}

/** Moves the tag, and drops what it pointed to, between the index and the manifest that is chosen from it. */
function moveInBetween() {
  const before = push("old");
  let after: ReturnType<typeof push> | undefined;
  registry.intercept = (request) => {
    if (after === undefined && request.url?.includes("sha256:")) {
      after = push("new");
      for (const each of [before.index, before.amd64, before.arm64]) remove(each);
    }
    return false;
  };
  return { before, after: () => after as ReturnType<typeof push> };
}

test("a tag that moves between two requests is read once more", async () => {
  const { after } = moveInBetween();
  const pin = await resolveTag("x86_64");
  expect(pin).toMatchObject({ tagDigest: after().index.digest, digest: after().amd64.digest });
  expect(registry.log.map((line) => line.split("/").at(-1))).toEqual([
    "tag",
    expect.stringMatching(/^sha256:/),
    "tag",
    after().amd64.digest,
  ]);
});

test("concurrent callers get one snapshot of it, and it is read again once", async () => {
  const { after } = moveInBetween();
  const pins = await Promise.all(["x86_64", "aarch64", "x86_64"].map(resolveTag));
  expect(new Set(pins.map(({ tagDigest }) => tagDigest))).toEqual(new Set([after().index.digest]));
  expect(registry.log.filter((line) => line.endsWith("/tag"))).toHaveLength(2);
});

test("a returned result stays, and the next caller gets an error", async () => {
  const before = push("old");
  await resolveTag("x86_64");
  push("new");
  remove(before.arm64);
  await expect(resolveTag("aarch64")).rejects.toMatchObject({ code: "INDEX_MISMATCH" });
  expect((await resolveTag("x86_64")).digest).toBe(before.amd64.digest);
});

test("an index with a missing manifest is an error after the second reading", async () => {
  const { index, amd64 } = push("old");
  remove(amd64);
  const error = await resolveTag("x86_64").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "INDEX_MISMATCH",
    registry: registry.host,
    repository: "images/one",
    reference: "tag",
    status: 404,
    registryCode: "MANIFEST_UNKNOWN",
    message: expect.stringContaining(`the index ${index.digest} and its manifest ${amd64.digest} are inconsistent`),
    hint: expect.stringContaining("push the index again"),
    cause: expect.objectContaining({ code: "MANIFEST_NOT_FOUND", reference: amd64.digest }),
  });
  expect(registry.requests).toHaveLength(4);
});

test("so is one that says another size", async () => {
  push("old", ({ digest, size }) => ({ digest, size: size + 1 }));
  await expect(resolveTag("x86_64")).rejects.toMatchObject({
    code: "INDEX_MISMATCH",
    cause: {
      code: "DIGEST_MISMATCH",
      message: expect.stringMatching(/the descriptor has a size of \d+ bytes, and the content has \d+/),
    },
  });
  expect(registry.requests).toHaveLength(4);
});

test("bytes that are not the descriptor's are not requested again", async () => {
  push("old");
  registry.intercept = faults.on(/sha256:/, faults.replaceBody("{}"));
  await expect(resolveTag("x86_64")).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  expect(registry.requests).toHaveLength(2);
});

test("a state that is known from a lock file is not exchanged for another one", async () => {
  const { index, amd64 } = push("old");
  push("new");
  remove(amd64);
  const pending = resolver.resolve(source(), { architecture: "x86_64", tagDigest: index.digest });
  await expect(pending).rejects.toMatchObject({ code: "INDEX_MISMATCH", status: 404 });
  expect(registry.requests).toHaveLength(2);
});

test("a digest returned by `digestOf` stays", async () => {
  const { index, amd64 } = push("old");
  expect(await resolver.digestOf(source())).toBe(index.digest);
  push("new");
  remove(amd64);
  await expect(resolveTag("x86_64")).rejects.toMatchObject({ code: "INDEX_MISMATCH" });
  expect(await resolver.digestOf(source())).toBe(index.digest);
});

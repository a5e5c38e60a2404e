import { type Digest, digestOf, Reference } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST, referrersTag } from "../../src/registry";
import { faults, type InProcessRegistry, type InProcessRegistryOptions } from "../../src/testing/registry";
import { clientFor, referenceTo, rejection, serve, serveOne } from "./support";

const SIGNATURE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** Pushes a manifest that names a subject; its content differs by `number`. */
function pushReferrer(registry: InProcessRegistry, subject: Digest, artifactType: string, number = 0) {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(Buffer.from("{}")), size: 2 },
    layers: [],
    subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    annotations: { number: String(number) },
  });
  const digest = registry.store.putManifest("images/one", OCI_MANIFEST, body);
  return { mediaType: OCI_MANIFEST, digest, size: body.length, artifactType, annotations: { number: String(number) } };
}

async function serveReferrers(options: InProcessRegistryOptions = {}) {
  const { registry, pushed, at } = await serveOne(options);
  const signatures = [1, 2, 3].map((number) => pushReferrer(registry, pushed.digest, SIGNATURE, number));
  const other = pushReferrer(registry, pushed.digest, "application/spdx+json");
  pushReferrer(registry, digestOf(Buffer.from("another manifest")), SIGNATURE, 4);
  registry.requests.length = 0;
  return { registry, subject: pushed.digest, at, signatures, other };
}

describe.each(["all", "filters"] as const)("with the referrers API, in the form %p", (referrers) => {
  test("all referrers, and those of one type, over all pages", async () => {
    const { registry, subject, at, signatures, other } = await serveReferrers({ referrers, pageSize: 2 });
    const client = clientFor(registry);
    expect(await client.getReferrers(at, subject)).toEqual([...signatures, other]);
    expect(registry.log).toEqual([
      `GET /v2/images/one/referrers/${subject}`,
      `GET /v2/images/one/referrers/${subject}?start=2`,
    ]);
    expect(await client.getReferrers(at, subject, { artifactType: SIGNATURE })).toEqual(signatures);
    expect(await client.getReferrers(at, subject, { artifactType: "application/none" })).toEqual([]);
    expect(await client.getReferrers(at, digestOf(Buffer.from("unknown")))).toEqual([]);
  });
});

describe("without the API", () => {
  test("referrers are those in the index at the fallback tag", async () => {
    const { registry, subject, at, signatures, other } = await serveReferrers();
    const client = clientFor(registry);
    expect(await client.getReferrers(at, subject)).toEqual([]);
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...signatures, other] });
    registry.store.putManifest("images/one", OCI_INDEX, index, `sha256-${subject.slice("sha256:".length)}`);
    expect(await client.getReferrers(at, subject)).toEqual([...signatures, other]);
    expect(await client.getReferrers(at, subject, { artifactType: SIGNATURE })).toEqual(signatures);
  });

  test("a filter keeps entries with the type that cosign 3.1 writes for every referrer, and without a type", async () => {
    const { registry, subject, at, signatures, other } = await serveReferrers();
    const [first, second] = signatures;
    const written = [
      { ...first, artifactType: "application/vnd.oci.empty.v1+json" },
      { ...second, artifactType: undefined },
    ];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...written, other] });
    registry.store.putManifest("images/one", OCI_INDEX, index, referrersTag(subject));
    expect(await clientFor(registry).getReferrers(at, subject, { artifactType: SIGNATURE })).toEqual(written);
  });

  test("a digest that is too long for a tag is cut, as the specification says", () => {
    expect(referrersTag(`sha512:${"ab".repeat(64)}`)).toBe(`sha512-${"ab".repeat(32)}`);
  });

  test.each([
    ["400", faults.status(400)],
    ["404 with a page", faults.status(404, { headers: { "content-type": "text/html" }, body: "<html>" })],
    ["405", faults.status(405)],
    ["406", faults.status(406)],
    ["200 with a page", faults.replaceBody("<html>", { "content-type": "text/html" })],
  ])("which old registries show by %s", async (_name, fault) => {
    const { registry, subject, at } = await serveReferrers({ referrers: "all" });
    registry.intercept = (request, response) => request.url?.includes("/referrers/") && fault(request, response);
    expect(await clientFor(registry).getReferrers(at, subject)).toEqual([]);
    expect(registry.log.at(-1)).toBe(`GET /v2/images/one/manifests/${referrersTag(subject)}`);
  });
});

test.each([
  ["refuses", faults.status(403), "AUTHENTICATION_FAILED"],
  ["fails", faults.status(500), "REGISTRY_UNAVAILABLE"],
])("a registry that %s does not count as one without referrers", async (_name, fault, code) => {
  const { registry, subject, at } = await serveReferrers({ referrers: "all" });
  registry.intercept = (request, response) => request.url?.includes("/referrers/") && fault(request, response);
  expect(await rejection(clientFor(registry).getReferrers(at, subject))).toMatchObject({ code });
});

test("a mirror and credentials apply as to all reads", async () => {
  const auth = { mode: "bearer", username: "u", password: "p" } as const;
  const { registry, subject, signatures, other } = await serveReferrers({ referrers: "all", auth });
  const client = clientFor(registry, {
    mirrors: { "registry.example": registry.host },
    credentials: { resolve: async () => ({ kind: "basic", username: "u", password: "p" }) as never },
  });
  expect(await client.getReferrers(Reference.parse("oci://registry.example/images/one"), subject)).toEqual([
    ...signatures,
    other,
  ]);
});

describe("a list that is malformed, or too long, is refused", () => {
  const index = (content: unknown) => faults.replaceBody(JSON.stringify(content), { "content-type": OCI_INDEX });
  const entry = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("x")), size: 1 };

  test.each([
    ["no list", index({ manifests: "all" }), "not an index"],
    ["no JSON", faults.replaceBody("[", { "content-type": OCI_INDEX }), "not JSON"],
    ["an entry without a digest", index({ manifests: [{ ...entry, digest: "sha256:1" }] }), "not a descriptor"],
    ["an entry without a size", index({ manifests: [{ ...entry, size: "1" }] }), "not a descriptor"],
    ["an entry of another kind", index({ manifests: [null] }), "not a descriptor"],
    ["more entries than allowed", index({ manifests: Array.from({ length: 1_001 }, () => entry) }), "more than 1000"],
  ])("%s", async (_name, fault, message) => {
    const { registry, subject, at } = await serveReferrers({ referrers: "all" });
    for (const path of ["/referrers/", `/manifests/${referrersTag(subject)}`]) {
      // The fallback tag is read where the API responds with 404.
      registry.intercept = (request, response) =>
        request.url?.includes(path)
          ? fault(request, response)
          : request.url?.includes("/referrers/") && faults.status(404)(request, response);
      const error = await rejection(clientFor(registry).getReferrers(at, subject));
      expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
      expect(error.message).toContain(message);
    }
  });

  test("pages without an end", async () => {
    const { registry, subject, at } = await serveReferrers({ referrers: "all" });
    let turn = 0;
    registry.intercept = (request, response) => {
      turn += 1;
      const headers = { "content-type": OCI_INDEX, link: `</v2/images/one/referrers/x?turn=${turn}>; rel="next"` };
      return faults.replaceBody('{"manifests":[]}', headers)(request, response);
    };
    expect((await rejection(clientFor(registry).getReferrers(at, subject))).message).toContain(
      "list of referrers never",
    );
    expect(registry.requests.length).toBeLessThanOrEqual(1_000);
  });
});

test("referrers of a repository without any request beside the list", async () => {
  const registry = await serve();
  const at = referenceTo(registry, "images/none");
  expect(await clientFor(registry).getReferrers(at, digestOf(Buffer.from("none")))).toEqual([]);
  expect(registry.requests).toHaveLength(2);
});

import fc from "fast-check";
import { digestOf } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/registry";
import type { RecordedCase } from "./recorded";

const EMPTY = "application/vnd.oci.empty.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const MISSING = Symbol("missing");

/** What no specification allows in a field's place. */
const ODD = fc.constantFrom<unknown>(null, 0, 1, 2.5, true, false, "", "text", [], ["text"], {}, { a: 1 });

/** Mostly one of `usual`, sometimes nothing at all, rarely something odd. */
function field(...usual: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    ...usual.map((arbitrary) => ({ arbitrary, weight: 30 })),
    { arbitrary: fc.constant(MISSING), weight: 3 },
    { arbitrary: ODD, weight: 1 },
  );
}

/** A field that is usually left out. */
function rare(...usual: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fc.constant(MISSING), weight: 40 }, { arbitrary: field(...usual), weight: 3 });
}

function object(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .record(fields)
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== MISSING)));
}

const of = (...values: readonly unknown[]) => fc.constantFrom(...values);
const sha256 = fc.string().map((text) => digestOf(Buffer.from(text)));
const sha512 = fc.string().map((text) => digestOf(Buffer.from(text), "sha512"));
const bytes = fc.integer({ min: 0, max: 20_000_000_000 });
const disktypes = of("qcow2", "qemu", "raw", "applehv", "vmdk", "iso", "", "QCOW2", "raw ");
const architectures = of("amd64", "x86_64", "arm64", "aarch64", "ppc64le", "AMD64", "unknown");

const layer = field(
  object({
    mediaType: field(of("application/zstd", "application/gzip", "application/octet-stream", "a/b+zstd", "")),
    digest: fc.oneof(
      { arbitrary: field(sha256), weight: 40 },
      { arbitrary: sha512, weight: 2 },
      { arbitrary: of("md5:0123", "sha256:xyz", "sha256:AB", "nothing", "a:b:c"), weight: 1 },
    ),
    size: field(bytes),
    annotations: field(object({ "org.opencontainers.image.title": field(of("disk.qcow2", "../etc/passwd", "")) })),
  }),
);
const layers = fc.oneof(
  { arbitrary: field(fc.array(layer, { minLength: 1, maxLength: 1 })), weight: 8 },
  { arbitrary: fc.array(layer, { maxLength: 3 }), weight: 3 },
);
const config = object({ mediaType: field(of(EMPTY), of(IMAGE_CONFIG)), digest: field(sha256), size: field(bytes) });
const artifactType = fc.oneof(
  { arbitrary: fc.constant<unknown>(MISSING), weight: 5 },
  { arbitrary: field(of("application/vnd.example", "")), weight: 4 },
);
const annotations = field(object({ disktype: field(disktypes), other: rare(of("1")) }));
const manifestFields = {
  schemaVersion: of(2),
  mediaType: fc.oneof(
    { arbitrary: of(OCI_MANIFEST), weight: 20 },
    { arbitrary: field(of(OCI_MANIFEST), of(DOCKER)), weight: 1 },
  ),
  config: field(config),
  layers,
  artifactType,
  annotations,
  subject: rare(object({ digest: sha256 })),
  platform: rare(object({ architecture: field(architectures) })),
  manifests: rare(of([], {})),
};
const manifest = object(manifestFields);

/** What an index says of a manifest, the manifest's own digest and size left out. */
const entry = object({
  mediaType: field(of(OCI_MANIFEST), of(OCI_INDEX)),
  platform: field(object({ architecture: field(architectures), os: rare(of("linux")) })),
  annotations,
  artifactType,
  config: rare(config),
  layers: rare(fc.array(layer, { minLength: 1, maxLength: 2 })),
  size: rare(of("large", -1, 1.5)),
});
const digestOfEntry = fc.oneof(
  { arbitrary: of("sha256"), weight: 60 },
  { arbitrary: of("sha512"), weight: 4 },
  { arbitrary: of("lost", "md5:0123", "", null, 7, MISSING), weight: 1 },
);

const wire = fc.oneof(
  { arbitrary: fc.constant({}), weight: 12 },
  {
    arbitrary: fc.constantFrom(
      { no_digest_header: true },
      { content_type: "application/json" },
      { tags: "absent" as const },
      { tags: "404" as const },
    ),
    weight: 1,
  },
);

const nodes = fc.record({
  image_download_source: fc.constantFrom("local", "http", null),
  cpu_arch: fc.constantFrom("x86_64", "aarch64", "amd64", null),
});

type Manifests = Record<string, { mediaType: string; body: string }>;

function store(manifests: Manifests, mediaType: string, content: unknown): string {
  const body = JSON.stringify(content);
  for (const algorithm of ["sha256", "sha512"] as const) {
    manifests[digestOf(Buffer.from(body), algorithm)] = { mediaType, body };
  }
  return body;
}

/** A registry with one index or manifest that is odd in a few places, and a question about it by tag or digest. */
export const oddRegistries: fc.Arbitrary<Omit<RecordedCase, "ironic" | "name" | "repository">> = fc
  .record({
    entries: fc.array(fc.record({ manifest, entry, digest: digestOfEntry, odd: rare(ODD) }), {
      minLength: 1,
      maxLength: 5,
    }),
    index: object({ schemaVersion: of(2), mediaType: field(of(OCI_INDEX)), artifactType: rare(of("a/b")) }),
    single: fc.boolean(),
    byDigest: fc.oneof(of(-1), of(-1), fc.integer({ min: -1, max: 5 })) as fc.Arbitrary<number>,
    wire,
    nodes,
  })
  .map(({ entries, index, single, byDigest, wire: onTheWire, nodes: node }) => {
    const manifests: Manifests = {};
    const listed = entries.map(({ manifest: content, entry: said, digest, odd }) => {
      const body = Buffer.from(store(manifests, OCI_MANIFEST, content));
      const own = typeof digest === "string" && /^sha(256|512)$/.test(digest) ? digest : undefined;
      const named = own
        ? digestOf(body, own as "sha256" | "sha512")
        : digest === "lost"
          ? digestOf(Buffer.from("lost"))
          : digest;
      return odd === MISSING ? { ...said, ...(named !== MISSING && { digest: named }) } : odd;
    });
    const document = single ? entries[0]?.manifest : { ...index, manifests: listed };
    const tagged = digestOf(Buffer.from(store(manifests, single ? OCI_MANIFEST : OCI_INDEX, document)));
    const digests = Object.keys(manifests).filter((digest) => digest.startsWith("sha256"));
    const named = byDigest < 0 ? undefined : digests[byDigest % digests.length];
    const reference = named === undefined ? ":v1" : `@${named}`;
    return { tags: { v1: tagged }, manifests, wire: onTheWire, query: { reference, ...node } };
  });

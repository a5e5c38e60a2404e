import { OciResolver, type Pin } from "cdktf-ironic-oci";
import { InProcessRegistry } from "../../src/testing/registry";
import { readFixture } from "../support/fixtures";

interface Case {
  readonly name: string;
  readonly repository: string;
  readonly tags: Record<string, string>;
  readonly manifests: Record<string, { mediaType: string; body: string }>;
  readonly query: { reference: string; image_download_source: string | null; cpu_arch: string | null };
  readonly ironic: Record<string, IronicAnswer>;
}

/** What a real Ironic release answered: an error, nothing found (`picked: null`), or a pick. */
interface IronicAnswer {
  readonly error?: string;
  readonly picked?: string | null;
  readonly [fact: string]: unknown;
}

const { cases } = readFixture("conformance", "ironic-picks.json") as { cases: Case[] };
const releases = ["29.0.5", "39.0.0"];
const digestIn = (url: string) => url.slice(url.indexOf("@") + 1);

let registry: InProcessRegistry;
const resolvers = new Map<string, OciResolver>();

beforeAll(async () => {
  registry = await InProcessRegistry.start();
  for (const { repository, manifests, tags } of cases) {
    for (const { mediaType, body } of Object.values(manifests)) registry.store.putManifest(repository, mediaType, body);
    for (const [tag, digest] of Object.entries(tags)) registry.store.tag(repository, tag, digest);
  }
  for (const ironicRelease of releases) {
    resolvers.set(
      ironicRelease,
      new OciResolver({ ironicRelease, plainHttp: [registry.host], extraChecks: false, credentials: {} }),
    );
  }
});
afterAll(async () => {
  for (const resolver of resolvers.values()) await resolver.close();
  await registry.stop();
});

test("there are 300 cases with two releases each", () => {
  expect(cases).toHaveLength(300);
  for (const { ironic } of cases) expect(Object.keys(ironic).sort()).toEqual(releases);
});

describe.each(releases)("Ironic %s", (release) => {
  test.each(cases)("$name", async ({ repository, query, ironic }) => {
    const expected = ironic[release] as IronicAnswer;
    const resolver = resolvers.get(release) as OciResolver;
    const answer = resolver.resolve(`oci://${registry.host}/${repository}${query.reference}`, {
      architecture: query.cpu_arch ?? undefined,
      imageDownloadSource: query.image_download_source ?? undefined,
    });
    if (expected.error !== undefined || !expected.picked) {
      await expect(answer).rejects.toMatchObject({ code: codeFor(expected) });
      return;
    }
    expect(comparable(await answer, expected)).toEqual({
      digest: digestIn(expected.picked),
      // Ironic's None and empty formats are our `unknown`.
      disk_format: expected.disk_format || "unknown",
      ...Object.fromEntries(facts(expected)),
    });
  });
});

/** The facts that Ironic gave: for a digest URL, which has no size then, the checksum alone; else all, null included. */
function facts(expected: IronicAnswer): [string, unknown][] {
  const names = expected.size === null ? ["checksum"] : ["size", "checksum", "filename", "media_type", "compression"];
  return names.map((name) => [name, expected[name]]);
}

function comparable(pin: Pin, expected: IronicAnswer): Record<string, unknown> {
  const all: Record<string, unknown> = {
    size: pin.size,
    checksum: pin.checksum,
    filename: pin.fileName ?? null,
    media_type: pin.mediaType ?? null,
    compression: pin.compression ?? null,
  };
  const given = Object.fromEntries(facts(expected).map(([fact]) => [fact, all[fact]]));
  return { digest: pin.digest, disk_format: pin.diskFormat, ...given };
}

/** Our word for each of Ironic's errors. */
function codeFor({ error }: IronicAnswer): unknown {
  switch (error) {
    case undefined:
    case "IndexError": // a single manifest without layers: a crash there, nothing to choose here
      return "NO_MATCHING_IMAGE";
    case "InvalidImageRef":
      return "INVALID_IMAGE";
    case "InvalidParameterValue":
      return "UNSUPPORTED_DOWNLOAD_SOURCE";
    case "OciImageTagNotFound":
      return "TAG_NOT_FOUND";
    case "ImageNotFound":
      return "MANIFEST_NOT_FOUND";
    case "ImageRefValidationFailed":
    case "OciImageNotSpecific":
      return "INVALID_REFERENCE";
    default:
      throw new Error(`no word for Ironic's ${error}`);
  }
}

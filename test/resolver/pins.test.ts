import { OciResolver, type Pin } from "cdktf-ironic-oci";
import { InProcessRegistry } from "../../src/testing/registry";
import { type IronicAnswer, RECORDED_RELEASES, type RecordedCase, recordedCases, serveCase } from "../support/recorded";
import { codeFor, comparable, expectedPin } from "../support/recorded-answers";

/** What the URL that was picked is for Ironic, and registries that are odd: 400 recorded ones. */
const cases = recordedCases("ironic-pins.json");

let registry: InProcessRegistry;
const resolvers = new Map<string, OciResolver>();

beforeAll(async () => {
  registry = await InProcessRegistry.start();
  for (const each of cases) serveCase(registry, each);
  for (const ironicRelease of RECORDED_RELEASES) {
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

/** Python's way to say that Ironic met what it did not expect, not that it refuses it. */
const CRASHES = ["AttributeError", "TypeError", "IndexError", "KeyError"];

function resolveCase(release: string, { repository, query }: RecordedCase): Promise<Pin> {
  return (resolvers.get(release) as OciResolver).resolve(`oci://${registry.host}/${repository}${query.reference}`, {
    architecture: query.cpu_arch ?? undefined,
    imageDownloadSource: query.image_download_source ?? undefined,
  });
}

test("there are 400 cases with two releases each, and some that change their class", () => {
  expect(cases).toHaveLength(400);
  const changed = cases
    .map(({ ironic }) => ironic["39.0.0"])
    .filter((answer) => {
      const [byTag, byDigest] = [answer?.disk_format, answer?.pinned?.disk_format];
      return answer?.pinned !== undefined && (byTag === "bootc") !== (byDigest === "bootc");
    });
  expect(changed.length).toBeGreaterThan(50);
});

describe.each(RECORDED_RELEASES)("Ironic %s", (release) => {
  const answerOf = (each: RecordedCase) => each.ironic[release] as IronicAnswer & { readonly pinned?: IronicAnswer };
  const failing = (each: RecordedCase) => !answerOf(each).picked;
  const ofItsOwn = (each: RecordedCase) =>
    failing(each) && (each.wire?.tags !== undefined || CRASHES.includes(answerOf(each).error ?? ""));

  test.each(cases.filter((each) => !failing(each)))("$name: the pick, and what it is as pinned", async (each) => {
    const expected = answerOf(each);
    const pin = await resolveCase(release, each);
    expect(comparable(pin, expected)).toEqual(expectedPin(expected));
    const codes = pin.warnings.map(({ code }) => code);
    expect(codes).not.toContain("tag-fails");
    if (expected.pinned?.error === undefined) {
      const kind = expected.pinned?.disk_format === "bootc" ? "bootc" : "disk";
      expect(pin.asPinned).toEqual({ kind, diskFormat: expected.pinned?.disk_format });
      expect(codes).not.toContain("unusable");
    } else expect(codes).toContain("unusable");
  });

  test.each(cases.filter((each) => failing(each) && !ofItsOwn(each)))("$name: refused, as by Ironic", async (each) => {
    const { error } = answerOf(each);
    // A manifest that is missing from an index, and one that is missing itself.
    const code = error === "ImageNotFound" && each.query.reference.startsWith(":") ? "INDEX_MISMATCH" : undefined;
    const upperCase = /@sha256:.*[A-F]/.test(each.query.reference) ? "INVALID_REFERENCE" : undefined;
    await expect(resolveCase(release, each)).rejects.toMatchObject({
      code: code ?? upperCase ?? codeFor(answerOf(each)),
    });
  });

  test.each(cases.filter(ofItsOwn))("$name: Ironic fails by itself", async (each) => {
    const pin = await resolveCase(release, each).catch((error: { code: string }) => error.code);
    if (typeof pin === "string") {
      // Nothing is left to choose, or what is left is nothing to boot.
      expect(["NO_MATCHING_IMAGE", "INVALID_IMAGE"]).toContain(pin);
      return;
    }
    // The tag list is never requested, so the reason is unknown.
    if (each.wire?.tags === undefined)
      expect(pin.warnings).toContainEqual(expect.objectContaining({ code: "tag-fails" }));
    expect(pin.asPinned).toEqual(classOf(each, pin, release));
  });

  test("what is picked although Ironic fails are most of these", async () => {
    const pins = await Promise.allSettled(cases.filter(ofItsOwn).map((each) => resolveCase(release, each)));
    const picked = pins.filter(({ status }) => status === "fulfilled");
    expect(picked.length).toBeGreaterThan(pins.length / 2);
  });
});

/** The class of a manifest by its own marks, read here once more. */
function classOf({ manifests }: RecordedCase, { digest }: Pin, release: string): Pin["asPinned"] {
  const { artifactType, config } = JSON.parse(manifests[digest]?.body ?? "") as {
    artifactType?: string;
    config?: { mediaType?: string };
  };
  const marked = Boolean(artifactType) || config?.mediaType === "application/vnd.oci.empty.v1+json";
  if (release.startsWith("29.") || marked) return { kind: "disk", diskFormat: "unknown" };
  return { kind: "bootc", diskFormat: "bootc" };
}

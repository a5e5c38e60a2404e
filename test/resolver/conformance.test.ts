import { OciResolver } from "cdktf-ironic-oci";
import { InProcessRegistry } from "../../src/testing/registry";
import { type IronicAnswer, RECORDED_RELEASES, recordedCases, serveCase } from "../support/recorded";
import { codeFor, comparable, expectedPin } from "../support/recorded-answers";

const cases = recordedCases("ironic-picks.json");

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

test("there are 300 cases with two releases each", () => {
  expect(cases).toHaveLength(300);
  for (const { ironic } of cases) expect(Object.keys(ironic).sort()).toEqual(RECORDED_RELEASES);
});

describe.each(RECORDED_RELEASES)("Ironic %s", (release) => {
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
    expect(comparable(await answer, expected)).toEqual(expectedPin(expected));
  });
});

import { OciResolver, type Pin } from "cdktf-ironic-oci";
import fc from "fast-check";
import { InProcessRegistry } from "../../../src/testing/registry";
import { oddRegistries } from "../../support/odd-registries";
import { RECORDED_RELEASES, serveCase } from "../../support/recorded";
import { type Answer, disagreement } from "../support/agreement";
import { type Answered, askIronic, type Question } from "../support/image-service";

/** More of them, and others, can be asked for: the same seed gives the same registries. */
const COUNT = Number(process.env.ODD_COUNT ?? 1_500);
const SEED = Number(process.env.ODD_SEED ?? 34);
/** Milliseconds: a Debian root may have to be made first. */
const PATIENCE = 20 * 60_000;

/**
 * Manifests that no specification allows, and what real Ironic releases make of them: its own image service reads made-up
 * registries, by tag and by the digest that was pinned.
 */
describe.each(RECORDED_RELEASES)("Ironic %s", (release) => {
  const questions: Question[] = fc
    .sample(oddRegistries, { numRuns: COUNT, seed: SEED })
    .map((each, number) => ({ ...each, name: `odd-${number}`, repository: `odd/c${number}` }));
  let ironic: Answered[];
  let ours: Answer[];
  /** What Ironic makes of the URLs that were pinned here. */
  let pinned: Answered[];

  beforeAll(async () => {
    const registry = await InProcessRegistry.start();
    for (const question of questions) serveCase(registry, { ...question, ironic: {} });
    const resolver = new OciResolver({
      ...{ ironicRelease: release, plainHttp: [registry.host], credentials: {}, extraChecks: false },
    });
    ours = await Promise.all(
      questions.map(({ repository, query }) =>
        resolver
          .resolve(`oci://${registry.host}/${repository}${query.reference}`, {
            architecture: query.cpu_arch ?? undefined,
            imageDownloadSource: query.image_download_source ?? undefined,
          })
          .catch((error: { code: string }) => ({ code: error.code })),
      ),
    );
    await resolver.close();
    await registry.stop();
    ironic = await askIronic(release, questions);
    pinned = await askIronic(
      release,
      questions.map((question, number) => {
        const pin = ours[number] as Partial<Pin>;
        const reference = pin.digest === undefined ? question.query.reference : `@${pin.digest}`;
        return { ...question, query: { ...question.query, reference } };
      }),
    );
  }, PATIENCE);

  test("each answer agrees", () => {
    const wrong = questions.flatMap((question, number) => {
      const [expected, answer] = [ironic[number] as Answered, ours[number] as Answer];
      const fault = disagreement(question, expected, answer, pinned[number] as Answered);
      const documents = Object.entries(question.manifests).map(
        ([digest, { body }]) => `${digest.slice(0, 18)} ${body}`,
      );
      const facts = [JSON.stringify(question.query), JSON.stringify(expected), JSON.stringify(answer)];
      return fault === undefined ? [] : [[`${question.name}: ${fault}`, ...facts, ...documents]];
    });
    expect(wrong).toEqual([]);
  });

  test("and there is something of every kind among them", () => {
    const pins = ours.filter((answer): answer is Pin => "digest" in answer);
    const codes = new Set(pins.flatMap(({ warnings }) => warnings.map(({ code }) => code)));
    for (const code of ["tag-fails", "layers", "layer-size", "layer-digest", "media-type"])
      expect(codes).toContain(code);
    expect(ironic.filter(({ error }) => error === undefined).length).toBeGreaterThan(COUNT / 4);
    expect(ironic.filter(({ error }) => error !== undefined).length).toBeGreaterThan(COUNT / 20);
  });
});

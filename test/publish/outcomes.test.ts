import fc from "fast-check";
import { checkArtifacts } from "../../src/publish/artifact";
import { artifactManifest, artifactType, document, imageIndex } from "../../src/publish/documents";
import { checkOutcomes, chooseFrom, expectedOutcomes, releasesOf } from "../../src/publish/outcomes";
import { digestOf, Reference } from "../../src/reference";
import { NEWEST_RELEASE, SELECTION_PROFILES } from "../../src/selection";

const reference = Reference.parse("oci://registry.example/os:9");
const blob = (text: string) => ({ digest: digestOf(Buffer.from(text)), size: text.length });

/** Documents of disks, as they are pushed. */
function published(disks: readonly { architecture: string; disktype: string }[], podmanMachine = false) {
  const checked = checkArtifacts(
    disks.map((each, n) => ({ ...each, kind: "disk", path: `${n}` })),
    { podmanMachine },
  ).map((each) => ({ ...each, format: "unknown" as const, title: each.path, mediaType: "x/y", compress: false }));
  const manifests = checked.map((each) => artifactManifest(each, blob(each.path)));
  const offers = checked.map((each, n) => ({
    ...{ title: each.title, digest: (manifests[n] as (typeof manifests)[0]).digest },
    ...{ architecture: each.architecture, disktype: each.disktype },
  }));
  const index = imageIndex(
    offers.map(({ digest, architecture, disktype }) => ({
      ...{ digest, architecture, disktype, size: 9, artifactType: artifactType("disk") },
    })),
  );
  return { manifests, offers, index };
}

test("Ironic's rules and the simple one agree for everything that can be published", async () => {
  const architecture = fc.constantFrom("x86_64", "amd64", "aarch64", "arm64", "ppc64le");
  const disktype = fc.constantFrom("qcow2", "raw", "qemu", "applehv", "hyperv");
  const disks = fc.array(fc.record({ architecture, disktype }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(disks, fc.boolean(), async (some, podmanMachine) => {
      let made: ReturnType<typeof published>;
      try {
        made = published(some, podmanMachine);
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_ARTIFACTS" });
        return;
      }
      const { index, manifests, offers } = made;
      const outcomes = expectedOutcomes("disk", offers);
      await checkOutcomes(reference, outcomes, (each) => chooseFrom(reference, "disk", index, manifests, each));
      expect(outcomes.length).toBeGreaterThanOrEqual(8);
    }),
    { numRuns: 300 },
  );
});

test("an index whose entries lost their meaning is refused, with every node that would get something else", async () => {
  const { index, manifests, offers } = published([
    { architecture: "x86_64", disktype: "raw" },
    { architecture: "x86_64", disktype: "qcow2" },
  ]);
  const entries = (index.content.manifests as Record<string, unknown>[]).map(({ annotations: _, ...entry }) => entry);
  const bare = document(index.mediaType, { ...index.content, manifests: entries });
  const outcomes = expectedOutcomes("disk", offers);
  const choose = (outcome: (typeof outcomes)[number]) => chooseFrom(reference, "disk", bare, manifests, outcome);
  await expect(checkOutcomes(reference, outcomes, choose)).rejects.toMatchObject({
    code: "PUBLISH_CHECK",
    message: expect.stringMatching(
      /x86_64 with image_download_source local, Ironic 29 to 33: gets sha256:.* instead of/,
    ),
  });
});

test("a manifest without artifact marks is a container by its digest: refused", async () => {
  const { offers, index, manifests } = published([{ architecture: "x86_64", disktype: "qcow2" }]);
  const [manifest] = manifests as [(typeof manifests)[0]];
  const { artifactType: _, config: __, ...content } = manifest.content;
  const unmarked = { ...manifest, content };
  const outcomes = expectedOutcomes("disk", offers);
  const choose = (outcome: (typeof outcomes)[number]) => chooseFrom(reference, "disk", index, [unmarked], outcome);
  await expect(checkOutcomes(reference, outcomes, choose)).rejects.toMatchObject({
    message: expect.stringMatching(/as disk by the tag and as bootc by its digest/),
  });
});

test("a kernel goes to every node, or to those of its architecture", async () => {
  const [alone] = expectedOutcomes("kernel", [
    { ...blob("k"), architecture: undefined, disktype: undefined, title: "k" },
  ]);
  expect(alone).toMatchObject({ architecture: "x86_64", gets: { title: "k" } });
  const some = expectedOutcomes("kernel", [{ ...blob("k"), architecture: "arm64", disktype: undefined, title: "k" }]);
  expect(some.filter(({ gets }) => gets).map(({ architecture }) => architecture)).toEqual(Array(4).fill("aarch64"));
});

test("the releases of profiles, in words", () => {
  expect(releasesOf(["ironic-29"])).toBe("Ironic 29 to 33");
  expect(releasesOf(["ironic-34"])).toBe("Ironic 34 and later");
  expect(releasesOf(SELECTION_PROFILES)).toBe("Ironic 29 and later");
  expect(NEWEST_RELEASE.profile).toBe("ironic-34");
});

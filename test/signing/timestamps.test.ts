import { expectIdentity, expectKey, verifyImage } from "../../src/signing";
import { clientFor } from "../registry/support";
import { type Bundle, keyPair, Sigstore, signBy, statementOf, TimestampAuthority } from "../support/sigstore";
import { attach, publicPem, rootFile, serveImages } from "./support";

/** Timestamps of authorities (RFC 3161) prove when a certificate was used, where the trusted root has the authority. */
const ALICE = { identity: "alice@example.com", issuer: "https://accounts.example" } as const;
const sigstore = new Sigstore();
const authority = new TimestampAuthority();
const root = rootFile(sigstore.trustedRoot({ tlogs: true }, [authority.inRoot()]));
const alice = expectIdentity(ALICE.identity, ALICE.issuer, root);
const keys = keyPair();

function stamped(bundle: Bundle, ...stamps: readonly Buffer[]): Bundle {
  const { tlogEntries: _, ...material } = bundle.verificationMaterial;
  const rfc3161Timestamps = stamps.map((each) => ({ signedTimestamp: each.toString("base64") }));
  return {
    ...bundle,
    verificationMaterial: { ...material, timestampVerificationData: { rfc3161Timestamps } },
  };
}
const signatureIn = ({ dsseEnvelope }: Bundle) => Buffer.from(dsseEnvelope.signatures[0]?.sig ?? "", "base64");
const byAlice = (digest: string, options = {}) => sigstore.signAs({ ...ALICE, ...options }, statementOf(digest));
const hour = 3_600_000;

/** `accepted`, or the reason against the only signature of the index `disks/one`. */
async function outcome(
  bundleFor: (digest: string) => Bundle,
  expected: Parameters<typeof verifyImage>[2]["expected"][0] = alice,
) {
  const { registry, one } = await serveImages();
  attach(registry, "disks/one", one.tagDigest, bundleFor(one.tagDigest));
  return verifyImage(clientFor(registry), one, { expected: [expected] }).then(
    () => "accepted",
    ({ found }: { found: readonly { reason: string }[] }) => found[0]?.reason,
  );
}

describe("a certificate without a log's entry", () => {
  const at =
    (time: Date, options = {}, by = authority) =>
    (digest: string) => {
      const bundle = byAlice(digest, options);
      return stamped(bundle, by.stamp(signatureIn(bundle), time));
    };

  test("with a timestamp of when the certificate was valid, however long ago", async () => {
    expect(await outcome(at(new Date()))).toBe("accepted");
    const from = new Date(Date.now() - 24 * hour);
    expect(await outcome(at(new Date(from.getTime() + 60_000), { from }))).toBe("accepted");
  });

  test.each<[string, (digest: string) => Bundle, string]>([
    ["no timestamp", (digest) => stamped(byAlice(digest)), "expected 1 timestamps, got 0"],
    ["one after the certificate had expired", at(new Date(Date.now() + hour)), "expired"],
    ["one before the certificate", at(new Date(Date.now() - hour)), "expired"],
    ["one of another authority", at(new Date(), {}, new TimestampAuthority()), "timestamp could not be verified"],
    [
      "one of another signature",
      (digest) => stamped(byAlice(digest), authority.stamp(signatureIn(byAlice(digest)))),
      "timestamp could not be verified",
    ],
    [
      "the same one twice",
      (digest) => {
        const bundle = byAlice(digest);
        const stamp = authority.stamp(signatureIn(bundle));
        return stamped(bundle, stamp, stamp);
      },
      "duplicate timestamp",
    ],
    ["one that is none", (digest) => stamped(byAlice(digest), Buffer.from("no timestamp")), "malformed"],
  ])("%s is refused", async (_name, bundleFor, reason) => {
    expect(await outcome(bundleFor)).toContain(reason);
  });

  test("a root with a log wants its entry as well", async () => {
    const both = rootFile(sigstore.trustedRoot({}, [authority.inRoot()]));
    expect(await outcome(at(new Date()), expectIdentity(ALICE.identity, ALICE.issuer, both))).toContain("tlog entries");
  });

  test("an entry with a proof of inclusion and no promise, as of Rekor 2, has its time from the timestamp", async () => {
    const both = expectIdentity(ALICE.identity, ALICE.issuer, rootFile(sigstore.trustedRoot({}, [authority.inRoot()])));
    const proven =
      (...stamps: readonly "stamped"[]) =>
      (digest: string) => {
        const bundle = byAlice(digest);
        const [entry] = bundle.verificationMaterial.tlogEntries as [Record<string, unknown>];
        const { inclusionPromise: _, ...rest } = entry;
        const { verificationMaterial } = stamped(bundle, ...stamps.map(() => authority.stamp(signatureIn(bundle))));
        return { ...bundle, verificationMaterial: { ...verificationMaterial, tlogEntries: [rest] } };
      };
    expect(await outcome(proven("stamped"), both)).toBe("accepted");
    expect(await outcome(proven(), both)).toBe("expected 1 timestamps, got 0");
  });

  test("a root without a timestamp authority: the reason names it", async () => {
    const without = rootFile(sigstore.trustedRoot({ tlogs: true }));
    const reason = await outcome(at(new Date()), expectIdentity(ALICE.identity, ALICE.issuer, without));
    expect(reason).toBe("it has a timestamp, and the trusted root has no timestamp authority");
  });
});

test("a key needs no timestamp; one that its signature has is verified", async () => {
  const byKey = (by: TimestampAuthority) => (digest: string) => {
    const bundle = signBy(keys, statementOf(digest));
    return stamped(bundle, by.stamp(signatureIn(bundle)));
  };
  const expected = expectKey(publicPem(keys), root);
  expect(await outcome(byKey(authority), expected)).toBe("accepted");
  expect(await outcome(byKey(new TimestampAuthority()), expected)).toBe("timestamp could not be verified");
  expect(await outcome(byKey(authority), expectKey(publicPem(keys)))).toMatch(/^(it has a timestamp|timestamp could)/);
});

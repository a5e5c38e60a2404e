import { digestOf, InvalidReferenceError, Reference } from "../../src/reference";
import { type Conductor, parseRelease, readSettings, type Target } from "../../src/resolver";
import { ConductorFailure } from "../../src/resolver/conductor/connection";
import { type Documents, type Identified, identify } from "../../src/resolver/conductor/identify";
import { readFixture } from "../support/fixtures";

interface Case {
  readonly name: string;
  readonly repository: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly manifests: Readonly<Record<string, { readonly mediaType: string; readonly body: string }>>;
  readonly wire?: { readonly tags?: unknown; readonly no_digest_header?: boolean };
  readonly query: {
    readonly reference: string;
    readonly image_download_source: string | null;
    readonly cpu_arch: string | null;
  };
  readonly ironic: Readonly<Record<string, Answer>>;
}

/** What a real Ironic release answered; `picked: null`: nothing that it could go on with. */
interface Answer {
  readonly error?: string;
  readonly picked?: string | null;
  readonly disk_format?: string | null;
  readonly size?: number | null;
  readonly pinned?: Answer;
}

const { cases: picks } = readFixture("conformance", "ironic-picks.json") as { cases: Case[] };
const { cases: pins } = readFixture("conformance", "ironic-pins.json") as { cases: Case[] };
const cases = [...picks, ...pins];

/** The registry of a case, for who is let in. */
function documentsOf({ tags, manifests, wire = {} }: Case): Documents {
  return {
    async tags() {
      if (wire.tags === undefined || wire.tags === "paged") return Object.keys(tags);
      if (Array.isArray(wire.tags)) return wire.tags as string[];
      throw new ConductorFailure("no tags");
    },
    // The recorded registry gave what it had, whatever it was asked to give.
    async manifest(tagOrDigest) {
      const digest = tags[tagOrDigest] ?? tagOrDigest;
      const manifest = manifests[digest];
      if (!manifest) throw new ConductorFailure("not there");
      const body = Buffer.from(manifest.body);
      const header = wire.no_digest_header ? undefined : digest;
      if (tagOrDigest === digest && digestOf(body, digest.startsWith("sha512") ? "sha512" : "sha256") !== digest) {
        throw new ConductorFailure("other bytes");
      }
      return { content: JSON.parse(manifest.body), digest: header, body };
    },
  };
}

async function identified(each: Case, reference: string, release: string): Promise<Identified | undefined> {
  const { cpu_arch: architecture, image_download_source: source } = each.query;
  const conductor: Conductor = { release: parseRelease(release), settings: readSettings([], parseRelease(release)) };
  const target: Target = {
    role: "image",
    architecture: architecture ?? undefined,
    imageDownloadSource: source ?? undefined,
    deployInterface: "direct",
    bootInterface: "ipxe",
  };
  try {
    const found = await identify(Reference.parse(reference), conductor, target, documentsOf(each));
    return "fault" in found ? undefined : found;
  } catch (error) {
    if (error instanceof ConductorFailure || error instanceof InvalidReferenceError) return undefined;
    throw error;
  }
}

/** What a real release answered, in the doctor's words. */
function expectation(answer: Answer): unknown {
  if (answer.error !== undefined || !answer.picked) return undefined;
  return { kind: answer.disk_format === "bootc" ? "bootc" : "disk", diskFormat: answer.disk_format || undefined };
}

const seen = (found: Identified | undefined) => found && { kind: found.kind, diskFormat: found.diskFormat };

describe.each(["29.0.5", "39.0.0"])("what Ironic %s makes of a reference", (release) => {
  test.each(cases)("$name", async (each) => {
    const { repository, query, ironic } = each;
    const answer = ironic[release] as Answer;
    const found = await identified(each, `oci://registry.example/${repository}${query.reference}`, release);
    expect(seen(found)).toEqual(expectation(answer));
    if (found && answer.size != null) expect(found.size).toBe(answer.size);
    if (!answer.pinned || !answer.picked) return;
    const pinned = await identified(each, answer.picked.replace("HOST", "registry.example"), release);
    expect(seen(pinned)).toEqual(expectation(answer.pinned));
    if (found && pinned) expect(found.kindByDigest).toBe(pinned.kind);
    if (found) expect(found.digestFault === undefined).toBe(pinned !== undefined);
  });
});

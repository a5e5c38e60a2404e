import type { Digest, Reference } from "../reference";
import {
  type ArtifactClass,
  type NodeFacts,
  RELEASES,
  type Role,
  readDocument,
  readManifest,
  SELECTION_PROFILES,
  type Selection,
  SelectionError,
  type SelectionProfile,
  sameArchitecture,
  selectBootFile,
  selectImage,
} from "../selection";
import { type ArtifactKind, contentOf } from "./artifact";
import type { Document } from "./documents";
import { PublishCheckError } from "./errors";

/** A manifest that a node may get. */
export interface Offer {
  readonly digest: Digest;
  readonly architecture: string | undefined;
  readonly disktype: string | undefined;
  readonly title: string | undefined;
}

/** A kind of node, and what a release of Ironic has to choose for it. */
export interface Outcome {
  readonly architecture: string | undefined;
  readonly imageDownloadSource: "local" | "http";
  readonly profile: SelectionProfile;
  /** Undefined where nothing is there for the node, and Ironic has to refuse. */
  readonly gets: Offer | undefined;
}

/** What was chosen for a node: by the tag, and what the pinned URL is taken for. */
export interface Choice {
  readonly digest: Digest;
  readonly byTag: ArtifactClass;
  readonly asPinned: ArtifactClass;
  /** What Ironic fails on although it was chosen. */
  readonly failure: string | undefined;
}

const ARCHITECTURES = ["x86_64", "aarch64"] as const;

/**
 * What each kind of node has to get, by a rule that is simpler than Ironic's, so that the two check each other: of the disks for the
 * node's architecture the qcow2 one where the conductor converts it (`local`), else the raw one, and the other one where there is no such.
 */
export function expectedOutcomes(kind: ArtifactKind, offers: readonly Offer[]): Outcome[] {
  const more = offers.flatMap(({ architecture }) => architecture ?? []);
  const architectures: string[] = [...ARCHITECTURES];
  for (const each of more) if (!architectures.some((known) => sameArchitecture(known, each))) architectures.push(each);
  return architectures.flatMap((architecture) =>
    (["local", "http"] as const).flatMap((imageDownloadSource) =>
      SELECTION_PROFILES.map((profile) => {
        const fitting = offers.filter(
          (offer) => offer.architecture === undefined || sameArchitecture(architecture, offer.architecture),
        );
        const order = imageDownloadSource === "local" ? ["qcow2", "raw"] : ["raw", "qcow2"];
        const disk = order
          .map((content) => fitting.find(({ disktype }) => contentOf(disktype) === content))
          .find((offer) => offer !== undefined);
        return { architecture, imageDownloadSource, profile, gets: kind === "disk" ? disk : fitting[0] };
      }),
    ),
  );
}

/**
 * Compares what is chosen for each kind of node with what is expected.
 * @param choose the choice; undefined where nothing is found
 * @throws {PublishCheckError} which lists every difference
 */
export async function checkOutcomes(
  reference: Reference,
  outcomes: readonly Outcome[],
  choose: (outcome: Outcome) => Promise<Choice | undefined>,
): Promise<void> {
  const differences: string[] = [];
  for (const outcome of outcomes) {
    const choice = await choose(outcome);
    const fault = faultOf(outcome.gets, choice);
    if (fault !== undefined) differences.push(`${describeNode(outcome)} ${fault}`);
  }
  if (differences.length === 0) return;
  throw new PublishCheckError(
    [`${reference}: nodes would not get what is published for them`, ...differences.map((line) => `  ${line}`)].join(
      "\n",
    ),
    { hint: "the tag was not moved; if someone else pushes to this repository as well, push again" },
  );
}

function faultOf(expected: Offer | undefined, choice: Choice | undefined): string | undefined {
  if (choice === undefined) return expected && `gets nothing instead of ${expected.digest}`;
  const { digest, byTag, asPinned, failure } = choice;
  if (digest !== expected?.digest) return `gets ${digest} instead of ${expected?.digest ?? "nothing"}`;
  if (failure !== undefined) return `gets ${digest}, and Ironic fails on it, because ${failure}`;
  if (byTag !== "disk" || asPinned !== "disk") {
    return `gets ${digest} as ${byTag} by the tag and as ${asPinned} by its digest instead of as a disk image`;
  }
  return undefined;
}

function describeNode({ architecture, imageDownloadSource, profile }: Outcome): string {
  return `${architecture} with image_download_source ${imageDownloadSource}, ${releasesOf([profile])}:`;
}

/** The releases of selection profiles, in words: `Ironic 29 to 33`, `Ironic 34 and later`, `Ironic 29 and later`. */
export function releasesOf(profiles: readonly SelectionProfile[]): string {
  const majors = RELEASES.filter(({ profile }) => profiles.includes(profile)).map(({ major }) => major);
  const first = majors[0];
  const last = majors.at(-1);
  return last === RELEASES.at(-1)?.major ? `Ironic ${first} and later` : `Ironic ${first} to ${last}`;
}

/** The choice from documents in memory, before anything is sent. */
export async function chooseFrom(
  reference: Reference,
  kind: ArtifactKind,
  top: Document,
  manifests: readonly Document[],
  { architecture, imageDownloadSource, profile }: Outcome,
): Promise<Choice | undefined> {
  const contents = new Map(manifests.map(({ digest, content }) => [digest, readManifest(content)]));
  const document = readDocument(top.content, top.digest);
  const node: NodeFacts = { architecture, imageDownloadSource };
  const role = roleOf(kind);
  const steps =
    role === "image"
      ? selectImage(document, node, profile, reference)
      : selectBootFile(document, node, role, profile, reference);
  try {
    let step = steps.next();
    while (!step.done) {
      const manifest = contents.get(step.value.digest);
      if (!manifest)
        throw new PublishCheckError(`${reference}: the index lists ${step.value.digest}, which is not there`);
      step = steps.next(manifest);
    }
    return choiceOf(step.value);
  } catch (error) {
    if (error instanceof SelectionError && error.code === "NO_MATCHING_IMAGE") return undefined;
    throw error;
  }
}

/** An ISO image is deployed like a ramdisk: one file that Ironic never chooses. */
export function roleOf(kind: ArtifactKind): Role {
  if (kind === "disk") return "image";
  return kind === "kernel" ? "kernel" : "ramdisk";
}

function choiceOf({ digest, readings, asPinned, tagFailure, pinFailure }: Selection): Choice {
  const failure = tagFailure ?? pinFailure;
  return { digest, byTag: readings.byTag?.kind ?? "disk", asPinned: asPinned.kind, failure };
}

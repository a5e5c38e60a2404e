import type { Reference } from "../reference";
import { didYouMean } from "./architecture";
import { AS_FILE, readByDigest } from "./as-pinned";
import type { ImageDocument } from "./document";
import { AmbiguousArtifactError, InvalidImageError, NoMatchingImageError } from "./errors";
import { file, type Named, named } from "./image";
import { consider, fits } from "./rank";
import type { SelectionProfile } from "./releases";
import {
  aRole,
  type Candidate,
  type Considered,
  type ManifestFacts,
  type NodeFacts,
  type Role,
  type Selection,
} from "./types";

/**
 * The one boot file (kernel, ramdisk, ISO or boot loader) behind a reference. Ironic never chooses these, it wants them pinned; so
 * nothing is guessed here: an index is narrowed by architecture, and what is left must be one manifest with one layer.
 * @throws {AmbiguousArtifactError} when more than one is left
 * @throws {NoMatchingImageError} when none is
 * @throws {InvalidImageError} when it is neither an index nor a manifest
 */
export function* selectBootFile(
  document: ImageDocument,
  node: NodeFacts,
  role: Exclude<Role, "image">,
  profile: SelectionProfile,
  reference: Reference,
): Generator<Named, Selection, ManifestFacts> {
  // Ironic never sees the tag of a boot file, so that a media type which it would refuse there is none of its business.
  if (document.refusal && document.candidates[0]?.layers === undefined) {
    throw new InvalidImageError(`${reference}: ${document.refusal.why}`, { hint: document.refusal.hint });
  }
  const readable = document.candidates.filter(({ faults }) => faults.whole === undefined);
  const matching = readable.filter((candidate) => fits(candidate, node));
  const [candidate] = matching;
  if (matching.length > 1) {
    throw new AmbiguousArtifactError(`${reference}: ${matching.length} artifacts could be the ${role}`, {
      considered: matching.map((each) =>
        consider(each, undefined, "ambiguous", `for ${each.architecture ?? "any architecture"}`),
      ),
      hint: node.architecture
        ? `name one of them: oci://${reference.name}@<digest>`
        : `set the node's architecture, or name one of them: oci://${reference.name}@<digest>`,
    });
  }
  if (!candidate) {
    throw new NoMatchingImageError(`${reference}: no ${role} for a ${node.architecture} node`, {
      considered: readable.map((each) => wrongArchitecture(each, node)),
      hint: didYouMean(node),
    });
  }
  const single = document.kind === "manifest";
  const winner = single ? { ...candidate, digest: document.digest } : named(candidate, reference);
  const manifest = single ? candidate : yield winner;
  const layers = manifest.layers ?? [];
  if (layers.length !== 1) {
    throw new NoMatchingImageError(
      `${reference}: ${aRole(role)} is a manifest with exactly one layer, and ${winner.digest} has ${layers.length}`,
      { hint: "push the file as an artifact of its own: oras push HOST/PATH:TAG FILE" },
    );
  }
  const considered = readable.map((each) =>
    each === candidate
      ? consider(winner, undefined, "won", `the only ${role} for this node`)
      : wrongArchitecture(each, node),
  );
  return {
    ...file(winner, layers, reference),
    digest: winner.digest,
    diskFormat: "unknown",
    asPinned: AS_FILE,
    considered,
    readings: { byTag: undefined, byDigest: { kind: "disk", why: `${aRole(role)} is one file` } },
    tagFailure: undefined,
    pinFailure: readByDigest(manifest, profile).failure,
    manifest,
  };
}

function wrongArchitecture(candidate: Candidate, node: NodeFacts): Considered {
  const reason = `for ${candidate.architecture}, the node is ${node.architecture}`;
  return consider(candidate, undefined, "wrong-architecture", reason);
}

import type { Reference } from "../reference";
import type { ImageDocument } from "./document";
import { AmbiguousArtifactError, NoMatchingImageError } from "./errors";
import { chooseDisk } from "./image";
import { consider, fits } from "./rank";
import type { Candidate, Considered, ManifestFacts, NodeFacts, Role, Selection } from "./types";

/**
 * The one kernel or ramdisk behind a reference. Ironic never chooses these, it wants them pinned; so nothing is
 * guessed here: an index is narrowed by architecture, and what is left must be one manifest with one layer.
 * @throws {AmbiguousArtifactError} when more than one is left
 * @throws {NoMatchingImageError} when none is
 */
export function* selectBootFile(
  document: ImageDocument,
  node: NodeFacts,
  role: Exclude<Role, "image">,
  reference: Reference,
): Generator<Candidate, Selection, ManifestFacts> {
  const matching = document.candidates.filter((candidate) => fits(candidate, node));
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
      considered: document.candidates.map((each) => wrongArchitecture(each, node)),
    });
  }
  const manifest = document.kind === "manifest" ? candidate : yield candidate;
  const layers = manifest.layers ?? [];
  if (layers.length !== 1) {
    throw new NoMatchingImageError(
      `${reference}: a ${role} is a manifest with exactly one layer, and ${candidate.digest} has ${layers.length}`,
      { hint: "push the file as an artifact of its own: oras push HOST/PATH:TAG FILE" },
    );
  }
  const considered = document.candidates.map((each) =>
    each === candidate
      ? consider(each, undefined, "won", `the only ${role} for this node`)
      : wrongArchitecture(each, node),
  );
  return { ...chooseDisk(candidate, layers, considered), config: manifest.config, diskFormat: "unknown" };
}

function wrongArchitecture(candidate: Candidate, node: NodeFacts): Considered {
  const reason = `for ${candidate.architecture}, the node is ${node.architecture}`;
  return consider(candidate, undefined, "wrong-architecture", reason);
}

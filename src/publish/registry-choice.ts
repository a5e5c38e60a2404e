import type { Digest, Reference } from "../reference";
import type { OciResolver } from "../resolver";
import { NoMatchingImageError } from "../selection";
import type { ArtifactKind } from "./artifact";
import { type Choice, type Outcome, roleOf } from "./outcomes";

/** Warnings of a pin that make it useless: Ironic chooses it, and fails. */
const FATAL: ReadonlySet<string> = new Set(["tag-fails", "unusable", "layers", "layer-digest"]);

/**
 * The choice from what the registry has, by the same resolver as every pin.
 * @param reference the tag that is going to be moved
 * @param digest of the index or manifest, which is read as the tag will be
 * @param warnings gets the texts of the other warnings
 */
export function chooseInRegistry(
  resolver: OciResolver,
  kind: ArtifactKind,
  reference: Reference,
  digest: Digest,
  warnings: Set<string>,
  signal: AbortSignal | undefined,
): (outcome: Outcome) => Promise<Choice | undefined> {
  return async ({ architecture, imageDownloadSource, profile }) => {
    try {
      const role = roleOf(kind);
      const node = { architecture, imageDownloadSource, profile, role, tagDigest: digest };
      const pin = await resolver.resolve(reference, { ...node, ...(signal && { signal }) });
      const failure = pin.warnings.find(({ code }) => FATAL.has(code))?.message;
      for (const { code, message } of pin.warnings) if (!FATAL.has(code)) warnings.add(message);
      return {
        digest: pin.digest,
        byTag: pin.diskFormat === "bootc" ? "bootc" : "disk",
        asPinned: pin.asPinned.kind,
        failure,
      };
    } catch (error) {
      if (error instanceof NoMatchingImageError) return undefined;
      throw error;
    }
  };
}

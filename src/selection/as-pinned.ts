import type { SelectionProfile } from "./releases";
import type { AsPinned, ManifestFacts } from "./types";

/** What Ironic makes of a manifest that is named by its digest, and why. */
export interface DigestReading {
  readonly asPinned: AsPinned;
  /** Why it is taken for that, in a clause. */
  readonly why: string;
  /** What Ironic fails on instead; undefined where it takes the URL. */
  readonly failure: string | undefined;
}

const DISK: AsPinned = { kind: "disk", diskFormat: "unknown" };
const BOOTC: AsPinned = { kind: "bootc", diskFormat: "bootc" };

/** The reading of a boot file: a file, whatever its class (Ironic, OciClient.download_blob_from_manifest). */
export const AS_FILE = DISK;

/**
 * How Ironic reads a digest: by the manifest alone, and not at the node or at an index
 * (Ironic, OciImageService.show and is_oci_artifact_image).
 */
export function readByDigest(manifest: ManifestFacts, profile: SelectionProfile): DigestReading {
  if (profile === "ironic-29") {
    return { asPinned: DISK, why: "up to release 33 Ironic takes every digest for one", failure: fileFault(manifest) };
  }
  if (manifest.marked) {
    return {
      asPinned: DISK,
      why: "its manifest has an artifactType or the empty configuration",
      failure: fileFault(manifest),
    };
  }
  const what = manifest.lists === undefined ? "its manifest" : "the index that it names";
  return {
    asPinned: BOOTC,
    why: `${what} has neither an artifactType nor the empty configuration`,
    failure: manifest.faults.config ?? containerFault(manifest),
  };
}

/** Ironic looks at the first layer; a list that isn't there counts as one layer of which nothing is known. */
function fileFault({ layers, faults }: ManifestFacts): string | undefined {
  if (faults.layers !== undefined) return faults.layers;
  if (layers === undefined) return undefined;
  const [first] = layers;
  if (first === undefined) return "layers is empty";
  // Missing digests pass; a value that is neither text nor a list does not.
  const digest = first.faults.digest;
  return first.faults.whole ?? (digest && /is a (number|boolean)$/.test(digest) ? digest : undefined);
}

/** Ironic adds up the sizes of the configuration and of every layer. */
function containerFault({ config, layers, faults }: ManifestFacts): string | undefined {
  if (faults.layers !== undefined) return faults.layers;
  const added = layers === undefined || layers.length > 0;
  if (added && config?.sizeFault !== undefined) return config.sizeFault;
  for (const layer of layers ?? []) {
    const fault = layer.faults.whole ?? layer.faults.size;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

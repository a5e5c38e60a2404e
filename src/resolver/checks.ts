import { OPTIONS, type Reference } from "../reference";
import { ManifestNotFoundError, type RegistryClient } from "../registry";
import { ArchitectureMismatchError, type NodeFacts, type Selection, sameArchitecture } from "../selection";

/** Checks beyond those of Ironic. */
export interface ExtraChecks {
  /**
   * A single manifest whose image configuration names another architecture than the node's is an error. Where the node's is not given,
   * {@link OciResolver.undecidedArchitecture} warns of an index with images for several.
   */
  readonly architecture?: boolean;
  /**
   * A pin that Ironic deploys as another class than `expect` says is an error, and so is one that it fails on. With `class: false`
   * they are warnings.
   */
  readonly class?: boolean;
  /** A zstd artifact with `image_download_source` `http`, or unset, is a warning: the agent can't unpack it while streaming. */
  readonly compression?: boolean;
  /** A pinned bootc container is a warning: the machine follows a digest, so `bootc upgrade` finds nothing newer. */
  readonly bootc?: boolean;
  /**
   * `image_download_source = swift` is an error for digest references too, which Ironic accepts at first; a raw image with `http`
   * or unset is a warning: it does not deploy when it is pinned.
   */
  readonly downloadSource?: boolean;
  /** A digest reference to a manifest with several layers is a warning: Ironic fails when it downloads it. */
  readonly layers?: boolean;
  /**
   * A tag that the registry does not list is a warning: Ironic does not find it. Off unless switched on, because it costs at least
   * one more request for each tag. Where a mirror serves the registry, the mirror's list is read.
   */
  readonly tagList?: boolean;
}

export interface EnabledChecks extends Readonly<Required<Omit<ExtraChecks, "class">>> {
  readonly class: "error" | "warning" | "off";
}

export function enabledChecks(option: boolean | ExtraChecks | undefined): EnabledChecks {
  const all = option !== false;
  const options = typeof option === "object" ? option : {};
  const each = { architecture: all, compression: all, bootc: all, downloadSource: all, layers: all, tagList: false };
  const byClass = options.class === false ? "warning" : "error";
  return { ...each, ...options, class: all ? byClass : "off" };
}

const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
const MAX_CONFIG = 4 * 1024 * 1024;

/**
 * Compares the architecture in a single manifest's image configuration with the node's. Ironic does not read that configuration
 * and would boot arm64 code on x86_64.
 * @throws {ArchitectureMismatchError}
 */
export async function checkArchitecture(
  client: RegistryClient,
  reference: Reference,
  node: NodeFacts,
  selection: Selection,
  signal: AbortSignal,
): Promise<void> {
  const { config } = selection.manifest;
  if (!node.architecture || config?.mediaType !== IMAGE_CONFIG || config.digest === undefined) return;
  const expected = { digest: config.digest, size: config.size };
  let blob: Buffer;
  try {
    blob = await client.getBlob(reference, expected, { maxBytes: MAX_CONFIG, signal });
  } catch (error) {
    // Garbage collection of a registry may delete an empty configuration (two bytes). It is not booted, so the image stays usable.
    if (error instanceof ManifestNotFoundError) return;
    throw error;
  }
  const named = architectureIn(blob);
  if (named === undefined || sameArchitecture(node.architecture, named)) return;
  throw new ArchitectureMismatchError(
    `${reference}: the image is for ${JSON.stringify(named)}, the node is ${node.architecture}; Ironic would boot it all the same`,
    {
      hint: `name an image for the node's architecture, or switch this check off: ${OPTIONS.architectureCheck}`,
    },
  );
}

function architectureIn(config: Buffer): string | undefined {
  try {
    const { architecture } = JSON.parse(config.toString("utf8")) as { architecture?: unknown };
    return typeof architecture === "string" && architecture !== "" ? architecture : undefined;
  } catch {
    return undefined;
  }
}

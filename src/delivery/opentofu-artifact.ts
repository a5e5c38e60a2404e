// The provider in an OCI registry, as OpenTofu installs it from there.
// Source: OpenTofu 1.10, "Provider Mirrors in OCI Registries".
import { type Digest, digestOf } from "../reference";
import { version } from "../version";
import { type InstallOptions, packagesFor, sourceFor } from "./install";

/** Content that is named by its digest. */
export interface ArtifactContent {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

/** A manifest or index. */
export interface ArtifactManifest extends ArtifactContent {
  readonly mediaType: string;
}

/** The zip of one platform, and its manifest. */
export interface ArtifactTarget {
  readonly platform: string;
  readonly blobs: readonly ArtifactContent[];
  readonly manifest: ArtifactManifest;
}

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PROVIDER = "application/vnd.opentofu.provider";
const TARGET = "application/vnd.opentofu.provider-target";
const EMPTY = "application/vnd.oci.empty.v1+json";

/** The tag under which OpenTofu looks for this version: tags have no `+`. */
export const OPENTOFU_TAG = version.replaceAll("+", "_");

/**
 * The platforms of this version, one after the other: a zip has 40 MB. Pass all of them to {@link openTofuIndex}.
 * @throws {UnsupportedPlatformError | ProviderReleaseError | ProviderBundleMissingError}
 */
export function* openTofuTargets(options: InstallOptions): Generator<ArtifactTarget> {
  const source = sourceFor(options);
  for (const [platform, found] of packagesFor(source, options.platforms ?? source.platforms)) {
    const { name, content } = found.zip();
    const zip = contentOf(Buffer.from(content.buffer, content.byteOffset, content.length));
    const config = contentOf(Buffer.from("{}"));
    const manifest = documentOf(MANIFEST, {
      artifactType: TARGET,
      config: descriptor(EMPTY, config),
      layers: [{ ...descriptor("archive/zip", zip), annotations: { "org.opencontainers.image.title": name } }],
    });
    yield { platform, blobs: [config, zip], manifest };
  }
}

/** The index of a version, which gets its tag. */
export function openTofuIndex(targets: readonly Pick<ArtifactTarget, "platform" | "manifest">[]): ArtifactManifest {
  const manifests = targets.map(({ platform, manifest }) => {
    const [os, architecture] = platform.split("_");
    return { ...descriptor(MANIFEST, manifest), artifactType: TARGET, platform: { architecture, os } };
  });
  return documentOf(INDEX, { artifactType: PROVIDER, manifests });
}

function documentOf(mediaType: string, content: object): ArtifactManifest {
  return { mediaType, ...contentOf(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }))) };
}

function contentOf(bytes: Buffer): ArtifactContent {
  return { digest: digestOf(bytes), bytes };
}

function descriptor(mediaType: string, { digest, bytes }: ArtifactContent): object {
  return { mediaType, digest, size: bytes.length };
}

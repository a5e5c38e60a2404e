import type { Digest } from "../../reference";
import { digestOf } from "../../reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../registry";
import type { RegistryStore } from "./store";

const EMPTY = "application/vnd.oci.empty.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";

export interface ArtifactOptions {
  readonly tag?: string;
  /** One per layer. */
  readonly files: readonly {
    readonly name?: string;
    readonly content: string | Uint8Array;
    readonly mediaType?: string;
  }[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** As with `oras push --artifact-platform linux/ARCH`: an image configuration with the architecture. */
  readonly platformArchitecture?: string;
  /** `null`: none, as in a container image. */
  readonly artifactType?: string | null;
}

export interface Pushed {
  readonly digest: Digest;
  readonly size: number;
}

/** Pushes files as `oras push` does. */
export function pushArtifact(store: RegistryStore, repository: string, options: ArtifactOptions): Pushed {
  const configBytes = Buffer.from(
    options.platformArchitecture === undefined
      ? "{}"
      : JSON.stringify({ architecture: options.platformArchitecture, os: "linux" }),
  );
  store.putBlob(repository, configBytes);
  const layers = options.files.map((file) => {
    const bytes = Buffer.from(file.content);
    store.putBlob(repository, bytes);
    return {
      mediaType: file.mediaType ?? "application/vnd.oci.image.layer.v1.tar",
      digest: digestOf(bytes),
      size: bytes.length,
      ...(file.name !== undefined && { annotations: { "org.opencontainers.image.title": file.name } }),
    };
  });
  const artifactType =
    options.artifactType === undefined ? "application/vnd.unknown.artifact.v1" : options.artifactType;
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(artifactType !== null && { artifactType }),
    config: {
      mediaType: options.platformArchitecture === undefined && artifactType !== null ? EMPTY : IMAGE_CONFIG,
      digest: digestOf(configBytes),
      size: configBytes.length,
    },
    layers,
    ...(options.annotations && { annotations: options.annotations }),
  });
  return { digest: store.putManifest(repository, OCI_MANIFEST, body, options.tag), size: Buffer.byteLength(body) };
}

export interface IndexEntry extends Pushed {
  readonly architecture?: string;
  readonly disktype?: string;
  readonly artifactType?: string;
}

/** Pushes an index of existing manifests: one tag for many artifacts. */
export function pushIndex(
  store: RegistryStore,
  repository: string,
  tag: string,
  entries: readonly IndexEntry[],
): Pushed {
  const manifests = entries.map(({ digest, size, architecture, disktype, artifactType }) => ({
    mediaType: OCI_MANIFEST,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(architecture !== undefined && { platform: { architecture, os: "linux" } }),
    ...(disktype !== undefined && { annotations: { disktype } }),
  }));
  const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return { digest: store.putManifest(repository, OCI_INDEX, body, tag), size: Buffer.byteLength(body) };
}

import { type Digest, digestOf, Reference } from "../../src/reference";
import { OCI_MANIFEST } from "../../src/registry";
import { signatureTag } from "../../src/signing/found";
import type { TrustedRootFile } from "../../src/signing/signer";
import { type InProcessRegistry, type Pushed, pushArtifact, pushIndex } from "../../src/testing/registry";
import { serve } from "../registry/support";
import { BUNDLE, type Bundle, type KeyPair } from "../support/sigstore";

const EMPTY = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(Buffer.from("{}")), size: 2 };

/** A registry with the index `disks/one:v1` of one disk, and a disk `disks/other:v1`. */
export async function serveImages() {
  const registry = await serve({ referrers: "all" });
  const push = (repository: string) => {
    const manifest = pushArtifact(registry.store, repository, { files: [{ name: "disk.raw", content: repository }] });
    const index = pushIndex(registry.store, repository, "v1", [{ ...manifest, architecture: "x86_64" }]);
    return imageOf(registry, repository, index, manifest);
  };
  return { registry, one: push("disks/one"), other: push("disks/other") };
}

function imageOf(registry: InProcessRegistry, repository: string, index: Pushed, manifest: Pushed) {
  const reference = Reference.parse(`oci://${registry.host}/${repository}:v1`);
  return { reference, tagDigest: index.digest, digest: manifest.digest };
}

/** Attaches a bundle to a manifest, as cosign 3 does. */
export function attach(
  registry: InProcessRegistry,
  repository: string,
  subject: Digest,
  bundle: Bundle | string,
  changes: Readonly<Record<string, unknown>> = {},
): Digest {
  const text = typeof bundle === "string" ? bundle : JSON.stringify(bundle);
  const digest = registry.store.putBlob(repository, Buffer.from(text));
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE,
    config: { ...EMPTY, artifactType: BUNDLE },
    layers: [{ mediaType: BUNDLE, digest, size: Buffer.byteLength(text) }],
    subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    ...changes,
  };
  return registry.store.putManifest(repository, OCI_MANIFEST, JSON.stringify(manifest));
}

/** Attaches an older signature to a manifest, as cosign before 3 does. */
export function attachOlder(
  registry: InProcessRegistry,
  repository: string,
  subject: Digest,
  payload: string,
  annotations: Readonly<Record<string, string>>,
): Digest {
  const digest = registry.store.putBlob(repository, Buffer.from(payload));
  const mediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: EMPTY.digest, size: 2 },
    layers: [{ mediaType, digest, size: Buffer.byteLength(payload), annotations }],
  };
  return registry.store.putManifest(repository, OCI_MANIFEST, JSON.stringify(manifest), signatureTag(subject));
}

/** The payload of an older signature. */
export function simpleSigning(digest: string, repository: string, type = "cosign container image signature"): string {
  return JSON.stringify({
    critical: { identity: { "docker-reference": repository }, image: { "docker-manifest-digest": digest }, type },
    optional: null,
  });
}

export function publicPem({ publicKey }: KeyPair): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

/** A trusted root as it is read from a file. */
export function rootFile(content: unknown): TrustedRootFile {
  return { path: "root.json", digest: digestOf(Buffer.from(JSON.stringify(content))), content };
}

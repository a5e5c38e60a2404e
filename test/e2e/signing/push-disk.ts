import { type Digest, digestOf, Reference } from "../../../src/reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../../src/registry";
import type { ImageToVerify, SignatureTarget } from "../../../src/signing";

export interface PushedDisk extends ImageToVerify {
  /** Bytes of the index. */
  readonly size: number;
}

/** Writes to a registry with plain HTTP. */
export function targetAt(host: string): SignatureTarget {
  return {
    async putBlob({ repository }, bytes) {
      const base = `http://${host}/v2/${repository}`;
      const started = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
      const upload = new URL(started.headers.get("location") ?? "", base);
      upload.searchParams.set("digest", digestOf(bytes));
      expectCreated(await fetch(upload, { method: "PUT", body: new Uint8Array(bytes) }));
    },
    async putManifest({ repository, digest, effectiveTag }, mediaType, bytes) {
      const url = `http://${host}/v2/${repository}/manifests/${digest ?? effectiveTag}`;
      const headers = { "content-type": mediaType };
      expectCreated(await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers }));
    },
  };
}

/** Pushes an index of one disk to a registry with plain HTTP, as the tag `v1`; its bytes depend on the repository. */
export async function pushDisk(host: string, repository: string): Promise<PushedDisk> {
  const target = targetAt(host);
  const reference = Reference.parse(`oci://${host}/${repository}:v1`);
  const blob = async (text: string) => {
    const bytes = Buffer.from(text);
    await target.putBlob(reference, bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const manifest = async (
    content: { readonly mediaType: string } & Readonly<Record<string, unknown>>,
    tag?: string,
  ) => {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest: Digest = digestOf(bytes);
    await target.putManifest(tag === undefined ? reference.withDigest(digest) : reference, content.mediaType, bytes);
    return { mediaType: content.mediaType, digest, size: bytes.length };
  };
  const disk = await manifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "application/vnd.unknown.artifact.v1",
    config: { mediaType: "application/vnd.oci.empty.v1+json", ...(await blob("{}")) },
    layers: [{ mediaType: "application/octet-stream", ...(await blob(`the disk of ${repository}`)) }],
  });
  const platform = { architecture: "x86_64", os: "linux" };
  const manifests = [{ ...disk, annotations: { disktype: "qcow2" }, platform }];
  const index = await manifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, "v1");
  return { reference, tagDigest: index.digest, digest: disk.digest, size: index.size };
}

function expectCreated({ status, url }: Response): void {
  if (status !== 201) throw new Error(`the registry responded with ${status} to ${new URL(url).pathname}`);
}

import { OCI_INDEX, OCI_MANIFEST } from "../../src/registry";
import type { InProcessRegistry } from "../../src/testing/registry";

/** What the real cosign has signed, as it is in a registry. */
export type Recorded = Signers & RecordedContent;

export interface RecordedContent {
  /** The registry's host at that time: older signatures hold it. */
  readonly host: string;
  readonly repositories: Readonly<Record<string, RecordedRepository>>;
}

export interface Signers {
  readonly publicKey: string;
  /** In cosign's encrypted form. */
  readonly privateKey: string;
  readonly password: string;
  readonly identity: string;
  readonly issuer: string;
}

interface RecordedRepository {
  readonly manifests: readonly {
    readonly mediaType: string;
    readonly text: string;
    readonly tags: readonly string[];
  }[];
  readonly blobs: readonly string[];
}

/** Fills a registry with recorded repositories. */
export function replay(registry: InProcessRegistry, { repositories }: RecordedContent): void {
  for (const [name, { manifests, blobs }] of Object.entries(repositories)) {
    for (const text of blobs) registry.store.putBlob(name, Buffer.from(text));
    for (const { mediaType, text, tags } of manifests) {
      for (const tag of [undefined, ...tags]) registry.store.putManifest(name, mediaType, text, tag);
    }
  }
}

/** Records the repositories of a registry with plain HTTP. */
export async function record<T>(host: string, signers: T): Promise<T & RecordedContent> {
  const catalog = (await json(`http://${host}/v2/_catalog`)) as { repositories: string[] };
  const repositories: Record<string, RecordedRepository> = {};
  for (const name of catalog.repositories) repositories[name] = await recordRepository(`http://${host}/v2/${name}`);
  return { host, ...signers, repositories };
}

async function recordRepository(base: string): Promise<RecordedRepository> {
  const { tags } = (await json(`${base}/tags/list`)) as { tags: string[] };
  const manifests = new Map<string, { mediaType: string; text: string; tags: string[] }>();
  const blobs = new Map<string, string>();
  const read = async (reference: string) => {
    const response = await fetch(`${base}/manifests/${reference}`, {
      headers: { accept: `${OCI_INDEX}, ${OCI_MANIFEST}` },
    });
    const digest = response.headers.get("docker-content-digest") ?? "";
    const text = await response.text();
    const mediaType = response.headers.get("content-type") ?? "";
    const known = manifests.get(digest) ?? { mediaType, text, tags: [] };
    if (!reference.includes(":")) known.tags.push(reference);
    manifests.set(digest, known);
    const content = JSON.parse(text) as Partial<Record<"manifests" | "layers", { digest: string }[]>>;
    for (const each of content.manifests ?? []) await read(each.digest);
    for (const each of content.layers ?? []) {
      blobs.set(each.digest, await (await fetch(`${base}/blobs/${each.digest}`)).text());
    }
  };
  for (const tag of tags) await read(tag);
  return { manifests: [...manifests.values()], blobs: [...blobs.values()] };
}

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

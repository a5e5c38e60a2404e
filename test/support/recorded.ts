import type { InProcessRegistry, RegistryQuirks } from "../../src/testing/registry";
import { readFixture } from "./fixtures";

/** What one recorded registry holds, what was asked of Ironic, and what its releases answered. */
export interface RecordedCase {
  readonly name: string;
  readonly repository: string;
  readonly tags: Record<string, string>;
  readonly manifests: Record<string, { mediaType: string; body: string }>;
  /** What the registry answers besides the manifests. */
  readonly wire?: Wire;
  readonly query: { reference: string; image_download_source: string | null; cpu_arch: string | null };
  /** By release. */
  readonly ironic: Record<string, IronicAnswer & { readonly pinned?: IronicAnswer }>;
}

export interface Wire {
  readonly content_type?: string;
  readonly no_digest_header?: boolean;
  readonly tags?: RegistryQuirks["tags"];
}

/** What a real Ironic release answered: an error, nothing found (`picked: null`), or a pick. */
export interface IronicAnswer {
  readonly error?: string;
  readonly picked?: string | null;
  readonly disk_format?: string | null;
  readonly [fact: string]: unknown;
}

export const RECORDED_RELEASES = ["29.0.5", "39.0.0"] as const;

export function recordedCases(file: string): RecordedCase[] {
  return (readFixture("conformance", file) as { cases: RecordedCase[] }).cases;
}

/** Makes a registry hold a case. The registry of the recordings gave everything to everybody, whatever the Accept header said. */
export function serveCase(
  { store }: InProcessRegistry,
  { repository, tags, manifests, wire = {} }: RecordedCase,
): void {
  for (const { mediaType, body } of Object.values(manifests)) store.putManifest(repository, mediaType, body);
  for (const [tag, digest] of Object.entries(tags)) store.tag(repository, tag, digest);
  store.repository(repository).quirks = {
    anyAccept: true,
    ...(wire.content_type !== undefined && { contentType: wire.content_type }),
    ...(wire.no_digest_header && { noDigestHeader: true }),
    ...(wire.tags !== undefined && { tags: wire.tags }),
  };
}

/** The digest in a pinned URL. */
export function digestIn(url: string): string {
  return url.slice(url.indexOf("@") + 1);
}

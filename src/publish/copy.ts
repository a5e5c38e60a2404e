import { Limiter } from "../net";
import { type Digest, hexOf, isDigest, Reference } from "../reference";
import { type Content, PushRefusedError } from "../registry";
import type { ContentSource, ContentTarget, Manifest } from "./content";
import { MissingContentError } from "./errors";
import type { Progress } from "./push";

/** What is copied of one repository. */
export interface CopyItem {
  /** The reference that is pinned; its tag is set at the target with `whole`. */
  readonly reference: Reference;
  readonly tagDigest: Digest;
  /** The pinned manifests. */
  readonly digests: readonly Digest[];
  /** Whether it is the index that was signed for the pins: without it, and all that it lists, they can't be verified at the target. */
  readonly signedIndex?: boolean | undefined;
}

export interface CopyOptions {
  /** Copies the whole index behind each tag, and the tag, too. */
  readonly whole?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What has come of one item. */
export interface Copied {
  readonly reference: string;
  readonly digests: readonly Digest[];
  /** Bytes of blobs that were sent, and of those that were there already. */
  readonly sent: number;
  readonly present: number;
  /** Signatures and other manifests that belong to the copied ones. */
  readonly referrers: readonly Digest[];
  /** Those of the index behind the tag, where that was not copied. */
  readonly left: readonly Digest[];
}

const AT_ONCE = 2;
/** Referrers of referrers: a signature of an SBOM of an image. */
const MAX_DEPTH = 4;
/** The tags under which older cosign keeps signatures, attestations and SBOMs. */
const COSIGN_SUFFIXES = ["sig", "att", "sbom"] as const;

/**
 * Copies manifests by digest, unchanged, with their blobs and their referrers; an index that was signed for its pins, too. What is there
 * already is not sent, and each manifest follows what it names: an interrupted copy is finished by a second one.
 * @throws {MissingContentError} for a manifest that the source does not have
 * @throws {RegistryError}
 */
export async function copy(
  source: ContentSource,
  target: ContentTarget,
  items: readonly CopyItem[],
  options: CopyOptions = {},
): Promise<Copied[]> {
  const results: Copied[] = [];
  for (const item of items) {
    const task = new Copy(source, target, item.reference, options);
    const withIndex = options.whole || item.signedIndex;
    const digests = [...new Set(withIndex ? [item.tagDigest, ...item.digests] : item.digests)];
    for (const digest of digests) await task.tree(digest, 0);
    if (options.whole && item.reference.digest === undefined) await task.tag(item.reference, item.tagDigest);
    const left = digests.includes(item.tagDigest)
      ? []
      : await belonging(source, item.reference, item.tagDigest, options.signal);
    results.push({ reference: item.reference.toString(), digests, ...task.result, left });
  }
  await target.finish();
  return results;
}

/** The copy of one repository's content. */
class Copy {
  readonly #source: ContentSource;
  readonly #target: ContentTarget;
  readonly #at: Reference;
  readonly #options: CopyOptions;
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #done = new Set<Digest>();
  readonly #referrers = new Set<Digest>();
  #sent = 0;
  #present = 0;

  constructor(source: ContentSource, target: ContentTarget, at: Reference, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#at = at;
    this.#options = options;
  }

  get result(): Omit<Copied, "reference" | "digests" | "left"> {
    return { sent: this.#sent, present: this.#present, referrers: [...this.#referrers] };
  }

  /** A manifest or index with everything below it, and its referrers. */
  async tree(digest: Digest, depth: number, index?: Digest): Promise<void> {
    if (this.#done.has(digest)) return;
    this.#done.add(digest);
    const { signal } = this.#options;
    const at = this.#at.withDigest(digest);
    if (!(await this.#target.hasManifest(at, digest, signal))) {
      const manifest = await this.#source.manifest(at, signal);
      if (manifest === undefined) {
        const what =
          index === undefined ? "the source has no such manifest" : `the source has only its index, ${index}`;
        throw new MissingContentError(`${at}: ${what}`, { hint: index === undefined ? MISSING : NOT_WHOLE });
      }
      for (const child of childrenOf(manifest)) await this.tree(child, depth, digest);
      await this.#blobs(at, manifest);
      await this.#target.putManifest(at, manifest, signal);
    }
    if (depth < MAX_DEPTH) await this.#belonging(digest, depth + 1);
  }

  async tag(reference: Reference, digest: Digest): Promise<void> {
    const { signal } = this.#options;
    const manifest = await this.#source.manifest(reference.withDigest(digest), signal);
    if (manifest) await this.#target.putManifest(reference.withTag(reference.effectiveTag), manifest, signal);
  }

  async #blobs(at: Reference, manifest: Manifest): Promise<void> {
    const { signal, onProgress } = this.#options;
    const stop = new AbortController();
    const bounded = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const tasks = blobsOf(manifest).map(({ title, ...known }) =>
      this.#limiter
        .run(async () => {
          const path = title ?? known.digest;
          const { size: total } = known;
          const sent = this.#target.putBlob(at, this.#source.blob(at, known, bounded), {
            signal: bounded,
            onProgress: (bytes) => onProgress?.({ path, phase: "send", bytes, total }),
          });
          const outcome = await sent.catch(async (error) => {
            throw (error instanceof PushRefusedError && (await this.#source.damage?.(known, bounded))) || error;
          });
          onProgress?.({ path, phase: outcome.how, bytes: total, total });
          if (outcome.how === "uploaded") this.#sent += total;
          else this.#present += total;
        }, bounded)
        .catch((error) => {
          stop.abort(error);
          throw error;
        }),
    );
    await Promise.allSettled(tasks);
    await Promise.all(tasks);
  }

  async #belonging(digest: Digest, depth: number): Promise<void> {
    const { signal } = this.#options;
    const referrers = await this.#source.referrers(this.#at, digest, signal);
    for (const referrer of referrers) {
      this.#referrers.add(referrer);
      await this.tree(referrer, depth);
    }
    await this.#list(digest, referrers);
    for (const tag of cosignTags(digest)) {
      const at = this.#at.withTag(tag);
      const manifest = await this.#source.manifest(at, signal);
      if (manifest === undefined) continue;
      this.#referrers.add(manifest.digest);
      await this.tree(manifest.digest, MAX_DEPTH);
      await this.#target.putManifest(at, manifest, signal);
    }
  }

  /** Referrers that are at the target and not listed there: a copy was interrupted between the two, or another one has written the list. */
  async #list(subject: Digest, referrers: readonly Digest[]): Promise<void> {
    if (referrers.length === 0) return;
    const { signal } = this.#options;
    const listed = new Set(await this.#target.referrers(this.#at, subject, signal));
    for (const referrer of referrers) {
      if (listed.has(referrer)) continue;
      const at = this.#at.withDigest(referrer);
      const manifest = await this.#source.manifest(at, signal);
      if (manifest) await this.#target.putManifest(at, manifest, signal);
    }
  }
}

/** Signatures and the like of a manifest: the referrers, and what older cosign keeps under tags. */
export async function belonging(
  source: ContentSource,
  at: Reference,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<Digest[]> {
  const referrers = await source.referrers(at, digest, signal);
  const tagged = await Promise.all(cosignTags(digest).map((tag) => source.manifest(at.withTag(tag), signal)));
  return [...new Set([...referrers, ...tagged.flatMap((manifest) => manifest?.digest ?? [])])];
}

/** The tags under which older cosign keeps what belongs to a manifest; none for sha512, which is too long for such a tag. */
function cosignTags(digest: Digest): string[] {
  if (!digest.startsWith("sha256:")) return [];
  return COSIGN_SUFFIXES.map((suffix) => `sha256-${hexOf(digest)}.${suffix}`);
}

const MISSING = "it was deleted there: update the pin (ironic-oci update), or copy from where it still is (--mirror)";

const NOT_WHOLE =
  "copy from where the index is whole (--mirror), or copy the pins alone: without --whole, and with signatures of the manifests (cosign sign --recursive)";

function childrenOf({ content }: Manifest): Digest[] {
  return list(content.manifests).flatMap(({ digest }) => (isDigest(digest) ? [digest] : []));
}

/** The configuration and the layers of a manifest, each once. */
export function blobsOf({ content }: Pick<Manifest, "content">): (Content & { readonly title: string | undefined })[] {
  const { config, layers } = content;
  const blobs = [...list(layers), ...list([config])].flatMap(({ digest, size, annotations }) => {
    if (!isDigest(digest) || !Number.isSafeInteger(size) || (size as number) < 0) return [];
    const title = (annotations as Record<string, unknown> | undefined)?.["org.opencontainers.image.title"];
    return [{ digest, size: size as number, title: typeof title === "string" ? title : undefined }];
  });
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

function list(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is Record<string, unknown> => typeof each === "object" && each !== null);
}

/** Merges pins of the same reference and digest of its tag: one item each. */
export function copyItems(pins: readonly PinToCopy[]): CopyItem[] {
  const items = new Map<string, { reference: Reference; tagDigest: Digest; digests: Digest[]; signedIndex: boolean }>();
  for (const { reference, tagDigest, digest, verified } of pins) {
    const key = `${reference} ${tagDigest}`;
    const first = { reference: Reference.parse(reference), tagDigest, digests: [], signedIndex: false };
    const item = items.get(key) ?? first;
    if (!item.digests.includes(digest)) item.digests.push(digest);
    item.signedIndex ||= verified?.digest === tagDigest;
    items.set(key, item);
  }
  return [...items.values()];
}

/** As much of a pin as a copy needs. */
interface PinToCopy {
  readonly reference: string;
  readonly tagDigest: Digest;
  readonly digest: Digest;
  readonly verified?: { readonly digest: Digest } | undefined;
}

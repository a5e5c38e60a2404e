import { Limiter } from "../net";
import { type Digest, IronicOciError, type Reference } from "../reference";
import { DigestMismatchError, measure } from "../registry";
import type { Manifest, RegistryContent } from "./content";
import { blobsOf, type CopyItem } from "./copy";
import type { Progress } from "./push";

/**
 * What has become of a pin in the registry.
 *
 * - `ok`: its manifest and its blobs are there;
 * - `untagged`: they are, but the tag is gone or points to something else: a garbage collection may delete them, unless another
 *   tag points to them;
 * - `missing`: the manifest or a blob is gone;
 * - `damaged`: the content is not what its digest says;
 * - `unchecked`: the registry has failed, and none of these is known.
 */
export type PinState = "ok" | "untagged" | "missing" | "damaged" | "unchecked";

/** A pin that was checked. */
export interface CheckedPin {
  readonly reference: string;
  readonly digest: Digest;
  readonly state: PinState;
  /** The state in a clause; undefined for `ok`. For an error, its message, and its hint on a line of its own. */
  readonly detail: string | undefined;
  /** Why it is `unchecked`. */
  readonly error?: IronicOciError | undefined;
}

export interface CheckOptions {
  /** Reads every blob and compares its digest. */
  readonly deep?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Blobs that are looked at, over all pins. Manifests are bounded by the client. */
const BLOBS_AT_ONCE = 4;

/** Whether what is pinned is still in its registry, and whether it will stay. A registry that fails is the state of its pins only. */
export async function checkPins(
  source: RegistryContent,
  items: readonly CopyItem[],
  options: CheckOptions = {},
): Promise<CheckedPin[]> {
  const blobs = new Limiter(BLOBS_AT_ONCE);
  const checked = items.map(({ reference, digests }) => {
    let tag: Promise<Manifest | undefined> | undefined;
    const tagged = () => (tag ??= source.manifest(reference, options.signal));
    return digests.map(async (digest): Promise<CheckedPin> => {
      const check = async (): Promise<Fault | undefined> => {
        const fault = await faultOf(source, reference.withDigest(digest), blobs, options);
        return fault ?? (reference.digest === undefined ? looseness(reference, digest, await tagged()) : undefined);
      };
      const fault = await check().catch((error: unknown) => uncheckedBy(error, options.signal));
      return { reference: reference.toString(), digest, state: "ok", detail: undefined, ...fault };
    });
  });
  return Promise.all(checked.flat());
}

type Fault = Pick<CheckedPin, "state" | "detail" | "error">;

/**
 * The state of a pin whose check has failed.
 * @throws what is no failure of a registry, and an interruption
 */
export function uncheckedBy(error: unknown, signal: AbortSignal | undefined): Fault {
  signal?.throwIfAborted();
  if (!(error instanceof IronicOciError)) throw error;
  return { state: "unchecked", detail: textOf(error), error };
}

/** The message and the hint of an error, each on a line of its own. */
export function textOf({ message, hint }: IronicOciError): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

async function faultOf(
  source: RegistryContent,
  at: Reference,
  blobs: Limiter,
  options: CheckOptions,
): Promise<Fault | undefined> {
  const { signal } = options;
  try {
    const manifest = await source.manifest(at, signal);
    if (manifest === undefined) return { state: "missing", detail: "the registry does not have the manifest" };
    const faults = await Promise.all(
      blobsOf(manifest).map((blob) => blobs.run(() => blobFault(source, at, blob, options), signal)),
    );
    return faults.find((fault) => fault?.state === "missing") ?? faults.find((fault) => fault !== undefined);
  } catch (error) {
    if (error instanceof DigestMismatchError)
      return { state: "damaged", detail: "the manifest's bytes have another digest" };
    throw error;
  }
}

async function blobFault(
  source: RegistryContent,
  at: Reference,
  blob: ReturnType<typeof blobsOf>[number],
  { deep, onProgress, signal }: CheckOptions,
): Promise<Fault | undefined> {
  const { digest, size, title } = blob;
  const name = title === undefined ? digest : `${title} (${digest})`;
  if (!(await source.hasBlob(at, digest, signal))) {
    return { state: "missing", detail: `the registry does not have the blob ${name}` };
  }
  if (!deep || size === 0) return undefined;
  const damaged = { state: "damaged", detail: `the bytes of the blob ${name} have another digest or size` } as const;
  try {
    const progress = (bytes: number) => onProgress?.({ path: title ?? digest, phase: "hash", bytes, total: size });
    const actual = await measure(source.blob(at, { digest, size }, signal), signal, progress, digest);
    return actual.digest === digest && actual.size === size ? undefined : damaged;
  } catch (error) {
    // A blob that is shorter than its descriptor says: the registry has no such part.
    if (error instanceof IronicOciError && (error as { status?: unknown }).status === 416) return damaged;
    throw error;
  }
}

function looseness(reference: Reference, digest: Digest, tagged: Manifest | undefined): Fault | undefined {
  if (tagged?.digest === digest) return undefined;
  const listed = Array.isArray(tagged?.content.manifests) ? (tagged.content.manifests as { digest?: unknown }[]) : [];
  if (listed.some((entry) => entry?.digest === digest)) return undefined;
  const tag = `the tag ${reference.effectiveTag}`;
  const what = tagged === undefined ? `${tag} is gone` : `${tag} points to ${tagged.digest} now`;
  return { state: "untagged", detail: `${what}: a garbage collection may delete it, unless another tag points to it` };
}

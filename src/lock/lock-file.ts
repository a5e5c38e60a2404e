import { type Digest, Reference } from "../reference";
import { artifactFacts } from "../selection";
import { type LockContent, type LockedReference, type LockedSelection, parseLock, printLock } from "./format";
import { classConflict } from "./locked-fault";
import { type LockedPin, type PinQuery, pinnedUrl, queryKey, sameNodeKind, selectionKey } from "./query";

/** Profile of queries for kernels and ramdisks, which are locked without one: their selection is the same in every profile. */
const NEWEST: PinQuery["profile"] = "ironic-34";

/** `asPinned` of a kernel or ramdisk: Ironic downloads it as a file, whatever its class. */
const FILE: LockedPin["asPinned"] = { kind: "disk", diskFormat: "unknown" };

const CLASS_UNKNOWN =
  "the lock file was written by an earlier version, and does not record whether Ironic deploys the pinned image as a disk image or a bootc container: resolve it again with network access (mode prefer keeps the digest, ironic-oci update moves it)";

/** A lock file's content in memory. Immutable: a change returns a new instance. */
export class LockFile {
  static readonly empty = new LockFile(new Map());
  readonly #content: LockContent;

  private constructor(content: LockContent) {
    this.#content = content;
  }

  /**
   * @throws {LockFileDamagedError}
   * @throws {LockFileNewerError}
   */
  static parse(text: string, path: string): LockFile {
    return new LockFile(parseLock(text, path));
  }

  toString(): string {
    return printLock(this.#content);
  }

  /** Every locked reference in canonical form, with its tag's digest and selections. */
  entries(): readonly (readonly [string, LockedReference])[] {
    return [...this.#content];
  }

  /** The queries of all locked pins. */
  queries(): PinQuery[] {
    return [...this.#content].flatMap(([name, { selections }]) =>
      selections.map(({ role, architecture, imageDownloadSource, profile = NEWEST, expect }) => ({
        reference: Reference.parse(name),
        role,
        architecture,
        imageDownloadSource,
        profile,
        ...(expect && { expect }),
      })),
    );
  }

  /** The tag's digest at the time of locking. */
  tagDigest(reference: Reference): Digest | undefined {
    return this.#content.get(reference.canonical())?.digest;
  }

  /** The locked pin of a query. */
  find(query: PinQuery): LockedPin | undefined {
    const entry = this.#content.get(query.reference.canonical());
    const key = queryKey(selectionKey(query));
    const selection = entry?.selections.find((each) => queryKey(each) === key);
    return entry && selection && toPin(query, entry, selection);
  }

  /** Whether `withoutRefuted` would remove a selection. */
  hasRefuted(requested: readonly PinQuery[]): boolean {
    return this.#refuted(requested).length > 0;
  }

  /**
   * Removes selections of the other class that these queries refute: where the pin for a kind of node has the expected class, the
   * same tag can't have the other one. Requested selections stay.
   */
  withoutRefuted(requested: readonly PinQuery[]): LockFile {
    const refuted = this.#refuted(requested);
    if (refuted.length === 0) return this;
    const content = new Map(this.#content);
    for (const query of refuted) {
      const name = query.reference.canonical();
      const entry = content.get(name);
      const key = queryKey(selectionKey(query));
      if (entry) {
        content.set(name, { ...entry, selections: entry.selections.filter((each) => queryKey(each) !== key) });
      }
    }
    return new LockFile(content);
  }

  #refuted(requested: readonly PinQuery[]): PinQuery[] {
    return requested.flatMap((query): PinQuery[] => {
      const { role, expect = "disk" } = query;
      if (role !== "image" || this.find(query)?.asPinned?.kind !== expect) return [];
      const other: PinQuery = { ...query, expect: expect === "disk" ? "bootc" : "disk" };
      const isRequested = requested.some(
        (each) => (each.expect ?? "disk") === other.expect && sameNodeKind(each, other),
      );
      return isRequested || this.find(other) === undefined ? [] : [other];
    });
  }

  /**
   * Adds or replaces these pins. A pin from another digest of a tag removes all earlier pins of the reference, so that all
   * nodes use one state of the tag.
   */
  merge(results: Iterable<readonly [PinQuery, LockedPin]>): LockFile {
    const content = new Map(this.#content);
    for (const [query, pin] of results) {
      const name = query.reference.canonical();
      const entry = content.get(name);
      const key = selectionKey(query);
      const earlier = entry?.digest === pin.tagDigest ? entry.selections : [];
      const kept = earlier.filter((each) => queryKey(each) !== queryKey(key));
      content.set(name, { digest: pin.tagDigest, selections: [...kept, toSelection(key, pin)] });
    }
    return new LockFile(content);
  }
}

function toPin(query: PinQuery, entry: LockedReference, selection: LockedSelection): LockedPin {
  const asPinned = query.role === "image" ? selection.asPinned : FILE;
  return {
    reference: query.reference.canonical(),
    role: query.role,
    profile: query.profile,
    url: pinnedUrl(query.reference, selection.digest),
    tagDigest: entry.digest,
    asPinned,
    ...artifactFacts(selection),
    reason: selection.reason,
    warnings: withClass(selection.warnings ?? [], query, asPinned),
  };
}

/** Adds class warnings that the file lacks: it was written by an earlier version, or with the checks switched off. */
function withClass(warnings: readonly string[], query: PinQuery, asPinned: LockedPin["asPinned"]): readonly string[] {
  if (asPinned === undefined) return [...warnings, CLASS_UNKNOWN];
  const conflict = classConflict(query, asPinned);
  if (conflict === undefined || warnings.some((warning) => warning.includes("is expected"))) return warnings;
  return [...warnings, conflict];
}

function toSelection(key: ReturnType<typeof selectionKey>, pin: LockedPin): LockedSelection {
  return {
    ...key,
    ...artifactFacts(pin),
    asPinned: key.role === "image" ? pin.asPinned : undefined,
    reason: pin.reason,
    warnings: [...pin.warnings],
  };
}

import { type Digest, Reference } from "../reference";
import { artifactFacts } from "../selection";
import { type LockContent, type LockedReference, type LockedSelection, parseLock, printLock } from "./format";
import { classConflict } from "./locked-fault";
import { type LockedPin, type PinQuery, pinnedUrl, queryKey, sameNodeKind, selectionKey } from "./query";

/** Kernels and ramdisks are locked without a profile, because none matters to them: any will do to ask again. */
const NEWEST: PinQuery["profile"] = "ironic-34";

/** How Ironic reads the pinned URL of a kernel or ramdisk: it is a file, whatever its class. */
const FILE: LockedPin["asPinned"] = { kind: "disk", diskFormat: "unknown" };

const CLASS_UNKNOWN =
  "the lock file was written by an earlier version, and does not tell whether Ironic takes the pinned image for a disk image or a bootc container: resolve it again where there is a network (mode prefer keeps the digest, ironic-oci update moves it)";

/** A lock file's content in memory. Immutable: every change gives a new one. */
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

  /** Every locked reference in canonical form, with what its tag pointed to. */
  entries(): readonly (readonly [string, LockedReference])[] {
    return [...this.#content];
  }

  /** Every query that is answered here. */
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

  /** What the tag pointed to when it was locked. */
  tagDigest(reference: Reference): Digest | undefined {
    return this.#content.get(reference.canonical())?.digest;
  }

  /** The locked answer to a query. */
  find(query: PinQuery): LockedPin | undefined {
    const entry = this.#content.get(query.reference.canonical());
    const key = queryKey(selectionKey(query));
    const selection = entry?.selections.find((each) => queryKey(each) === key);
    return entry && selection && toPin(query, entry, selection);
  }

  /** Whether there is something that `withoutRefuted` would take away. */
  hasRefuted(requested: readonly PinQuery[]): boolean {
    return this.#refuted(requested).length > 0;
  }

  /**
   * Without the selections of the other class that these queries refute: where what is pinned for a kind of node is what the
   * query expects, nothing else can be expected there of the same tag. What is itself requested stays.
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
   * With these answers. An answer from another state of a tag puts an end to all earlier ones for the reference, so
   * that all nodes follow the same state.
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

/** The warnings with what the file itself does not say: it was written by an earlier version, or with checks switched off. */
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

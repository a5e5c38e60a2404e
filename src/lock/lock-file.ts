import { type Digest, Reference } from "../reference";
import { artifactFacts } from "../selection";
import { isSameVerdict, type Verdict } from "../signing";
import { hasConflictMarkers } from "./conflict-markers";
import { parseLock, printLock } from "./format";
import { type LockConflict, type LockContent, type LockedReference, usersOf } from "./lines";
import { classConflict } from "./locked-fault";
import { type LockedPin, type PinQuery, pinnedUrl, queryKey, sameNodeKind, selectionKey } from "./query";
import type { LockedSelection } from "./schema";

/** Profile of queries for kernels and ramdisks, which are locked without one: their selection is the same in every profile. */
const NEWEST: PinQuery["profile"] = "ironic-34";

/** `asPinned` of a kernel or ramdisk: Ironic downloads it as a file, whatever its class. */
const FILE: LockedPin["asPinned"] = { kind: "disk", diskFormat: "unknown" };

const CLASS_UNKNOWN =
  "the lock file was written by an earlier version, and does not record whether Ironic deploys the pinned image as a disk image or a bootc container: resolve it again with network access (mode prefer keeps the digest, ironic-oci update moves it)";

/** A lock file's content in memory. Immutable: a change returns a new instance. */
export class LockFile {
  static get empty(): LockFile {
    return new LockFile(new Map());
  }
  readonly #content: LockContent;
  /** Whether git has left a conflict open in the text: it is read as both sides, and the file needs to be written. */
  readonly #isOpenMerge: boolean;

  private constructor(content: LockContent, isOpenMerge = false) {
    this.#content = content;
    this.#isOpenMerge = isOpenMerge;
  }

  /**
   * @throws {LockFileDamagedError}
   * @throws {LockFileNewerError}
   */
  static parse(text: string, path: string): LockFile {
    return new LockFile(parseLock(text, path), hasConflictMarkers(text));
  }

  toString(): string {
    return printLock(this.#content);
  }

  /** Whether the text of `earlier` needs no change to have this content. */
  hasTextOf(earlier: LockFile): boolean {
    return !earlier.#isOpenMerge && (this === earlier || this.toString() === earlier.toString());
  }

  /** Every locked reference in canonical form, with its tag's digest and selections. */
  entries(): readonly (readonly [string, LockedReference])[] {
    return [...this.#content].flatMap(([name, [entry]]) => (entry ? [[name, entry] as const] : []));
  }

  /** References that two branches moved to different digests. Updating or removing the reference ends it. */
  get conflicts(): readonly LockConflict[] {
    return [...this.#content].flatMap(([reference, entries]) =>
      entries.length > 1 ? [{ reference, digests: entries.map(({ digest }) => digest) }] : [],
    );
  }

  /** Whether the file says who uses its pins: not if an earlier version wrote it. */
  get recordsUsers(): boolean {
    const selections = [...this.#content.values()].flatMap((entries) => entries.flatMap((entry) => entry.selections));
    return selections.length === 0 || selections.some(({ usedBy }) => usedBy !== undefined);
  }

  /** The queries of all locked pins. */
  queries(): PinQuery[] {
    return [...this.#content].flatMap(([name, entries]) =>
      entries.flatMap(({ selections }) => selections.map((each) => toQuery(name, each))),
    );
  }

  /** The tag's digest at the time of locking. */
  tagDigest(reference: Reference): Digest | undefined {
    return this.#entry(reference)?.digest;
  }

  /** The locked pin of a query. */
  find(query: PinQuery): LockedPin | undefined {
    const entry = this.#entry(query.reference);
    const key = queryKey(selectionKey(query));
    const selection = entry?.selections.find((each) => queryKey(each) === key);
    return entry && selection && toPin(query, entry, selection);
  }

  /**
   * Removes selections of the other class that these queries refute: where the pin for a kind of node has the expected class, the
   * same tag can't have the other one. Requested selections stay.
   */
  withoutRefuted(requested: readonly PinQuery[]): LockFile {
    return this.#refuted(requested).reduce((file: LockFile, refuted) => {
      const key = queryKey(selectionKey(refuted));
      return file.#map(refuted.reference.canonical(), (each) => (queryKey(each) === key ? undefined : each));
    }, this);
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
   * Adds or replaces these pins; users of the same kind of node stay. A pin from another digest of a tag removes all earlier pins of
   * the reference, so that all nodes use one state of the tag.
   */
  merge(results: Iterable<readonly [PinQuery, LockedPin]>): LockFile {
    const content = new Map(this.#content);
    for (const [query, pin] of results) {
      const name = query.reference.canonical();
      const [entry] = content.get(name) ?? [];
      const key = selectionKey(query);
      const earlier = entry?.digest === pin.tagDigest ? entry.selections : [];
      const kept = earlier.filter((each) => queryKey(each) !== queryKey(key));
      const replaced = (this.#content.get(name) ?? [])
        .flatMap(({ selections }) => selections)
        .filter((each) => sameNodeKind(toQuery(name, each), query));
      const usedBy = replaced.length > 0 ? usersOf(replaced) : undefined;
      const verified = verdictOf(pin, replaced.find(({ digest }) => digest === pin.digest)?.verified);
      const selection = { ...toSelection(key, pin), verified, usedBy };
      content.set(name, [{ digest: pin.tagDigest, selections: [...kept, selection] }]);
    }
    return new LockFile(content);
  }

  /** Records that `user` needs the pins of these queries. */
  withUser(user: string, queries: readonly PinQuery[]): LockFile {
    const needs = needed(queries);
    return this.#mapAll((name, each) => {
      const { usedBy = [] } = each;
      const isNew = needs(name, each) && !usedBy.includes(user);
      return isNew ? { ...each, usedBy: [...usedBy, user].sort() } : each;
    });
  }

  /** Records that `user` needs no pins but those of these queries. What is known to be used by nothing is then {@link unused}. */
  withoutOtherUses(user: string, queries: readonly PinQuery[]): LockFile {
    const needs = needed(queries);
    return this.#mapAll((name, each) =>
      each.usedBy?.includes(user) && !needs(name, each)
        ? { ...each, usedBy: each.usedBy.filter((one) => one !== user) }
        : each,
    );
  }

  /**
   * Removes selections that are used by nothing.
   * @param isUser whether a recorded user still exists; by default each does
   * @param unknown whether selections of earlier formats, whose users are not recorded, are removed too
   */
  withoutUnused({ isUser, unknown = false }: { isUser?: (user: string) => boolean; unknown?: boolean } = {}): LockFile {
    return this.#mapAll((_name, each) => {
      const isUsed = each.usedBy === undefined ? !unknown : each.usedBy.some(isUser ?? (() => true));
      return isUsed ? each : undefined;
    });
  }

  /** Removes references with all their selections. */
  without(names: ReadonlySet<string>): LockFile {
    return new LockFile(new Map([...this.#content].filter(([name]) => !names.has(name))));
  }

  #entry(reference: Reference): LockedReference | undefined {
    return this.#content.get(reference.canonical())?.[0];
  }

  #map(name: string, change: (selection: LockedSelection) => LockedSelection | undefined): LockFile {
    return this.#mapAll((each, selection) => (each === name ? change(selection) : selection));
  }

  /** Changes or, where `change` returns undefined, removes selections. */
  #mapAll(change: (name: string, selection: LockedSelection) => LockedSelection | undefined): LockFile {
    const content: LockContent = new Map();
    for (const [name, entries] of this.#content) {
      const changed = entries
        .map(({ digest, selections }) => ({
          digest,
          selections: selections.flatMap((each) => change(name, each) ?? []),
        }))
        .filter(({ selections }) => selections.length > 0);
      if (changed.length > 0) content.set(name, changed);
    }
    return new LockFile(content);
  }
}

/** Whether a selection is one of these queries' pins. */
function needed(queries: readonly PinQuery[]): (name: string, selection: LockedSelection) => boolean {
  const text = (name: string, key: Parameters<typeof queryKey>[0]) => `${name}\u0000${queryKey(key)}`;
  const all = new Set(queries.map((query) => text(query.reference.canonical(), selectionKey(query))));
  return (name, selection) => all.has(text(name, selection));
}

function toQuery(name: string, selection: LockedSelection): PinQuery {
  const { role, architecture, imageDownloadSource, profile = NEWEST, expect } = selection;
  return {
    reference: Reference.parse(name),
    role,
    architecture,
    imageDownloadSource,
    profile,
    ...(expect && { expect }),
  };
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
    ...(selection.verified && { verified: selection.verified }),
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

/**
 * The verdict that a pin is locked with. The same verdict keeps its time, so that resolving again changes no line; one that is still about
 * the pin stays where nothing was verified, because another user of the lock file may need it.
 * @param reached the verdict of the locked pin of the same manifest
 */
function verdictOf({ tagDigest, digest, verified }: LockedPin, reached: Verdict | undefined): Verdict | undefined {
  if (reached === undefined) return verified;
  if (verified === undefined) return reached.digest === tagDigest || reached.digest === digest ? reached : undefined;
  return isSameVerdict(reached, verified) ? reached : verified;
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

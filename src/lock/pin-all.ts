import { IronicOciError } from "../reference";
import type { OciResolver, Pin } from "../resolver";
import { LockFileBusyError, LockFileUnwritableError, LockFrozenError } from "./errors";
import type { LockFile } from "./lock-file";
import { lockedFault } from "./locked-fault";
import type { LockMode } from "./mode";
import {
  describeQuery,
  type LockedPin,
  type PinQuery,
  queryKey,
  sameNodeKind,
  selectionKey,
  toLockedPin,
} from "./query";
import { type ChangedLockFile, changeLockFile, readLockFile } from "./store";

/** Who needs pins: it is recorded in the lock file, so that what nothing needs can be removed. */
export interface PinUser {
  /** Name in the lock file: that of a program, of a Terraform configuration, or of the command line. */
  readonly name: string;
  /** Whether the queries are everything that it needs: its other pins are then unused, and removed in mode `update`. */
  readonly needsNothingElse: boolean;
}

export interface PinAllOptions {
  readonly path: string;
  readonly mode: LockMode;
  /** Resolves pins that are not locked; not called in mode `frozen`. Its class check and policy apply to locked pins, too. */
  readonly resolver: Pick<
    OciResolver,
    "resolve" | "classCheck" | "undecidedArchitecture" | "pinnedUrl" | "lockedFault"
  >;
  /** Undefined: the recorded users stay. */
  readonly user?: PinUser | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Progress callback, after each query that was resolved from a registry. */
  readonly onResolved?: (done: number, of: number) => void;
}

/** A query that failed, and the error. */
export interface PinFailure {
  readonly query: PinQuery;
  readonly error: unknown;
}

export interface PinResults {
  find(query: PinQuery): LockedPin | undefined;
  readonly failures: readonly PinFailure[];
  /** The lock file before. */
  readonly before: LockFile;
  /** The lock file now. */
  readonly after: LockFile;
  /** The files that were written. */
  readonly written: readonly string[];
  /** Warnings of {@link OciResolver.undecidedArchitecture}, for queries that were resolved now. */
  readonly undecided: readonly UndecidedPin[];
  /** Warning, if the lock file holds all pins and can't be written: it then does not show who uses them. */
  readonly unrecorded: string | undefined;
}

/** A query without an architecture, where the choice depends on it. */
export interface UndecidedPin {
  readonly query: PinQuery;
  readonly warning: string;
}

/**
 * How often what other processes changed meanwhile is resolved. A locked reference stays in mode `prefer`, so that the second round is
 * the last one unless others update at the same time.
 */
const MAX_ROUNDS = 10;

/**
 * Resolves queries from the lock file and, depending on the mode, from the registries; new pins are locked.
 *
 * A failure does not affect other queries: their pins are locked, and every failure is returned. No process holds the lock on the file while
 * it waits for a registry: the results are merged into what the file holds by then, and what does not go with that is resolved again.
 * @throws {LockFrozenError} in mode `frozen`, listing all missing pins
 */
export async function pinAll(queries: readonly PinQuery[], options: PinAllOptions): Promise<PinResults> {
  const { path, mode } = options;
  const requested = distinct(queries);
  const before = readLockFile(path, { conflicts: mode === "update" ? "keep" : "refuse" });
  if (mode === "frozen") return frozenPins(requested, before, options);
  const run = new PinRun(requested, options);
  let lockFile = before;
  let written: readonly string[] = [];
  let unrecorded: string | undefined;
  for (let round = 0; ; round += 1) {
    await run.resolve(run.pending(lockFile), lockFile);
    options.signal?.throwIfAborted();
    if (round === 0 && run.applied(lockFile).hasTextOf(lockFile)) break;
    let changed: ChangedLockFile;
    try {
      changed = await changeLockFile(path, (current) => {
        lockFile = current;
        return run.pending(current).length === 0 ? run.applied(current) : current;
      });
    } catch (error) {
      if (!(error instanceof LockFileUnwritableError) || run.changesPins) throw error;
      unrecorded = `${error.message}: it does not show who uses its pins; ${error.hint}`;
      break;
    }
    ({ written } = changed);
    if (run.pending(lockFile).length === 0) {
      lockFile = changed.lockFile;
      break;
    }
    if (round === MAX_ROUNDS) throw new LockFileBusyError(path, new Error("other processes move the same references"));
  }
  const failures = [...run.failures, ...faults(run.taken(), lockFile, options.resolver)];
  const order = new Map(requested.map((query, position) => [textOf(query), position]));
  failures.sort((a, b) => (order.get(textOf(a.query)) ?? 0) - (order.get(textOf(b.query)) ?? 0));
  const { undecided } = run;
  return { find: finder(lockFile, options), failures, before, after: lockFile, written, undecided, unrecorded };
}

/** Finds pins; their URLs are those that Ironic gets, which the lock file does not have. */
function finder(lockFile: LockFile, { resolver }: PinAllOptions): PinResults["find"] {
  return (query) => {
    const pin = lockFile.find(query);
    return pin && { ...pin, url: resolver.pinnedUrl(query.reference, pin.digest) };
  };
}

/** The resolutions of one `pinAll`, and their effect on a lock file. */
class PinRun {
  readonly #resolved = new Map<string, readonly [PinQuery, LockedPin]>();
  readonly #failures = new Map<string, PinFailure>();
  readonly #undecided = new Map<string, UndecidedPin>();
  /** Queries that stay as locked: the pin lacks a field that could not be resolved, or that resolved to another digest. */
  readonly #kept = new Set<string>();
  readonly #requested: readonly PinQuery[];
  readonly #options: PinAllOptions;

  constructor(requested: readonly PinQuery[], options: PinAllOptions) {
    this.#requested = requested;
    this.#options = options;
  }

  get failures(): readonly PinFailure[] {
    return [...this.#failures.values()];
  }

  get undecided(): readonly UndecidedPin[] {
    return [...this.#undecided.values()];
  }

  /** Whether the lock file needs more than a record of who uses its pins. */
  get changesPins(): boolean {
    return this.#options.mode === "update" || this.#resolved.size > 0;
  }

  /** Requested queries whose pins come from the lock file. */
  taken(): readonly PinQuery[] {
    return this.#requested.filter((query) => !this.#resolved.has(textOf(query)) && !this.#failures.has(textOf(query)));
  }

  /** What has to be resolved, given this content of the lock file. */
  pending(current: LockFile): readonly PinQuery[] {
    const { mode } = this.#options;
    if (mode === "update") {
      const related = relatedQueries(this.#requested, this.#withoutUnused(current));
      return [...this.#requested, ...related].filter((query) => !this.#isDone(query));
    }
    return this.#requested.filter((query) => {
      if (this.#isComplete(current.find(query)) || this.#failures.has(textOf(query))) return false;
      const [, pin] = this.#resolved.get(textOf(query)) ?? [];
      if (pin === undefined) return !this.#kept.has(textOf(query));
      // Another process has locked another state of the tag meanwhile.
      return (current.tagDigest(query.reference) ?? pin.tagDigest) !== pin.tagDigest;
    });
  }

  async resolve(pending: readonly PinQuery[], current: LockFile): Promise<void> {
    const { mode, onResolved } = this.#options;
    let done = 0;
    await Promise.all(
      pending.map(async (query) => {
        const text = textOf(query);
        const earlier = mode === "prefer" ? current.find(query) : undefined;
        this.#resolved.delete(text);
        try {
          const resolved = await this.#resolveOne(query, current);
          const warning = this.#options.resolver.undecidedArchitecture(resolved, query.architecture);
          if (warning !== undefined) this.#undecided.set(text, { query, warning });
          const pin = toLockedPin(resolved);
          if (earlier === undefined || earlier.digest === pin.digest) this.#resolved.set(text, [query, pin]);
          else this.#kept.add(text);
        } catch (error) {
          // A locked pin stays valid unless the error is about the pin itself, or the policy requires what it lacks.
          if (earlier === undefined || isVerdict(error) || this.#lacksVerdict(earlier))
            this.#failures.set(text, { query, error });
          else this.#kept.add(text);
        }
        done += 1;
        onResolved?.(done, pending.length);
      }),
    );
  }

  /** The lock file with the resolved pins, and with the users of its pins. */
  applied(current: LockFile): LockFile {
    const { mode, user } = this.#options;
    // All selections of a reference are updated, or none: no node of it must lose its pin.
    const failedReferences = new Set(this.failures.map(({ query }) => query.reference.canonical()));
    const results = [...this.#resolved.values()].filter(([query]) => {
      if (mode === "update") return !failedReferences.has(query.reference.canonical());
      return !this.#isComplete(current.find(query));
    });
    const pinned = current.merge(results).withoutRefuted(this.#requested);
    // A file of an earlier format is not written for the users alone.
    if (user === undefined || (!current.recordsUsers && pinned.hasTextOf(current))) return pinned;
    return this.#withoutUnused(pinned.withUser(user.name, this.#requested));
  }

  /** The lock file without what its user needs no more: only marked as such in mode `prefer`. */
  #withoutUnused(lockFile: LockFile): LockFile {
    const { mode, user } = this.#options;
    if (!user?.needsNothingElse) return lockFile;
    const marked = lockFile.withoutOtherUses(user.name, this.#requested);
    return mode === "update" ? marked.withoutUnused() : marked;
  }

  /** A pin of format 1 may lack `asPinned`, and any pin a verdict that the policy accepts: it is resolved again, to the same digest. */
  #isComplete(pin: LockedPin | undefined): boolean {
    return pin?.asPinned !== undefined && !this.#lacksVerdict(pin);
  }

  #lacksVerdict(pin: LockedPin): boolean {
    return this.#options.resolver.lockedFault(pin) !== undefined;
  }

  #isDone(query: PinQuery): boolean {
    return this.#resolved.has(textOf(query)) || this.#failures.has(textOf(query));
  }

  /** New queries for a locked tag resolve from the locked digest, so that all nodes use one index. */
  #resolveOne(query: PinQuery, current: LockFile): Promise<Pin> {
    const { mode, resolver, signal } = this.#options;
    const { reference, ...node } = query;
    const tagDigest = mode === "prefer" ? current.tagDigest(reference) : undefined;
    return resolver.resolve(reference, { ...node, tagDigest, signal });
  }
}

const VERDICTS = new Set(["CLASS_MISMATCH", "UNUSABLE_PIN", "SIGNATURE_UNVERIFIED", "IMAGE_DENIED"]);

/** Whether an error is about the pin itself, not about access to the registry. */
function isVerdict(error: unknown): boolean {
  return error instanceof IronicOciError && VERDICTS.has(error.code);
}

/** Other locked selections of the same references, for nodes of other programs: they are updated with the tag. */
function relatedQueries(requested: readonly PinQuery[], locked: LockFile): PinQuery[] {
  const names = new Set(requested.map(({ reference }) => reference.canonical()));
  // The requested selection replaces one of the other class for the same kind of node.
  const all = locked
    .queries()
    .filter((each) => names.has(each.reference.canonical()) && !requested.some((one) => sameNodeKind(one, each)));
  return distinct([...requested, ...all]).slice(requested.length);
}

/** Errors of the policy and of the class check for the locked pins of these queries. */
function faults(
  queries: readonly PinQuery[],
  locked: LockFile,
  resolver: Pick<OciResolver, "classCheck" | "lockedFault">,
): readonly PinFailure[] {
  return queries.flatMap((query) => {
    const pin = locked.find(query);
    if (pin === undefined) return [];
    const error = resolver.lockedFault(pin) ?? (resolver.classCheck === "error" ? lockedFault(query, pin) : undefined);
    return error ? [{ query, error }] : [];
  });
}

/** @throws {LockFrozenError} */
function frozenPins(queries: readonly PinQuery[], locked: LockFile, options: PinAllOptions): PinResults {
  const missing = queries.filter((query) => !locked.find(query));
  if (missing.length > 0)
    throw new LockFrozenError(
      options.path,
      missing.map((query) => whyMissing(query, locked)),
    );
  return {
    find: finder(locked, options),
    failures: faults(queries, locked, options.resolver),
    before: locked,
    after: locked,
    written: [],
    undecided: [],
    unrecorded: undefined,
  };
}

function whyMissing(query: PinQuery, locked: LockFile): string {
  const reason = locked.tagDigest(query.reference) ? "locked, but not for this kind of node" : "not locked";
  return `${describeQuery(query)}: ${reason}`;
}

function distinct(queries: readonly PinQuery[]): PinQuery[] {
  const byText = new Map<string, PinQuery>();
  for (const query of queries) {
    const text = textOf(query);
    if (!byText.has(text)) byText.set(text, query);
  }
  return [...byText.values()];
}

/** A string that is equal for queries of one pin. */
function textOf(query: PinQuery): string {
  return `${query.reference.canonical()}\u0000${queryKey(selectionKey(query))}`;
}

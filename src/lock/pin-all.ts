import { IronicOciError } from "../reference";
import type { OciResolver, Pin } from "../resolver";
import { LockFrozenError } from "./errors";
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
import { changeLockFile, readLockFile } from "./store";

export interface PinAllOptions {
  readonly path: string;
  readonly mode: LockMode;
  /** Resolves pins that are not locked; not called in mode `frozen`. Its class check applies to locked pins, too. */
  readonly resolver: Pick<OciResolver, "resolve" | "classCheck">;
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
}

/**
 * Resolves queries from the lock file and, depending on the mode, from the registries; new pins are locked.
 *
 * A failure does not affect other queries: their pins are locked, and every failure is returned.
 * @throws {LockFrozenError} in mode `frozen`, listing all missing pins
 */
export async function pinAll(queries: readonly PinQuery[], options: PinAllOptions): Promise<PinResults> {
  const { path, mode } = options;
  const requested = distinct(queries);
  const locked = readLockFile(path);
  const { classCheck } = options.resolver;
  if (mode === "frozen") return frozenPins(requested, locked, path, classCheck);
  const complete = mode === "prefer" && requested.every((query) => isComplete(locked.find(query)));
  if (complete && !locked.hasRefuted(requested)) {
    return { find: (query) => locked.find(query), failures: faults(requested, locked, classCheck), before: locked };
  }

  const wanted = new Set(requested);
  const failures: PinFailure[] = [];
  const kept: PinQuery[] = [];
  const lockFile = await changeLockFile(path, async (current) => {
    const pending =
      mode === "update"
        ? [...requested, ...relatedQueries(requested, current)]
        : requested.filter((each) => !isComplete(current.find(each)));
    kept.push(...requested.filter((each) => !pending.includes(each)));
    const resolved: [PinQuery, LockedPin][] = [];
    let done = 0;
    await Promise.all(
      pending.map(async (query) => {
        const earlier = mode === "prefer" ? current.find(query) : undefined;
        try {
          const pin = toLockedPin(await resolve(query, current, options));
          if (earlier === undefined || earlier.digest === pin.digest) resolved.push([query, pin]);
        } catch (error) {
          // A locked pin stays valid unless the error is about the pin itself.
          if (wanted.has(query) && (earlier === undefined || isVerdict(error))) failures.push({ query, error });
        }
        done += 1;
        options.onResolved?.(done, pending.length);
      }),
    );
    options.signal?.throwIfAborted();
    // All selections of a reference are updated, or none: no node of it must lose its pin.
    const failedReferences = new Set(failures.map(({ query }) => query.reference.canonical()));
    const next = current.merge(
      resolved.filter(([{ reference }]) => mode !== "update" || !failedReferences.has(reference.canonical())),
    );
    return next.withoutRefuted(requested);
  });
  failures.push(...faults(kept, lockFile, classCheck));
  const order = new Map(requested.map((query, position) => [query, position]));
  failures.sort((a, b) => (order.get(a.query) ?? 0) - (order.get(b.query) ?? 0));
  return { find: (query) => lockFile.find(query), failures, before: locked };
}

/** A pin of format 1 may lack `asPinned`: it is then resolved again, to the same digest. */
function isComplete(pin: LockedPin | undefined): boolean {
  return pin?.asPinned !== undefined;
}

/** Whether an error is about the pin itself, not about access to the registry. */
function isVerdict(error: unknown): boolean {
  return error instanceof IronicOciError && ["CLASS_MISMATCH", "UNUSABLE_PIN"].includes(error.code);
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

/** New queries for a locked tag resolve from the locked digest, so that all nodes use one index. */
function resolve(query: PinQuery, current: LockFile, options: PinAllOptions): Promise<Pin> {
  const { reference, ...node } = query;
  const tagDigest = options.mode === "prefer" ? current.tagDigest(reference) : undefined;
  return options.resolver.resolve(reference, { ...node, tagDigest, signal: options.signal });
}

/** Errors of the class check for the locked pins of these queries. */
function faults(
  queries: readonly PinQuery[],
  locked: LockFile,
  classCheck: OciResolver["classCheck"],
): readonly PinFailure[] {
  if (classCheck !== "error") return [];
  return queries.flatMap((query) => {
    const pin = locked.find(query);
    const error = pin && lockedFault(query, pin);
    return error ? [{ query, error }] : [];
  });
}

/** @throws {LockFrozenError} */
function frozenPins(
  queries: readonly PinQuery[],
  locked: LockFile,
  path: string,
  classCheck: OciResolver["classCheck"],
): PinResults {
  const missing = queries.filter((query) => !locked.find(query));
  if (missing.length > 0)
    throw new LockFrozenError(
      path,
      missing.map((query) => whyMissing(query, locked)),
    );
  return { find: (query) => locked.find(query), failures: faults(queries, locked, classCheck), before: locked };
}

function whyMissing(query: PinQuery, locked: LockFile): string {
  const reason = locked.tagDigest(query.reference) ? "locked, but not for this kind of node" : "not locked";
  return `${describeQuery(query)}: ${reason}`;
}

function distinct(queries: readonly PinQuery[]): PinQuery[] {
  const byText = new Map<string, PinQuery>();
  for (const query of queries) {
    const text = `${query.reference.canonical()}\u0000${queryKey(selectionKey(query))}`;
    if (!byText.has(text)) byText.set(text, query);
  }
  return [...byText.values()];
}

import { existsSync } from "node:fs";
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
  /** Asked for what is not locked, which is never done in mode `frozen`; its class check holds for what is locked, too. */
  readonly resolver: Pick<OciResolver, "resolve" | "classCheck">;
  readonly signal?: AbortSignal | undefined;
  /** Called after each query that needed the network. */
  readonly onResolved?: (done: number, of: number) => void;
}

/** A query that could not be resolved, and why. */
export interface PinFailure {
  readonly query: PinQuery;
  readonly error: unknown;
}

export interface PinResults {
  find(query: PinQuery): LockedPin | undefined;
  readonly failures: readonly PinFailure[];
}

/**
 * Resolves queries from the lock file and, in the modes that allow it, from the registries; what is new is locked.
 *
 * A failure does not undo the others: what could be resolved is locked all the same, and every failure is told.
 * @throws {LockFrozenError} in mode `frozen`, listing everything that is not locked
 */
export async function pinAll(queries: readonly PinQuery[], options: PinAllOptions): Promise<PinResults> {
  const { path, mode } = options;
  const requested = distinct(queries);
  const locked = readLockFile(path);
  const { classCheck } = options.resolver;
  if (mode === "frozen") return frozenPins(requested, locked, path, classCheck);
  const complete = mode === "prefer" && requested.every((query) => isComplete(locked.find(query)));
  if (complete && (existsSync(path) || requested.length === 0) && !locked.hasRefuted(requested)) {
    return { find: (query) => locked.find(query), failures: faults(requested, locked, classCheck) };
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
          // What is locked stays an answer as long as nothing is found to be wrong with it.
          if (wanted.has(query) && (earlier === undefined || isVerdict(error))) failures.push({ query, error });
        }
        done += 1;
        options.onResolved?.(done, pending.length);
      }),
    );
    options.signal?.throwIfAborted();
    // A reference moves as a whole or not at all: half of its nodes must not be left without an answer.
    const failedReferences = new Set(failures.map(({ query }) => query.reference.canonical()));
    const next = current.merge(
      resolved.filter(([{ reference }]) => mode !== "update" || !failedReferences.has(reference.canonical())),
    );
    return next.withoutRefuted(requested);
  });
  failures.push(...faults(kept, lockFile, classCheck));
  const order = new Map(requested.map((query, position) => [query, position]));
  failures.sort((a, b) => (order.get(a.query) ?? 0) - (order.get(b.query) ?? 0));
  return { find: (query) => lockFile.find(query), failures };
}

/** An answer of format 1 may leave open what Ironic makes of the pinned URL: then it is resolved once more, to the same digest. */
function isComplete(pin: LockedPin | undefined): boolean {
  return pin?.asPinned !== undefined;
}

/** Whether an error is about the pin itself, and not about the way to the registry. */
function isVerdict(error: unknown): boolean {
  return error instanceof IronicOciError && ["CLASS_MISMATCH", "UNUSABLE_PIN"].includes(error.code);
}

/** What else is locked of the same references, for other programs' nodes: it follows the tag as well. */
function relatedQueries(requested: readonly PinQuery[], locked: LockFile): PinQuery[] {
  const names = new Set(requested.map(({ reference }) => reference.canonical()));
  // A selection of the other class for the same kind of node is what the one that is requested takes the place of.
  const all = locked
    .queries()
    .filter((each) => names.has(each.reference.canonical()) && !requested.some((one) => sameNodeKind(one, each)));
  return distinct([...requested, ...all]).slice(requested.length);
}

/** A tag that is locked for one node is that tag for the next one too, wherever it points by now. */
function resolve(query: PinQuery, current: LockFile, options: PinAllOptions): Promise<Pin> {
  const { reference, ...node } = query;
  const tagDigest = options.mode === "prefer" ? current.tagDigest(reference) : undefined;
  return options.resolver.resolve(reference, { ...node, tagDigest, signal: options.signal });
}

/** What of these queries is locked, and refused by the class check. */
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
export function frozenPins(
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
  return { find: (query) => locked.find(query), failures: faults(queries, locked, classCheck) };
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

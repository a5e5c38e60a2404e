import type { Digest } from "../reference";
import { queryKey } from "./query";
import type { LockedSelection, LockLine } from "./schema";

/** A reference's entry: its tag's digest, and one selection for each kind of node. */
export interface LockedReference {
  readonly digest: Digest;
  readonly selections: readonly LockedSelection[];
}

/** The entries by reference, in canonical form. More than one for a reference: two branches moved it, and were merged. */
export type LockContent = Map<string, readonly LockedReference[]>;

/** A reference that two branches moved to different digests, before they were merged. */
export interface LockConflict {
  /** The reference, in canonical form. */
  readonly reference: string;
  /** The tag's digest in each of the branches; equal where they pinned different manifests of it. */
  readonly digests: readonly Digest[];
}

/**
 * Entries of the lines of a file, which may be those of two branches.
 *
 * Lines for one digest of a tag belong together, and equal kinds of node with one pinned digest are one selection. Another digest is
 * an entry of its own, unless one of both is used by nothing: one branch then dropped what the other one moved.
 */
export function fromLines(lines: readonly LockLine[]): LockContent {
  const content: LockContent = new Map();
  for (const { reference, tagDigest, ...selection } of lines) {
    const entries = content.get(reference) ?? [];
    const position = entries.findIndex((entry) => entry.digest === tagDigest && !contradicts(entry, selection));
    const known = entries[position];
    const entry = known ? withSelection(known, selection) : { digest: tagDigest, selections: [selection] };
    content.set(reference, known ? entries.with(position, entry) : [...entries, entry]);
  }
  for (const [reference, entries] of content) {
    const used = entries.filter(({ selections }) => selections.some(({ usedBy }) => usedBy?.length !== 0));
    if (used.length > 0 && used.length < entries.length) content.set(reference, used);
  }
  return content;
}

function contradicts({ selections }: LockedReference, added: LockedSelection): boolean {
  return selections.some((each) => queryKey(each) === queryKey(added) && each.digest !== added.digest);
}

function withSelection(entry: LockedReference, added: LockedSelection): LockedReference {
  const position = entry.selections.findIndex((each) => queryKey(each) === queryKey(added));
  const known = entry.selections[position];
  if (!known) return { ...entry, selections: [...entry.selections, added] };
  const usedBy = usersOf([known, added]);
  const verified = known.verified ?? added.verified;
  return { ...entry, selections: entry.selections.with(position, { ...known, verified, usedBy }) };
}

/** The users of all these selections, sorted, each once; undefined if those of one are not known. */
export function usersOf(selections: readonly LockedSelection[]): string[] | undefined {
  const users = selections.flatMap(({ usedBy }) => usedBy ?? [undefined]);
  return users.includes(undefined) ? undefined : [...new Set(users as string[])].sort();
}

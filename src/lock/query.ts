import { type Digest, printable, type Reference } from "../reference";
import type { AsPinned, Pin } from "../resolver";

/** Key of a pin in the lock file: the artifact, the kind of node, and the selection profile. */
export interface PinQuery {
  readonly reference: Reference;
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile: Pin["profile"];
  /** Expected class. For images only; default `disk`. */
  readonly expect?: AsPinned["kind"] | undefined;
}

/** A pin in the lock file: without the other candidates. */
export interface LockedPin extends Omit<Pin, "considered" | "warnings" | "asPinned"> {
  /** Undefined in a lock file of format 1, which does not have the field. */
  readonly asPinned: AsPinned | undefined;
  /** Reason of the selection. */
  readonly reason: string;
  /** Warnings at the time of locking, one text each. */
  readonly warnings: readonly string[];
}

/** Key of a selection among those of its reference. */
export interface SelectionKey {
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile?: Pin["profile"] | undefined;
  /** Undefined for a disk image, the default. */
  readonly expect?: "bootc" | undefined;
}

/** Kernels and ramdisks are selected by architecture alone: nodes that differ in other fields share one entry. */
export function selectionKey(query: PinQuery): SelectionKey {
  const { role, architecture, imageDownloadSource, profile, expect } = query;
  if (role !== "image") return { role, architecture };
  return { role, architecture, imageDownloadSource, profile, ...(expect === "bootc" && { expect }) };
}

/** Whether two queries have the same reference and kind of node, regardless of the expected class. */
export function sameNodeKind(one: PinQuery, other: PinQuery): boolean {
  const text = (query: PinQuery) => queryKey({ ...selectionKey(query), expect: undefined });
  return one.reference.canonical() === other.reference.canonical() && text(one) === text(other);
}

/** A string that is equal for equal keys, and sorts by role, architecture, download source, profile and expectation. */
export function queryKey({ role, architecture, imageDownloadSource, profile, expect }: SelectionKey): string {
  return [role, architecture ?? "", imageDownloadSource ?? "", profile ?? "", expect ?? ""].join("\u0000");
}

/** One-line description of a query; text from a lock file is escaped for a terminal. */
export function describeQuery(query: PinQuery): string {
  const { reference, role, architecture, imageDownloadSource, profile, expect } = query;
  const node = [
    architecture ?? "any architecture",
    imageDownloadSource && `download source ${imageDownloadSource}`,
    role === "image" && `profile ${profile}`,
  ];
  const what = role === "image" && expect === "bootc" ? "bootc container" : role;
  return printable(`${reference.canonical()} as ${what} (${node.filter(Boolean).join(", ")})`);
}

export function toLockedPin(pin: Pin): LockedPin {
  const { considered, warnings, ...facts } = pin;
  const reason = considered.find(({ outcome }) => outcome === "won")?.reason ?? "";
  return { ...facts, reason, warnings: warnings.map(({ message }) => message) };
}

/** The pinned URL follows from the reference and the digest: it is never stored, so that it can't contradict them. */
export function pinnedUrl(reference: Reference, digest: Digest): string {
  return reference.withDigest(digest).toString();
}

import { type Digest, printable, type Reference } from "../reference";
import type { AsPinned, Pin } from "../resolver";

/** What is asked of the lock file: which artifact, for which kind of node, by whose rules. */
export interface PinQuery {
  readonly reference: Reference;
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile: Pin["profile"];
  /** What the image is meant to be. For images only; default `disk`. */
  readonly expect?: AsPinned["kind"] | undefined;
}

/** What the lock file answers: a pin without the candidates that lost. */
export interface LockedPin extends Omit<Pin, "considered" | "warnings" | "asPinned"> {
  /** Undefined where a lock file of format 1 does not tell: it was written before this was known. */
  readonly asPinned: AsPinned | undefined;
  /** Why this one was chosen. */
  readonly reason: string;
  /** Warnings as they were when the pin was locked, one text each. */
  readonly warnings: readonly string[];
}

/** What distinguishes one selection of a reference from the others. */
export interface SelectionKey {
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile?: Pin["profile"] | undefined;
  /** Undefined for a disk image, which is what an image is unless something else is said. */
  readonly expect?: "bootc" | undefined;
}

/** Kernels and ramdisks are chosen by architecture alone: nodes that differ in the rest share one entry. */
export function selectionKey(query: PinQuery): SelectionKey {
  const { role, architecture, imageDownloadSource, profile, expect } = query;
  if (role !== "image") return { role, architecture };
  return { role, architecture, imageDownloadSource, profile, ...(expect === "bootc" && { expect }) };
}

/** Whether two queries are about the same reference for the same kind of node, whatever class each of them expects. */
export function sameNodeKind(one: PinQuery, other: PinQuery): boolean {
  const text = (query: PinQuery) => queryKey({ ...selectionKey(query), expect: undefined });
  return one.reference.canonical() === other.reference.canonical() && text(one) === text(other);
}

/** A string that is equal for equal keys, and sorts by role, architecture, download source, profile and expectation. */
export function queryKey({ role, architecture, imageDownloadSource, profile, expect }: SelectionKey): string {
  return [role, architecture ?? "", imageDownloadSource ?? "", profile ?? "", expect ?? ""].join("\u0000");
}

/** A query in one line, for people; what comes from a lock file is made safe for a terminal. */
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

/** The pinned URL follows from the reference and the digest: it is never stored, so that it can't be made to disagree. */
export function pinnedUrl(reference: Reference, digest: Digest): string {
  return reference.withDigest(digest).toString();
}

import { type Digest, printable, type Reference } from "../reference";
import type { Pin } from "../resolver";

/** What is asked of the lock file: which artifact, for which kind of node, by whose rules. */
export interface PinQuestion {
  readonly reference: Reference;
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile: Pin["profile"];
}

/** What the lock file answers: a pin without the candidates that lost. */
export interface LockedPin extends Omit<Pin, "considered" | "warnings"> {
  /** Why this one was chosen. */
  readonly reason: string;
  readonly warnings: readonly string[];
}

/** What distinguishes one selection of a reference from the others. */
export interface SelectionKey {
  readonly role: Pin["role"];
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly profile?: Pin["profile"] | undefined;
}

/** Kernels and ramdisks are chosen by architecture alone: nodes that differ in the rest share one entry. */
export function selectionKey(question: PinQuestion): SelectionKey {
  const { role, architecture, imageDownloadSource, profile } = question;
  return role === "image" ? { role, architecture, imageDownloadSource, profile } : { role, architecture };
}

/** A string that is equal for equal keys, and sorts by role, architecture, download source and profile. */
export function keyText({ role, architecture, imageDownloadSource, profile }: SelectionKey): string {
  return [role, architecture ?? "", imageDownloadSource ?? "", profile ?? ""].join("\u0000");
}

/** A question in one line, for people; what comes from a lock file is made safe for a terminal. */
export function describeQuestion({ reference, role, architecture, imageDownloadSource, profile }: PinQuestion): string {
  const node = [
    architecture ?? "any architecture",
    imageDownloadSource && `download source ${imageDownloadSource}`,
    role === "image" && `profile ${profile}`,
  ];
  return printable(`${reference.canonical()} as ${role} (${node.filter(Boolean).join(", ")})`);
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

import { printable } from "../reference";
import { sameArchitecture } from "./architecture";
import type { Candidate, Considered, DiskFormat, NodeFacts } from "./types";

const NO_DISKTYPE = 100;
/** Ironic's order when the conductor converts the image itself: the smaller file first. */
const FOR_LOCAL: Readonly<Record<string, number>> = { qcow2: 1, qemu: 2, raw: 3, applehv: 4 };
/** Ironic's order when the agent streams the image to disk: what needs no conversion first. */
const FOR_STREAMING: Readonly<Record<string, number>> = { raw: 1, applehv: 2, qcow2: 3, qemu: 4 };

/** A candidate that may win, and how early it is tried. */
export interface Ranked {
  readonly candidate: Candidate;
  /** Its place in the index. */
  readonly position: number;
  readonly weight: number;
}

/** A candidate that is out before any manifest is fetched. */
export interface Dropped {
  readonly position: number;
  readonly considered: Considered;
}

/**
 * Ironic's filter and order: architecture first, then a weight by disktype, lowest first; equal weights keep the
 * index's order.
 */
export function rank(
  candidates: readonly Candidate[],
  node: NodeFacts,
): {
  readonly ranked: readonly Ranked[];
  readonly dropped: readonly Dropped[];
  /** The first thing that Ironic fails on meanwhile: it reads every entry before it chooses. */
  readonly fault: string | undefined;
} {
  const weights = node.imageDownloadSource === "local" ? FOR_LOCAL : FOR_STREAMING;
  const ranked: Ranked[] = [];
  const dropped: Dropped[] = [];
  let fault: string | undefined;
  for (const [position, candidate] of candidates.entries()) {
    const { architecture, disktype, faults } = candidate;
    const drop = (outcome: Considered["outcome"], reason: string) =>
      dropped.push({ position, considered: consider(candidate, undefined, outcome, reason) });
    if (faults.whole !== undefined) {
      fault ??= faults.whole;
      drop("unreadable", faults.whole);
      continue;
    }
    if (node.architecture) fault ??= faults.platform;
    if (!fits(candidate, node)) {
      drop("wrong-architecture", `for ${architecture}, the node is ${node.architecture}`);
      continue;
    }
    fault ??= faults.annotations;
    if (disktype === undefined) {
      ranked.push({ candidate, position, weight: NO_DISKTYPE });
    } else if (Object.hasOwn(weights, disktype)) {
      ranked.push({ candidate, position, weight: weights[disktype] ?? NO_DISKTYPE });
    } else {
      drop("unknown-disktype", `Ironic knows no disktype ${JSON.stringify(disktype)}`);
    }
  }
  // Array.prototype.sort is stable, as Python's is.
  return { ranked: ranked.sort((a, b) => a.weight - b.weight), dropped, fault };
}

/** Whether a candidate's architecture suits the node: only where both are named can they differ. */
export function fits(candidate: Candidate, node: NodeFacts): boolean {
  return !node.architecture || !candidate.architecture || sameArchitecture(node.architecture, candidate.architecture);
}

/** The format that Ironic derives from a known disktype. */
export function diskFormatOf(disktype: string | undefined): DiskFormat {
  if (disktype === undefined) return "unknown";
  return disktype === "raw" || disktype === "applehv" ? "raw" : "qcow2";
}

export function consider(
  candidate: Candidate,
  weight: number | undefined,
  outcome: Considered["outcome"],
  reason: string,
): Considered {
  const { digest, architecture, disktype } = candidate;
  // The other fields are what the registry has, as it has it; the reason is a sentence for people.
  return { digest, architecture, disktype, weight, outcome, reason: printable(reason) };
}

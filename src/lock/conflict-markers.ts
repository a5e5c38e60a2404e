/** The marks that git writes into a file whose merge it leaves to the user. */
const OURS = /^<{7}(?: |$)/;
const BASE = /^\|{7}(?: |$)/;
const SEPARATOR = /^={7}$/;
const THEIRS = /^>{7}(?: |$)/;

/** Whether a text has a conflict that git left open. */
export function hasConflictMarkers(text: string): boolean {
  return text.split(/\r?\n/).some((line) => OURS.test(line) || THEIRS.test(line));
}

/**
 * The lines of both sides of each conflict, as git's own driver `union` keeps them; those of the common ancestor
 * (`merge.conflictStyle = diff3`) are left out.
 */
export function bothSides(text: string): string {
  const kept: string[] = [];
  let side: "none" | "ours" | "base" | "theirs" = "none";
  for (const line of text.split(/\r?\n/)) {
    if (side === "none" && OURS.test(line)) side = "ours";
    else if (side === "ours" && BASE.test(line)) side = "base";
    else if ((side === "ours" || side === "base") && SEPARATOR.test(line)) side = "theirs";
    else if (side === "theirs" && THEIRS.test(line)) side = "none";
    else if (side !== "base") kept.push(line);
  }
  return kept.join("\n");
}

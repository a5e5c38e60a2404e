import { readFileSync, writeFileSync } from "node:fs";

/** A lock file's references, as formats 1 and 2 have them. */
export interface LockJson {
  formatVersion: number;
  references: Record<string, { digest: string; selections: Record<string, unknown>[] }>;
}

/** A lock file of format 3, as the object that format 2 would have. */
export function lockJson(path: string): LockJson {
  const { locked } = JSON.parse(readFileSync(path, "utf8")) as { locked: (string | null | Record<string, unknown>)[] };
  const references: LockJson["references"] = {};
  for (const line of locked) {
    if (line === null || typeof line === "string") continue;
    const { reference, tagDigest, usedBy: _, ...selection } = line;
    references[String(reference)] ??= { digest: String(tagDigest), selections: [] };
    references[String(reference)]?.selections.push(selection);
  }
  return { formatVersion: 2, references };
}

/** Writes a lock file as an earlier version would have written it, and gives its text. */
export function toEarlierFormat(path: string, formatVersion: 1 | 2): string {
  const json = { ...lockJson(path), formatVersion };
  for (const { selections } of Object.values(json.references)) {
    if (formatVersion === 1) for (const selection of selections) delete selection.asPinned;
  }
  const text = `${JSON.stringify(json, null, 2)}\n`;
  writeFileSync(path, text);
  return text;
}

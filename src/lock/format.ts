import { hexOf, InvalidReferenceError, printable, printableJson, Reference } from "../reference";
import { aRole } from "../selection";
import { bothSides, hasConflictMarkers } from "./conflict-markers";
import { LockFileDamagedError, LockFileNewerError } from "./errors";
import { fromLines, type LockContent, type LockedReference } from "./lines";
import { queryKey, type SelectionKey } from "./query";
import { repeatedKey } from "./repeated-key";
import type { LockedSelection } from "./schema";

const OPEN_CONFLICTS = "has unresolved merge conflicts";

/** Loaded with the first lock file, so that a command without one does not load zod. */
function schema() {
  return require("./schema") as typeof import("./schema");
}

/**
 * Reads a lock file's text, of any format. Conflicts that git left open in format 3 are read as both of their sides.
 * @throws {LockFileDamagedError}
 * @throws {LockFileNewerError}
 */
export function parseLock(text: string, path: string): LockContent {
  const { Content, FORMAT_VERSION } = schema();
  const json = parseJson(text, path);
  const found = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found === "number" && found > FORMAT_VERSION) throw new LockFileNewerError(path, found, FORMAT_VERSION);
  const parsed = Content.safeParse(json);
  if (!parsed.success) {
    const what = hasConflictMarkers(text) ? OPEN_CONFLICTS : describeIssue(parsed.error.issues[0]);
    throw new LockFileDamagedError(path, what);
  }
  const { data } = parsed;
  const content =
    data.formatVersion === 3
      ? fromLines(data.locked.filter((line) => line !== null && typeof line !== "string"))
      : new Map(Object.entries(data.references).map(([key, entry]): [string, LockedReference[]] => [key, [entry]]));
  for (const [key, entries] of content) {
    for (const entry of entries) {
      const fault = entryFault(key, entry);
      if (fault) throw new LockFileDamagedError(path, `${shownKey(key)}: ${fault}`);
    }
    if (data.formatVersion === 1) {
      content.set(
        key,
        entries.map((entry) => withClasses(key, entry)),
      );
    }
  }
  return content;
}

/** @throws {LockFileDamagedError} without the parser's message, which quotes the text: it may hold a password */
function parseJson(text: string, path: string): unknown {
  const conflicting = hasConflictMarkers(text);
  const whole = conflicting ? bothSides(text) : text;
  let json: unknown;
  try {
    json = JSON.parse(whole);
  } catch {
    throw new LockFileDamagedError(path, conflicting ? OPEN_CONFLICTS : "is not JSON");
  }
  const repeated = repeatedKey(whole);
  if (repeated === undefined) return json;
  throw new LockFileDamagedError(path, `has two entries for ${shownKey(repeated)}, as from a merge`);
}

/** A key or reference of the file for messages: of text that is not a reference, what may be a password is hidden. */
function shownKey(key: string): string {
  try {
    Reference.parse(key);
    return printable(key);
  } catch (error) {
    return printable(error instanceof InvalidReferenceError ? error.reference : key);
  }
}

/** The part of a schema error that is needed. Its own message may quote keys of the file. */
interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function describeIssue(issue: SchemaIssue | undefined): string {
  const where = issue?.path.map((step) => shownKey(String(step))).join(" → ") || "the top";
  const unknown = issue?.keys?.map(shownKey).join(", ");
  return `at ${where}: ${unknown === undefined ? issue?.message : `unknown: ${unknown}`}`;
}

/**
 * Contradiction within an entry. A digest can't be proven offline, but a digest that was edited by hand without its dependent
 * fields is detected before a deployment.
 */
function entryFault(key: string, entry: LockedReference): string | undefined {
  let reference: Reference;
  try {
    reference = Reference.parse(key);
  } catch {
    return "is not a reference";
  }
  if (reference.canonical() !== key) return `is not in canonical form (${reference.canonical()})`;
  if (reference.digest !== undefined && reference.digest !== entry.digest)
    return "is locked to another digest than the one that it names";
  const sameDigest = entry.selections.filter((selection) => selection.digest === entry.digest);
  if (sameDigest.length > 0 && sameDigest.length < entry.selections.length) {
    return `locks ${entry.digest}, which is one manifest, and pins another digest as well`;
  }
  const seen = new Set<string>();
  for (const selection of entry.selections) {
    const text = queryKey(selection);
    if (seen.has(text)) return `has two selections for one query (${describeKey(selection)})`;
    seen.add(text);
    const fault = selectionFault(selection);
    if (fault) return fault;
    if (reference.digest !== undefined && selection.role === "image" && selection.digest !== reference.digest) {
      return `pins ${selection.digest}, which is not the digest that it names`;
    }
  }
  return undefined;
}

function selectionFault(selection: LockedSelection): string | undefined {
  const { role, profile, diskFormat, asPinned, blobDigest, checksum } = selection;
  const bootc = diskFormat === "bootc";
  if (bootc && blobDigest !== undefined) return "a bootc container has no blob digest";
  const source = blobDigest ?? (bootc ? selection.digest : undefined);
  if (source !== undefined && checksum !== hexOf(source)) {
    return `the checksum of ${selection.digest} is not that of its ${bootc ? "manifest" : "blob"}`;
  }
  if (asPinned === undefined) return undefined;
  if (role !== "image") return `${aRole(role)} has no class`;
  if (asPinned.diskFormat !== (asPinned.kind === "bootc" ? "bootc" : "unknown")) {
    return `pinned, a ${asPinned.kind} image has no disk format ${asPinned.diskFormat}`;
  }
  if (profile === "ironic-29" && asPinned.kind === "bootc")
    return "ironic-29 deploys every pinned image as a disk image, not as a bootc container";
  return undefined;
}

/**
 * Upgrade of a format 1 entry: derives `asPinned` where it follows from other fields. Up to release 33 every pinned image is a
 * disk image; later releases read a manifest named by digest, or the single manifest of a tag, alike by tag and by digest,
 * unless a disktype decided. All other selections need their manifest and stay without `asPinned` until resolved again.
 */
function withClasses(key: string, entry: LockedReference): LockedReference {
  const selections = entry.selections.map((selection): LockedSelection => {
    const { role, profile, diskFormat } = selection;
    if (role !== "image") return selection;
    if (profile === "ironic-29") return { ...selection, asPinned: { kind: "disk", diskFormat: "unknown" } };
    const single = selection.digest === entry.digest || key.includes("@");
    if (!single || (diskFormat !== "bootc" && diskFormat !== "unknown")) return selection;
    return { ...selection, asPinned: { kind: diskFormat === "bootc" ? "bootc" : "disk", diskFormat } };
  });
  return { ...entry, selections };
}

function describeKey(key: SelectionKey): string {
  return [key.role, key.architecture, key.imageDownloadSource, key.profile, key.expect].filter(Boolean).join(", ");
}

/**
 * Serialization: sorted by code units, deterministic, and escaped for diffs.
 *
 * The layout is for line merges. Each selection is one line that means the same in any order, and ends in a comma. An empty line and
 * the reference as a heading are between the lines of two references: git takes changes of adjacent lines for a conflict.
 */
export function printLock(content: LockContent): string {
  const blocks = [...content].sort(byKey).map(([key, entries]) => {
    const lines = entries.flatMap((entry) =>
      entry.selections
        .map((each): [string, LockedSelection] => [queryKey(each), each])
        .sort(byKey)
        .map(([, selection]) => `${oneLine({ reference: key, tagDigest: entry.digest, ...inOrder(selection) })},\n`),
    );
    return lines.length === 0 ? "" : `\n${oneLine(key)},\n${lines.join("")}`;
  });
  return `{\n"formatVersion": ${schema().FORMAT_VERSION},\n"locked": [\n${blocks.join("")}\nnull\n]\n}\n`;
}

/** Whether a text has the layout of format 3, which can be merged line by line. */
export function isLineFormat(text: string): boolean {
  return text.startsWith(`{\n"formatVersion": ${schema().FORMAT_VERSION},\n`);
}

/** A line break of indented JSON is never within a string. */
function oneLine(value: unknown): string {
  return printableJson(value).replaceAll(/\n */g, " ");
}

/** The fields in the schema's order; what is unset is left out, and so are lists without elements but for `usedBy`. */
function inOrder(selection: LockedSelection): Record<string, unknown> {
  const present = schema().FIELDS.map((field): [string, unknown] => [field, selection[field]]);
  return Object.fromEntries(
    present.filter(
      ([field, value]) => value !== undefined && (field === "usedBy" || !(Array.isArray(value) && value.length === 0)),
    ),
  );
}

/** Order by code units, not by locale: the same on every machine. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

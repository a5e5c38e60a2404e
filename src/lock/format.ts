import { type Digest, hexOf, printableJson, Reference } from "../reference";
import { LockFileDamagedError, LockFileNewerError } from "./errors";
import { queryKey, type SelectionKey } from "./query";
import type { LockedSelection } from "./schema";

export type { LockedSelection };

/** Loaded with the first lock file, so that a command without one does not load zod. */
function schema() {
  return require("./schema") as typeof import("./schema");
}

/** A reference's entry: its tag's digest, and one selection for each kind of node. */
export interface LockedReference {
  readonly digest: Digest;
  readonly selections: readonly LockedSelection[];
}

export type LockContent = ReadonlyMap<string, LockedReference>;

/**
 * Reads a lock file's text.
 * @throws {LockFileDamagedError}
 * @throws {LockFileNewerError}
 */
export function parseLock(text: string, path: string): LockContent {
  const { Content, FORMAT_VERSION } = schema();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const merged = /^(<{7}|={7}|>{7})/m.test(text);
    throw new LockFileDamagedError(path, merged ? "has unresolved merge conflicts" : "is not JSON", cause);
  }
  const found = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found === "number" && found > FORMAT_VERSION) throw new LockFileNewerError(path, found, FORMAT_VERSION);
  const parsed = Content.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LockFileDamagedError(path, `at ${issue?.path.join(" → ") || "the top"}: ${issue?.message}`);
  }
  const references: Readonly<Record<string, LockedReference>> = parsed.data.references;
  const content = new Map(Object.entries(references));
  for (const [key, entry] of content) {
    const fault = entryFault(key, entry);
    if (fault) throw new LockFileDamagedError(path, `${key}: ${fault}`);
    if (parsed.data.formatVersion === 1) content.set(key, withClasses(key, entry));
  }
  return content;
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
  if (role !== "image") return `a ${role} has no class`;
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

/** Serialization: sorted, one field a line, trailing newline; deterministic, and escaped for diffs. */
export function printLock(content: LockContent): string {
  const references = Object.fromEntries(
    [...content].sort(byKey).map(([key, { digest: tagDigest, selections }]) => {
      const sorted = selections.map((each): [string, LockedSelection] => [queryKey(each), each]).sort(byKey);
      return [key, { digest: tagDigest, selections: sorted.map(([, selection]) => inOrder(selection)) }];
    }),
  );
  return `${printableJson({ formatVersion: schema().FORMAT_VERSION, references })}\n`;
}

/** The fields in the schema's order; what is unset or empty is left out. */
function inOrder(selection: LockedSelection): Record<string, unknown> {
  const present = schema().FIELDS.map((field): [string, unknown] => [field, selection[field]]);
  return Object.fromEntries(
    present.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

/** Order by code units, not by locale: the same on every machine. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

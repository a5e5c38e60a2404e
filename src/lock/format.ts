import * as z from "zod";
import { type Digest, hexOf, isDigest, printableJson, Reference } from "../reference";
import { LockFileDamagedError, LockFileNewerError } from "./errors";
import { keyText, type SelectionKey } from "./question";

/** The newest format that this version reads; it writes no other. */
export const FORMAT_VERSION = 1;

const digest = z.custom<Digest>(isDigest, "not a digest");

const Selection = z.strictObject({
  role: z.enum(["image", "kernel", "ramdisk"]),
  architecture: z.string().optional(),
  imageDownloadSource: z.string().optional(),
  profile: z.enum(["ironic-29", "ironic-34"]).optional(),
  digest,
  diskFormat: z.enum(["raw", "qcow2", "bootc", "unknown"]),
  blobDigest: digest.optional(),
  checksum: z.string().regex(/^[0-9a-f]+$/),
  size: z.number().int().nonnegative(),
  fileName: z.string().optional(),
  mediaType: z.string().optional(),
  compression: z.enum(["zstd", "gzip"]).optional(),
  reason: z.string(),
  warnings: z.array(z.string()).optional(),
});
export type LockedSelection = z.infer<typeof Selection>;

const Entry = z.strictObject({ digest, selections: z.array(Selection) });
const Content = z.strictObject({ formatVersion: z.literal(FORMAT_VERSION), references: z.record(z.string(), Entry) });

/** A reference's entry: what its tag pointed to, and what was chosen from that for each kind of node. */
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
  const content = new Map(Object.entries(parsed.data.references));
  for (const [key, entry] of content) {
    const fault = entryFault(key, entry);
    if (fault) throw new LockFileDamagedError(path, `${key}: ${fault}`);
  }
  return content;
}

/**
 * What in an entry contradicts itself. Nothing offline proves that a digest is the right one, but a digest that was
 * changed by hand without what follows from it is found before anything is deployed.
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
    return "is locked to a digest that it doesn't name";
  const own = entry.selections.filter((selection) => selection.digest === entry.digest);
  if (own.length > 0 && own.length < entry.selections.length) {
    return `locks ${entry.digest}, which is one manifest, and pins something else as well`;
  }
  const seen = new Set<string>();
  for (const selection of entry.selections) {
    const text = keyText(selection);
    if (seen.has(text)) return `answers the same question twice (${describeKey(selection)})`;
    seen.add(text);
    const bootc = selection.diskFormat === "bootc";
    if (bootc !== (selection.blobDigest === undefined))
      return "a selection has a blob digest if and only if it is no bootc container";
    if (selection.checksum !== hexOf(selection.blobDigest ?? selection.digest)) {
      return `the checksum of ${selection.digest} is not that of its ${bootc ? "manifest" : "blob"}`;
    }
    if (reference.digest !== undefined && selection.role === "image" && selection.digest !== reference.digest) {
      return `pins ${selection.digest}, which is not what it names`;
    }
  }
  return undefined;
}

function describeKey(key: SelectionKey): string {
  return [key.role, key.architecture, key.imageDownloadSource, key.profile].filter(Boolean).join(", ");
}

/** The file's text: sorted, one fact a line, ending in a newline, the same for the same content; safe in a diff. */
export function printLock(content: LockContent): string {
  const references = Object.fromEntries(
    [...content].sort(byKey).map(([key, { digest: tagDigest, selections }]) => {
      const sorted = selections.map((each): [string, LockedSelection] => [keyText(each), each]).sort(byKey);
      return [key, { digest: tagDigest, selections: sorted.map(([, selection]) => inOrder(selection)) }];
    }),
  );
  return `${printableJson({ formatVersion: FORMAT_VERSION, references })}\n`;
}

const FIELDS = Object.keys(Selection.shape) as (keyof LockedSelection)[];

/** The fields in the schema's order; what is unset or empty is left out. */
function inOrder(selection: LockedSelection): Record<string, unknown> {
  const present = FIELDS.map((field): [string, unknown] => [field, selection[field]]);
  return Object.fromEntries(
    present.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

/** By code units, not by locale: the same order on every machine. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

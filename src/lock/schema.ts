import * as z from "zod";
import { type Digest, isDigest } from "../reference";
import { ARTIFACT_CLASSES, COMPRESSIONS, DISK_FORMATS, ROLES, SELECTION_PROFILES } from "../selection";

/**
 * The newest format that this version reads; it writes no other.
 *
 * - Format 2 adds `asPinned`, which format 1 does not have, and `expect`; `checksum` and `size` may be missing.
 * - Format 3 has one line for each selection instead of one field a line, and adds `usedBy`, and `verified` where a policy
 *   requires signatures.
 */
export const FORMAT_VERSION = 3;

const digest = z.custom<Digest>(isDigest, "not a digest");
const hex = z.string().regex(/^[0-9a-f]+$/i);
const size = z.number().int().nonnegative();

const SelectionOfFormat2 = z.strictObject({
  role: z.enum(ROLES),
  architecture: z.string().optional(),
  imageDownloadSource: z.string().optional(),
  profile: z.enum(SELECTION_PROFILES).optional(),
  expect: z.literal("bootc").optional(),
  digest,
  diskFormat: z.enum(DISK_FORMATS),
  asPinned: z.strictObject({ kind: z.enum(ARTIFACT_CLASSES), diskFormat: z.enum(DISK_FORMATS) }).optional(),
  blobDigest: digest.optional(),
  checksum: hex.optional(),
  size: size.optional(),
  fileName: z.string().optional(),
  mediaType: z.string().optional(),
  compression: z.enum(COMPRESSIONS).optional(),
  reason: z.string(),
  warnings: z.array(z.string()).optional(),
});
const SelectionOfFormat1 = SelectionOfFormat2.omit({ expect: true, asPinned: true }).extend({ checksum: hex, size });
const Verdict = z.strictObject({
  digest,
  of: z.enum(["index", "manifest"]).optional(),
  key: z.string().optional(),
  identity: z.string().optional(),
  issuer: z.string().optional(),
  trustedRoot: z.string().optional(),
  at: z.iso.datetime(),
});
const Selection = SelectionOfFormat2.extend({
  verified: Verdict.optional(),
  usedBy: z.array(z.string()).optional(),
});
export type LockedSelection = z.infer<typeof Selection>;

/** A line of format 3. It names its reference, so that lines have the same meaning in any order. */
const Line = Selection.extend({ reference: z.string(), tagDigest: digest });
export type LockLine = z.infer<typeof Line>;

/** All formats, by their version. Strings and null in `locked` are the layout of format 3. */
export const Content = z.discriminatedUnion("formatVersion", [
  byReference(1, SelectionOfFormat1),
  byReference(2, SelectionOfFormat2),
  z.strictObject({ formatVersion: z.literal(FORMAT_VERSION), locked: z.array(z.union([z.string(), z.null(), Line])) }),
]);

function byReference<V extends number, S extends z.ZodType>(version: V, selection: S) {
  const entry = z.strictObject({ digest, selections: z.array(selection) });
  return z.strictObject({ formatVersion: z.literal(version), references: z.record(z.string(), entry) });
}

/** The fields of a selection, in the order in which they are written. */
export const FIELDS = Object.keys(Selection.shape) as (keyof LockedSelection)[];

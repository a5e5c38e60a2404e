import * as z from "zod";
import { type Digest, isDigest } from "../reference";
import { ARTIFACT_CLASSES, COMPRESSIONS, DISK_FORMATS, ROLES, SELECTION_PROFILES } from "../selection";

/**
 * The newest format that this version reads; it writes no other.
 *
 * Format 2 adds `asPinned`, which format 1 does not have, and `expect`; `checksum` and `size` may be missing.
 */
export const FORMAT_VERSION = 2;

const digest = z.custom<Digest>(isDigest, "not a digest");
const hex = z.string().regex(/^[0-9a-f]+$/i);
const size = z.number().int().nonnegative();

const Selection = z.strictObject({
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
export type LockedSelection = z.infer<typeof Selection>;

const SelectionOfFormat1 = Selection.omit({ expect: true, asPinned: true }).extend({ checksum: hex, size });

/** Both formats, by their version. */
export const Content = z.discriminatedUnion("formatVersion", [
  fileOf(1, SelectionOfFormat1),
  fileOf(FORMAT_VERSION, Selection),
]);

function fileOf<V extends number, S extends z.ZodType>(version: V, selection: S) {
  const entry = z.strictObject({ digest, selections: z.array(selection) });
  return z.strictObject({ formatVersion: z.literal(version), references: z.record(z.string(), entry) });
}

/** The fields of a selection, in the order in which they are written. */
export const FIELDS = Object.keys(Selection.shape) as (keyof LockedSelection)[];

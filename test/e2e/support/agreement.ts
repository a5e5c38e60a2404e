import type { Pin } from "cdktf-ironic-oci";
import { digestIn } from "../../support/recorded";
import type { Answered, Question } from "./image-service";

/** What came of one question: a pin, or the code of an error. */
export type Answer = Pin | { readonly code: string };

/** Where a pin without the extra checks and a real Ironic contradict each other; undefined where they agree. */
export function disagreement(
  { wire, query }: Pick<Question, "wire" | "query">,
  expected: Answered,
  answer: Answer,
  pinned: Answered,
): string | undefined {
  const works = expected.picked && !(expected.pinned ?? pinned).error;
  if ("code" in answer) {
    if (works) return `refused (${answer.code})`;
    return undefined;
  }
  const codes = answer.warnings.map(({ code }) => code);
  if (!pinned.error !== !codes.includes("unusable")) return `unusable: ${pinned.error}`;
  if (!pinned.error && answer.asPinned.diskFormat !== pinned.disk_format) return `as pinned: ${pinned.disk_format}`;
  if (!expected.picked) {
    if (query.reference.startsWith("@")) return "taken, and Ironic fails";
    return codes.includes("tag-fails") || wire?.tags ? undefined : "picked without a warning";
  }
  if (!works) return undefined;
  if (codes.includes("tag-fails")) return "a warning that is not true";
  if (digestIn(expected.picked) !== answer.digest) return "another digest";
  if ((expected.disk_format || "unknown") !== answer.diskFormat) return "another format";
  const { checksum, size, fileName, mediaType } = answer;
  if (checksum !== undefined && expected.checksum !== checksum) return "another checksum";
  // By digest Ironic tells nothing more, and what is no text or whole number is nothing here.
  if (query.reference.startsWith("@")) return undefined;
  if (answer.diskFormat !== "bootc" && size !== undefined && expected.size !== size) return "another size";
  if (fileName !== undefined && expected.filename !== fileName) return "another file name";
  if (mediaType !== undefined && expected.media_type !== mediaType) return "another media type";
  return undefined;
}

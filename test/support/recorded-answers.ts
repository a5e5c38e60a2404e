import type { Pin } from "cdktf-ironic-oci";
import { digestIn, type IronicAnswer } from "./recorded";

/** Ironic's pick in the words of a pin: the digest, the disk format and whatever facts Ironic gave. */
export function expectedPin(expected: IronicAnswer): Record<string, unknown> {
  return {
    digest: digestIn(expected.picked ?? ""),
    // Ironic's None and empty formats are our `unknown`.
    disk_format: expected.disk_format || "unknown",
    ...Object.fromEntries(facts(expected)),
  };
}

/** The same of a pin, as far as Ironic told. */
export function comparable(pin: Pin, expected: IronicAnswer): Record<string, unknown> {
  const all: Record<string, unknown> = {
    size: pin.size,
    checksum: pin.checksum,
    filename: pin.fileName ?? null,
    media_type: pin.mediaType ?? null,
    compression: pin.compression ?? null,
  };
  const given = Object.fromEntries(facts(expected).map(([fact]) => [fact, all[fact]]));
  return { digest: pin.digest, disk_format: pin.diskFormat, ...given };
}

/** The facts that Ironic gave: for a digest URL, which has no size then, the checksum alone; else all, null included. */
function facts(expected: IronicAnswer): [string, unknown][] {
  const names = expected.size === null ? ["checksum"] : ["size", "checksum", "filename", "media_type", "compression"];
  return names.map((name) => [name, expected[name]]);
}

/** Our code for each of Ironic's errors. */
export function codeFor({ error }: IronicAnswer): string {
  switch (error) {
    case undefined:
    case "IndexError": // a single manifest without layers: a crash there, nothing to choose here
      return "NO_MATCHING_IMAGE";
    case "InvalidImageRef":
      return "INVALID_IMAGE";
    case "InvalidParameterValue":
      return "UNSUPPORTED_DOWNLOAD_SOURCE";
    case "OciImageTagNotFound":
      return "TAG_NOT_FOUND";
    case "ImageNotFound":
      return "MANIFEST_NOT_FOUND";
    case "ImageRefValidationFailed":
    case "OciImageNotSpecific":
      return "INVALID_REFERENCE";
    default:
      throw new Error(`no word for Ironic's ${error}`);
  }
}

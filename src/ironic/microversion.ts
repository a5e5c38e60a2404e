import { MicroversionError, UnexpectedAnswerError } from "./errors";

/** The newest microversion that this client was written for (Ironic 39). */
export const NEWEST_KNOWN = "1.115";

/** The microversions that an API supports, both included: `1.1` to `1.96`. */
export interface VersionRange {
  readonly minimum: string;
  readonly maximum: string;
}

/** Compares microversions by number: `1.9` is before `1.10`. Negative, 0 or positive, as for `Array.sort`. */
export function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

/** Whether a microversion lies in a range. */
export function inRange(version: string, { minimum, maximum }: VersionRange): boolean {
  return compareVersions(version, minimum) >= 0 && compareVersions(version, maximum) <= 0;
}

/**
 * The microversions in the version document of `GET /` or `GET /v1`.
 * @param url the document's, for the error
 * @throws {UnexpectedAnswerError} when it is not Ironic's version document
 */
export function readVersions(document: unknown, url: string): VersionRange {
  const { default_version: root, version: v1 } = (document ?? {}) as Record<
    string,
    Record<string, unknown> | undefined
  >;
  const entry = root ?? v1;
  const [minimum, maximum] = [entry?.min_version, entry?.version];
  if (
    typeof minimum === "string" &&
    typeof maximum === "string" &&
    /^1\.\d+$/.test(minimum) &&
    /^1\.\d+$/.test(maximum)
  ) {
    return { minimum, maximum };
  }
  throw new UnexpectedAnswerError(`${url}: this is not a bare-metal API: its version document has no microversions`, {
    hint: "check the URL: it is the API's root, such as http://ironic.example:6385",
  });
}

/**
 * The microversion of all requests.
 * @param requested `1.80`; undefined or `latest`: the newest that client and API support
 * @throws {MicroversionError} when the API does not support it
 */
export function negotiate(requested: string | undefined, range: VersionRange): string {
  const { minimum, maximum } = range;
  if (requested === undefined || requested === "latest") {
    if (compareVersions(NEWEST_KNOWN, minimum) < 0) throw new MicroversionError(NEWEST_KNOWN, minimum, maximum);
    return compareVersions(maximum, NEWEST_KNOWN) < 0 ? maximum : NEWEST_KNOWN;
  }
  if (!/^1\.\d+$/.test(requested) || !inRange(requested, range)) {
    throw new MicroversionError(requested, minimum, maximum);
  }
  return requested;
}

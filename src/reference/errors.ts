import { IronicOciError } from "../net";

/**
 * A string that is not an OCI reference. The message quotes the string, with a caret under the first wrong character; text that may
 * be a password is hidden.
 */
export class InvalidReferenceError extends IronicOciError {
  readonly code = "INVALID_REFERENCE";
  /** The string, without text that may be a password. */
  readonly reference: string;
  /** Zero-based offset, in UTF-16 units, of the first wrong character in the original string. */
  readonly position: number;
  /** The fault, in one clause. */
  readonly reason: string;

  constructor(reference: string, position: number, reason: string, hint?: string) {
    const { text, hidden } = withoutUserInfo(reference);
    super(`invalid OCI reference: ${reason}\n${pointAt(text, Math.max(hidden.end, position - hidden.length))}`, {
      hint,
    });
    this.reference = text;
    this.position = position;
    this.reason = reason;
  }
}

/** A string that is not a digest that Ironic accepts (`sha256:` + 64 hex, `sha512:` + 128 hex). */
export class InvalidDigestError extends IronicOciError {
  readonly code = "INVALID_DIGEST";

  constructor(
    /** The string that was given. */
    readonly digest: string,
    /** Zero-based offset, in UTF-16 units, of the first wrong character. */
    readonly position: number,
    /** The fault at that position, as one clause. */
    readonly reason: string,
  ) {
    super(`invalid digest: ${reason}\n${pointAt(digest, position)}`);
  }
}

/**
 * Hides text before an @, which may be a user name and password; `hidden` is the offset where it ends in the result, and the number
 * of characters removed. The @ of a digest, and one after `host/path`, do not count.
 */
function withoutUserInfo(reference: string): { text: string; hidden: { end: number; length: number } } {
  const start = /^[a-z][a-z0-9+.-]*:\/\//i.exec(reference)?.[0].length ?? 0;
  const name = reference.slice(start).replace(/@(?:sha\d+|md5):[^@/]*$/i, "");
  const userInfo = name.slice(0, Math.max(0, name.lastIndexOf("@")));
  if (userInfo === "" || /^[^:/@]+(?::\d{1,5})?\/[^@]*$/.test(userInfo)) {
    return { text: reference, hidden: { end: 0, length: 0 } };
  }
  const remainder = reference.slice(start + userInfo.length);
  return { text: `${reference.slice(0, start)}…${remainder}`, hidden: { end: start, length: userInfo.length - 1 } };
}

const WINDOW = 160;

/** Two lines: the printable part of `text` around `position`, and a caret below the position. */
function pointAt(text: string, position: number): string {
  const start = Math.max(0, position - WINDOW / 2);
  const end = Math.min(text.length, start + WINDOW);
  const before = start > 0 ? "…" : "";
  const after = end < text.length ? "…" : "";
  // One printed column per character keeps the caret true: control characters and anything wide become "?".
  const printable = text.slice(start, end).replace(/[^\x20-\x7e]/g, "?");
  return `  ${before}${printable}${after}\n  ${" ".repeat(before.length + position - start)}^`;
}

/**
 * Ranges of code points that a terminal obeys instead of showing them: C0 but for the newline, DEL, C1 with its one-byte
 * CSI, soft hyphen, zero-width and bidirectional characters, line and paragraph separators, the byte order mark.
 */
const OBEYED: readonly (readonly [number, number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
];

/** The characters of a text that a terminal would obey, as code points in hexadecimal. */
export function obeyedIn(text: string): string[] {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  return points.filter((point) => OBEYED.some(([from, to]) => point >= from && point <= to)).map((p) => p.toString(16));
}

/** A text with one of each kind: clears the screen, colours, turns the direction, hides, moves to the line's start. */
export const HOSTILE = "\u001b[2J\u009b31m\u202etxt.exe\u200b\u2028\r\u0007\u007f";

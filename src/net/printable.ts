/**
 * What a terminal obeys instead of showing: control characters (C0 with ESC, DEL, C1 with the one-byte CSI), and the
 * invisible ones that reorder, join or hide text (bidirectional overrides, zero-width characters, line separators).
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from outside, on one line and safe for a terminal. */
export function printable(text: string): string {
  return text.replace(OBEYED, "?");
}

/** Text of several lines, each of them printable. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** JSON of several lines that is safe for a terminal: it reads back as the same value, escapes stand for the rest. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(OBEYED, (found) => (found === "\n" ? found : escaped(found)));
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

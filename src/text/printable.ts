/**
 * Characters that a terminal interprets: control characters (C0 with ESC, DEL, C1 with the one-byte CSI), and
 * invisible ones that reorder, join or hide text (bidirectional overrides, zero-width characters, line separators).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Untrusted text on one line, safe for a terminal: unprintable characters become `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "?");
}

/** {@link printable}, with line feeds kept. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** Indented JSON that is safe for a terminal: unprintable characters become escapes, so that it parses to the same value. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, (found) => (found === "\n" ? found : escaped(found)));
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

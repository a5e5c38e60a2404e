/** A part of a text, from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Control characters with an escape of one letter in JSON and Python. */
const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f" };
const ENTITIES: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };

/** The longest part that no encoding but base64 changes: letters and digits. */
export function unescapedPart(secret: string): string {
  return (secret.match(/[A-Za-z0-9]+/g) ?? []).reduce(
    (longest, part) => (part.length > longest.length ? part : longest),
    "",
  );
}

/**
 * Matches a secret as it is, percent-encoded, and with the escapes of JSON, Python and HTML, at any depth and in any mixture; without
 * white space and backslashes at its beginning, where a text full of them would take quadratic time.
 */
export function spellingsOf(secret: string): string {
  // A run is one element for the same reason.
  const parts = secret.replace(/^[\\\s]+/, "").match(/\\+|\s+|[^\\\s]/gu) ?? [];
  return parts.map((part, index) => spellings(part, index === 0)).join("");
}

function spellings(part: string, isFirst: boolean): string {
  if (/^[A-Za-z0-9]$/.test(part)) return part;
  if (part.startsWith("\\")) return String.raw`(?:\\|%(?:25)*5c)+`;
  const encodings = [...new Set(part)].flatMap((character) => encodingsOf(character, isFirst ? "" : "+"));
  if (/^\s+$/u.test(part)) return `(?:${["\\s", "\\+", ...encodings].join("|")})+`;
  return `(?:${[(isFirst ? "" : String.raw`\\*`) + literal(part), ...encodings].join("|")})`;
}

/**
 * Patterns of one character that is not a letter or digit.
 * @param repeated the quantifier of the backslash of an escape
 */
function encodingsOf(character: string, repeated: string): string[] {
  const bytes = [...Buffer.from(character)].map((byte) => byte.toString(16).padStart(2, "0"));
  const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  const [named, entity] = [NAMED_ESCAPES[character], ENTITIES[character]];
  return [
    bytes.map((byte) => `%(?:25)*${byte}`).join(""),
    units.map((unit) => String.raw`\\${repeated}u${unit}`).join(""),
    bytes.map((byte) => String.raw`\\${repeated}x${byte}`).join(""),
    `&#(?:${character.codePointAt(0)}|x0*${character.codePointAt(0)?.toString(16)});`,
    ...(named === undefined ? [] : [String.raw`\\${repeated}${named}`]),
    ...(entity === undefined ? [] : [`&(?:amp;)*${entity};`]),
  ];
}

/**
 * The base64 characters that a text surely has where it holds a secret encoded, alone or within a longer text: one for each position of
 * the secret's first byte in a group of three. The characters at both ends depend on the neighbours, too.
 */
export function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** Matches a core in both alphabets of base64 (RFC 4648 sections 4 and 5), and percent-encoded. */
export function coreSpellings(core: string): string {
  return core.replace(/[+/]/g, (character) => (character === "+" ? "(?:[+-]|%2[bB])" : "(?:[/_]|%2[fF])"));
}

const ENCODED = /[A-Za-z0-9+/_%-]/;

/** The whole encoded text around a core. */
export function encodedAround(text: string, { start, end }: Range): Range {
  let [first, last] = [start, end];
  while (first > 0 && ENCODED.test(text.charAt(first - 1))) first -= 1;
  while (last < text.length && ENCODED.test(text.charAt(last))) last += 1;
  while (text.charAt(last) === "=") last += 1;
  return { start: first, end: last };
}

/** Matches a text as it is. */
export function literal(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/]/g, String.raw`\$&`);
}

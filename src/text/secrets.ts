import {
  base64Cores,
  coreSpellings,
  encodedAround,
  literal,
  type Range,
  spellingsOf,
  unescapedPart,
} from "./spellings";

/** Stands for a secret in a text. */
export const MASKED = "(sensitive value)";

/** Characters. Shorter secrets are masked in quotes and as a part of longer ones only: alone they occur in ordinary words. */
const MIN_LENGTH = 4;
/** Characters. Longer secrets, such as user data, are masked as they are, and line by line. */
const MAX_PATTERN = 4_096;
/** Characters of a line of a longer secret that is masked by itself, because messages often quote one line. */
const MIN_LINE = 8;
/** Lines of one secret. User data may have a million, and each is searched for in each message. */
const MAX_LINES = 2_000;
/** Values of flags, Ironic's mask, and texts of white space or backslashes alone. */
const NOT_SECRET = /^(true|false|null|none|\*{6}|[\s\\]*)$/i;

/** The search for one spelling of a secret, or for a core of its base64. */
interface Search {
  /** A text without it does not match. */
  readonly anchor: string;
  readonly pattern: () => RegExp;
  readonly isEncoded: boolean;
}

/**
 * The secrets of a run, and texts without them: as they are, and in each spelling that a message may give them. These are
 * percent-encoding, escapes of JSON, Python and HTML, at any depth; base64, also as a part of a longer encoded text such as
 * `user:secret`.
 */
export class Secrets {
  readonly #more: readonly Secrets[];
  /** By secret; undefined until a text is masked. */
  readonly #searches = new Map<string, readonly Search[] | undefined>();

  /** @param more further secrets, which may still grow */
  constructor(...more: readonly Secrets[]) {
    this.#more = more;
  }

  /**
   * @param user the user whose password it is: `user:secret` is then masked as well, which matters for short secrets
   */
  add(secret: string, user?: string): void {
    if (user) this.#learn(`${user}:${secret}`);
    if (!this.#learn(secret)) return;
    for (const part of partsOf(secret)) this.#learn(part);
    const pair = decodedPair(secret);
    if (pair !== undefined) this.add(pair);
  }

  /** @returns whether the text is secret and was not known */
  #learn(secret: string): boolean {
    if (NOT_SECRET.test(secret) || this.#searches.has(secret)) return false;
    this.#searches.set(secret, undefined);
    return true;
  }

  /** The text with each secret masked. */
  mask(text: string): string {
    if (text === "") return text;
    const ranges = this.#ranges(text).sort((a, b) => a.start - b.start);
    let [masked, at] = ["", 0];
    for (const { start, end } of ranges) {
      if (start >= at) masked += text.slice(at, start) + MASKED;
      at = Math.max(at, end);
    }
    return masked + text.slice(at);
  }

  #ranges(text: string): Range[] {
    const ranges = this.#more.flatMap((each) => each.#ranges(text));
    for (const [secret, known] of this.#searches) {
      // No spelling is shorter than the secret.
      if (secret.length > text.length) continue;
      const searches = known ?? searchesFor(secret);
      if (known === undefined) this.#searches.set(secret, searches);
      for (const search of searches) if (text.includes(search.anchor)) ranges.push(...rangesOf(search, text));
    }
    return ranges;
  }
}

function searchesFor(secret: string): Search[] {
  const cores = secret.length < MIN_LENGTH ? [] : base64Cores(secret);
  return [
    search(secret, () => patternOf(secret), false),
    ...cores.map((core) => search(core, () => new RegExp(coreSpellings(core), "g"), true)),
  ];
}

function search(text: string, compile: () => RegExp, isEncoded: boolean): Search {
  // Compiled once a text has the anchor: most never have.
  let pattern: RegExp | undefined;
  return { anchor: unescapedPart(text), pattern: () => (pattern ??= compile()), isEncoded };
}

function rangesOf({ pattern, isEncoded }: Search, text: string): Range[] {
  return [...text.matchAll(pattern())].map(({ 0: found, index }) => {
    const range = { start: index, end: index + found.length };
    return isEncoded ? encodedAround(text, range) : range;
  });
}

function patternOf(secret: string): RegExp {
  if (secret.length > MAX_PATTERN) return new RegExp(literal(secret), "gu");
  const spellings = spellingsOf(secret);
  return new RegExp(secret.length < MIN_LENGTH ? `(?<=["'])${spellings}(?=\\\\*["'])` : spellings, "giu");
}

/** The value in a line of YAML or of a shell, such as `password: hunter2`, to the line's end. */
const ASSIGNED = /(?:pass\w*|secret\w*|token)["']?\s*[:=]\s*(\S.*?)\s*$/i;

/** Parts of a secret that are secret by themselves: lines and the values in them, or the password of `user:password`. */
function partsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).slice(0, MAX_LINES);
  if (lines.length > 1) {
    const values = lines.flatMap((line) => valuesIn(line)).filter((value) => value.length >= MIN_LENGTH);
    return [...lines.map((line) => line.trim()).filter((line) => line.length >= MIN_LINE), ...values];
  }
  // Neither a URL nor a host with its port.
  const [, password] = /^[^\s:/.]+:(?!\d+$|\/\/)(.+)$/.exec(secret) ?? [];
  return password === undefined ? [] : [password];
}

function valuesIn(line: string): string[] {
  const [, rest = ""] = ASSIGNED.exec(line) ?? [];
  const [word = ""] = rest.split(/\s/, 1);
  return [rest, word].map((value) => value.replace(/^(["'])(.*)\1$/, "$2"));
}

/** The `user:password` of which a secret is the base64, as in Docker's `auth`. */
function decodedPair(secret: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(secret)) return undefined;
  const decoded = Buffer.from(secret, "base64").toString();
  return /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(decoded) ? decoded : undefined;
}

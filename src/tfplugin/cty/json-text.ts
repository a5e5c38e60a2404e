// JSON that keeps every digit: `JSON.parse` turns 12345678901234567890 into another number.
import { MAX_DEPTH, ValueError } from "./error";
import { type TfNumber, tfNumber } from "./number";
import { setKey } from "./value";

/** A parsed JSON text, numbers without loss. */
export type JsonValue =
  | null
  | boolean
  | string
  | TfNumber
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * Parses a JSON text (RFC 8259). The last of several equal keys wins.
 *
 * @throws ValueError when it is not JSON; the message gives the position, not the text.
 */
export function parseJson(text: string): JsonValue {
  return new Parser(text).document();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = " \t\n\r";
/** An escape, or a control character, which a string may not have. */
const UNUSUAL = /[\\\p{Cc}]/u;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.#text.length) throw this.#error("something follows the value");
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw this.#error("nested too deeply");
    this.#space();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default: {
        const start = this.#at;
        const number = this.#match(NUMBER);
        if (number === undefined) throw this.#error("a value is expected");
        try {
          return tfNumber(number);
        } catch {
          this.#at = start;
          throw this.#error("a number out of range");
        }
      }
    }
  }

  #object(depth: number): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    this.#at++;
    if (this.#next("}")) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#error("a key is expected");
      const key = this.#string();
      if (!this.#next(":")) throw this.#error('":" is expected');
      setKey(object, key, this.#value(depth + 1));
      if (this.#next("}")) return object;
      if (!this.#next(",")) throw this.#error('"," or "}" is expected');
    }
  }

  #array(depth: number): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#next("]")) return array;
    for (;;) {
      array.push(this.#value(depth + 1));
      if (this.#next("]")) return array;
      if (!this.#next(",")) throw this.#error('"," or "]" is expected');
    }
  }

  #string(): string {
    const start = this.#at;
    const end = this.#endOfString(start);
    const raw = this.#text.slice(start, end + 1);
    this.#at = end + 1;
    // The usual string has no escapes; JSON.parse reads the others, and refuses what is not well formed.
    if (end < this.#text.length && !UNUSUAL.test(raw)) return raw.slice(1, -1);
    try {
      return JSON.parse(raw) as string;
    } catch {
      this.#at = start;
      throw this.#error("a string is not well formed");
    }
  }

  /** The position of the closing quote; the text's length if there is none. */
  #endOfString(start: number): number {
    for (let at = this.#text.indexOf('"', start + 1); at !== -1; at = this.#text.indexOf('"', at + 1)) {
      let escapes = 0;
      while (this.#text[at - 1 - escapes] === "\\") escapes += 1;
      if (escapes % 2 === 0) return at;
    }
    return this.#text.length;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error("a value is expected");
    this.#at += word.length;
    return value;
  }

  #next(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (SPACE.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #error(message: string): ValueError {
    return new ValueError([], `not JSON: at character ${this.#at}, ${message}`);
  }
}

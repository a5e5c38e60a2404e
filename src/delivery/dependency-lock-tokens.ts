// The part of HCL's syntax that dependency lock files use: blocks, strings, lists, comments. Line ends are not significant here;
// Terraform reports missing ones.

/** Text that is not a dependency lock file. */
export class DependencyLockSyntaxError extends Error {
  constructor(
    /** Counted from 1. */
    readonly line: number,
    readonly problem: string,
  ) {
    super(`line ${line}: ${problem}`);
  }
}

type Kind = "identifier" | "string" | "{" | "}" | "[" | "]" | "=" | ",";

interface Token {
  readonly kind: Kind;
  /** For a string, the text between its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// A byte order mark is skipped, as in HCL.
const SKIPPED = /(?:\s|\uFEFF|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const TOKEN = /([A-Za-z_][\w-]*)|"((?:[^"\\\n]|\\.)*)"|([{}[\]=,])/y;
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?=\s|$)/m;

/** The tokens of a text, read in sequence. */
export class Tokens {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The next token, if it is of that kind. */
  take(kind: Kind): Token | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return undefined;
    this.#at += 1;
    return token;
  }

  /** @throws {DependencyLockSyntaxError} when the next token is of another kind */
  expect(kind: Kind, described: string): Token {
    const token = this.take(kind);
    if (token !== undefined) return token;
    const found = this.#tokens[this.#at];
    return this.fail(
      found ?? { start: this.#text.length },
      `expected ${described}, found ${found === undefined ? "the end of the file" : this.#text.slice(found.start, found.end).slice(0, 80)}`,
    );
  }

  fail({ start }: Pick<Token, "start">, problem: string): never {
    throw new DependencyLockSyntaxError(lineOf(this.#text, start), problem);
  }
}

/** @throws {DependencyLockSyntaxError} for unexpected characters and merge conflicts */
export function tokenize(text: string): Tokens {
  const conflict = CONFLICT.exec(text);
  if (conflict) throw new DependencyLockSyntaxError(lineOf(text, conflict.index), "a merge conflict is not resolved");
  const tokens: Token[] = [];
  let at = skip(text, 0);
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [whole, identifier, string, punctuation] = TOKEN.exec(text) ?? [];
    if (whole === undefined) {
      const problem = text[at] === '"' ? "a string does not end" : `${JSON.stringify(text[at])} is not expected here`;
      throw new DependencyLockSyntaxError(lineOf(text, at), problem);
    }
    const kind = identifier !== undefined ? "identifier" : string !== undefined ? "string" : (punctuation as Kind);
    tokens.push({ kind, text: identifier ?? string ?? whole, start: at, end: at + whole.length });
    at = skip(text, at + whole.length);
  }
  return new Tokens(text, tokens);
}

function skip(text: string, at: number): number {
  SKIPPED.lastIndex = at;
  return at + (SKIPPED.exec(text)?.[0].length ?? 0);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

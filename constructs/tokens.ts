import { Fn, Token, Tokenization } from "cdktf";
import { SynthValue } from "./synth-value";

/** Number tokens in a text: CDKTF writes them as `-1.8881545897087505e+289`. */
const EXPONENTIAL = /-?\d+(?:\.\d+)?e[+-]?\d+/gi;

/**
 * Whether a value is a token in any of CDKTF's encodings (string, number, list, map, `IResolvable`), or a text with one in it.
 * `Token.isUnresolved` does not find a number token in a text.
 */
export function isToken(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Token.isUnresolved(value)) return true;
  if (typeof value !== "string") return false;
  return (value.match(EXPONENTIAL) ?? []).some((number) => Token.isUnresolved(Number(number)));
}

/** Whether a value is a token, or has one anywhere in it. */
export function holdsToken(value: unknown): boolean {
  if (isToken(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsToken);
}

/**
 * A token of any encoding as a text. Lists and maps are encoded as JSON, by Terraform. Number tokens in a text become string tokens:
 * CDKTF can't resolve them beside a hyphen (`node-${number}`), which it takes for a part of the number.
 */
export function asText(token: unknown): string {
  if (typeof token === "string") {
    return token.replaceAll(EXPONENTIAL, (text) => {
      const number = Token.isUnresolved(Number(text)) ? Tokenization.reverseNumber(Number(text)) : undefined;
      return number ? Token.asString(number) : text;
    });
  }
  const isCollection = typeof token === "object" && !Tokenization.isResolvable(token);
  return Token.asString(isCollection ? Fn.jsonencode(token) : resolvable(token));
}

/** A token of a list as a list token. */
export function asList(token: unknown): string[] {
  return Array.isArray(token) ? (token as string[]) : Token.asList(resolvable(token));
}

/** A token of a map as a map token. Several of CDKTF's functions (`Fn.merge`) return a string token for a map. */
export function asMap<T>(token: unknown): Record<string, T> {
  const isMap = typeof token === "object" && !Tokenization.isResolvable(token);
  return (isMap ? token : Token.asAnyMap(resolvable(token))) as Record<string, T>;
}

/** The object behind a string or number token. */
function resolvable(token: unknown): unknown {
  if (typeof token === "number") return Tokenization.reverseNumber(token);
  if (typeof token !== "string") return token;
  const fragments = Tokenization.reverseString(token);
  return fragments.length === 1 && fragments.firstToken ? fragments.firstToken : new SynthValue(() => token);
}

/** A map with more entries; Terraform merges them into a map that is a token. */
export function withEntries<T>(
  map: Readonly<Record<string, T>>,
  entries: Readonly<Record<string, T>>,
): Record<string, T> {
  if (!isToken(map)) return { ...map, ...entries };
  return Object.keys(entries).length === 0 ? map : asMap(Fn.merge([map, entries]));
}

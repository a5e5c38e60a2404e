// Checks for `validate`. Their messages name the allowed values and not the given one, which may be a secret.
import type { Validator } from "./define";

/** One of these strings. */
export function oneOf(...allowed: readonly string[]): Validator<string> {
  const list = allowed.map((value) => JSON.stringify(value)).join(", ");
  return (value) => (allowed.includes(value) ? undefined : `must be one of ${list}`);
}

/** A string that a regular expression matches. `expected` completes "must be …". */
export function matching(pattern: RegExp, expected: string): Validator<string> {
  // A global or sticky expression would keep its position between calls.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return (value) => (stateless.test(value) ? undefined : `must be ${expected}`);
}

/** A number within bounds, both inclusive. */
export function between(min: number, max: number): Validator<number> {
  return (value) => (value >= min && value <= max ? undefined : `must be from ${min} to ${max}`);
}

/** A length within bounds, both inclusive: characters of a string, elements of a list or set. */
export function lengthBetween(min: number, max: number): Validator<string | readonly unknown[]> {
  return (value) => {
    const length = typeof value === "string" ? [...value].length : value.length;
    return length >= min && length <= max ? undefined : `must have a length from ${min} to ${max}, and has ${length}`;
  };
}

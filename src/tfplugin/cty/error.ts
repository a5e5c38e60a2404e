/** Where in a value something is: attribute names, map keys and list indexes, outermost first. */
export type Path = readonly (string | number)[];

/**
 * A value that does not fit its type, or bytes that are no value at all.
 *
 * The message names what was wanted and what kind of thing was found, never the value itself: it may be a secret.
 */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = [...path];
  }
}

/** Values nested deeper than this are refused: nobody writes them, and recursion must end before the stack does. */
export const MAX_DEPTH = 256;

/** Names the kind of a JavaScript value for an error message, without showing the value. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") {
    const name: unknown = value.constructor?.name;
    return name === "Object" || typeof name !== "string" ? "an object" : `an instance of ${name}`;
  }
  return `a ${typeof value}`;
}

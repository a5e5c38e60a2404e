/** A path into a value: attribute names, map keys and list indexes, outermost first. */
export type Path = readonly (string | number)[];

/**
 * A value that does not fit its type, or bytes that do not encode a value.
 *
 * The message names the expected and the found kind, never the value itself: it may be a secret.
 */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = [...path];
  }
}

/** The deepest nesting that is accepted: recursion has to end before the stack does, and real values are far flatter. */
export const MAX_DEPTH = 256;

/** The kind of a JavaScript value, for an error message that does not show the value. */
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

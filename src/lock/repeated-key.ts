/** Strings and structure of a JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The first key that one object of a JSON text has twice, or undefined. `JSON.parse` keeps the last of them silently, so that a line
 * merge of two versions would lose one side.
 *
 * @param text valid JSON
 */
export function repeatedKey(text: string): string | undefined {
  /** The keys of the enclosing objects, outermost first; undefined for an array. */
  const enclosing: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (const [token] of text.matchAll(TOKENS)) {
    const keys = enclosing.at(-1);
    if (token === "{" || token === "[") {
      enclosing.push(token === "{" ? new Set() : undefined);
      expectsKey = token === "{";
    } else if (token === "}" || token === "]") {
      enclosing.pop();
      expectsKey = false;
    } else if (token === ",") {
      expectsKey = keys !== undefined;
    } else if (token === ":") {
      expectsKey = false;
    } else if (expectsKey && keys) {
      const key = JSON.parse(token) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

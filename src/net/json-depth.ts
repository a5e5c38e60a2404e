const [QUOTE, BACKSLASH] = [34, 92];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [91, 93, 123, 125];

/** The deepest nesting of lists and objects in a JSON text. Nested too deep, a value overflows the stack of what walks through it. */
export function jsonDepth(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    if (code === LIST || code === OBJECT) depth += 1;
    if (code === LIST_END || code === OBJECT_END) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** @param start the position of the opening quote */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    // Pairs of backslashes are backslashes themselves.
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

/** Entries of an index that a message names: it may have thousands. */
const MAX_NAMED = 20;

/** The first of these texts, and the number of the others. */
export function shortList(texts: readonly string[]): readonly string[] {
  return texts.length <= MAX_NAMED ? texts : [...texts.slice(0, MAX_NAMED), `and ${texts.length - MAX_NAMED} more`];
}

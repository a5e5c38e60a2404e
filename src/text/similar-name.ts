/** Letters and digits: `cpu_arch`, `CPUArch` and `cpuArch` are spellings of one name. */
function core(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Characters of a name that is the beginning of another one, such as `arch` of `architecture`. */
const MIN_BEGINNING = 4;

/**
 * The known name that an unknown one is most likely meant to be: the same one in another spelling, or one of which it is the beginning
 * or that is its beginning. Undefined if there is none.
 */
export function similarName(name: string, known: readonly string[]): string | undefined {
  const given = core(name);
  const same = known.find((each) => core(each) === given);
  if (same !== undefined || given.length < MIN_BEGINNING) return same;
  return known.find((each) => {
    const other = core(each);
    return other.length >= MIN_BEGINNING && (other.startsWith(given) || given.startsWith(other));
  });
}

/** The fault of a name that is not known, as a clause. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const similar = similarName(name, known);
  return similar === undefined ? `is not ${what}` : `is not ${what}; did you mean ${similar}?`;
}

/** One challenge of a WWW-Authenticate header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const SPACE = /[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/**
 * Parses a WWW-Authenticate header with any number of challenges (RFC 9110 section 11.6.1). A syntax error ends the list: the
 * challenges before it are kept.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (!match) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  /** `name = value`; restores the position when there is none. */
  const parameter = (): [string, string] | undefined => {
    const start = at;
    const name = take(TOKEN)?.[0];
    take(SPACE);
    if (name !== undefined && header[at] === "=") {
      at += 1;
      take(SPACE);
      const quoted = take(QUOTED);
      const value = quoted ? quoted[1]?.replace(/\\(.)/g, "$1") : take(TOKEN)?.[0];
      if (value !== undefined) return [name.toLowerCase(), value];
    }
    at = start;
    return undefined;
  };

  while (at < header.length) {
    take(/[ \t,]*/y);
    const current = challenges.at(-1);
    const pair = current ? parameter() : undefined;
    if (current && pair) {
      if (!current.parameters.has(pair[0])) current.parameters.set(...pair);
      continue;
    }
    const scheme = take(TOKEN)?.[0];
    if (scheme === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    take(SPACE);
    take(TOKEN68);
  }
  return challenges;
}

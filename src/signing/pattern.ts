import { DOCKER_HUB } from "../registry";

/** Whether a text matches a pattern, in which `*` stands for any characters, `/` included. All other characters are themselves. */
export function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() as string;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  // The leftmost place of each part in turn: no backtracking, and so no pattern that takes long.
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= text.length - last.length;
}

/**
 * Whether a pattern of repositories matches `host/path`, by any spelling of the same registry: with the port of HTTPS or without it, and
 * by any name of Docker Hub. Else another spelling of a reference would get around a rule.
 */
export function matchesRepository(pattern: string, name: string): boolean {
  return spellings(name).some((each) => matches(pattern, each));
}

function spellings(name: string): string[] {
  const slash = name.indexOf("/");
  const host = (slash < 0 ? name : name.slice(0, slash)).replace(/:443$/, "");
  const path = slash < 0 ? "" : name.slice(slash);
  const hosts = DOCKER_HUB.includes(host) ? DOCKER_HUB : [host];
  const isOtherPort = /:[0-9]+$/.test(host);
  return hosts.flatMap((each) => (isOtherPort ? [each + path] : [each + path, `${each}:443${path}`]));
}

/**
 * Refuses, before any request, identifiers that a request can't contain: a URL takes `.` and `..` for another path. Ironic itself
 * accepts them as names of nodes.
 */
export function isIdentifier(text: string): string | undefined {
  return text === "." || text === ".." ? "can't be `.` or `..`: no request can contain it; use the UUID" : undefined;
}

/** JSON, or "" for an argument that is not set. */
export function isJson(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return "must be JSON";
  }
}

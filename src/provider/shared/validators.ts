import { identifierFault } from "../../ironic";

/** A UUID or name that a request's path can hold. Ironic itself accepts `.` and `..` as names of nodes: their UUID is used then. */
export function isIdentifier(text: string): string | undefined {
  const fault = identifierFault(text);
  return fault && `can't name anything in a request to Ironic: it ${fault}; use the UUID or another name`;
}

/** A name, or "" for an argument that is not set. */
export function isName(text: string): string | undefined {
  return text === "" ? undefined : isIdentifier(text);
}

/** A list of UUIDs or names. */
export function areIdentifiers(list: readonly string[]): string | undefined {
  return list.map(isIdentifier).find((fault) => fault !== undefined);
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

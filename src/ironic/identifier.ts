import { InvalidIdentifierError } from "./errors";

/**
 * The unreserved characters of RFC 3986, of which names consist (`is_valid_logical_name` of ironic.common.utils), and UUIDs; and `:` for
 * MAC addresses.
 */
const IDENTIFIER = /^[A-Za-z0-9._~:-]+$/;

/** Why a text can't be a part of a request's path, as a clause that follows it; undefined if it can. */
export function identifierFault(text: string): string | undefined {
  if (text === "") return "is empty";
  // Ironic accepts them as names of nodes.
  if (text === "." || text === "..") return "would make another path of a request's URL";
  return IDENTIFIER.test(text) ? undefined : "has other characters than the letters, digits and -._~ of Ironic's names";
}

/** @throws {InvalidIdentifierError} for an identifier that would change a URL's path; anything but text is left to Ironic */
export function checkIdentifier(identifier: unknown): void {
  const fault = typeof identifier === "string" ? identifierFault(identifier) : undefined;
  if (fault !== undefined) throw new InvalidIdentifierError(String(identifier), fault);
}

/** Whether a status is a redirect with a Location (RFC 9110 section 15.4). */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The target of a redirect without user information, or the reason for which it is not followed. HTTPS to plain HTTP is refused.
 * @param location the response's Location header, relative or absolute
 */
export function redirectTarget(from: URL, location: string | undefined): URL | { readonly fault: string } {
  if (location === undefined) return { fault: "without a Location" };
  if (!URL.canParse(location, from.href)) return { fault: "to something that is not a URL" };
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:") return { fault: `to ${to.protocol}` };
  if (to.protocol === "http:" && from.protocol === "https:") {
    return { fault: `from HTTPS to plain HTTP (${to.host})` };
  }
  to.username = "";
  to.password = "";
  return to;
}

/** Whether a response's status asks the client to send the request elsewhere (RFC 9110 section 15.4). */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * Where a redirect leads, without what stands before an @ in it, or why it leads nowhere. HTTPS to plain HTTP is refused.
 * @param location the response's Location header, relative or absolute
 */
export function redirectTarget(from: URL, location: string | undefined): URL | { readonly fault: string } {
  if (location === undefined) return { fault: "without saying where" };
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

/** A registry's challenge as Ironic parses it. */
export type ConductorChallenge =
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: string | undefined; readonly service: string | undefined }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * Parses a WWW-Authenticate header as Ironic does, which supports less than the specification: only the first scheme
 * counts, and realm and service have to be in quotes.
 * Source: Ironic, parse_www_authenticate.
 */
export function readAsIronic(header: string | undefined): ConductorChallenge {
  if (header === undefined) return { kind: "unknown", why: "the registry sends no WWW-Authenticate header" };
  const scheme = /^([A-Za-z]*) /.exec(header)?.[1]?.toLowerCase();
  for (const name of ["realm", "service"]) {
    if (header.includes(`${name}=`) && !header.includes(`${name}="`)) {
      return {
        kind: "unknown",
        why: `the registry's challenge has a ${name} without quotes, which Ironic can't parse`,
      };
    }
  }
  if (scheme === "basic") return { kind: "basic" };
  if (scheme === "bearer") {
    const quoted = (name: string) => new RegExp(`${name}="(.*?)"`).exec(header)?.[1];
    return { kind: "bearer", realm: quoted("realm"), service: quoted("service") || undefined };
  }
  return {
    kind: "unknown",
    why: "the registry's first challenge is neither Bearer nor Basic, and Ironic reads only that one",
  };
}

import { isIPv4, isIPv6 } from "node:net";

/**
 * Why a token realm must not be shown credentials, or undefined when it may.
 *
 * A registry names its realm itself, so a hostile or hijacked one could name any: it may not turn an encrypted
 * conversation into a plain one, and may not reach into this machine or its link (where cloud metadata services
 * answer) unless the registry is there too.
 */
export function realmFault(realm: URL, registry: URL): string | undefined {
  if (realm.protocol !== "https:" && realm.protocol !== "http:") return `its token realm uses ${realm.protocol}`;
  if (realm.protocol === "http:" && registry.protocol === "https:") return "its token realm is plain HTTP";
  if (realm.username || realm.password) return "its token realm carries a user name or password";
  const [there, here] = [nearness(realm.hostname), nearness(registry.hostname)];
  if (there !== "remote" && there !== here) return `its token realm is a ${there} address`;
  return undefined;
}

function nearness(hostname: string): "loopback" | "link-local" | "remote" {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  if (isIPv4(host)) return nearnessOfIpv4(host);
  if (isIPv6(host)) {
    if (host === "::1" || host === "::") return "loopback";
    if (/^fe[89ab]/.test(host)) return "link-local";
    // URL writes IPv4-mapped addresses as ::ffff:7f00:1.
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
    if (mapped) {
      const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
      return nearnessOfIpv4([high >> 8, high & 255, low >> 8, low & 255].join("."));
    }
  }
  return "remote";
}

function nearnessOfIpv4(address: string): "loopback" | "link-local" | "remote" {
  if (address.startsWith("127.") || address.startsWith("0.")) return "loopback";
  return address.startsWith("169.254.") ? "link-local" : "remote";
}

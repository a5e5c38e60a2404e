import { isIPv4, isIPv6 } from "node:net";

/** Where an address leads: into this machine, onto its link (where cloud metadata services answer), or away. */
export type AddressScope = "loopback" | "link-local" | "remote";

/** The names that hosts files give this machine, beside `localhost` itself. */
const LOOPBACK_NAMES = /^(?:(?:.*\.)?localhost|localhost6?\.localdomain6?|localhost6|ip6-localhost|ip6-loopback)$/;

/**
 * The scope of a URL's host as it is written, without asking DNS: a name that only resolves to this machine is remote here, and
 * judged when connecting ({@link scopeOfAddress}).
 */
export function addressScope(hostname: string): AddressScope {
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (LOOPBACK_NAMES.test(host)) return "loopback";
  if (isIPv4(host)) return scopeOfIpv4(host.split(".").map(Number));
  return isIPv6(host) ? scopeOfIpv6(host) : "remote";
}

/** The scope of an address as the resolver or a socket gives it, such as `::ffff:127.0.0.1` or `fe80::1%eth0`. */
export function scopeOfAddress(address: string): AddressScope {
  const [bare = ""] = address.split("%");
  // The URL parser writes each IPv6 address in one way.
  return addressScope(isIPv6(bare) ? new URL(`http://[${bare}]`).hostname : bare);
}

/**
 * Whether a host of one scope may send a client on to a host of another: away always, into this machine or onto its link only
 * from there.
 */
export function mayLeadTo(target: AddressScope, from: AddressScope): boolean {
  return target === "remote" || target === from;
}

function scopeOfIpv4([first, second]: readonly number[]): AddressScope {
  if (first === 127 || first === 0) return "loopback";
  return first === 169 && second === 254 ? "link-local" : "remote";
}

function scopeOfIpv6(host: string): AddressScope {
  if (host === "::1" || host === "::") return "loopback";
  // The second is where one large cloud answers on IPv6: unique-local by its number, link-local by what it is.
  if (/^fe[89ab]/.test(host) || host === "fd00:ec2::254") return "link-local";
  const inside = ipv4Inside(groupsOf(host));
  return inside === undefined ? "remote" : scopeOfIpv4([inside >> 8, inside & 255]);
}

/** The eight numbers of an address as a URL writes it: without dots, the longest run of zeros cut to `::`. */
function groupsOf(host: string): number[] {
  const [head = [], tail = []] = host.split("::").map((half) =>
    half
      .split(":")
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  );
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/**
 * The upper half of the IPv4 address that an IPv6 address stands for, where it stands for one: compatible, mapped and
 * translated ones (RFC 4291, RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056).
 */
function ipv4Inside(groups: readonly number[]): number | undefined {
  if (groups[0] === 0x2002) return groups[1];
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(":");
  return /^(?:0:0:0:0:0:0|0:0:0:0:0:ffff|0:0:0:0:ffff:0|64:ff9b:0:0:0:0)$/.test(prefix) ? groups[6] : undefined;
}

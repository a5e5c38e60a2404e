import { isIPv4, isIPv6 } from "node:net";

/** The scope of an address: this machine, its link (where cloud metadata services respond), or any other host. */
export type AddressScope = "loopback" | "link-local" | "remote";

/** `localhost` and this machine's other names in hosts files. */
const LOOPBACK_NAMES = /^(?:(?:.*\.)?localhost|localhost6?\.localdomain6?|localhost6|ip6-localhost|ip6-loopback)$/;

/**
 * The scope of a URL's host as written, without DNS: a name that resolves to this machine is remote here, and checked when
 * connecting ({@link scopeOfAddress}).
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

/** The scope of an address in the form of resolvers and sockets, such as `::ffff:127.0.0.1` or `fe80::1%eth0`. */
export function scopeOfAddress(address: string): AddressScope {
  const [bare = ""] = address.split("%");
  // The URL parser normalizes IPv6 addresses.
  return addressScope(isIPv6(bare) ? new URL(`http://[${bare}]`).hostname : bare);
}

/**
 * Whether a host in scope `from` may refer a client to a host in scope `target`: to a remote one always, to this machine or its
 * link only from the same scope.
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
  // fd00:ec2::254 is the IPv6 metadata service of AWS: unique-local by its number, link-local by its use.
  if (/^fe[89ab]/.test(host) || host === "fd00:ec2::254") return "link-local";
  const inside = ipv4Inside(groupsOf(host));
  return inside === undefined ? "remote" : scopeOfIpv4([inside >> 8, inside & 255]);
}

/** The eight groups of an address in the form of URLs: without dots, the longest run of zeros cut to `::`. */
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
 * The upper half of the IPv4 address inside an IPv6 address, if any: compatible, mapped and translated ones (RFC 4291, RFC 2765),
 * NAT64 (RFC 6052), 6to4 (RFC 3056).
 */
function ipv4Inside(groups: readonly number[]): number | undefined {
  if (groups[0] === 0x2002) return groups[1];
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(":");
  return /^(?:0:0:0:0:0:0|0:0:0:0:0:ffff|0:0:0:0:ffff:0|64:ff9b:0:0:0:0)$/.test(prefix) ? groups[6] : undefined;
}

import { isIPv4, isIPv6 } from "node:net";

/** Where an address leads: into this machine, onto its link (where cloud metadata services answer), or away. */
export type Nearness = "loopback" | "link-local" | "remote";

/** Judges the host of a URL by what is written, without asking DNS. */
export function nearness(hostname: string): Nearness {
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  if (isIPv4(host)) return nearnessOfIpv4(host);
  if (isIPv6(host)) {
    if (host === "::1" || host === "::") return "loopback";
    // The second is where one large cloud answers on IPv6: unique-local by its number, link-local by what it is.
    if (/^fe[89ab]/.test(host) || host === "fd00:ec2::254") return "link-local";
    // URL writes IPv4-mapped addresses as ::ffff:7f00:1.
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
    if (mapped) {
      const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
      return nearnessOfIpv4([high >> 8, high & 255, low >> 8, low & 255].join("."));
    }
  }
  return "remote";
}

function nearnessOfIpv4(address: string): Nearness {
  if (address.startsWith("127.") || address.startsWith("0.")) return "loopback";
  return address.startsWith("169.254.") ? "link-local" : "remote";
}

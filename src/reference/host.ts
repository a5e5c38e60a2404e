import { printable } from "../net";

/** A syntax error of a host. `position` is an offset from the host's start. */
export interface HostFault {
  readonly position: number;
  readonly reason: string;
}

/**
 * Why a text is not the name of a registry, `host` or `host:port`, as a clause that quotes it; undefined if it is one.
 */
export function registryFault(text: string): string | undefined {
  const shown = JSON.stringify(printable(text.replace(/^(.*\/\/)?[^/]*@/, "$1…@")));
  const is = `${shown} is not a registry (host or host:port)`;
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  if (scheme !== undefined) return `${is}: leave ${scheme} out`;
  if (text.includes("/")) return `${is}: leave the path out`;
  const fault = hostFault(text);
  return fault && `${is}: ${fault.reason}`;
}

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** The first fault of `host[:port]` or `[ipv6][:port]`, or undefined. */
export function hostFault(text: string): HostFault | undefined {
  if (text === "") return { position: 0, reason: "the registry's host is missing" };
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    if (close < 0) return { position: text.length, reason: "an IPv6 host ends with ]" };
    if (!isIpv6(text.slice(1, close))) return { position: 1, reason: "not an IPv6 address" };
    if (close + 1 === text.length) return undefined;
    if (text[close + 1] !== ":") return { position: close + 1, reason: "only a :port can follow the ]" };
    return portFault(text, close + 2);
  }
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  let start = 0;
  for (const label of name.split(".")) {
    if (!LABEL.test(label)) return { position: start + labelFault(label), reason: "not a host name" };
    start += label.length + 1;
  }
  return colon < 0 ? undefined : portFault(text, colon + 1);
}

function labelFault(label: string): number {
  const stray = label.search(/[^A-Za-z0-9-]/);
  if (stray >= 0) return stray;
  return label.startsWith("-") || label === "" ? 0 : label.length - 1;
}

function portFault(text: string, start: number): HostFault | undefined {
  const port = text.slice(start);
  const stray = port.search(/[^0-9]/);
  if (stray >= 0) return { position: start + stray, reason: "a port is a number" };
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65535) {
    return { position: start, reason: "a port is a number from 1 to 65535 without leading zeros" };
  }
  return undefined;
}

/** RFC 4291 section 2.2: eight groups of hex, one run of zeros as `::`, the last two groups possibly dotted IPv4. */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  let count = groups.length;
  if (last.includes(".")) {
    if (text.endsWith("::") || !isIpv4(last)) return false;
    groups.pop();
    count += 1;
  }
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count <= 7 : count === 8;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

import { BlockList, isIP, isIPv4 } from "node:net";
import { addressScope } from "./address-scope";
import { basicAuth } from "./basic-auth";
import type { Environment } from "./environment";
import { IronicOciError } from "./errors";

/** A proxy variable without a usable proxy URL. The message contains the variable's name, never its value. */
export class ProxyConfigurationError extends IronicOciError {
  readonly code = "PROXY_CONFIGURATION";

  constructor(
    /** The environment variable. */
    readonly variable: string,
    what: string,
  ) {
    super(`${variable}: ${what}`, {
      hint: "expected http://[user:password@]host:port, with @ / : % in a password as %XX",
    });
  }
}

/**
 * The proxy for a URL; undefined for a direct connection.
 *
 * Follows the conventions of Go's programs (Docker, skopeo, Terraform): `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; never a proxy
 * for this machine. Lower-case spellings take precedence, as in curl.
 * Source: golang.org/x/net/http/httpproxy, "Config".
 * @throws {ProxyConfigurationError}
 */
export function proxyFor(target: URL, environment: Environment): URL | undefined {
  const names = target.protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const variable = names.find((name) => environment[name]);
  const value = variable && environment[variable]?.trim();
  if (!variable || !value) return undefined;
  if (addressScope(target.hostname) === "loopback") return undefined;
  if (isExempt(target, environment.no_proxy || environment.NO_PROXY || "")) return undefined;
  return parseProxy(variable, value);
}

function parseProxy(variable: string, value: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ProxyConfigurationError(variable, "is not a URL");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new ProxyConfigurationError(variable, `${url.protocol} proxies are not supported`);
  }
  // A slash in a password ends the host early: part of the password would become the host, and the remainder a path.
  if (url.pathname !== "/" || url.search || url.hash) throw new ProxyConfigurationError(variable, "has a path");
  try {
    proxyAuthorization(url);
  } catch {
    throw new ProxyConfigurationError(variable, "has a % in its user or password that is not %XX");
  }
  return url;
}

/** The Proxy-Authorization header for a proxy's URL; undefined without a user. The password is optional. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return basicAuth(decodeURIComponent(username), decodeURIComponent(password));
}

/** `NO_PROXY`: `*`, addresses, CIDR ranges, `host` (with its subdomains), `.host` (its subdomains), each with a port or not. */
function isExempt(target: URL, list: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, name = entry, wanted] = /^(.*?|\[.*\]):(\d+)$/.exec(isIP(entry) === 6 ? "" : entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "").replace(/^\*\./, ".");
  if (bare.includes("/")) return isInRange(bare, host);
  if (bare.startsWith(".")) return host.endsWith(bare);
  // IPv6 addresses have many spellings; URLs have one.
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname === `[${host}]`;
  return host === bare || (isIP(bare) === 0 && host.endsWith(`.${bare}`));
}

function isInRange(range: string, host: string): boolean {
  const [network = "", prefix = ""] = range.split("/");
  const family = isIP(host);
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (isIPv4(network) ? 32 : 128)) return false;
  const list = new BlockList();
  const name = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(network, Number(prefix), name);
  return list.check(host, name);
}

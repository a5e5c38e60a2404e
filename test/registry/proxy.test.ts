import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proxyFor } from "../../src/net/proxy";
import { Reference } from "../../src/reference";
import type { RegistryClientOptions } from "../../src/registry";
import { Authority } from "../support/authority";
import { type ProxyOptions, startProxy } from "../support/proxy";
import { clientFor, closing, pushOne, rejection, serve } from "./support";

const authority = new Authority();
const SECRET = "hunter2";

let folder: string;
let bundle: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proxy-"));
  bundle = join(folder, "ca.pem");
  writeFileSync(bundle, authority.cert);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A registry that only the proxy knows the way to, called `registry.test`. */
async function behindProxy(
  options: ProxyOptions & { readonly names?: readonly string[]; readonly plain?: boolean; readonly tls?: object } = {},
) {
  const names = options.names ?? ["registry.test"];
  const registry = await serve({
    auth: { mode: "bearer" },
    ...(!options.plain && { tls: { ...authority.issue({ names }), ...options.tls } }),
  });
  const pushed = pushOne(registry);
  const port = Number(registry.host.split(":")[1]);
  const proxy = await startProxy(port, options);
  closing(() => proxy.stop());
  // The realm is where clients see it.
  registry.gate.origin = `${options.plain ? "http" : "https"}://registry.test`;
  const get = async (environment: Record<string, string>, more: RegistryClientOptions = {}) => {
    const client = clientFor(registry, {
      plainHttp: options.plain ? ["registry.test"] : [],
      certificateFolders: [],
      environment: { SSL_CERT_FILE: bundle, ...environment },
      ...more,
    });
    return (await client.getManifest(Reference.parse("oci://registry.test/images/one:tag"))).digest;
  };
  return { registry, proxy, pushed, get };
}

describe("HTTPS", () => {
  test("goes through the proxy's tunnel, and the registry's certificate is checked at its end", async () => {
    const { registry, proxy, pushed, get } = await behindProxy();
    expect(await get({ HTTPS_PROXY: `http://${proxy.host}` })).toBe(pushed.digest);
    expect(new Set(proxy.lines())).toEqual(new Set(["CONNECT registry.test:443"]));
    expect(registry.log.some((line) => line.startsWith("GET /token"))).toBe(true);
    // The proxy sees that there is a conversation, and nothing of it.
    expect(proxy.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test("a proxy that intercepts TLS is detected", async () => {
    const { registry, proxy, get } = await behindProxy({ names: ["proxy.test"] });
    const error = await rejection(get({ HTTPS_PROXY: proxy.host }));
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(error.message).toContain(`for another name (ERR_TLS_CERT_ALTNAME_INVALID) through the proxy ${proxy.host}`);
    expect(registry.requests).toEqual([]);
  });

  test("the proxy's user and password are sent to it, and to no other server", async () => {
    const { registry, proxy, pushed, get } = await behindProxy({ credentials: `user:${SECRET}` });
    expect(await get({ https_proxy: `http://user:${SECRET}@${proxy.host}` })).toBe(pushed.digest);
    expect(registry.requests.every(({ headers }) => headers["proxy-authorization"] === undefined)).toBe(true);
  });

  test("a registry behind it that requires a client certificate is the same error as without a proxy", async () => {
    const tls = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const { proxy, get } = await behindProxy({ tls });
    const error = await rejection(get({ HTTPS_PROXY: proxy.host }));
    expect(error.message).toContain("the registry requires a client certificate");
    expect(proxy.seen).toHaveLength(1);
  });

  test("a proxy that requires others responds with 407, and the error contains no password", async () => {
    const { proxy, get } = await behindProxy({ credentials: "user:right" });
    const error = await rejection(get({ HTTPS_PROXY: `http://user:${SECRET}@${proxy.host}` }));
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(error.message).toContain(`the proxy ${proxy.host} responded with 407`);
    expect(error.hint).toContain("HTTPS_PROXY");
    expect(`${error.stack} ${(error.cause as Error | undefined)?.stack}`).not.toContain(SECRET);
    expect(proxy.seen).toHaveLength(1);
  });

  test("a proxy that refuses to forward is an error after one attempt; one that fails is retried", async () => {
    const strict = await behindProxy({ refuse: 403 });
    const error = await rejection(strict.get({ HTTPS_PROXY: strict.proxy.host }));
    expect(error.message).toContain(
      `the proxy ${strict.proxy.host} responded with 403 instead of forwarding the request`,
    );
    expect(error.hint).toContain("NO_PROXY");
    expect(strict.proxy.seen).toHaveLength(1);
    const broken = await behindProxy({ refuse: 502 });
    await rejection(broken.get({ HTTPS_PROXY: broken.proxy.host }));
    expect(broken.proxy.seen).toHaveLength(4);
  });

  test("a user without a password is shown, as other programs do", async () => {
    const { proxy, pushed, get } = await behindProxy({ credentials: "user:" });
    expect(await get({ HTTPS_PROXY: `http://user@${proxy.host}` })).toBe(pushed.digest);
  });

  test.each(["100%", "hunt@er/2"])(
    "a password that has to be escaped (%s) is an error, and never quoted",
    async (password) => {
      const { proxy, get } = await behindProxy();
      const error = await rejection(get({ HTTPS_PROXY: `http://user:${password}@${proxy.host}` }));
      expect(error).toMatchObject({ code: "PROXY_CONFIGURATION", hint: expect.stringContaining("%XX") });
      expect(`${error.message} ${error.hint} ${error.cause}`).not.toMatch(/100|hunt|er\/2/);
      expect(proxy.seen).toEqual([]);
    },
  );

  test("a proxy that is not there is named", async () => {
    const { proxy, get } = await behindProxy();
    const error = await rejection(get({ HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:1` }));
    expect(error.message).toContain("no connection (ECONNREFUSED) through the proxy 127.0.0.1:1");
    expect(`${error.stack} ${String((error.cause as Error | undefined)?.stack)}`).not.toContain(SECRET);
    expect(proxy.seen).toEqual([]);
  });

  test("HTTP_PROXY is not for it, and NO_PROXY keeps it from the proxy", async () => {
    const { proxy, get } = await behindProxy();
    for (const environment of [{ HTTP_PROXY: proxy.host }, { HTTPS_PROXY: proxy.host, NO_PROXY: "registry.test" }]) {
      // Only the proxy resolves the name.
      expect((await rejection(get(environment))).message).toMatch(/no connection \((ENOTFOUND|EAI_AGAIN)\)/);
    }
    expect(proxy.seen).toEqual([]);
  });
});

describe("plain HTTP", () => {
  test("is handed to the proxy to fetch: no tunnel to port 80", async () => {
    const { proxy, pushed, get } = await behindProxy({ plain: true });
    expect(await get({ HTTP_PROXY: `http://${proxy.host}` })).toBe(pushed.digest);
    expect(proxy.lines()).toEqual([
      "GET http://registry.test/v2/images/one/manifests/tag",
      "GET http://registry.test/token?service=in-process&scope=repository%3Aimages%2Fone%3Apull",
      "GET http://registry.test/v2/images/one/manifests/tag",
    ]);
  });

  test("a proxy that requires credentials responds with 407", async () => {
    const { proxy, get } = await behindProxy({ plain: true, credentials: `user:${SECRET}` });
    const error = await rejection(get({ HTTP_PROXY: proxy.host }));
    expect(error.message).toContain(`the proxy ${proxy.host} responded with 407`);
  });

  test("a host that is not listed is no more spoken to through a proxy than without", async () => {
    const { proxy, get } = await behindProxy({ plain: true });
    await rejection(get({ HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host }, { plainHttp: [] }));
    expect(proxy.lines().filter((line) => !line.startsWith("CONNECT"))).toEqual([]);
  });
});

describe("which proxy", () => {
  const via = (url: string, environment: Record<string, string>) => proxyFor(new URL(url), environment)?.href;

  test.each([
    ["https://r.example/", { HTTPS_PROXY: "http://p:1" }, "http://p:1/"],
    ["http://r.example/", { HTTP_PROXY: "http://p:1" }, "http://p:1/"],
    ["https://r.example/", { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:1" }, "http://low:1/"],
    ["https://r.example/", { https_proxy: "", HTTPS_PROXY: "http://up:1" }, "http://up:1/"],
    ["https://r.example/", { HTTPS_PROXY: "p.example:3128" }, "http://p.example:3128/"],
    ["https://r.example/", { HTTPS_PROXY: "https://p.example" }, "https://p.example/"],
    ["https://r.example/", { ALL_PROXY: "http://p:1" }, undefined],
    ["https://localhost:5000/", { HTTPS_PROXY: "http://p:1" }, undefined],
    ["https://127.0.0.1:5000/", { HTTPS_PROXY: "http://p:1" }, undefined],
    ["https://[::1]:5000/", { HTTPS_PROXY: "http://p:1" }, undefined],
  ])("%s with %j", (url, environment: Record<string, string>, expected) => {
    expect(via(url, environment)).toBe(expected);
  });

  test.each([
    ["2001:DB8:0:0::7, [fd00:0::1]:443", ["[2001:db8::7]:5000", "[fd00::1]"], ["[2001:db8::8]", "[fd00::1]:5000"]],
    ["*", ["r.example", "10.0.0.1"], []],
    ["r.example", ["r.example", "sub.r.example", "R.Example"], ["other.example", "evilr.example"]],
    [".r.example", ["sub.r.example"], ["r.example"]],
    ["*.r.example", ["sub.r.example"], ["r.example"]],
    ["r.example:5000", ["r.example:5000"], ["r.example", "r.example:5001"]],
    ["r.example:443", ["r.example"], ["r.example:5000"]],
    ["10.0.0.1", ["10.0.0.1", "10.0.0.1:5000"], ["10.0.0.11", "110.0.0.1"]],
    ["10.0.0.0/8", ["10.1.2.3"], ["11.0.0.1", "ten.example"]],
    ["fd00::/8", ["[fd00::1]", "[fd12::1]:5000"], ["[fe00::1]", "10.0.0.1"]],
    ["[fd00::1]:5000", ["[fd00::1]:5000"], ["[fd00::1]"]],
    ["fd00::1", ["[fd00::1]"], ["[fd00::2]"]],
    ["a.example, b.example c.example", ["a.example", "b.example", "c.example"], ["d.example"]],
    ["10.0.0.0/99, /8, :, ,", [], ["10.0.0.1", "r.example"]],
  ])("NO_PROXY=%s", (list, exempt, not) => {
    for (const NO_PROXY of [list, list.toUpperCase()]) {
      const proxied = (host: string) => via(`https://${host}/`, { HTTPS_PROXY: "http://p:1", NO_PROXY }) !== undefined;
      expect(exempt.filter(proxied)).toEqual([]);
      expect(not.filter((host) => !proxied(host))).toEqual([]);
    }
    expect(via("https://r.example/", { HTTPS_PROXY: "http://p:1", no_proxy: "x", NO_PROXY: "*" })).toBeDefined();
  });

  test.each([`socks5://user:${SECRET}@p:1`, `http://user:${SECRET}@p:port`, `http://user:${SECRET}@`])(
    "a variable that names no usable proxy is an error that names the variable alone",
    async (value) => {
      const { get } = await behindProxy();
      const error = await rejection(get({ HTTPS_PROXY: value }));
      expect(error).toMatchObject({ code: "PROXY_CONFIGURATION", variable: "HTTPS_PROXY" });
      expect(`${error.stack} ${(error.cause as Error | undefined)?.stack}`).not.toContain(SECRET);
    },
  );
});

import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { fromEnvironment, IronicClient, type IronicClientOptions, type IronicError, noAuth } from "../../src/ironic";
import { Authority } from "../support/authority";
import { type ProxyOptions, startProxy } from "../support/proxy";

const authority = new Authority();
const SECRET = "hunter2";

let folder: string;
const open: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connections-"));
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function listen(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Keystone and Ironic in one server, under a name that does not resolve; `seen` has the received requests. */
async function serve({ tls, host }: { readonly tls?: ServerOptions; readonly host: string }) {
  const seen: { readonly line: string; readonly client: unknown }[] = [];
  let url = "";
  const listener: RequestListener = (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate?.() ?? {};
    seen.push({ line: `${request.method} ${request.url}`, client: subject?.CN });
    if (request.method === "POST") {
      const catalog = [{ type: "baremetal", endpoints: [{ interface: "public", region: "one", url }] }];
      response.writeHead(201, { "x-subject-token": "token" }).end(JSON.stringify({ token: { catalog } }));
    } else response.end(JSON.stringify({ default_version: { min_version: "1.1", version: "1.80" } }));
  };
  const port = await listen(tls ? createHttpsServer(tls, listener) : createHttpServer(listener));
  url = `${tls ? "https" : "http"}://${host}:${port}`;
  return { port, url, seen };
}

/** The API's version by these variables, or the error: of Ironic alone, and of Ironic with Keystone. */
async function versions(url: string, variables: Record<string, string>, options: IronicClientOptions = {}) {
  const user = { OS_USERNAME: "u", OS_PASSWORD: "p", OS_PROJECT_NAME: "r" };
  const kinds = [
    { OS_AUTH_TYPE: "none", OS_ENDPOINT: url },
    { ...user, OS_AUTH_URL: url },
  ];
  return Promise.all(
    kinds.map(async (kind) => {
      const environment: Record<string, string> = { ...kind, ...variables };
      const { auth = noAuth(), ...settings } = fromEnvironment(environment) ?? {};
      const client = new IronicClient({ ...settings, auth, environment, retryFor: 0, ...options });
      open.push(() => client.close());
      return client.microversion().catch((error: IronicError) => error);
    }),
  );
}

const both = (expected: object) => [expect.objectContaining(expected), expect.objectContaining(expected)];

describe("a proxy", () => {
  async function behindProxy(options: ProxyOptions & { readonly plain?: boolean } = {}) {
    const tls = options.plain ? {} : { tls: authority.issue({ names: ["cloud.test"] }) };
    const api = await serve({ host: "cloud.test", ...tls });
    const proxy = await startProxy(api.port, options);
    open.push(() => proxy.stop());
    const SSL_CERT_FILE = write("ca.pem", authority.cert);
    const get = (variables: Record<string, string>) => versions(api.url, { SSL_CERT_FILE, ...variables });
    return { api, proxy, get };
  }

  test("HTTPS_PROXY is tunnelled through, to Ironic and to Keystone", async () => {
    const { api, proxy, get } = await behindProxy({ credentials: `user:${SECRET}` });
    expect(await get({ HTTPS_PROXY: `http://user:${SECRET}@${proxy.host}` })).toEqual(["1.80", "1.80"]);
    expect(new Set(proxy.lines())).toEqual(new Set([`CONNECT cloud.test:${api.port}`]));
    expect(api.seen.map(({ line }) => line).sort()).toEqual(["GET /", "GET /", "POST /v3/auth/tokens"]);
  });

  test("HTTP_PROXY gets plain HTTP requests", async () => {
    const { api, proxy, get } = await behindProxy({ plain: true });
    expect(await get({ HTTP_PROXY: proxy.host })).toEqual(["1.80", "1.80"]);
    expect(proxy.lines()).toContain(`POST http://cloud.test:${api.port}/v3/auth/tokens`);
  });

  test("NO_PROXY keeps an API from it", async () => {
    const { proxy, get } = await behindProxy();
    // Only the proxy resolves the name.
    for (const error of await get({ HTTPS_PROXY: proxy.host, NO_PROXY: ".test" })) {
      expect(error).toMatchObject({
        code: "IRONIC_UNAVAILABLE",
        message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      });
    }
    expect(proxy.seen).toEqual([]);
  });

  test.each<[string, ProxyOptions, string, string, string]>([
    ["wants other credentials", { credentials: "user:right" }, `user:${SECRET}@`, "responded with 407", "HTTPS_PROXY"],
    [
      "wants credentials",
      { credentials: "user:right", plain: true } as ProxyOptions,
      "",
      "responded with 407",
      "HTTP_PROXY",
    ],
    ["lets nothing through", { refuse: 403 }, "", "responded with 403", "NO_PROXY"],
  ])("that %s is named, without its password", async (_what, options, user, message, hint) => {
    const { api, proxy, get } = await behindProxy(options);
    const errors = await get({ HTTPS_PROXY: `http://${user}${proxy.host}`, HTTP_PROXY: `http://${user}${proxy.host}` });
    for (const error of errors) {
      expect(error).toMatchObject({
        code: "IRONIC_UNAVAILABLE",
        message: `no response from ${api.url}: the proxy ${proxy.host} ${message}`,
        hint: expect.stringContaining(hint),
      });
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
    }
    expect(api.seen).toEqual([]);
  });

  test("that fails is tried again, for reads", async () => {
    const { api, proxy } = await behindProxy({ refuse: 502 });
    const client = new IronicClient({ url: api.url, retryFor: 600, environment: { HTTPS_PROXY: proxy.host } });
    open.push(() => client.close());
    expect(await client.microversion().catch((error: IronicError) => error)).toMatchObject({
      code: "IRONIC_UNAVAILABLE",
      message: `no response from ${api.url}: the proxy ${proxy.host} responded with 502`,
    });
    expect(proxy.seen.length).toBeGreaterThan(1);
  });

  test("that is not there is named, and one that is not a URL is an error of the settings", async () => {
    const { api, get } = await behindProxy();
    expect(await get({ HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:1` })).toEqual(
      both({
        code: "IRONIC_UNAVAILABLE",
        message: `no response from ${api.url} through the proxy 127.0.0.1:1 (ECONNREFUSED)`,
      }),
    );
    const errors = await get({ HTTPS_PROXY: `socks5://user:${SECRET}@p:1` });
    expect(errors).toEqual(both({ code: "PROXY_CONFIGURATION", variable: "HTTPS_PROXY" }));
    expect(inspect(errors, { depth: 9 })).not.toContain(SECRET);
  });
});

describe("authorities", () => {
  test("of SSL_CERT_FILE, SSL_CERT_DIR and NODE_EXTRA_CA_CERTS are trusted; cacert takes the place of all of them", async () => {
    const { url } = await serve({ host: "localhost", tls: authority.issue({ names: ["localhost"] }) });
    const [mine, other] = [write("ca.pem", authority.cert), write("other.pem", new Authority("other").cert)];
    expect(await versions(url, { SSL_CERT_FILE: mine })).toEqual(["1.80", "1.80"]);
    expect(await versions(url, { SSL_CERT_FILE: other, SSL_CERT_DIR: folder })).toEqual(["1.80", "1.80"]);
    expect(await versions(url, { NODE_EXTRA_CA_CERTS: mine })).toEqual(["1.80", "1.80"]);
    expect(await versions(url, { SSL_CERT_FILE: other, OS_CACERT: mine })).toEqual(["1.80", "1.80"]);
    expect(await versions(url, { SSL_CERT_FILE: mine, OS_CACERT: other })).toEqual(
      both({ code: "IRONIC_UNAVAILABLE" }),
    );
    expect(await versions(url, { SSL_CERT_FILE: join(folder, "none") })).toEqual(both({ code: "CERTIFICATE_FILE" }));
  });
});

describe("client certificates", () => {
  const robot = authority.issue({ names: ["robot"] });
  const wanting = () => {
    const tls = { ...authority.issue({ names: ["localhost"] }), ca: authority.cert, requestCert: true };
    return serve({ host: "localhost", tls: { ...tls, rejectUnauthorized: true } });
  };
  const settings = () => ({
    OS_CACERT: write("ca.pem", authority.cert),
    OS_CERT: write("robot.pem", robot.cert),
    OS_KEY: write("robot.key", robot.key),
  });

  test("OS_CERT and OS_KEY are shown to Ironic and to Keystone; one file may hold both", async () => {
    const { url, seen } = await wanting();
    const { OS_KEY, ...others } = settings();
    expect(await versions(url, { ...others, OS_KEY })).toEqual(["1.80", "1.80"]);
    const OS_CERT = write("both.pem", robot.cert + robot.key);
    expect(await versions(url, { ...others, OS_CERT })).toEqual(["1.80", "1.80"]);
    expect(new Set(seen.map(({ client }) => client))).toEqual(new Set(["a test's server"]));
  });

  test("they are shown at the end of a proxy's tunnel, and not to the proxy", async () => {
    const tls = { ...authority.issue({ names: ["cloud.test"] }), ca: authority.cert, requestCert: true };
    const api = await serve({ host: "cloud.test", tls: { ...tls, rejectUnauthorized: true } });
    const proxy = await startProxy(api.port);
    open.push(() => proxy.stop());
    expect(await versions(api.url, { ...settings(), HTTPS_PROXY: proxy.host })).toEqual(["1.80", "1.80"]);
    expect(new Set(api.seen.map(({ client }) => client))).toEqual(new Set(["a test's server"]));
  });

  test("cert and key of clouds.yaml are, too, from the home folder", async () => {
    const { url } = await wanting();
    settings();
    const lines = ["auth_type: none", `endpoint: ${url}`, "cacert: ~/ca.pem", "cert: ~/robot.pem", "key: ~/robot.key"];
    const file = write("clouds.yaml", `clouds:\n  c:\n${lines.map((line) => `    ${line}\n`).join("")}`);
    const found = fromEnvironment({ HOME: folder, OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: "c" });
    const client = new IronicClient(found ?? {});
    open.push(() => client.close());
    expect(await client.microversion()).toBe("1.80");
  });

  test("without one, the error names the settings", async () => {
    const { url, seen } = await wanting();
    const { OS_CACERT } = settings();
    const hint = expect.stringContaining("set cert and key");
    expect(await versions(url, { OS_CACERT })).toEqual(both({ code: "IRONIC_UNAVAILABLE", hint }));
    expect(seen).toEqual([]);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "a certificate that is not there",
      { OS_CERT: "none.pem" },
      /^the certificate file .*none\.pem can't be read \(ENOENT\)$/,
    ],
    ["a key that is not there", { OS_KEY: "none.key" }, /^the key file .*none\.key can't be read \(ENOENT\)$/],
    ["a certificate without a key", { OS_KEY: "" }, /^cert and key: .*robot\.pem: holds something that is not a PEM/],
    ["a key of another", { OS_KEY: "other.key" }, /^cert and key: .*robot\.pem: holds something that is not a PEM/],
    ["a key with a passphrase", { OS_KEY: "locked.key" }, /passphrase/],
    ["no PEM at all", { OS_CERT: "text.pem" }, /^cert and key: .*text\.pem: holds something that is not a PEM/],
  ])("%s is an error of the settings, before anything is sent", async (_what, changes, message) => {
    const { url, seen } = await wanting();
    write("other.key", authority.issue({ names: ["x"] }).key);
    write("text.pem", SECRET);
    const pkcs8 = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: SECRET } as const;
    write("locked.key", createPrivateKey(robot.key).export(pkcs8).toString());
    const paths = Object.entries(changes).map(([name, file]) => [name, file && join(folder, file)]);
    const errors = await versions(url, { ...settings(), ...Object.fromEntries(paths) });
    expect(errors).toEqual(both({ code: "IRONIC_SETTINGS", message: expect.stringMatching(message) }));
    expect(inspect(errors, { depth: 9 })).not.toContain(SECRET);
    expect(seen).toEqual([]);
  });
});

describe("endless responses end", () => {
  test("a TLS handshake", async () => {
    const port = await listen(createTcpServer((socket) => socket.on("error", () => undefined)));
    const client = new IronicClient({ url: `https://127.0.0.1:${port}`, timeout: 100, retryFor: 0 });
    open.push(() => client.close());
    expect(await client.microversion().catch((error: IronicError) => error)).toMatchObject({
      code: "IRONIC_UNAVAILABLE",
      message: `no response from https://127.0.0.1:${port} (not complete within 100 ms)`,
    });
  });

  test("a body of which a byte comes now and then", async () => {
    const port = await listen(
      createHttpServer((_request, response) => {
        const drip = setInterval(() => response.write(" "), 5);
        response.on("close", () => clearInterval(drip));
      }),
    );
    const client = new IronicClient({ url: `http://127.0.0.1:${port}`, timeout: 200, retryFor: 0 });
    open.push(() => client.close());
    expect(await client.microversion().catch((error: IronicError) => error)).toMatchObject({
      code: "IRONIC_UNAVAILABLE",
      message: `no response from http://127.0.0.1:${port} (not complete within 200 ms)`,
    });
  });
});

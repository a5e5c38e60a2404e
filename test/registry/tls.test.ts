import { createPrivateKey } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryClientOptions } from "../../src/registry";
import { certificatesFor, defaultCertificateFolders } from "../../src/registry/host-certificates";
import { OciResolver } from "../../src/resolver";
import { Authority } from "../support/authority";
import { clientFor, closing, pushOne, referenceTo, rejection, serve } from "./support";

const authority = new Authority();
const here = authority.issue({ names: ["127.0.0.1"] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tls-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, content);
  return full;
}

/** A registry over TLS with one artifact, and a client that has the test's folder of certificates and nothing else. */
async function serveTls(tls: ServerOptions = here) {
  const registry = await serve({ tls });
  const pushed = pushOne(registry);
  const at = referenceTo(registry, "images/one:tag");
  const client = (options: RegistryClientOptions = {}) =>
    clientFor(registry, { plainHttp: [], environment: {}, certificateFolders: [join(folder, "certs.d")], ...options });
  const get = async (options?: RegistryClientOptions) => (await client(options).getManifest(at)).digest;
  return { registry, at, pushed, client, get };
}

describe("authorities", () => {
  test("one of an unknown authority is not trusted: nothing is sent, and nothing is retried", async () => {
    const { registry, get } = await serveTls();
    const error = await rejection(get());
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", status: undefined });
    expect(error.message).toContain("TLS failed: the certificate's issuer is not trusted");
    expect(error.hint).toContain("/etc/docker/certs.d/");
    expect(error.hint).toContain("SSL_CERT_FILE");
    expect(registry.requests).toEqual([]);
  });

  test("SSL_CERT_FILE is trusted for every registry", async () => {
    const SSL_CERT_FILE = write("bundle.pem", new Authority("another authority").cert + authority.cert);
    const { pushed, get } = await serveTls();
    expect(await get({ environment: { SSL_CERT_FILE } })).toBe(pushed.digest);
  });

  test("NODE_EXTRA_CA_CERTS adds to it", async () => {
    const SSL_CERT_FILE = write("bundle.pem", new Authority("another authority").cert);
    const NODE_EXTRA_CA_CERTS = write("extra.pem", authority.cert);
    const { pushed, get } = await serveTls();
    expect(await get({ environment: { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } })).toBe(pushed.digest);
  });

  test("certs.d/HOST:PORT/*.crt is trusted for that registry, and for no other", async () => {
    const [one, two] = [await serveTls(), await serveTls()];
    write(`certs.d/${one.registry.host}/ca.crt`, authority.cert);
    write(`certs.d/${one.registry.host}/README.txt`, "not a certificate");
    expect(await one.get()).toBe(one.pushed.digest);
    expect((await rejection(two.get())).message).toContain("not trusted");
    expect((await rejection(one.client().getManifest(two.at))).message).toContain("not trusted");
  });

  test("a registry's folder adds to SSL_CERT_FILE, and takes nothing from it", async () => {
    const { registry, pushed, get } = await serveTls();
    const SSL_CERT_FILE = write("bundle.pem", new Authority("another authority").cert);
    write(`certs.d/${registry.host}/ca.crt`, authority.cert);
    expect(await get({ environment: { SSL_CERT_FILE } })).toBe(pushed.digest);
    write("bundle.pem", authority.cert);
    write(`certs.d/${registry.host}/ca.crt`, new Authority("another authority").cert);
    expect(await get({ environment: { SSL_CERT_FILE } })).toBe(pushed.digest);
  });

  test("the first folder that has something for the registry is the one that counts", async () => {
    const { registry, pushed, get } = await serveTls();
    const certificateFolders = ["empty", "first", "second"].map((name) => join(folder, name));
    mkdirSync(join(folder, "empty", registry.host), { recursive: true });
    write(`first/${registry.host}/ca.crt`, authority.cert);
    write(`second/${registry.host}/ca.crt`, "never read");
    expect(await get({ certificateFolders })).toBe(pushed.digest);
    write(`first/${registry.host}/ca.crt`, new Authority("another authority").cert);
    write(`second/${registry.host}/ca.crt`, authority.cert);
    expect((await rejection(get({ certificateFolders }))).message).toContain("not trusted");
  });

  test("the resolver accepts other folders", async () => {
    const { registry, at, pushed } = await serveTls();
    write(`mine/${registry.host}/ca.crt`, authority.cert);
    const resolver = new OciResolver({ credentials: {}, certificateFolders: [join(folder, "mine")] });
    closing(() => resolver.close());
    expect((await resolver.resolve(at)).digest).toBe(pushed.digest);
  });

  test("Docker's folders come first, the machine's before the user's", () => {
    const home = defaultCertificateFolders({ HOME: "/home/u" });
    expect(home).toEqual([
      "/etc/docker/certs.d",
      "/etc/containers/certs.d",
      "/home/u/.config/docker/certs.d",
      "/home/u/.config/containers/certs.d",
    ]);
    expect(defaultCertificateFolders({ HOME: "/home/u", XDG_CONFIG_HOME: "/x" }).slice(2)).toEqual([
      "/x/docker/certs.d",
      "/x/containers/certs.d",
    ]);
  });

  test("a registry without a port is found under its name, and under its name with 443", async () => {
    const certificateFolders = [join(folder, "certs.d")];
    write("certs.d/one.example/ca.crt", authority.cert);
    write("certs.d/two.example:443/ca.crt", authority.cert);
    write("certs.d/[::1]:5000/ca.crt", authority.cert);
    const trusts = async (host: string) =>
      (await certificatesFor(host, { environment: {}, certificateFolders }))?.ca?.includes(authority.cert) ?? false;
    for (const host of ["one.example", "two.example", "[::1]:5000"]) expect(await trusts(host)).toBe(true);
    for (const host of ["one.example:5000", "example", "[::1]", "..", "."]) expect(await trusts(host)).toBe(false);
  });
});

describe("client certificates", () => {
  const robot = authority.issue({ names: ["robot"] });
  const wanting: ServerOptions = { ...here, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const give = (host: string) => {
    write(`certs.d/${host}/ca.crt`, authority.cert);
    write(`certs.d/${host}/client.cert`, robot.cert);
    write(`certs.d/${host}/client.key`, robot.key);
  };

  test("the pair beside the authority is shown to a registry that wants one", async () => {
    const { registry, pushed, get } = await serveTls(wanting);
    give(registry.host);
    expect(await get()).toBe(pushed.digest);
  });

  test("a missing one is refused once, with its path", async () => {
    const { registry, get } = await serveTls(wanting);
    write(`certs.d/${registry.host}/ca.crt`, authority.cert);
    const error = await rejection(get());
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(error.message).toContain("the registry requires a client certificate, or another one");
    expect(error.hint).toContain("client.cert and client.key");
    expect(registry.requests).toEqual([]);
  });

  test("another registry never sees it", async () => {
    const [one, two] = [await serveTls(wanting), await serveTls(wanting)];
    give(one.registry.host);
    write(`certs.d/${two.registry.host}/ca.crt`, authority.cert);
    expect(await one.get()).toBe(one.pushed.digest);
    expect((await rejection(one.client().getManifest(two.at))).message).toContain("requires a client certificate");
  });
});

describe("unusable files are errors before anything is sent, with their name and never their content", () => {
  const robot = authority.issue({ names: ["robot"] });

  test.each([
    ["a certificate without its key", { "client.cert": robot.cert }, "client.cert", /without its key \(client\.key\)/],
    ["an authority named like a client", { "ca.cert": authority.cert }, "ca.cert", /without its key \(ca\.key\)/],
    ["no PEM at all", { "ca.crt": "hunter2" }, "ca.crt", /not a PEM certificate or key/],
    ["an empty authority", { "ca.crt": "" }, "ca.crt", /not a PEM certificate or key/],
    [
      "a key behind a passphrase",
      {
        "client.cert": robot.cert,
        "client.key": createPrivateKey(robot.key)
          .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
          .toString(),
      },
      "",
      /with a passphrase/,
    ],
    [
      "a key of another certificate",
      { "client.cert": robot.cert, "client.key": authority.issue({ names: ["x"] }).key },
      "",
      /the key of another/,
    ],
    ["a damaged key", { "client.cert": robot.cert, "client.key": "hunter2" }, "", /not a PEM certificate or key/],
  ])("%s", async (_what, files, name, message) => {
    const { registry, get } = await serveTls();
    for (const [file, content] of Object.entries(files)) write(`certs.d/${registry.host}/${file}`, content);
    const error = await rejection(get());
    expect(error).toMatchObject({ code: "CERTIFICATE_FILE", path: join(folder, "certs.d", registry.host, name) });
    expect(error.message).toMatch(message);
    expect(`${error.stack} ${(error.cause as Error | undefined)?.stack}`).not.toContain("hunter2");
    expect(registry.requests).toEqual([]);
  });

  test("an SSL_CERT_FILE that is not there", async () => {
    const { get } = await serveTls();
    const SSL_CERT_FILE = join(folder, "none.pem");
    const error = await rejection(get({ environment: { SSL_CERT_FILE } }));
    expect(error).toMatchObject({ code: "CERTIFICATE_FILE", path: SSL_CERT_FILE });
    expect(error.message).toContain("no such file, and SSL_CERT_FILE names it");
  });
});

describe("certificates that do not fit", () => {
  test.each([
    ["for another name", authority.issue({ names: ["registry.test"] }), /the certificate is for another name/],
    [
      "that is over",
      authority.issue({ names: ["127.0.0.1"], until: new Date(0) }),
      /the certificate is outside its validity period/,
    ],
  ])("one %s", async (_what, tls, message) => {
    const { registry, get } = await serveTls(tls);
    write(`certs.d/${registry.host}/ca.crt`, authority.cert);
    const error = await rejection(get());
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(error.message).toMatch(message);
    expect(registry.requests).toEqual([]);
  });
});

describe("plain HTTP", () => {
  test("is spoken to listed registries only: one that is not gets not one byte of HTTP", async () => {
    const registry = await serve();
    const pushed = pushOne(registry);
    const at = referenceTo(registry, "images/one:tag");
    const error = await rejection(clientFor(registry, { plainHttp: [] }).getManifest(at));
    expect(error.message).toContain("the registry uses plain HTTP");
    expect(error.hint).toContain("plainHttp");
    const other = ["127.0.0.1", "127.0.0.1:1", "localhost"];
    expect((await rejection(clientFor(registry, { plainHttp: other }).getManifest(at))).code).toBe(error.code);
    expect(registry.requests).toEqual([]);
    expect((await clientFor(registry).getManifest(at)).digest).toBe(pushed.digest);
  });

  test("a listed registry that wants HTTPS is not spoken to with HTTPS instead", async () => {
    const { registry, at, client } = await serveTls();
    write(`certs.d/${registry.host}/ca.crt`, authority.cert);
    const error = await rejection(client({ plainHttp: [registry.host] }).getManifest(at));
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(registry.requests).toEqual([]);
  });
});

describe("a policy for every registry", () => {
  const policy = (tls: RegistryClientOptions["tls"], server?: ServerOptions) => ({ tls, server });

  test.each([
    ["its authorities take the place of all others", policy({ ca: authority.cert }), undefined],
    ["others do not vouch for it", policy({ ca: new Authority("another").cert }), "untrusted"],
    ["certificates are not checked", policy({ verify: false }), undefined],
    ["a version that both speak", policy({ ca: authority.cert, minVersion: "TLSv1.3" }), undefined],
    [
      "no version that both speak",
      policy({ ca: authority.cert, minVersion: "TLSv1.3" }, { ...here, maxVersion: "TLSv1.2" }),
      "version",
    ],
    [
      "a version that the policy still takes",
      policy({ ca: authority.cert, minVersion: "TLSv1.2" }, { ...here, maxVersion: "TLSv1.2" }),
      undefined,
    ],
  ])("%s", async (_what, { tls, server }, fault) => {
    const { registry, pushed, get } = await serveTls(server);
    // The folder does not matter.
    if (tls?.ca !== undefined) write(`certs.d/${registry.host}/ca.crt`, new Authority("a third").cert);
    const outcome = await get(tls && { tls }).catch((error: unknown) => error);
    if (fault === undefined) expect(outcome).toBe(pushed.digest);
    else expect(outcome).toMatchObject({ code: "REGISTRY_UNAVAILABLE", tlsFault: fault });
  });

  test("client certificates are not shown", async () => {
    const robot = authority.issue({ names: ["robot"] });
    const { registry, pushed, get } = await serveTls({
      ...here,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    write(`certs.d/${registry.host}/ca.crt`, authority.cert);
    write(`certs.d/${registry.host}/client.cert`, robot.cert);
    write(`certs.d/${registry.host}/client.key`, robot.key);
    expect(await get()).toBe(pushed.digest);
    expect(await rejection(get({ tls: { clientCertificates: false } }))).toMatchObject({
      tlsFault: "client-certificate",
    });
  });
});

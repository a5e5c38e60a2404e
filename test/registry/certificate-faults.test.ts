import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pullSecrets, type RegistryClientOptions } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { Authority, type CertificateOptions, selfSigned } from "../support/authority";
import { clientFor, closing, rejection, serve, serveOne } from "./support";

const DAY = 24 * 60 * 60 * 1000;
const authority = new Authority();
const FAST = { attempts: 10, baseDelay: 1, maxDelay: 2 };

/** A registry over TLS with a password, and a client that knows it and trusts the test's authority, if it trusts any. */
async function serveTls(certificate = authority.issue(), trusted: string | null = authority.cert) {
  const auth = { mode: "basic", username: "robot", password: "hunter2" } as const;
  const { registry, at, pushed } = await serveOne({ tls: certificate, auth });
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  closing(async () => rmSync(folder, { recursive: true }));
  if (trusted !== null) {
    mkdirSync(join(folder, registry.host));
    writeFileSync(join(folder, registry.host, "ca.crt"), trusted);
  }
  const options: RegistryClientOptions = {
    plainHttp: [],
    environment: {},
    certificateFolders: [folder],
    credentials: pullSecrets({ [registry.host]: "robot:hunter2" }),
    retry: FAST,
  };
  return { registry, at, pushed, options, client: clientFor(registry, options) };
}

test("a certificate that all is well with", async () => {
  const { at, client, pushed } = await serveTls();
  expect((await client.getManifest(at)).digest).toBe(pushed.digest);
});

describe("a certificate that is not: an error after one attempt, and nothing is sent", () => {
  const issued = (options: CertificateOptions) => () => authority.issue(options);
  test.each<[string, () => ReturnType<typeof selfSigned>, string | null, string, string]>([
    ["signed by itself", selfSigned, authority.cert, "issuer is not trusted", "certs.d"],
    ["of an authority nobody here knows", issued({}), null, "issuer is not trusted", "SSL_CERT_FILE"],
    ["of an authority of the same name", issued({}), new Authority().cert, "TLS failed", "certificate"],
    ["for another name", issued({ names: ["elsewhere.example"] }), authority.cert, "for another name", "use the name"],
    ["for another address", issued({ names: ["127.0.0.2"] }), authority.cert, "for another name", "use the name"],
    [
      "that has expired",
      issued({ until: new Date(Date.now() - DAY / 2) }),
      authority.cert,
      "outside its validity period",
      "renew",
    ],
    [
      "of tomorrow",
      issued({ from: new Date(Date.now() + DAY / 2) }),
      authority.cert,
      "outside its validity period",
      "clock",
    ],
  ])("%s", async (_what, certificate, trusted, message, hint) => {
    const { registry, at, client } = await serveTls(certificate(), trusted);
    const error = await rejection(client.getManifest(at));
    expect(error).toMatchObject({
      name: "RegistryUnreachableError",
      code: "REGISTRY_UNAVAILABLE",
      registry: registry.host,
    });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(registry.requests).toHaveLength(0);
  });
});

test("HTTPS to a registry with plain HTTP: an error, and never sent without TLS", async () => {
  const { registry, at } = await serveOne();
  const error = await rejection(clientFor(registry, { plainHttp: [], retry: FAST }).getManifest(at));
  expect(error.message).toContain("the registry uses plain HTTP");
  expect(error.hint).toContain("plainHttp");
  expect(registry.requests).toHaveLength(0);
});

test("plain HTTP to a registry with HTTPS: an error", async () => {
  const { registry, at, options } = await serveTls();
  const error = await rejection(clientFor(registry, { ...options, plainHttp: [registry.host] }).getManifest(at));
  expect(error.code).toMatch(/^(UNEXPECTED_RESPONSE|REGISTRY_UNAVAILABLE)$/);
  expect(registry.requests).toHaveLength(0);
});

describe("HTTPS never leads to plain HTTP", () => {
  test.each(["Bearer", "bearer"])("for a %s token", async (scheme) => {
    const { registry, at, options } = await serveTls();
    const thief = await serve();
    registry.intercept = faults.status(401, {
      headers: { "www-authenticate": `${scheme} realm="${thief.origin}/token",service="s"` },
    });
    const error = await rejection(clientFor(registry, { ...options, plainHttp: [thief.host] }).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED" });
    expect(error.message).toContain("token realm is plain HTTP");
    expect(thief.requests).toHaveLength(0);
  });

  test("for a redirect, and for the next page of tags", async () => {
    const { registry, at, options } = await serveTls();
    const thief = await serve();
    const client = clientFor(registry, { ...options, plainHttp: [thief.host] });
    registry.intercept = faults.redirect(`${thief.origin}/v2/images/one/manifests/tag`);
    expect((await rejection(client.getManifest(at))).message).toContain("from HTTPS to plain HTTP");
    registry.intercept = faults.replaceBody('{"tags":["a"]}', { link: `<${thief.origin}/list>; rel="next"` });
    expect((await rejection(client.listTags(at))).message).toContain("on another server");
    expect(thief.requests).toHaveLength(0);
  });
});

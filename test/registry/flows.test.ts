import { ANONYMOUS, type Credential, type Keychain } from "../../src/registry/auth/keychain";
import { faults } from "../../src/testing/registry";
import { clientFor, pushOne, referenceTo, rejection, serve, serveOne } from "./support";

/** One credential for all registries. */
function always(credential: Credential): Keychain {
  return { resolve: async () => credential };
}
const robot = always({ kind: "basic", username: "robot", password: "hunter2" });
const ROBOT = `Basic ${Buffer.from("robot:hunter2").toString("base64")}`;

describe("basic authentication", () => {
  test("is sent after a challenge, and from then on with each request", async () => {
    const { registry, at, pushed } = await serveOne({
      auth: { mode: "basic", username: "robot", password: "hunter2" },
    });
    const client = clientFor(registry, { credentials: robot });
    expect((await client.getManifest(at)).digest).toBe(pushed.digest);
    await client.getManifest(at);
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, ROBOT, ROBOT]);
  });

  test("is never sent to a registry without authentication", async () => {
    const { registry, at } = await serveOne();
    await clientFor(registry, { credentials: robot }).getManifest(at);
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("wrong credentials are sent once, so that no account is locked", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "basic", username: "robot", password: "other" } });
    const error = await rejection(clientFor(registry, { credentials: robot }).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" });
    expect(error.message).toContain("refused the credentials, or has no such repository");
    expect(registry.requests.filter(({ headers }) => headers.authorization)).toHaveLength(1);
  });

  test("no credentials, and credentials of the wrong kind, are two different errors", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "basic", username: "robot", password: "hunter2" } });
    const none = await rejection(clientFor(registry, { credentials: ANONYMOUS }).getManifest(at));
    expect(none.message).toContain("requires credentials and none are configured for it");
    expect(none.hint).toContain("docker login");
    const token = always({ kind: "identityToken", token: "refresh" });
    const unfit = await rejection(clientFor(registry, { credentials: token }).getManifest(at));
    expect(unfit.message).toContain("only a token is configured for it");
    expect(registry.log.filter((line) => line.includes("token?"))).toEqual([]);
  });

  test("an Ironic pull secret without a colon is decoded where a registry wants basic", async () => {
    const { registry, at, pushed } = await serveOne({
      auth: { mode: "basic", username: "robot", password: "hunter2" },
    });
    const secret = always({ kind: "ironicSecret", secret: Buffer.from("robot:hunter2").toString("base64") });
    expect((await clientFor(registry, { credentials: secret }).getManifest(at)).digest).toBe(pushed.digest);
  });
});

describe("OAuth2: an identity token is exchanged with POST", () => {
  const identity = always({ kind: "identityToken", token: "refresh-1" });

  test("the form is the specification's, and nothing of it is in the URL", async () => {
    const { registry, at, pushed } = await serveOne({ auth: { mode: "bearer", refreshToken: "refresh-1" } });
    let form = "";
    registry.intercept = async (request, response) => {
      if (request.method !== "POST") return false;
      for await (const chunk of request) form += String(chunk);
      response.end(JSON.stringify({ access_token: registry.gate.mint(["repository:images/one:pull"]) }));
      return true;
    };
    const client = clientFor(registry, { credentials: identity });
    expect((await client.getManifest(at)).digest).toBe(pushed.digest);
    expect(registry.log).toEqual([
      "GET /v2/images/one/manifests/tag",
      "POST /token",
      "GET /v2/images/one/manifests/tag",
    ]);
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
      grant_type: "refresh_token",
      client_id: "cdktf-ironic-oci",
      service: "in-process",
      scope: "repository:images/one:pull",
      refresh_token: "refresh-1",
    });
    const [, post] = registry.requests;
    expect(post?.headers).toMatchObject({ "content-type": "application/x-www-form-urlencoded" });
    expect(post?.headers.authorization).toBeUndefined();
  });

  test("several scopes go into one field", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer", refreshToken: "refresh-1" } });
    registry.gate.demand("images/one", "repository:base/layer:pull");
    // The registry refuses tokens without the scope.
    await clientFor(registry, { credentials: identity }).getManifest(at);
    expect(registry.log.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  test("a refresh token that the endpoint replaces is used from then on", async () => {
    const registry = await serve({ auth: { mode: "bearer", refreshToken: "refresh-1", rotate: true } });
    for (const repository of ["images/one", "images/two", "images/three"]) pushOne(registry, repository);
    const client = clientFor(registry, { credentials: identity });
    await client.getManifest(referenceTo(registry, "images/one:tag"));
    await client.getManifest(referenceTo(registry, "images/two:tag"));
    await client.getManifest(referenceTo(registry, "images/three:tag"));
    expect(registry.log.filter((line) => line.startsWith("POST"))).toHaveLength(3);
  });

  test("a refresh token that is good once serves several repositories at the same time", async () => {
    const registry = await serve({ auth: { mode: "bearer", refreshToken: "refresh-1", rotate: true }, latency: 5 });
    const names = ["a", "b", "c"].map((name) => `images/${name}`);
    for (const name of names) pushOne(registry, name);
    const client = clientFor(registry, { credentials: identity });
    await Promise.all(names.map((name) => client.getManifest(referenceTo(registry, `${name}:tag`))));
    expect(registry.log.filter((line) => line.startsWith("POST"))).toHaveLength(3);
  });

  test("one that is refused is an error that tells so, and nothing else is tried", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer", refreshToken: "another" } });
    const error = await rejection(clientFor(registry, { credentials: identity }).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401 });
    expect(error.message).toContain(`the token endpoint ${registry.origin} refused`);
    expect(error.hint).toContain("check the credentials for");
    expect(error.hint).toContain("images/one exists");
    expect(registry.requests).toHaveLength(2);
  });

  test("invalid_grant, which is a 400 in OAuth2, is a refusal too", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/token/, faults.status(400, { body: '{"error":"invalid_grant"}' }));
    const error = await rejection(clientFor(registry, { credentials: identity }).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 400 });
  });
});

test("a registry token is sent as it is, without a token request", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  const token = registry.gate.mint(["repository:images/one:pull"]);
  await clientFor(registry, { credentials: always({ kind: "registryToken", token }) }).getManifest(at);
  expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, `Bearer ${token}`]);
});

test("a registry token that is refused is an error after one attempt", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  const stale = always({ kind: "registryToken", token: "stale" });
  const error = await rejection(clientFor(registry, { credentials: stale }).getManifest(at));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401 });
  expect(registry.requests).toHaveLength(2);
});

describe("several challenges", () => {
  const offer = (registry: { readonly origin: string }) => [
    `Negotiate, Basic realm="b", Bearer realm="${registry.origin}/token",service="in-process"`,
    [`Basic realm="b"`, `Bearer realm="${registry.origin}/token",service="in-process"`],
  ];

  test.each([0, 1])("in one header, or in one each: bearer is taken", async (form) => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer", username: "robot", password: "hunter2" } });
    const challenge = faults.status(401, { headers: { "www-authenticate": offer(registry)[form] } });
    registry.intercept = faults.first(1, challenge);
    await clientFor(registry, { credentials: robot }).getManifest(at);
    expect(registry.requests.map(({ headers }) => headers.authorization?.split(" ")[0])).toEqual([
      undefined,
      "Basic",
      "Bearer",
    ]);
    expect(registry.log[1]).toMatch(/^GET \/token/);
  });

  test("basic is taken where it is the only one that is known", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "basic", username: "robot", password: "hunter2" } });
    const headers = { "www-authenticate": 'Negotiate abc==, Digest realm="d", Basic realm="b"' };
    registry.intercept = faults.first(1, faults.status(401, { headers }));
    await clientFor(registry, { credentials: robot }).getManifest(at);
    expect(registry.requests).toHaveLength(2);
  });
});

describe("401 and 403 for a missing repository: the error names both causes", () => {
  test.each([
    [403, "DENIED"],
    [401, "UNAUTHORIZED"],
  ])("%i %s from the registry, to anonymous clients", async (status, registryCode) => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
    const headers = {
      "www-authenticate": `Bearer realm="${registry.origin}/token",service="s",error="insufficient_scope"`,
    };
    registry.intercept = faults.on(/manifests/, faults.status(status, { registryCode, headers }));
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status, registryCode });
    expect(error.message).toMatch(/no such repository|does not exist/);
    expect(`${error.message} ${error.hint}`).toMatch(/private|credentials/);
    expect(error.hint).toContain("path");
  });

  test("403 from the registry, to clients with credentials", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "basic", username: "robot", password: "hunter2" } });
    registry.intercept = (request, response) =>
      request.headers.authorization !== undefined && faults.status(403, { registryCode: "DENIED" })(request, response);
    const error = await rejection(clientFor(registry, { credentials: robot }).getManifest(at));
    expect(error.message).toContain("access denied, or no such repository");
    expect(error.hint).toContain("images/one");
    expect(registry.requests).toHaveLength(2);
  });

  test("403 from the token endpoint", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/token/, faults.status(403, { registryCode: "DENIED" }));
    const anonymous = await rejection(clientFor(registry).getManifest(at));
    expect(anonymous.hint).toMatch(/configure credentials.*or check that the repository exists/);
    const known = await rejection(clientFor(registry, { credentials: robot }).getManifest(at));
    expect(known.hint).toMatch(/check the credentials.*images\/one exists/);
  });
});

test("credentials are looked up for each repository, as for podman's path prefixes", async () => {
  const registry = await serve({ auth: { mode: "bearer", username: "two", password: "p" } });
  pushOne(registry, "images/one");
  pushOne(registry, "images/two");
  const asked: string[] = [];
  const credentials: Keychain = {
    async resolve(host, repository) {
      asked.push(`${host}/${repository}`);
      return repository === "images/two" ? { kind: "basic", username: "two", password: "p" } : undefined;
    },
  };
  const client = clientFor(registry, { credentials });
  const error = await rejection(client.getManifest(referenceTo(registry, "images/one:tag")));
  expect(error.hint).toContain("configure credentials");
  await client.getManifest(referenceTo(registry, "images/two:tag"));
  expect(new Set(asked)).toEqual(new Set([`${registry.host}/images/one`, `${registry.host}/images/two`]));
});

test("a keychain that fails ends the request with its error, before credentials are sent", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  const broken: Keychain = { resolve: () => Promise.reject(new Error("the keyring is locked")) };
  await expect(clientFor(registry, { credentials: broken }).getManifest(at)).rejects.toThrow("the keyring is locked");
  expect(registry.requests).toHaveLength(1);
});

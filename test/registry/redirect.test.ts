import { pullSecrets } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { clientFor, pushOne, rejection, serve, serveOne } from "./support";

const secret = { username: "robot", password: "hunter2" } as const;

/** A registry with a password, a CDN that has the same content, and a client that knows the password. */
async function withCdn() {
  const { registry, at, pushed } = await serveOne({ auth: { mode: "basic", ...secret } });
  const cdn = await serve();
  pushOne(cdn);
  const client = clientFor(registry, {
    plainHttp: [registry.host, cdn.host],
    credentials: pullSecrets({ [registry.host]: "robot:hunter2", [cdn.host]: "other:credentials" }),
  });
  return { registry, cdn, at, pushed, client };
}

test.each([301, 302, 303, 307, 308])("%i to a CDN is followed, and the credentials stay behind", async (status) => {
  const { registry, cdn, at, pushed, client } = await withCdn();
  const location = `${cdn.origin}/v2/images/one/manifests/tag?signature=x`;
  registry.intercept = (request, response) =>
    request.headers.authorization !== undefined && faults.redirect(location, status)(request, response);
  expect((await client.getManifest(at)).digest).toBe(pushed.digest);
  expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
  expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(cdn.requests[0]?.url).toContain("signature=x");
});

test("on the same origin the credentials go along", async () => {
  const { registry, at, pushed, client } = await withCdn();
  registry.store.tag("images/one", "elsewhere", pushed.digest);
  registry.intercept = faults.on(/manifests\/tag$/, faults.redirect("/v2/images/one/manifests/elsewhere"));
  expect((await client.getManifest(at)).digest).toBe(pushed.digest);
  expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
});

test("there and back again, they have been dropped", async () => {
  const { registry, cdn, at, client } = await withCdn();
  registry.intercept = faults.on(
    /manifests\/tag$/,
    (request, response) =>
      request.headers.authorization !== undefined && faults.redirect(`${cdn.origin}/away`)(request, response),
  );
  cdn.intercept = faults.redirect(`${registry.origin}/v2/images/one/manifests/tag?back`);
  await rejection(client.getManifest(at));
  expect(registry.requests.at(-1)?.url).toContain("?back");
  expect(registry.requests.at(-1)?.headers.authorization).toBeUndefined();
});

test.each(["Basic", "Bearer"])("a CDN that requires %s credentials gets none", async (scheme) => {
  const { registry, cdn, at, client } = await withCdn();
  registry.intercept = (request, response) =>
    request.headers.authorization !== undefined && faults.redirect(`${cdn.origin}/blob`)(request, response);
  cdn.intercept = faults.on(
    /blob/,
    faults.status(401, { headers: { "www-authenticate": `${scheme} realm="${cdn.origin}/token"` } }),
  );
  const error = await rejection(client.getManifest(at));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401 });
  expect(error.message).toContain(cdn.host);
  expect(cdn.log).toEqual(["GET /blob"]);
  expect(cdn.requests[0]?.headers.authorization).toBeUndefined();
});

test("a token endpoint that redirects elsewhere doesn't take the password along", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer", ...secret } });
  const thief = await serve();
  registry.intercept = faults.on(/\/token/, faults.redirect(`${thief.origin}/collect`));
  const client = clientFor(registry, {
    plainHttp: [registry.host, thief.host],
    credentials: pullSecrets({ [registry.host]: "robot:hunter2" }),
  });
  await rejection(client.getManifest(at));
  expect(thief.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("a refresh token is not sent along any redirect", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer", refreshToken: "r" } });
  registry.intercept = faults.on(/^POST \/token/, faults.redirect("/elsewhere"));
  const credentials = { resolve: async () => ({ kind: "identityToken", token: "r" }) as const };
  expect(await rejection(clientFor(registry, { credentials }).getManifest(at))).toMatchObject({
    code: "UNEXPECTED_RESPONSE",
    status: 307,
  });
  expect(registry.log).not.toContain("POST /elsewhere");
});

test("a loop ends after five hops", async () => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.redirect("/v2/again");
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
  expect(error.message).toContain("more than 5 times");
  expect(registry.requests).toHaveLength(6);
});

test.each([
  ["file:///etc/passwd", "file:"],
  ["ftp://mirror.example/x", "ftp:"],
  ["data:application/json,{}", "data:"],
  ["javascript:alert(1)", "javascript:"],
  ["http://[", "not a URL"],
  ["http://169.254.169.254/latest/meta-data/", "link-local"],
  ["http://[fe80::1]/", "link-local"],
  ["http://not-listed.example/blob", "not configured"],
])("to %s: refused, and nothing sent", async (location, message) => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.redirect(location);
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
  expect(error.message).toContain(message);
  expect(registry.requests).toHaveLength(1);
});

test("without a Location: an error", async () => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.status(307);
  expect((await rejection(clientFor(registry).getManifest(at))).message).toContain("without a Location");
});

test("a redirect's target that fails is tried again by itself", async () => {
  const { registry, cdn, at, client } = await withCdn();
  registry.intercept = (request, response) =>
    request.headers.authorization !== undefined &&
    faults.redirect(`${cdn.origin}/v2/images/one/manifests/tag`)(request, response);
  cdn.intercept = faults.first(2, faults.status(503));
  await client.getManifest(at);
  expect(registry.requests).toHaveLength(2);
  expect(cdn.requests).toHaveLength(3);
});

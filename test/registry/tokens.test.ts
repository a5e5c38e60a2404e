import { pullSecrets } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { clientFor, pushOne, referenceTo, rejection, serve, serveOne } from "./support";

const tokenRequests = (log: readonly string[]) => log.filter((line) => line.includes("/token?"));

describe.each(["token", "access_token"] as const)("a token endpoint that responds with %s", (field) => {
  test("costs two requests more, once", async () => {
    const { registry, at, pushed } = await serveOne({ auth: { mode: "bearer", field } });
    const client = clientFor(registry);
    expect((await client.getManifest(at)).digest).toBe(pushed.digest);
    expect(registry.log).toEqual([
      "GET /v2/images/one/manifests/tag",
      "GET /token?service=in-process&scope=repository%3Aimages%2Fone%3Apull",
      "GET /v2/images/one/manifests/tag",
    ]);
    await client.getManifest(at);
    expect(registry.requests).toHaveLength(4);
  });
});

test("`token` wins over `access_token`, and an empty one counts for nothing", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.on(
    /\/token/,
    faults.replaceBody(JSON.stringify({ token: "first", access_token: "second" })),
  );
  await rejection(clientFor(registry).getManifest(at));
  expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer first");
  registry.intercept = faults.on(/\/token/, faults.replaceBody(JSON.stringify({ token: "", access_token: "second" })));
  await rejection(clientFor(registry).getManifest(at));
  expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer second");
});

test("a thousand requests share one challenge and one token", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" }, latency: 5 });
  const client = clientFor(registry);
  await Promise.all(Array.from({ length: 1_000 }, () => client.getManifest(at)));
  expect(tokenRequests(registry.log)).toHaveLength(1);
  expect(registry.requests).toHaveLength(1_002);
});

test("each repository has its token", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  pushOne(registry, "images/two");
  const client = clientFor(registry);
  await client.getManifest(at);
  await client.getManifest(referenceTo(registry, "images/two:tag"));
  expect(tokenRequests(registry.log)).toHaveLength(2);
  expect(registry.requests).toHaveLength(5);
});

test("a token is replaced when it has expired, before the registry has to say so", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer", expiresIn: 0 } });
  const client = clientFor(registry);
  await rejection(client.getManifest(at));
  registry.requests.length = 0;
  registry.gate.extend(60);
  await client.getManifest(at);
  expect(registry.log.map((line) => line.split("?")[0])).toEqual(["GET /token", "GET /v2/images/one/manifests/tag"]);
});

test("a token that expires in the middle of a run is replaced once, for all requests", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer", expiresIn: 3_600 }, latency: 5 });
  const client = clientFor(registry);
  await client.getManifest(at);
  registry.gate.revokeAll();
  await Promise.all(Array.from({ length: 50 }, () => client.getManifest(at)));
  expect(tokenRequests(registry.log)).toHaveLength(2);
});

describe("a token whose time is over before the request is served, for waiting in line or for a registry that throttles", () => {
  afterEach(() => jest.restoreAllMocks());

  test.each([
    [3, "is replaced as often as that happens", undefined],
    [100, "is replaced a few times at most", "AUTHENTICATION_FAILED"],
  ])("%i times: it %s", async (times, _what, code) => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer", expiresIn: 60 } });
    const now = Date.now;
    let late = 0;
    jest.spyOn(Date, "now").mockImplementation(() => now() + late * 100_000);
    registry.intercept = faults.on(/manifests/, ({ headers }) => {
      if (headers.authorization !== undefined && late < times) late += 1;
      return false;
    });
    const outcome = await clientFor(registry)
      .getManifest(at)
      .catch((error) => error);
    expect(outcome.code).toBe(code);
    expect(tokenRequests(registry.log)).toHaveLength(Math.min(times + 1, 6));
  });
});

test("a token that the registry goes on refusing ends in an error that tells so", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.on(
    /manifests/,
    faults.status(401, {
      registryCode: "UNAUTHORIZED",
      headers: { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s",error="invalid_token"` },
    }),
  );
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" });
  expect(registry.requests).toHaveLength(5);
});

test("scopes: further scopes in challenges are requested too, and kept", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  pushOne(registry, "images/two");
  registry.gate.demand("images/one", "repository:base/layer:pull");
  const client = clientFor(registry);
  await client.getManifest(at);
  const asked = new URL(tokenRequests(registry.log)[0]?.slice(4) ?? "", registry.origin).searchParams.getAll("scope");
  expect(asked).toEqual(["repository:images/one:pull", "repository:base/layer:pull"]);
  await client.getManifest(referenceTo(registry, "images/two:tag"));
  expect(tokenRequests(registry.log)[1]).not.toContain("base");
});

test("scopes: a token that turns out too narrow is replaced by a wider one", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  const client = clientFor(registry);
  await client.getManifest(at);
  registry.gate.demand("images/one", "repository:images/one:pull,metadata");
  await client.getManifest(at);
  expect(tokenRequests(registry.log)).toHaveLength(2);
  await client.getManifest(at);
  expect(tokenRequests(registry.log)).toHaveLength(2);
});

test.each([
  ["no JSON", faults.replaceBody("<html>")],
  ["no token in it", faults.replaceBody("{}")],
  ["a token that could break out of its header", faults.replaceBody(JSON.stringify({ token: "x\r\nx-evil: 1" }))],
  ["a token of another type", faults.replaceBody(JSON.stringify({ token: 7 }))],
  ["not a 200", faults.status(204)],
])("a token endpoint that responds with %s is an error", async (_what, fault) => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.on(/\/token/, fault);
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
  expect(error.message).toContain(`the token endpoint ${registry.origin}`);
});

test("requests to a token endpoint that throttles or fails are retried like the registry's", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.on(/\/token/, faults.inTurn(faults.throttle(), faults.status(503), faults.reset()));
  await clientFor(registry).getManifest(at);
  expect(tokenRequests(registry.log)).toHaveLength(4);
});

test("a token endpoint that refuses is an error, with advice", async () => {
  const auth = { mode: "bearer", username: "robot", password: "right" } as const;
  const { registry, at } = await serveOne({ auth });
  const anonymous = await rejection(clientFor(registry).getManifest(at));
  expect(anonymous).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" });
  expect(anonymous.hint).toContain("configure credentials for");
  const credentials = pullSecrets({ [registry.host]: "robot:wrong" });
  const wrong = await rejection(clientFor(registry, { credentials }).getManifest(at));
  expect(wrong.hint).toContain("check the credentials for");
});

describe("a token realm that credentials must not go to", () => {
  test.each([
    ["ftp://auth.example/token", /uses ftp:/],
    ["file:///etc/passwd", /uses file:/],
    ["http://169.254.169.254/latest/meta-data", /link-local/],
    ["http://[fe80::1]/token", /link-local/],
    ["http://[::ffff:169.254.169.254]/", /link-local/],
    ["http://user:pass@auth.example/token", /user name or password/],
    ["/token", /not a URL/],
    ["", /not a URL/],
  ])("%s", async (realm, message) => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.status(401, { headers: { "www-authenticate": `Bearer realm="${realm}",service="s"` } });
    const credentials = pullSecrets({ [registry.host]: "robot:hunter2" });
    const error = await rejection(clientFor(registry, { credentials }).getManifest(at));
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED" });
    expect(error.message).toMatch(message);
    expect(registry.requests).toHaveLength(1);
  });
});

test("a registry with an unsupported scheme is an error that names the supported ones", async () => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.status(401, { headers: { "www-authenticate": "Negotiate, NTLM" } });
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error.message).toContain("negotiate, ntlm");
  registry.intercept = faults.status(401);
  expect((await rejection(clientFor(registry).getManifest(at))).message).toContain("none named");
});

test("bearer is preferred where several challenges are offered", async () => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.first(
    1,
    faults.status(401, {
      headers: { "www-authenticate": `Negotiate, Basic realm="b", Bearer realm="${registry.origin}/token"` },
    }),
  );
  await clientFor(registry).getManifest(at);
  expect(tokenRequests(registry.log)).toHaveLength(1);
});

test("two hosts don't share tokens", async () => {
  const [one, two] = [await serve({ auth: { mode: "bearer" } }), await serve({ auth: { mode: "bearer" } })];
  pushOne(one);
  pushOne(two);
  const client = clientFor(one, { plainHttp: [one.host, two.host] });
  await client.getManifest(referenceTo(one, "images/one:tag"));
  await client.getManifest(referenceTo(two, "images/one:tag"));
  const shown = (registry: typeof one) => registry.requests.map(({ headers }) => headers.authorization);
  expect(shown(one).at(-1)).not.toBe(shown(two).at(-1));
  expect(shown(two)).not.toContain(shown(one).at(-1));
});

test.each([
  [
    "limits the rate of requests, still after 4 attempts",
    faults.throttle(),
    "RATE_LIMITED",
    429,
    "configure credentials",
  ],
  ["failed at all 4 attempts", faults.status(503), "REGISTRY_UNAVAILABLE", 503, "try again later"],
])("a token endpoint that %s is an error with its status", async (what, fault, code, status, hint) => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
  registry.intercept = faults.on(/\/token/, fault);
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code, status, hint: expect.stringContaining(hint) });
  expect(error.message).toContain(`the token endpoint http://${registry.host} ${what}`);
});

import { isRetryableStatus, retryAfter, withRetry } from "../../src/net";
import { DEFAULT_RETRY } from "../../src/registry/client";
import { faults } from "../../src/testing/registry";
import { AT_ONCE, clientFor, rejection, serveOne } from "./support";

describe("retried failures", () => {
  test.each([
    ["429", faults.throttle()],
    ["429 with Retry-After: 0", faults.throttle(0)],
    ["429 with a date that is over", faults.throttle(new Date(0))],
    ["408", faults.status(408)],
    ["500", faults.status(500)],
    ["502", faults.status(502)],
    ["503", faults.status(503, { headers: { "retry-after": "0" } })],
    ["504", faults.status(504)],
    ["a connection reset before the answer", faults.reset()],
    ["a connection reset inside the body", faults.resetInsideBody()],
    ["a truncated body", faults.truncate()],
  ])("%s: survived twice", async (_what, fault) => {
    const { registry, at, pushed } = await serveOne();
    registry.intercept = faults.first(2, fault);
    expect((await clientFor(registry).getManifest(at)).digest).toBe(pushed.digest);
    expect(registry.requests).toHaveLength(3);
  });

  test.each([
    ["429", faults.throttle(), "RATE_LIMITED", 429],
    ["500", faults.status(500), "REGISTRY_UNAVAILABLE", 500],
    ["502", faults.status(502), "REGISTRY_UNAVAILABLE", 502],
    ["503", faults.status(503), "REGISTRY_UNAVAILABLE", 503],
    ["504", faults.status(504), "REGISTRY_UNAVAILABLE", 504],
    ["a connection reset before the answer", faults.reset(), "REGISTRY_UNAVAILABLE", undefined],
    ["a connection reset inside the body", faults.resetInsideBody(), "REGISTRY_UNAVAILABLE", undefined],
    ["a truncated body", faults.truncate(), "REGISTRY_UNAVAILABLE", undefined],
  ])("%s: an error when it persists", async (_what, fault, code, status) => {
    const { registry, at } = await serveOne();
    registry.intercept = fault;
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code, status, registry: registry.host, repository: "images/one", reference: "tag" });
    expect(error.hint).toEqual(expect.stringMatching(/./));
    expect(registry.requests).toHaveLength(AT_ONCE.attempts);
  });
});

test.each([
  ["429", faults.throttle(0)],
  ["503", faults.status(503)],
  ["a connection reset before the answer", faults.reset()],
  ["a connection reset inside the body", faults.resetInsideBody()],
])("%s to a POST is an error immediately: only reads are retried", async (_what, fault) => {
  const { registry, at } = await serveOne({ auth: { mode: "bearer", refreshToken: "refresh" } });
  const credentials = { resolve: async () => ({ kind: "identityToken", token: "refresh" }) as const };
  registry.intercept = faults.on(/^POST/, fault);
  const error = await rejection(clientFor(registry, { credentials }).getManifest(at));
  expect(error.hint).toEqual(expect.stringMatching(/./));
  expect(registry.log.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  registry.intercept = undefined;
  expect(await clientFor(registry, { credentials }).getManifest(at)).toBeDefined();
});

test.each([400, 404, 405, 410, 418, 501, 505])("%i is not retried", async (status) => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.status(status);
  expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({ status });
  expect(registry.requests).toHaveLength(1);
  expect(isRetryableStatus(status)).toBe(false);
});

test("a Retry-After beyond the limit ends the attempts, and is in the error", async () => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.throttle(3_600);
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "RATE_LIMITED", registryCode: "TOOMANYREQUESTS" });
  expect(error.hint).toContain("wait 3600 s");
  expect(registry.requests).toHaveLength(1);
});

test("a Retry-After within bounds is kept to, in seconds or as a date", async () => {
  for (const wait of [() => 1, () => new Date(Date.now() + 2_000)]) {
    const { registry, at } = await serveOne();
    const times: number[] = [];
    const throttled = faults.first(1, faults.throttle(wait()));
    registry.intercept = (request, response) => {
      times.push(Date.now());
      return throttled(request, response);
    };
    await clientFor(registry).getManifest(at);
    // A date has whole seconds only: two seconds from now may be written as a little over one.
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  }
});

test.each(["Mon, nonsense GMT", "NaN", "1e999"])("a Retry-After of %j is ignored", async (value) => {
  const { registry, at, pushed } = await serveOne();
  registry.intercept = faults.first(2, faults.status(503, { headers: { "retry-after": value } }));
  expect((await clientFor(registry).getManifest(at)).digest).toBe(pushed.digest);
  registry.intercept = faults.status(503, { headers: { "retry-after": value } });
  registry.requests.length = 0;
  await rejection(clientFor(registry).getManifest(at));
  expect(registry.requests).toHaveLength(AT_ONCE.attempts);
});

test("Retry-After: seconds, dates, and other values", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const read = (value: string | undefined) => retryAfter({ "retry-after": value }, now);
  expect(read("120")).toBe(120_000);
  expect(read(" 0 ")).toBe(0);
  expect(read("Thu, 01 Jan 2026 00:00:05 GMT")).toBe(5_000);
  expect(read("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
  for (const value of [undefined, "", "soon", "-5", "1e3 s"]) expect(read(value)).toBeUndefined();
});

describe("the waits of the policy", () => {
  async function waits(policy: Partial<typeof DEFAULT_RETRY>, retryAfterMs?: number): Promise<number[]> {
    const slept: number[] = [];
    const timer = jest.spyOn(global, "setTimeout").mockImplementation(((run: () => void, milliseconds: number) => {
      slept.push(milliseconds);
      setImmediate(run);
    }) as unknown as typeof setTimeout);
    try {
      await withRetry({ ...DEFAULT_RETRY, ...policy }, undefined, async () => ({
        onExhausted: () => undefined,
        retryAfterMs,
      }));
    } finally {
      timer.mockRestore();
    }
    return slept;
  }

  test("double up to the longest, with jitter over the upper half", async () => {
    const slept = await waits({ attempts: 9, baseDelay: 100, maxDelay: 2_000 });
    const ceilings = [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000];
    expect(slept).toHaveLength(ceilings.length);
    for (const [index, ceiling] of ceilings.entries()) {
      expect(slept[index]).toBeGreaterThanOrEqual(ceiling / 2);
      expect(slept[index]).toBeLessThanOrEqual(ceiling);
    }
    expect(await waits({ attempts: 9 })).not.toEqual(await waits({ attempts: 9 }));
  });

  test("are never shorter than a Retry-After, and not all the same", async () => {
    for (const milliseconds of await waits({ attempts: 5, baseDelay: 100 }, 7_000)) {
      expect(milliseconds).toBeGreaterThanOrEqual(7_050);
      expect(milliseconds).toBeLessThanOrEqual(7_100);
    }
    expect(await waits({}, DEFAULT_RETRY.maxRetryAfter + 1)).toEqual([]);
  });

  test("of a registry that is down end within half a minute", async () => {
    const all = (await waits({})).reduce((sum, each) => sum + each, 0);
    expect(all).toBeLessThan(30_000);
  });
});

test("a host without a listening process gets a few attempts only", async () => {
  const { registry, at } = await serveOne();
  const { host } = registry;
  const client = clientFor(registry, { retry: { attempts: 1_000, baseDelay: 1 } });
  await registry.stop();
  const error = await rejection(client.getManifest(at));
  expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", name: "RegistryUnreachableError", status: undefined });
  expect(error.message).toBe(`oci://${host}/images/one:tag: no connection (ECONNREFUSED)`);
});

test("ten thousand requests to a host that does not exist fail together", async () => {
  const { registry, at } = await serveOne();
  const client = clientFor(registry, { retry: { baseDelay: 20, maxDelay: 100 } });
  await registry.stop();
  const errors = await Promise.all(Array.from({ length: 10_000 }, () => rejection(client.getManifest(at))));
  expect(new Set(errors.map(({ name }) => name))).toEqual(new Set(["RegistryUnreachableError"]));
});

test("a thousand tags out of a registry that fails three requests in ten", async () => {
  const { registry, pushed, at } = await serveOne({ auth: { mode: "bearer" } });
  const tags = Array.from({ length: 1_000 }, (_, index) => `t${index}`);
  for (const tag of tags) registry.store.tag("images/one", tag, pushed.digest);
  registry.intercept = faults.sometimes(0.3, [
    faults.status(500),
    faults.throttle(),
    faults.reset(),
    faults.status(503),
    faults.truncate(),
    faults.throttle(0),
    faults.resetInsideBody(),
  ]);
  const client = clientFor(registry, { retry: { baseDelay: 1, maxDelay: 4 } });
  const found = await Promise.all(tags.map((tag) => client.getManifest(at.withTag(tag))));
  expect(new Set(found.map(({ digest }) => digest))).toEqual(new Set([pushed.digest]));
  const counts = new Map<string, number>();
  for (const { method, url, headers } of registry.requests) {
    // The first request is sent again with a token, which makes it another request.
    const request = `${method} ${url} ${headers.authorization ?? "anonymously"}`;
    counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  expect(counts.size).toBe(tags.length + 2);
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(DEFAULT_RETRY.attempts);
  expect(registry.requests.length).toBeGreaterThan(1_300);
  expect(registry.peak).toBeLessThanOrEqual(8);
}, 30_000);

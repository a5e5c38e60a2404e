import dns from "node:dns";
import { Reference } from "../../src/reference";
import type { RegistryClientOptions } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { clientFor, rejection, serveOne } from "./support";

/** Attempts for a server without a timely response. */
const A_FEW = 3;
const FAST = { attempts: 10, baseDelay: 1, maxDelay: 2 };

describe("a registry that is too slow is an error after a few attempts, and a recovery succeeds", () => {
  test.each([
    ["never answers", faults.silence(), { timeout: 100 }, "no complete response within 100 ms"],
    ["stops inside a body", faults.stall(), { timeout: 60_000, idleTimeout: 50 }, "stopped sending in the middle"],
    ["drips a body, each byte in time", faults.drip(5), { timeout: 200 }, "no complete response within 200 ms"],
    ["drips headers, each in time", faults.dripHeaders(5), { timeout: 200 }, "no complete response within 200 ms"],
    ["pours a body without an end, too slowly for its bound", faults.endless(5), { timeout: 200 }, "within 200 ms"],
  ])("%s", async (_what, fault, options, message) => {
    const { registry, at, pushed } = await serveOne();
    registry.intercept = fault;
    const error = await rejection(clientFor(registry, { retry: FAST, ...options }).getManifest(at));
    expect(error).toMatchObject({ code: "REGISTRY_TIMEOUT", status: undefined, reference: "tag" });
    expect(error.message).toContain(message);
    expect(error.hint).toContain("timeout");
    expect(registry.requests).toHaveLength(A_FEW);

    registry.intercept = faults.first(1, fault);
    const patient = clientFor(registry, { retry: FAST, ...options, timeout: 500 });
    expect((await patient.getManifest(at)).digest).toBe(pushed.digest);
  });

  test("an idle time longer than the whole is no longer than the whole", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.stall();
    const client = clientFor(registry, { retry: FAST, timeout: 100, idleTimeout: 600_000 });
    expect(await rejection(client.getManifest(at))).toMatchObject({ code: "REGISTRY_TIMEOUT" });
  });

  test.each([9_999_999_000, Number.POSITIVE_INFINITY])(
    "a time of %d ms is no time that is over at once",
    async (timeout) => {
      const { registry, at, pushed } = await serveOne();
      expect((await clientFor(registry, { timeout }).getManifest(at)).digest).toBe(pushed.digest);
    },
  );
});

describe("names that lead nowhere", () => {
  const at = Reference.parse("oci://registry.invalid/images/one:tag");
  const failing = (code: string) =>
    jest.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: unknown, callback: (e: Error) => void) => {
      callback(Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: "getaddrinfo" }));
    }) as unknown as typeof dns.lookup);
  afterEach(() => jest.restoreAllMocks());

  test.each([
    ["ENOTFOUND", 1, "check the registry's name"],
    ["EAI_AGAIN", A_FEW, "the name server does not respond"],
  ])("%s is looked up %i times, and is an error", async (code, times, hint) => {
    const lookup = failing(code);
    const error = await rejection(clientFor({ host: "127.0.0.1:1" }, { retry: FAST }).getManifest(at));
    expect(error).toMatchObject({ name: "RegistryUnreachableError", code: "REGISTRY_UNAVAILABLE", status: undefined });
    expect(error.message).toBe(`${at}: no connection (${code})`);
    expect(error.hint).toContain(hint);
    expect(lookup).toHaveBeenCalledTimes(times);
  });

  test.each([
    ["ENOTFOUND", "check PEER's name"],
    ["ECONNREFUSED", "check that PEER runs and can be reached from here"],
  ])("%s of a mirror or a proxy is advice about that, not about the registry behind it", async (code, advice) => {
    failing(code);
    const mirrors = { "registry.invalid": "mirror.invalid" };
    const environment = { HTTPS_PROXY: "http://user:hunter2@proxy.invalid:3128" };
    const cases: [Partial<RegistryClientOptions>, string][] = [
      [{ mirrors }, "the mirror mirror.invalid"],
      [{ environment }, "the proxy proxy.invalid:3128"],
      [{ mirrors, environment }, "the proxy proxy.invalid:3128"],
    ];
    for (const [options, peer] of cases) {
      const error = await rejection(clientFor({ host: "127.0.0.1:1" }, { retry: FAST, ...options }).getManifest(at));
      expect(error.hint).toBe(advice.replace("PEER", peer));
    }
  });
});

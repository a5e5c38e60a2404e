import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Conductor, type Diagnosis, diagnose } from "../../src/resolver";
import { readAsIronic } from "../../src/resolver/conductor/challenge";
import { fromAuthenticationConfig, fromPullSecret } from "../../src/resolver/conductor/secret";
import { faults, type InProcessRegistryOptions } from "../../src/testing/registry";
import { clientFor, pushOne, referenceTo, rejection, serve } from "../registry/support";
import { Authority } from "../support/authority";

const authority = new Authority();
const tls = authority.issue({ names: ["127.0.0.1"] });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "conductor-"));
  writeFileSync(join(folder, "ca.pem"), authority.cert);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A registry with one artifact, over TLS unless it is to be an open one without, and a doctor for it. */
async function serveOne(options: InProcessRegistryOptions = { tls }) {
  const registry = await serve(options.auth ? { tls, ...options } : options);
  const pushed = pushOne(registry);
  const at = referenceTo(registry, "images/one:tag");
  const client = clientFor(registry, {
    plainHttp: registry.origin.startsWith("http:") ? [registry.host] : [],
    environment: { SSL_CERT_FILE: join(folder, "ca.pem") },
  });
  const examine = (conductor: Partial<Conductor> = {}, reference = at): Promise<Diagnosis> =>
    diagnose(client, reference, { profile: "ironic-34", role: "image", ...conductor });
  /** The verdict in short: the way taken, and whether it leads anywhere. */
  const verdict = async (conductor?: Partial<Conductor>) => {
    const { way, canPull } = await examine(conductor);
    return `${way}: ${canPull ? "yes" : "no"}`;
  };
  const config = (secret: string, host = registry.host) => JSON.stringify({ auths: { [host]: { auth: secret } } });
  return { registry, pushed, at, examine, verdict, config };
}

const reasonOf = ({ ways }: Diagnosis, way: string) => ways.find((report) => report.way === way)?.reason;

describe("the value of a pull secret", () => {
  test.each([
    ["c2VjcmV0", "ironic-29", "", "c2VjcmV0"],
    ["c2VjcmV0", "ironic-34", "", "c2VjcmV0"],
    ["user:password", "ironic-29", "", "user:password"],
    ["user:password", "ironic-34", "user", "password"],
    ["user:pass:word", "ironic-34", "user", "pass:word"],
    [":password", "ironic-34", "", "password"],
  ] as const)("%s for %s", (secret, profile, username, password) => {
    expect(fromPullSecret(secret, profile)).toEqual({ username, password });
  });
});

describe("[oci]authentication_config", () => {
  const entry = { auth: "secret" };
  test.each([
    ["the host, matched whole", { auths: { "a.example": entry } }, "secret"],
    ["another port", { auths: { "a.example:443": entry } }, undefined],
    ["another case", { auths: { "A.example": entry } }, undefined],
    ["a URL", { auths: { "https://a.example": entry } }, undefined],
    ["no auth in it", { auths: { "a.example": { username: "u", password: "p" } } }, undefined],
    ["an empty auth", { auths: { "a.example": { auth: "" } } }, undefined],
    ["another type", { auths: { "a.example": { auth: ["secret"] } } }, undefined],
    ["no auths", { credHelpers: { "a.example": "x" } }, undefined],
    ["null", null, undefined],
  ])("%s", (_what, content, expected) => {
    const credential = fromAuthenticationConfig(JSON.stringify(content), "a.example");
    expect(credential).toEqual(expected === undefined ? undefined : { username: "", password: expected });
  });

  test("what is no JSON has nothing, and neither has what JavaScript objects have by themselves", () => {
    expect(fromAuthenticationConfig("{", "a.example")).toBeUndefined();
    expect(fromAuthenticationConfig('{"auths":{}}', "constructor")).toBeUndefined();
  });
});

describe("a challenge as Ironic reads it", () => {
  const bearer = (realm: string | undefined, service?: string) => ({ kind: "bearer", realm, service });
  test.each([
    ['Bearer realm="https://a/t",service="s",scope="x"', bearer("https://a/t", "s")],
    ['bearer service="s",realm="https://a/t"', bearer("https://a/t", "s")],
    ['Bearer realm="https://a/t"', bearer("https://a/t")],
    ['Bearer realm="https://a/t", Basic realm="b"', bearer("https://a/t")],
    ['Basic realm="b", Bearer realm="https://a/t"', { kind: "basic" }],
    ["Bearer error=x", bearer(undefined)],
    ["Bearer realm=https://a/t", { kind: "unknown", why: expect.stringContaining("realm without quotes") }],
    ['Negotiate, Basic realm="b"', { kind: "unknown", why: expect.stringContaining("neither Bearer nor Basic") }],
    ["Basic", { kind: "unknown", why: expect.stringContaining("neither Bearer nor Basic") }],
    [undefined, { kind: "unknown", why: expect.stringContaining("no way to authenticate") }],
  ])("%s", (header, expected) => {
    expect(readAsIronic(header)).toEqual(expected);
  });
});

describe("an open registry", () => {
  test("is pulled from whatever there is to show, and is shown nothing", async () => {
    const { registry, verdict, config } = await serveOne();
    expect(await verdict()).toBe("anonymous: yes");
    expect(await verdict({ instanceSecret: "s" })).toBe("instance_info: yes");
    expect(await verdict({ driverSecret: "s" })).toBe("driver_info: yes");
    expect(await verdict({ authenticationConfig: config("s") })).toBe("anonymous: yes");
    expect(registry.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test("a tag is looked for in the list first, a digest is not, and a kernel's tag neither", async () => {
    const { registry, pushed, at, examine } = await serveOne();
    await examine();
    await examine({}, at.withDigest(pushed.digest));
    expect((await examine({ role: "kernel" })).notes).toEqual([expect.stringContaining("by digest only")]);
    expect(registry.log).toEqual([
      "GET /v2/images/one/tags/list",
      "GET /v2/images/one/manifests/tag",
      `GET /v2/images/one/manifests/${pushed.digest}`,
      "GET /v2/images/one/manifests/tag",
    ]);
  });

  test("what is not there can't be pulled", async () => {
    const { at, examine } = await serveOne();
    const { canPull, ways } = await examine({}, at.withTag("none"));
    expect(canPull).toBe(false);
    expect(ways.at(-1)?.reason).toContain("the manifest is not there (404)");
  });

  test("bytes that are not the digest's can't be pulled", async () => {
    const { registry, pushed, at, examine } = await serveOne();
    registry.intercept = faults.on(/manifests/, faults.replaceBody("{}"));
    const diagnosis = await examine({}, at.withDigest(pushed.digest));
    expect(diagnosis).toMatchObject({ canPull: false });
    expect(reasonOf(diagnosis, "anonymous")).toContain("other bytes");
  });

  test("one that opens /v2/ only: Ironic never gets to show its secret", async () => {
    const { registry, examine } = await serveOne();
    registry.intercept = faults.on(
      /images/,
      faults.status(401, { headers: { "www-authenticate": 'Basic realm="b"' } }),
    );
    const diagnosis = await examine({ instanceSecret: "user:password" });
    expect(diagnosis).toMatchObject({ canPull: false, way: "instance_info" });
    expect(reasonOf(diagnosis, "instance_info")).toContain("only where /v2/ asks for one");
  });
});

describe("a registry with tokens", () => {
  test("tokens for everybody: only with some authentication_config does Ironic fetch one", async () => {
    const { examine, verdict } = await serveOne({ auth: { mode: "bearer" } });
    const without = await examine();
    expect(without).toMatchObject({ canPull: false, way: "anonymous" });
    expect(reasonOf(without, "anonymous")).toContain("without [oci]authentication_config Ironic fetches no");
    expect(await verdict({ authenticationConfig: "{}" })).toBe("anonymous: yes");
  });

  test("a secret is the password of an empty user name, as it stands", async () => {
    const auth = { mode: "bearer", username: "", password: "c2VjcmV0" } as const;
    const { registry, verdict, config } = await serveOne({ auth });
    expect(await verdict({ instanceSecret: "c2VjcmV0" })).toBe("instance_info: yes");
    expect(await verdict({ driverSecret: "c2VjcmV0" })).toBe("driver_info: yes");
    expect(await verdict({ authenticationConfig: config("c2VjcmV0") })).toBe("authentication_config: yes");
    expect(await verdict({ authenticationConfig: config("wrong") })).toBe("authentication_config: no");
    const shown = registry.requests.flatMap(({ headers }) => headers.authorization ?? []);
    expect(shown).toContain(`Basic ${Buffer.from(":c2VjcmV0").toString("base64")}`);
  });

  test("user:password works from release 34 on", async () => {
    const { verdict } = await serveOne({ auth: { mode: "bearer", username: "user", password: "password" } });
    expect(await verdict({ driverSecret: "user:password" })).toBe("driver_info: yes");
    expect(await verdict({ driverSecret: "user:password", profile: "ironic-29" })).toBe("driver_info: no");
  });

  test("Ironic takes the first way that there is something for, and no other when that fails", async () => {
    const auth = { mode: "bearer", username: "", password: "right" } as const;
    const { examine, verdict, config } = await serveOne({ auth });
    const all = { instanceSecret: "wrong", driverSecret: "right", authenticationConfig: config("right") };
    const diagnosis = await examine(all);
    expect(diagnosis).toMatchObject({ canPull: false, way: "instance_info" });
    expect(diagnosis.ways.map(({ way, given, works }) => [way, given, works])).toEqual([
      ["instance_info", true, false],
      ["driver_info", true, true],
      ["authentication_config", true, true],
      ["anonymous", true, false],
    ]);
    expect(await verdict({ ...all, instanceSecret: undefined })).toBe("driver_info: yes");
    expect(await verdict({ ...all, driverSecret: "wrong", instanceSecret: "right" })).toBe("instance_info: yes");
  });

  test.each(["kernel", "ramdisk"] as const)("a %s is never pulled with the user's secret", async (role) => {
    const auth = { mode: "bearer", username: "", password: "right" } as const;
    const { examine, verdict } = await serveOne({ auth });
    const diagnosis = await examine({ role, instanceSecret: "right", driverSecret: "wrong" });
    expect(diagnosis).toMatchObject({ canPull: false, way: "driver_info" });
    expect(reasonOf(diagnosis, "instance_info")).toBe(`never used for a ${role}`);
    expect(await verdict({ role, instanceSecret: "right" })).toBe("anonymous: no");
    expect(await verdict({ role, driverSecret: "right" })).toBe("driver_info: yes");
  });

  test("authentication_config goes by the token endpoint's host, not the registry's", async () => {
    const auth = { mode: "bearer", username: "", password: "right" } as const;
    const { registry, examine, config } = await serveOne({ auth });
    const realm = await serve({ tls });
    realm.intercept = async (request, response) => {
      const issued = registry.gate.issue(request, new URL(request.url ?? "", realm.origin).searchParams);
      response.writeHead(issued ? 200 : 401).end(JSON.stringify(issued ?? {}));
      return true;
    };
    registry.gate.origin = realm.origin;
    const wrongPlace = await examine({ authenticationConfig: config("right") });
    expect(wrongPlace).toMatchObject({ canPull: false, way: "anonymous" });
    expect(reasonOf(wrongPlace, "authentication_config")).toBe(
      `it has no \`auth\` for ${realm.host}, the host of the token endpoint; the one for ${registry.host} does not count`,
    );
    const rightPlace = await examine({ authenticationConfig: config("right", realm.host) });
    expect(rightPlace).toMatchObject({ canPull: true, way: "authentication_config" });
  });

  test("a token under its other name is none for Ironic", async () => {
    const { examine } = await serveOne({ auth: { mode: "bearer", field: "access_token" } });
    const diagnosis = await examine({ driverSecret: "any" });
    expect(diagnosis).toMatchObject({ canPull: false });
    expect(reasonOf(diagnosis, "driver_info")).toContain("gives no `token`");
  });

  test("a token that is not good for the list of tags is good for a digest", async () => {
    const { registry, pushed, at, examine } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/tags/, faults.status(403));
    const byTag = await examine({ driverSecret: "any" });
    expect(byTag.canPull).toBe(false);
    expect(reasonOf(byTag, "driver_info")).toContain("gives the list of tags not to these credentials (403)");
    expect((await examine({ driverSecret: "any" }, at.withDigest(pushed.digest))).canPull).toBe(true);
  });

  test.each(["http://127.0.0.1:1/token", "https://169.254.169.254/token", "ftp://127.0.0.1/", ""])(
    "no secret is taken to the realm %j to find out more",
    async (realm) => {
      const { registry, examine } = await serveOne();
      registry.intercept = faults.status(401, { headers: { "www-authenticate": `Bearer realm="${realm}"` } });
      expect(await examine({ driverSecret: "hunter2" })).toMatchObject({ canPull: false, way: "driver_info" });
      expect(registry.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    },
  );
});

describe("a registry with basic authentication", () => {
  const auth = { mode: "basic", username: "user", password: "password" } as const;

  test("user:password works from release 34 on, and nothing else ever does", async () => {
    const { verdict, config } = await serveOne({ auth });
    const encoded = Buffer.from("user:password").toString("base64");
    expect(await verdict({ driverSecret: "user:password" })).toBe("driver_info: yes");
    expect(await verdict({ driverSecret: "user:wrong" })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: encoded })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: "user:password", profile: "ironic-29" })).toBe("driver_info: no");
    expect(await verdict({ authenticationConfig: config(encoded) })).toBe("anonymous: no");
    expect(await verdict()).toBe("anonymous: no");
  });

  test("the reason says what to give instead", async () => {
    const { examine } = await serveOne({ auth });
    const diagnosis = await examine({ driverSecret: "c2VjcmV0", authenticationConfig: "{}" });
    expect(reasonOf(diagnosis, "driver_info")).toContain("user:password only, and that from release 34 on");
    expect(reasonOf(diagnosis, "authentication_config")).toContain("it only serves for token endpoints");
  });
});

describe("plain HTTP", () => {
  test("works from release 34 on, where the conductor is set up for it; else nothing is asked at all", async () => {
    const { registry, examine, verdict } = await serveOne({});
    const all = { driverSecret: "s", permitHttpFallback: true };
    expect(await verdict({ ...all, profile: "ironic-29" })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: "s" })).toBe("driver_info: no");
    expect(reasonOf(await examine(), "anonymous")).toContain("[oci]permit_fallback_to_http_transport");
    expect(registry.requests).toEqual([]);
    expect(await verdict(all)).toBe("driver_info: yes");
  });
});

test("a registry that fails or can't be reached is an error: nothing is known then", async () => {
  const { registry, examine } = await serveOne();
  registry.intercept = faults.status(503);
  expect(await rejection(examine({ driverSecret: "s" }))).toMatchObject({ code: "REGISTRY_UNAVAILABLE", status: 503 });
  registry.intercept = faults.throttle();
  expect(await rejection(examine())).toMatchObject({ code: "RATE_LIMITED" });
});

test("no part of a diagnosis or an error holds a secret", async () => {
  const secrets = {
    instanceSecret: "hunter2",
    driverSecret: "user:hunter3",
    authenticationConfig: '{"auths": "hunter4',
  };
  for (const auth of [
    { mode: "bearer", username: "x", password: "y" },
    { mode: "basic", username: "x", password: "y" },
  ] as const) {
    const { registry, examine } = await serveOne({ auth });
    expect(JSON.stringify(await examine(secrets))).not.toMatch(/hunter/);
    registry.intercept = faults.on(/token|manifests/, faults.status(500));
    const error = await examine(secrets).catch((thrown: Error) => thrown);
    expect(`${JSON.stringify(error)} ${error instanceof Error && error.stack}`).not.toMatch(/hunter/);
  }
});

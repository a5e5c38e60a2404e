import dns from "node:dns";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../src/reference";
import { type Conductor, type Diagnosis, diagnose, parseRelease, readSettings, type Target } from "../../src/resolver";
import { readAsIronic } from "../../src/resolver/conductor/challenge";
import { fromAuthenticationConfig, fromPullSecret, otherForm } from "../../src/resolver/conductor/secret";
import { faults, type InProcessRegistryOptions, pushArtifact } from "../../src/testing/registry";
import { AT_ONCE, closing, pushOne, referenceTo, rejection, serve } from "../registry/support";
import { Authority, selfSigned } from "../support/authority";

const authority = new Authority();
const tls = authority.issue({ names: ["127.0.0.1"] });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "conductor-"));
  writeFileSync(join(folder, "ca.pem"), authority.cert);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a test says of a conductor and a node; everything else has its default. `conf`: of its ironic.conf. */
type Setup = Partial<Omit<Conductor, "settings" | "release">> &
  Partial<Target> & { readonly release?: string; readonly conf?: string };

/** A registry with one artifact, over TLS unless it is to be an open one without, and a doctor for it. */
async function serveOne(options: InProcessRegistryOptions = { tls }) {
  const registry = await serve(options.auth ? { tls, ...options } : options);
  const pushed = pushOne(registry);
  const reference = referenceTo(registry, "images/one:tag");
  const connection = {
    plainHttp: registry.origin.startsWith("http:") ? [registry.host] : [],
    environment: { SSL_CERT_FILE: join(folder, "ca.pem") },
    retry: AT_ONCE,
  };
  const examine = (setup: Setup = {}, named = reference): Promise<Diagnosis> => {
    const { instanceSecret, driverSecret, authenticationConfig, certificateAuthorities, ...rest } = setup;
    const { release: name = "39.0", conf, ...target } = rest;
    const release = parseRelease(name);
    const files = conf === undefined ? [] : [{ path: "ironic.conf", text: conf }];
    const conductor = {
      ...{ release, instanceSecret, driverSecret, authenticationConfig, certificateAuthorities },
      settings: readSettings(files, release),
    };
    const node = { role: "image", deployInterface: "direct", bootInterface: "ipxe", ...target } as const;
    return diagnose(named, conductor, node, connection);
  };
  /** The verdict in short: the way taken, and whether it leads anywhere. */
  const verdict = async (setup?: Setup) => {
    const { way, canPull } = await examine(setup);
    return `${way}: ${canPull ? "yes" : "no"}`;
  };
  const config = (secret: string, host = registry.host) => JSON.stringify({ auths: { [host]: { auth: secret } } });
  return { registry, pushed, at: reference, examine, verdict, config };
}

const reasonOf = ({ ways }: Diagnosis, way: string) => ways.find((report) => report.way === way)?.reason;
const adviceOf = ({ ways }: Diagnosis, way: string) => ways.find((report) => report.way === way)?.advice;
const check = ({ checks }: Diagnosis, name: string) => checks.find((each) => each.check === name);

describe("the value of a pull secret", () => {
  test.each([
    ["c2VjcmV0", "33.0", { username: "", password: "c2VjcmV0" }],
    ["c2VjcmV0", "34.0", { username: "", password: "c2VjcmV0" }],
    ["user:password", "33.0", { username: "", password: "user:password" }],
    ["user:password", "34.0", { username: "user", password: "password" }],
    ["user:pass:word", "34.0", { username: "user", password: "pass:word" }],
    [":password", "34.0", { username: "", password: "password" }],
    ["", "33.0", { username: "", password: "" }],
    ["", "34.0", undefined],
  ] as const)("%j for %s", (secret, release, expected) => {
    expect(fromPullSecret(secret, parseRelease(release))).toEqual(expected);
  });

  test.each([
    ["user:password", { form: "auth", secret: "dXNlcjpwYXNzd29yZA==" }],
    ["dXNlcjpwYXNzd29yZA==", { form: "user:password", secret: "user:password" }],
    ["dXNlcg==", undefined], // no colon in it
    ["dXNlcjpwYXNzd29yZA", undefined], // not padded: none that a Docker configuration has
    ["hunter2!", undefined],
    ["", undefined],
  ])("the other form of %j", (secret, expected) => {
    expect(otherForm(secret)).toEqual(expected);
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
    ["auths that are null", { auths: null }, undefined],
    ["an entry that is null", { auths: { "a.example": null } }, undefined],
  ])("%s", (_what, content, expected) => {
    const credential = fromAuthenticationConfig(JSON.stringify(content), "a.example");
    expect(credential).toEqual(expected === undefined ? undefined : { username: "", password: expected });
  });

  test.each(["null", "[]", '"text"', "1"])("%s, which is no object, is what Ironic fails on", (text) => {
    expect(fromAuthenticationConfig(text, "a.example")).toBe("unusable");
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
    [undefined, { kind: "unknown", why: expect.stringContaining("no WWW-Authenticate header") }],
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
    expect(check(await examine({ role: "kernel" }), "reference")).toMatchObject({
      outcome: "fails",
      reason: expect.stringContaining("by digest only"),
    });
    expect(registry.log).toEqual([
      "GET /v2/images/one/tags/list",
      "GET /v2/images/one/manifests/tag",
      `GET /v2/images/one/manifests/${pushed.digest}`,
      "GET /v2/images/one/manifests/tag",
    ]);
  });

  test("what is not there can't be pulled", async () => {
    const { pushed, at, examine } = await serveOne();
    const unknown = at.withDigest(`sha256:${pushed.digest.slice(7).split("").reverse().join("")}` as Digest);
    const diagnosis = await examine({}, unknown);
    expect(diagnosis.canPull).toBe(false);
    expect(reasonOf(diagnosis, "anonymous")).toContain("the manifest does not exist (404)");
  });

  test("a tag has to be in the registry's list of tags, whatever page it is on", async () => {
    const { registry, examine, at } = await serveOne();
    const missing = await examine({}, at.withTag("none"));
    expect(missing.canPull).toBe(false);
    expect(reasonOf(missing, "anonymous")).toContain("list of tags does not have this one");
    for (const tag of ["a", "b", "c"]) pushOne(registry, "images/one", tag);
    const paged = await serveOne({ tls, pageSize: 1 });
    for (const tag of ["a", "b"]) pushOne(paged.registry, "images/one", tag);
    expect((await paged.examine()).canPull).toBe(true);
    expect(paged.registry.log.filter((line) => line.includes("tags/list"))).toHaveLength(3);
    registry.intercept = faults.on(/tags/, faults.replaceBody('{"name":"images/one","tags":null}'));
    expect(reasonOf(await examine(), "anonymous")).toContain("the registry lists no tags");
    registry.intercept = faults.on(/tags/, (_request, response) => {
      response.setHeader("link", '<https://elsewhere.example/v2/?last=x>; rel="next"');
      return false;
    });
    expect(reasonOf(await examine(), "anonymous")).toContain("the next page of the list of tags is on another server");
  });

  test("bytes that are not the digest's can't be pulled", async () => {
    const { registry, pushed, at, examine } = await serveOne();
    registry.intercept = faults.on(/manifests/, faults.replaceBody("{}"));
    const diagnosis = await examine({}, at.withDigest(pushed.digest));
    expect(diagnosis).toMatchObject({ canPull: false });
    expect(reasonOf(diagnosis, "anonymous")).toContain("does not match its digest");
  });

  test("one that opens /v2/ only: Ironic never gets to show its secret", async () => {
    const { registry, examine } = await serveOne();
    registry.intercept = faults.on(
      /images/,
      faults.status(401, { headers: { "www-authenticate": 'Basic realm="b"' } }),
    );
    const diagnosis = await examine({ instanceSecret: "user:password" });
    expect(diagnosis).toMatchObject({ canPull: false, way: "instance_info" });
    expect(reasonOf(diagnosis, "instance_info")).toContain("only if /v2/ responds 401");
  });
});

describe("a failure that has nothing to do with credentials", () => {
  const plain = /^set \[oci\]permit_fallback_to_http_transport to true/;
  test.each<[string, { options?: InProcessRegistryOptions; setup?: Setup; tag?: string; path?: string }, RegExp]>([
    ["plain HTTP from 34 on", { options: {} }, plain],
    [
      "plain HTTP before",
      { options: {}, setup: { release: "33.0" } },
      /^serve the registry over TLS, or run Ironic 34/,
    ],
    ["a tag that is not listed", { tag: "none" }, /^check the tag/],
    ["a tag that is not there", { setup: { role: "kernel" }, tag: "none" }, /^check the tag or digest/],
    ["a repository that is not there", { path: "images/none" }, /^check the repository's name/],
    ["a repository that is not there, for a kernel", { setup: { role: "kernel" }, path: "no/ne" }, /its repository$/],
  ])("has its own advice: %s", async (_what, { options, setup, tag = "tag", path = "images/one" }, advice) => {
    const { registry, examine } = await serveOne(options);
    const diagnosis = await examine(setup, referenceTo(registry, `${path}:${tag}`));
    expect(diagnosis).toMatchObject({ canPull: false, way: "anonymous" });
    expect(reasonOf(diagnosis, "anonymous")).not.toContain("anonymous token");
    expect(adviceOf(diagnosis, "anonymous")).toMatch(advice);
    expect(check(diagnosis, "registry")?.advice).toBe(adviceOf(diagnosis, "anonymous"));
  });
});

test("a registry that hides what it does not give: another secret works, so the tag is not to blame", async () => {
  const { registry, pushed, at, examine } = await serveOne({
    auth: { mode: "bearer", username: "", password: "right" },
  });
  const tokens = new Set<string>();
  registry.intercept = (request, response) => {
    const { authorization } = request.headers;
    if (!request.url?.includes("/manifests/") || authorization === undefined) return false;
    tokens.add(authorization);
    // The first token, which is the one of instance_info, is not shown anything.
    if (tokens.size > 1) return false;
    response.writeHead(404).end();
    return true;
  };
  const secrets = { instanceSecret: "right", driverSecret: "right" };
  const diagnosis = await examine(secrets, at.withDigest(pushed.digest));
  expect(diagnosis).toMatchObject({ canPull: false, way: "instance_info" });
  expect(adviceOf(diagnosis, "instance_info")).toContain("check the tag or digest");
  expect(check(diagnosis, "registry")?.advice).toContain("the one of driver_info works");
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
    expect(await verdict({ driverSecret: "user:password", release: "33.0" })).toBe("driver_info: no");
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
      ["image_server", false, undefined],
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
    expect(reasonOf(diagnosis, "driver_info")).toContain("responds without `token`");
  });

  test("a token that is not good for the list of tags is good for a digest", async () => {
    const { registry, pushed, at, examine } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/tags/, faults.status(403));
    const byTag = await examine({ driverSecret: "any" });
    expect(byTag.canPull).toBe(false);
    expect(reasonOf(byTag, "driver_info")).toContain("refuses these credentials for the list of tags (403)");
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

  test("nor to a realm whose name stands for an address on this machine's link", async () => {
    const { registry, examine } = await serveOne();
    registry.intercept = faults.status(401, {
      headers: { "www-authenticate": 'Bearer realm="https://metadata.test/t"' },
    });
    const lookup = jest.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: unknown, done: unknown) => {
      (done as (error: null, found: object[]) => void)(null, [{ address: "169.254.169.254", family: 4 }]);
    }) as unknown as typeof dns.lookup);
    try {
      const diagnosis = await examine({ instanceSecret: "robot:hunter2" });
      expect(diagnosis.canPull).toBe(false);
      expect(reasonOf(diagnosis, "instance_info")).toContain(
        "the name of its token realm (metadata.test) resolves to a link-local address: no secret was sent",
      );
    } finally {
      lookup.mockRestore();
    }
  });
});

describe("a registry with basic authentication", () => {
  const auth = { mode: "basic", username: "user", password: "password" } as const;

  test("user:password works from release 34 on, and nothing else ever does", async () => {
    const { verdict, config } = await serveOne({ auth });
    const encoded = Buffer.from("user:password").toString("base64");
    expect(await verdict({ driverSecret: "user:password" })).toBe("driver_info: yes");
    expect(await verdict({ driverSecret: "user:wrong" })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: encoded })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: "user:password", release: "33.0" })).toBe("driver_info: no");
    expect(await verdict({ authenticationConfig: config(encoded) })).toBe("anonymous: no");
    expect(await verdict()).toBe("anonymous: no");
  });

  test("the reason says what to give instead", async () => {
    const { examine } = await serveOne({ auth });
    const diagnosis = await examine({ driverSecret: "c2VjcmV0", authenticationConfig: "{}" });
    expect(reasonOf(diagnosis, "driver_info")).toContain("user:password only");
    expect(reasonOf(diagnosis, "authentication_config")).toContain("it applies to token endpoints only");
  });
});

describe("secrets by release", () => {
  const auth = { mode: "bearer", username: "user", password: "password" } as const;
  const encoded = Buffer.from("user:password").toString("base64");

  test("from 34 on [deploy]image_server_user comes before [oci]authentication_config", async () => {
    const conf = "[deploy]\nimage_server_user = user\nimage_server_password = password";
    const { verdict, config } = await serveOne({ auth });
    expect(await verdict({ conf, authenticationConfig: config("wrong") })).toBe("image_server: yes");
    expect(await verdict({ conf, driverSecret: "user:wrong" })).toBe("driver_info: no");
    expect(await verdict({ conf, driverSecret: "" })).toBe("image_server: yes");
    expect(await verdict({ conf, release: "33.0" })).toBe("anonymous: no");
    const basic = await serveOne({ auth: { ...auth, mode: "basic" } });
    expect(await basic.verdict({ conf })).toBe("image_server: yes");
  });

  test("an empty instance secret hides the driver's up to 33, and leaves Ironic with its file", async () => {
    const { examine, verdict, config } = await serveOne({ auth: { mode: "bearer", username: "", password: "right" } });
    const both = { instanceSecret: "", driverSecret: "right" };
    const hidden = await examine({ ...both, release: "33.0" });
    expect(hidden).toMatchObject({ canPull: false, way: "instance_info" });
    expect(reasonOf(hidden, "instance_info")).toMatch(/^empty, and hides the secret of driver_info: /);
    const file = { authenticationConfig: config("right"), release: "33.0" };
    expect(await verdict({ ...both, driverSecret: "wrong", ...file })).toBe("instance_info: yes");
    expect(await verdict(both)).toBe("driver_info: yes");
    expect(reasonOf(await examine(both), "instance_info")).toBe("empty, which counts as not set");
  });

  test("an empty secret up to 33, and a lone colon from 34 on, are good for an anonymous token", async () => {
    const { verdict } = await serveOne({ auth: { mode: "bearer" } });
    expect(await verdict({ driverSecret: "", release: "33.0" })).toBe("driver_info: yes");
    expect(await verdict({ driverSecret: ":" })).toBe("driver_info: yes");
    expect(await verdict({ driverSecret: "" })).toBe("anonymous: no");
  });

  test("where a form is refused and the other one is not, the doctor says so", async () => {
    const { examine } = await serveOne({ auth });
    const refused = await examine({ driverSecret: encoded });
    const report = refused.ways.find(({ way }) => way === "driver_info");
    expect(report).toMatchObject({ works: false, otherForm: { form: "user:password", works: true } });
    expect(report?.advice).toBe("give the secret as user:password: in that form it is accepted");
    expect(check(refused, "registry")).toMatchObject({ outcome: "fails", advice: report?.advice });
    expect(JSON.stringify(refused)).not.toContain(encoded);

    const takesAuthString = await serveOne({ auth: { mode: "bearer", username: "", password: encoded } });
    for (const release of ["33.0", "39.0"]) {
      const other = await takesAuthString.examine({ driverSecret: "user:password", release });
      const found = other.ways.find(({ way }) => way === "driver_info");
      expect(found).toMatchObject({ works: false, otherForm: { form: "auth", works: true } });
      expect(found?.advice).toContain("the auth string of a Docker configuration");
    }
  });

  test("where both forms are refused, no form is proposed", async () => {
    const { examine } = await serveOne({ auth });
    const diagnosis = await examine({ driverSecret: "user:wrong" });
    const report = diagnosis.ways.find(({ way }) => way === "driver_info");
    expect(report).toMatchObject({ works: false, otherForm: { form: "auth", works: false } });
    expect(report?.advice).toBeUndefined();
  });

  test("a right entry in the file that Ironic can only show as a password: what to do depends on the release", async () => {
    const { examine, config } = await serveOne({ auth });
    const file = { authenticationConfig: config(encoded) };
    expect(adviceOf(await examine(file), "authentication_config")).toContain("[deploy]image_server_user");
    expect(adviceOf(await examine({ ...file, release: "33.0" }), "authentication_config")).toContain(
      "Ironic 33.0 can't send a user name",
    );
  });

  test("a file that is JSON and no object", async () => {
    const { verdict } = await serveOne({ auth });
    expect(await verdict({ authenticationConfig: "[]" })).toBe("authentication_config: no");
    expect(await verdict({ authenticationConfig: "[]", driverSecret: "user:password" })).toBe("driver_info: yes");
    expect(await verdict({ authenticationConfig: "[]", driverSecret: "", release: "33.0" })).toBe("driver_info: no");
  });

  test("basic authentication does not exist before 34, and the reason says so", async () => {
    const { examine } = await serveOne({ auth: { ...auth, mode: "basic" } });
    const diagnosis = await examine({ driverSecret: "user:password", release: "33.0" });
    expect(reasonOf(diagnosis, "driver_info")).toContain("Ironic 33.0 never sends a user name: that came with 34.0");
  });

  test("a registry with tokens for everybody: a file without an entry is all that Ironic lacks", async () => {
    const { examine } = await serveOne({ auth: { mode: "bearer" } });
    expect(adviceOf(await examine(), "anonymous")).toContain('a file with {"auths": {}}');
    const closed = await serveOne({ auth });
    expect(adviceOf(await closed.examine(), "anonymous")).toBeUndefined();
  });
});

describe("kernels and ramdisks by boot interface", () => {
  const auth = { mode: "bearer", username: "user", password: "password" } as const;
  const secret = { role: "kernel", driverSecret: "user:password" } as const;

  test.each([
    ["ipxe", true],
    ["pxe", true],
    ["http", true],
    ["http-ipxe", true],
    ["ilo-ipxe", true],
    ["irmc-pxe", true],
    ["redfish-virtual-media", false],
    ["idrac-redfish-virtual-media", false],
    ["ilo-virtual-media", false],
    ["redfish-https", false],
    ["ilo-uefi-https", false],
  ])("%s is shown driver_info's secret: %s", async (bootInterface, used) => {
    const { verdict } = await serveOne({ auth });
    expect(await verdict({ ...secret, bootInterface })).toBe(used ? "driver_info: yes" : "anonymous: no");
  });

  test("with virtual media nothing but [oci]authentication_config counts, and the doctor says what to do", async () => {
    const open = await serveOne({ auth: { mode: "bearer", username: "", password: "right" } });
    const conf = "[deploy]\nimage_server_user = user\nimage_server_password = password";
    const setup = { ...secret, conf, bootInterface: "redfish-virtual-media" };
    const without = await open.examine(setup, open.at.withDigest(open.pushed.digest));
    expect(without).toMatchObject({ canPull: false, willDeploy: false, way: "anonymous" });
    for (const way of ["driver_info", "image_server"]) {
      expect(reasonOf(without, way)).toBe("not used for a kernel with the boot interface redfish-virtual-media");
    }
    expect(check(without, "boot interface")).toMatchObject({
      outcome: "warning",
      advice: expect.stringContaining("the token endpoint's host and port"),
    });
    const withFile = await open.examine(
      { ...setup, authenticationConfig: open.config("right") },
      open.at.withDigest(open.pushed.digest),
    );
    expect(withFile).toMatchObject({ canPull: true, willDeploy: true, way: "authentication_config" });
  });

  test("a boot interface that nobody knows is not guessed about", async () => {
    const { examine, at, pushed } = await serveOne({ auth });
    const diagnosis = await examine({ ...secret, bootInterface: "vendors-own" }, at.withDigest(pushed.digest));
    expect(diagnosis.willDeploy).toBeUndefined();
    expect(check(diagnosis, "boot interface")?.outcome).toBe("unknown");
  });

  test("a kernel is one layer", async () => {
    const { registry, examine, at } = await serveOne();
    const { digest } = pushArtifact(registry.store, "images/one", {
      files: [
        { name: "vmlinuz", content: "kernel" },
        { name: "initrd", content: "ramdisk" },
      ],
    });
    const diagnosis = await examine({ role: "kernel" }, at.withDigest(digest));
    expect(diagnosis).toMatchObject({ canPull: true, willDeploy: false });
    expect(check(diagnosis, "layers")).toMatchObject({ outcome: "fails", reason: expect.stringContaining("2 layers") });
  });
});

describe("TLS", () => {
  test("a registry that speaks TLS 1.2 at most is none for 38 and later, unless that is configured", async () => {
    const { registry, examine, verdict } = await serveOne({ tls: { ...tls, maxVersion: "TLSv1.2" } });
    for (const release of ["29.0", "34.0", "37.0"]) expect(await verdict({ release })).toBe("anonymous: yes");
    const conf = "[DEFAULT]\nwebserver_tls_minimum_version = 1.2";
    expect(await verdict({ release: "38.0", conf })).toBe("anonymous: yes");
    expect(await verdict({ release: "37.0", conf: conf.replace("1.2", "1.3") })).toBe("anonymous: no");
    registry.requests.splice(0);
    const diagnosis = await examine({ release: "38.0", driverSecret: "hunter2" });
    expect(diagnosis).toMatchObject({ canPull: false, way: "driver_info" });
    expect(reasonOf(diagnosis, "driver_info")).toBe(
      "the registry does not speak TLS 1.3, which Ironic 38.0 requires, unless [DEFAULT]webserver_tls_minimum_version is 1.2",
    );
    expect(registry.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test("a registry with TLS 1.3 alone is fine for all", async () => {
    const { verdict } = await serveOne({ tls: { ...tls, minVersion: "TLSv1.3" } });
    for (const release of ["29.0", "39.0"]) expect(await verdict({ release })).toBe("anonymous: yes");
  });

  test("a registry that wants a client certificate is none for Ironic", async () => {
    const { examine } = await serveOne({
      tls: { ...tls, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    });
    for (const release of ["29.0", "39.0"]) {
      const diagnosis = await examine({ release });
      expect(diagnosis.canPull).toBe(false);
      expect(reasonOf(diagnosis, "anonymous")).toContain("requires a client certificate, and Ironic sends none");
    }
  });

  test("what the conductor's own machine trusts is not known here: that is an error", async () => {
    const { examine } = await serveOne({ tls: selfSigned() });
    const error = await rejection(examine());
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", tlsFault: "untrusted" });
  });

  test("with [oci]verify_ca it is known", async () => {
    const own = new Authority("the conductor's");
    const conf = "[oci]\nverify_ca = /etc/ca.pem";
    const { examine, verdict } = await serveOne({ tls: own.issue() });
    expect(await verdict({ conf, certificateAuthorities: own.cert })).toBe("anonymous: yes");
    const refused = await examine({ conf, certificateAuthorities: authority.cert });
    expect(refused.canPull).toBe(false);
    expect(reasonOf(refused, "anonymous")).toContain("not signed by an authority that [oci]verify_ca names");
    expect(await verdict({ conf: "[oci]\nverify_ca = false" })).toBe("anonymous: yes");
    expect(await verdict({ release: "29.0", conf: "[DEFAULT]\nwebserver_verify_ca = false" })).toBe("anonymous: yes");
  });

  test("[oci]verify_ca counts for the registry's token endpoint too, and a wrong authority ends there", async () => {
    const own = new Authority("the conductor's");
    const { registry, examine } = await serveOne({ tls: own.issue(), auth: { mode: "bearer" } });
    const realm = await serve({ tls: new Authority("the token endpoint's").issue() });
    registry.gate.origin = realm.origin;
    const conf = "[oci]\nverify_ca = /etc/ca.pem";
    const diagnosis = await examine({ conf, certificateAuthorities: own.cert, driverSecret: "user:password" });
    expect(reasonOf(diagnosis, "driver_info")).toContain(`the token endpoint ${realm.host} can't be reached`);
    expect(realm.requests).toEqual([]);
  });

  test("before 37 a path in webserver_verify_ca makes Ironic fail for every registry: nothing is asked", async () => {
    const { registry, examine } = await serveOne();
    const diagnosis = await examine({ release: "29.0", conf: "[DEFAULT]\nwebserver_verify_ca = /etc/ca.pem" });
    expect(diagnosis).toMatchObject({ canPull: false, willDeploy: false });
    expect(reasonOf(diagnosis, "anonymous")).toContain("takes no path in webserver_verify_ca");
    expect(registry.requests).toEqual([]);
  });

  test.each([
    ["expired or not yet valid", { until: new Date(Date.now() - 1000) }],
    ["for another name", { names: ["elsewhere.example"] }],
  ])("a certificate %s is refused, whatever the conductor trusts", async (what, certificate) => {
    const { examine } = await serveOne({ tls: authority.issue(certificate) });
    expect(reasonOf(await examine(), "anonymous")).toContain(`the registry's certificate is ${what}`);
  });
});

describe("plain HTTP", () => {
  const conf = "[oci]\npermit_fallback_to_http_transport = true";

  test("works from release 34 on, where the conductor is set up for it; else nothing is asked at all", async () => {
    const { registry, examine, verdict } = await serveOne({});
    expect(await verdict({ driverSecret: "s", conf, release: "33.0" })).toBe("driver_info: no");
    expect(await verdict({ driverSecret: "s" })).toBe("driver_info: no");
    expect(reasonOf(await examine(), "anonymous")).toContain(
      "Ironic speaks it only with [oci]permit_fallback_to_http_transport",
    );
    expect(reasonOf(await examine({ release: "33.0" }), "anonymous")).toContain("Ironic 33.0 never does");
    expect(registry.requests).toEqual([]);
    const working = await examine({ driverSecret: "s", conf });
    expect(working).toMatchObject({ canPull: true, way: "driver_info" });
    expect(reasonOf(working, "driver_info")).toBe("the registry requires no authentication, over plain HTTP");
  });

  test("nothing is said over plain HTTP to a registry that is not listed for it", async () => {
    const { registry, at } = await serveOne({});
    const release = parseRelease("39.0");
    const settings = readSettings([{ path: "ironic.conf", text: conf }], release);
    const target = { role: "image", deployInterface: "direct", bootInterface: "ipxe" } as const;
    const error = await rejection(diagnose(at, { release, settings }, target, { retry: AT_ONCE }));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE", hint: expect.stringContaining("plainHttp") });
    expect(registry.requests).toEqual([]);
  });

  test("Ironic falls back on any fault of TLS, and a registry with TLS alone answers no plain HTTP", async () => {
    const { registry, at } = await serveOne({ tls: { ...tls, maxVersion: "TLSv1.2" } });
    const release = parseRelease("39.0");
    const settings = readSettings([{ path: "ironic.conf", text: conf }], release);
    const target = { role: "image", deployInterface: "direct", bootInterface: "ipxe" } as const;
    const connection = {
      plainHttp: [registry.host],
      environment: { SSL_CERT_FILE: join(folder, "ca.pem") },
      retry: AT_ONCE,
    };
    const diagnosis = await diagnose(at, { release, settings }, target, connection);
    expect(diagnosis.canPull).toBe(false);
    expect(reasonOf(diagnosis, "anonymous")).toMatch(/does not speak TLS 1.3.*does not respond over plain HTTP either/);
  });

  test("a server that hangs up on a handshake is one of these faults", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.end())).listen(0, "127.0.0.1");
    closing(async () => server.close());
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const release = parseRelease("39.0");
    const target = { role: "image", deployInterface: "direct", bootInterface: "ipxe" } as const;
    const at = referenceTo({ host }, "images/one:tag");
    const conductor = { release, settings: readSettings([], release) };
    const diagnosis = await diagnose(at, conductor, target, { retry: AT_ONCE });
    expect(reasonOf(diagnosis, "anonymous")).toContain("the TLS handshake with the registry fails");
  });
});

describe("tokens that do not live long", () => {
  const served = async (lifetime: number) => {
    const one = await serveOne({ auth: { mode: "bearer" } });
    one.registry.intercept = async (request, response) => {
      if (!request.url?.startsWith("/token")) return false;
      const issued = one.registry.gate.issue(request, new URL(request.url, one.registry.origin).searchParams);
      response.writeHead(200).end(JSON.stringify({ ...issued, expires_in: lifetime }));
      return true;
    };
    return one;
  };

  test("a token of a minute is worth a note, whatever the release: Ironic's renewing one is broken", async () => {
    const { examine } = await served(30);
    for (const release of ["29.0", "39.0"]) {
      const { notes } = await examine({ driverSecret: "any", imageDownloadSource: "local", release });
      expect(notes).toEqual([expect.stringMatching(/valid for 30 s.*the deployment fails/)]);
    }
  });

  test("with http the agent shows the token after the machine's boot", async () => {
    const { examine } = await served(300);
    const diagnosis = await examine({ driverSecret: "any", imageDownloadSource: "http" });
    expect(check(diagnosis, "token")).toMatchObject({ outcome: "warning", reason: expect.stringContaining("300 s") });
    expect(check(await examine({ driverSecret: "any", imageDownloadSource: "local" }), "token")).toBeUndefined();
    const long = await served(3600);
    expect(check(await long.examine({ driverSecret: "any", imageDownloadSource: "http" }), "token")).toBeUndefined();
  });
});

describe("the agent's podman, for a bootc container", () => {
  const encoded = Buffer.from("user:password").toString("base64");
  const accounts = { username: "user", password: "password" };

  /** A registry with a container, and what the agent's pull from it comes to. */
  async function serveContainer(options: InProcessRegistryOptions) {
    const one = await serveOne(options);
    const { digest } = pushArtifact(one.registry.store, "images/os", {
      files: [{ content: "os" }],
      artifactType: null,
    });
    const at = referenceTo(one.registry, `images/os@${digest}`);
    const pull = async (setup: Setup = {}) => {
      const { outcome, reason } =
        check(await one.examine({ deployInterface: "bootc", ...setup }, at), "agent's pull") ?? {};
      return `${outcome}: ${reason}`;
    };
    return { ...one, at, pull };
  }

  test.each(["basic", "bearer"] as const)("wants the auth string, whatever the release (%s)", async (mode) => {
    const { pull, config } = await serveContainer({ auth: { mode, ...accounts } });
    for (const release of ["29.0", "39.0"]) {
      expect(await pull({ release, driverSecret: encoded })).toBe("ok: with the secret of driver_info: accepted");
      expect(await pull({ release, instanceSecret: encoded, driverSecret: "x" })).toMatch(/^ok: .*instance_info/);
      expect(await pull({ release, authenticationConfig: config(encoded) })).toMatch(/^ok: .*authentication_config/);
      expect(await pull({ release })).toBe("fails: without a secret: the registry requires a secret");
    }
    expect(await pull({ driverSecret: "user:password" })).toBe(
      "fails: with the secret of driver_info: the registry requires a secret; the part of driver_info.image_pull_secret that the agent receives has no user name, and podman ignores it",
    );
    expect(await pull({ release: "29.0", driverSecret: "user:password" })).toContain(
      "is not base64, and podman refuses it",
    );
    expect(await pull({ driverSecret: "user:pass word" })).toContain("is not base64, and podman refuses it");
    const conf = "[deploy]\nimage_server_user = user\nimage_server_password = pass-word";
    expect(await pull({ conf })).toContain(
      "[deploy]image_server_password, which only the agent receives, is not base64",
    );
    expect(await pull({ driverSecret: Buffer.from("user:wrong").toString("base64") })).toContain("refuses the secret");
    expect(await pull({ authenticationConfig: "[]" })).toContain("JSON that is not an object");
  });

  test("an empty secret of the user's hides the others' up to 33", async () => {
    const { pull, config } = await serveContainer({ auth: { mode: "bearer", ...accounts } });
    const setup = { instanceSecret: "", driverSecret: encoded, authenticationConfig: config(encoded) };
    expect(await pull({ ...setup, release: "33.0" })).toMatch(/^fails: with the secret of instance_info/);
    expect(await pull({ ...setup, release: "34.0" })).toMatch(/^ok: with the secret of driver_info/);
  });

  test("needs no secret for what everybody gets, anonymous tokens included", async () => {
    const { pull, at, examine } = await serveContainer({ auth: { mode: "bearer" } });
    expect(await pull()).toBe("ok: without a secret: the registry allows anonymous access");
    // The conductor gets no anonymous token, and so detects nothing.
    const auto = await examine({ deployInterface: "autodetect" }, at);
    expect(check(auto, "detection")?.reason).toContain("becomes direct");
    const outright = await examine({ deployInterface: "bootc" }, at);
    expect(outright).toMatchObject({ canPull: false, willDeploy: true });
  });

  test("no plain HTTP, and no verdict where this machine does not trust the registry", async () => {
    const plain = await serveContainer({});
    expect(await plain.pull({ conf: "[oci]\npermit_fallback_to_http_transport = true" })).toContain(
      "speaks plain HTTP",
    );
    const own = new Authority("the ramdisk's");
    const other = await serveContainer({ tls: own.issue() });
    const conf = "[oci]\nverify_ca = /etc/ca.pem";
    const diagnosis = await other.examine(
      { deployInterface: "bootc", conf, certificateAuthorities: own.cert },
      other.at,
    );
    expect(diagnosis).toMatchObject({ canPull: true, willDeploy: undefined });
    expect(check(diagnosis, "agent's pull")?.reason).toContain("the ramdisk may trust other authorities");
  });

  test("no verdict either when the registry fails", async () => {
    const { registry, examine, at } = await serveContainer({ auth: { mode: "none" } });
    registry.intercept = faults.status(503);
    expect(await rejection(examine({ deployInterface: "bootc" }, at))).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
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

import { Reference } from "../../src/reference";
import { pullSecrets } from "../../src/registry";
import { Mirrors } from "../../src/registry/mirrors";
import { OciResolver } from "../../src/resolver";
import { clientFor, closing, pushOne, rejection, serve } from "./support";

const at = (path: string) => Reference.parse(`oci://quay.io/${path}`);

test("a registry with a mirror: only the mirror gets requests, and the pin names the registry", async () => {
  const mirror = await serve();
  const pushed = pushOne(mirror, "fedora/images");
  const resolver = new OciResolver({
    mirrors: { "quay.io": mirror.host },
    plainHttp: [mirror.host],
    credentials: {},
  });
  closing(() => resolver.close());
  const pin = await resolver.resolve("oci://quay.io/fedora/images:tag");
  expect(pin.url).toBe(`oci://quay.io/fedora/images@${pushed.digest}`);
  expect(JSON.stringify(pin)).not.toContain(mirror.host);
  expect(mirror.log[0]).toBe("GET /v2/fedora/images/manifests/tag");
});

test("pinMirrors: what is read, and what the pin names; mirrors decide what is read where both have one", async () => {
  const [site, near] = [await serve(), await serve()];
  const pushed = pushOne(site, "quay/fedora/images");
  pushOne(near, "fedora/images");
  const options = {
    plainHttp: [site.host, near.host],
    credentials: {},
    pinMirrors: { "quay.io": `${site.host}/quay` },
  };
  for (const more of [{}, { mirrors: { "quay.io": near.host } }]) {
    const resolver = new OciResolver({ ...options, ...more });
    closing(() => resolver.close());
    const pin = await resolver.resolve("oci://quay.io/fedora/images:tag");
    expect(pin.reference).toBe("oci://quay.io/fedora/images:tag");
    expect(pin.url).toMatch(new RegExp(`^oci://${site.host}/quay/fedora/images@sha256:`));
    if (!("mirrors" in more)) expect(pin.url).toContain(pushed.digest);
  }
  expect([site.log.length, near.log.length]).toEqual([1, 1]);
});

test("a mirror may keep a registry under a path", async () => {
  const mirror = await serve();
  const pushed = pushOne(mirror, "proxy/quay/fedora/images");
  const client = clientFor(mirror, { mirrors: { "quay.io": `${mirror.host}/proxy/quay` } });
  expect((await client.getManifest(at("fedora/images:tag"))).digest).toBe(pushed.digest);
  expect(await client.listTags(at("fedora/images"))).toEqual(["tag"]);
});

test("it is the mirror's credentials that are shown, never the registry's", async () => {
  const mirror = await serve({ auth: { mode: "basic", username: "m", password: "mirror" } });
  pushOne(mirror, "fedora/images");
  const client = (secrets: Record<string, string>) =>
    clientFor(mirror, { mirrors: { "quay.io": mirror.host }, credentials: pullSecrets(secrets) });
  const error = await rejection(client({ "quay.io": "m:mirror" }).getManifest(at("fedora/images:tag")));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED" });
  expect(mirror.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  await client({ [mirror.host]: "m:mirror" }).getManifest(at("fedora/images:tag"));
});

test("a token's scope names the repository as the mirror has it", async () => {
  const mirror = await serve({ auth: { mode: "bearer" } });
  pushOne(mirror, "quay/fedora/images");
  const client = clientFor(mirror, { mirrors: { "quay.io": `${mirror.host}/quay` } });
  await client.getManifest(at("fedora/images:tag"));
  expect(mirror.log[1]).toContain("scope=repository%3Aquay%2Ffedora%2Fimages%3Apull");
});

test("an error names both: the reference, and the mirror", async () => {
  const mirror = await serve();
  const client = clientFor(mirror, { mirrors: { "quay.io": `${mirror.host}/quay` } });
  const error = await rejection(client.getManifest(at("fedora/images:tag")));
  expect(error).toMatchObject({
    registry: "quay.io",
    repository: "fedora/images",
    servedBy: `${mirror.host}/quay/fedora/images`,
  });
  expect(error.message).toContain(
    `oci://quay.io/fedora/images:tag (served by ${mirror.host}/quay/fedora/images): the registry has no such repository`,
  );
});

test("a mirror that is down is an error: requests do not go to the registry instead", async () => {
  const gone = await serve();
  const { host } = gone;
  await gone.stop();
  const client = clientFor({ host }, { mirrors: { "quay.io": host } });
  const error = await rejection(client.getManifest(at("fedora/images:tag")));
  expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", servedBy: `${host}/fedora/images` });
});

test("registries are compared as a whole, case-insensitively", () => {
  const mirrors = new Mirrors({ "Quay.IO": "mirror.example", "r.example:5000": "mirror.example/five" });
  expect(mirrors.of("quay.io", "a/b")).toEqual({ registry: "mirror.example", repository: "a/b" });
  expect(mirrors.of("r.example:5000", "a")).toEqual({ registry: "mirror.example", repository: "five/a" });
  for (const other of ["evil.quay.io", "quay.io:443", "r.example", "mirror.example"]) {
    expect(mirrors.of(other, "a")).toBeUndefined();
  }
});

test.each([{ "quay.io": "https://mirror.example" }, { "quay.io": "" }, { "quay.io/path": "m.example" }, { "": "m" }])(
  "%j is refused at once",
  (mirrors) => {
    expect(() => new Mirrors(mirrors)).toThrow(expect.objectContaining({ code: "INVALID_REFERENCE" }));
  },
);

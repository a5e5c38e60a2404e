import { faults } from "../../src/testing/registry";
import { clientFor, referenceTo, rejection, serve, serveOne } from "./support";

async function serveTags(count: number, pageSize: number) {
  const registry = await serve({ pageSize });
  const digest = registry.store.putManifest("images/many", "application/json", "{}");
  const tags = Array.from({ length: count }, (_, index) => `t${String(index).padStart(5, "0")}`);
  for (const tag of tags) registry.store.tag("images/many", tag, digest);
  return { registry, tags, at: referenceTo(registry, "images/many") };
}

test.each([
  [0, 10, 1],
  [10, 10, 1],
  [11, 10, 2],
  [1_000, 7, 143],
])("%i tags in pages of %i take %i requests", async (count, pageSize, requests) => {
  const { registry, tags, at } = await serveTags(count, pageSize);
  expect(await clientFor(registry).listTags(at)).toEqual(tags);
  expect(registry.requests).toHaveLength(requests);
});

test("a searched tag ends the list with its page", async () => {
  const { registry, tags, at } = await serveTags(100, 7);
  expect(await clientFor(registry).listTags(at, { until: "t00010" })).toEqual(tags.slice(0, 14));
  expect(registry.requests).toHaveLength(2);
  expect(await clientFor(registry).listTags(at, { until: "nowhere" })).toEqual(tags);
});

test("a page that fails is retried, and no tag is lost or doubled", async () => {
  const { registry, tags, at } = await serveTags(100, 7);
  registry.intercept = faults.sometimes(0.3, [faults.status(503), faults.reset(), faults.truncate()]);
  expect(await clientFor(registry, { retry: { attempts: 20, baseDelay: 1 } }).listTags(at)).toEqual(tags);
});

test("null for no tags at all, as some registries have it", async () => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.replaceBody('{"name":"images/one","tags":null}');
  expect(await clientFor(registry).listTags(at)).toEqual([]);
});

test("a repository that isn't there", async () => {
  const registry = await serve();
  const error = await rejection(clientFor(registry).listTags(referenceTo(registry, "images/none")));
  expect(error).toMatchObject({ code: "MANIFEST_NOT_FOUND", registryCode: "NAME_UNKNOWN", reference: undefined });
  expect(error.message).toContain(`oci://${registry.host}/images/none: the registry has no such repository`);
});

describe("pages that lead astray are refused", () => {
  const page = (link: string) => faults.replaceBody('{"tags":["a"]}', { link: `<${link}>; rel="next"` });

  test("to itself", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = page("/v2/images/one/tags/list");
    const error = await rejection(clientFor(registry).listTags(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).toContain("never ends");
    expect(registry.requests).toHaveLength(1);
  });

  test("in a circle", async () => {
    const { registry, at } = await serveOne();
    let turn = 0;
    registry.intercept = (request, response) => {
      turn += 1;
      return page(`/v2/images/one/tags/list?last=${turn % 3}`)(request, response);
    };
    expect((await rejection(clientFor(registry).listTags(at))).message).toContain("never ends");
    expect(registry.requests.length).toBeLessThan(6);
  });

  test("on and on, with ever new links", async () => {
    const { registry, at } = await serveOne();
    let turn = 0;
    const tags = JSON.stringify({ tags: Array.from({ length: 25_000 }, () => "t".repeat(128)) });
    registry.intercept = (request, response) => {
      turn += 1;
      const link = `</v2/images/one/tags/list?last=${turn}>; rel="next"`;
      return faults.replaceBody(tags, { link })(request, response);
    };
    expect((await rejection(clientFor(registry).listTags(at))).message).toContain("never ends");
    expect(registry.requests.length).toBeLessThan(40);
  });

  test.each([
    ["https://elsewhere.example/v2/images/one/tags/list", "elsewhere.example"],
    ["//elsewhere.example/list", "elsewhere.example"],
    ["file:///etc/passwd", "file:"],
    ["javascript:alert(1)", "javascript:"],
    ["http://[", "not a URL"],
  ])("to %s", async (link, message) => {
    const { registry, at } = await serveOne();
    registry.intercept = page(link);
    const error = await rejection(clientFor(registry).listTags(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).toContain(message);
    expect(registry.requests).toHaveLength(1);
  });

  test.each(["<a>;".repeat(4_000), "<".repeat(15_000), `<a>${";".repeat(15_000)}`])(
    "a Link that is no link to a next page ends the list",
    async (link) => {
      const { registry, at } = await serveOne();
      registry.intercept = faults.replaceBody('{"tags":["a"]}', { link });
      expect(await clientFor(registry).listTags(at)).toEqual(["a"]);
    },
  );
});

test.each(['{"tags":"a"}', '{"tags":[1]}', '{"tags":["\\u001b[2Jgone"]}', '{"tags":["../x"]}', '{"tags":[""]}'])(
  "%s is no list of tags",
  async (body) => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody(body);
    const error = await rejection(clientFor(registry).listTags(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).not.toContain("\u001b");
  },
);

import { computed, isUnknown, optional, type Plan, pluginFor, required, schema, t } from "../../src/tfplugin";
import { type Plugin, startPlugin } from "../support/plugin/client";
import { ResourceDriver } from "../support/plugin/resource-driver";

// The plan function of a resource: an image's tag is resolved to a digest while planning, as a pin would be.
const image = schema({
  attributes: {
    tag: required(t.string),
    note: optional(t.string),
    digest: computed(t.string),
    changed_at: computed(t.integer, { unknownOnUpdate: true }),
  },
});

const { provider, resource } = pluginFor<{ tags: { [tag: string]: string } }>();
const tags: { [tag: string]: string } = {};
const calls: { state: unknown; digestWas: unknown }[] = [];

const hooks = resource(image, {
  plan({ state, planned, client, privateState, requireReplace }) {
    calls.push({ state, digestWas: privateState.get("digest") });
    if (isUnknown(planned.tag)) return undefined;
    // What means the same is no change.
    if (state !== null && planned.tag !== state.tag && planned.tag.trim() === state.tag)
      return { ...planned, tag: state.tag };
    const digest = client.tags[planned.tag];
    if (digest === undefined || digest === state?.digest) return undefined;
    privateState.set("digest", digest);
    if (digest.startsWith("new")) requireReplace(["digest"]);
    const completed: Plan<typeof image> = { ...planned, digest };
    return completed;
  },
  create: ({ planned, privateState }) => ({ ...planned, digest: String(privateState.get("digest")), changed_at: 1 }),
  read: ({ state }) => ({ ...state, tag: state.tag ?? "" }),
  update: ({ planned, state }) => ({
    ...planned,
    digest: isUnknown(planned.digest) ? null : planned.digest,
    changed_at: (state.changed_at ?? 0) + 1,
  }),
  delete: () => {},
});

let plugin: Plugin;
let driver: ResourceDriver;

beforeEach(async () => {
  calls.length = 0;
  tags.latest = "one";
  plugin = await startPlugin(
    provider({
      address: "registry.terraform.io/example/images",
      schema: schema({}),
      configure: () => ({ tags }),
      resources: { image: hooks },
    }),
  );
  await plugin.client.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
  driver = new ResourceDriver(plugin.client, "image", image);
});

afterEach(() => plugin.stop());

test("what it plans is planned, and its private facts reach the create", async () => {
  expect((await driver.plan({ tag: "latest" })).planned).toMatchObject({ digest: "one" });
  expect(await driver.apply({ tag: "latest" })).toEqual([]);
  expect(driver.state).toMatchObject({ digest: "one", changed_at: 1 });
  expect(calls[0]).toEqual({ state: null, digestWas: undefined });
});

test("without a change, it leaves the plan as it is", async () => {
  await driver.apply({ tag: "latest" });
  const { planned, replaced } = await driver.plan({ tag: "latest" });
  expect(planned).toEqual(driver.state);
  expect(replaced).toEqual([]);
  expect(calls.at(-1)).toEqual({ state: driver.state, digestWas: "one" });
});

test("a change that only it sees makes what is unknown on update unknown", async () => {
  await driver.apply({ tag: "latest" });
  tags.latest = "two";
  const { planned, replaced } = await driver.plan({ tag: "latest" });
  expect(planned).toMatchObject({ digest: "two" });
  expect(isUnknown(planned?.changed_at)).toBe(true);
  expect(replaced).toEqual([]);
  expect(await driver.apply({ tag: "latest" })).toEqual([]);
  expect(driver.state).toMatchObject({ digest: "two", changed_at: 2 });
});

test("a change that it takes back leaves what is unknown on update alone", async () => {
  await driver.apply({ tag: "other" });
  expect((await driver.plan({ tag: " other " })).planned).toEqual(driver.state);
});

test("it can ask for a new resource", async () => {
  await driver.apply({ tag: "latest" });
  tags.latest = "new";
  expect((await driver.plan({ tag: "latest" })).replaced).toEqual([["digest"]]);
});

test("it has no say in a destruction", async () => {
  await driver.apply({ tag: "latest" });
  const before = calls.length;
  expect(await driver.plan(null)).toMatchObject({ planned: null, replaced: [], diagnostics: [] });
  expect(calls).toHaveLength(before);
});

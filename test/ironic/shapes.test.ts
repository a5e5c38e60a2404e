import { inspect } from "node:util";
import { fromEnvironment, IronicClient, type IronicError } from "../../src/ironic";
import { type PageResponse, readPages } from "../../src/ironic/pages";
import { InProcessIronic } from "../../src/testing/ironic";
import { InProcessKeystone } from "../support/keystone";

// Any JSON may come from a URL: a proxy's page, another API, a hostile server. Each body of another shape is an error
// with the expected shape, never a TypeError in this client or a value that breaks its callers.

let ironic: InProcessIronic;
let client: IronicClient;
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url, retryFor: 0 });
  await client.microversion();
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});

const caught = (promise: Promise<unknown>): Promise<IronicError> =>
  promise.then(
    (value) => {
      throw new Error(`it succeeded with ${inspect(value)}`);
    },
    (error: IronicError) => error,
  );
const answer = (body: unknown) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  ironic.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(text);
    return true;
  };
};

/** Bodies that are JSON and nothing of Ironic's. */
const FOREIGN: unknown[] = [
  "null",
  "true",
  "0",
  "1e400",
  '""',
  '"text"',
  "[]",
  "[null]",
  "[[]]",
  "{}",
  { error: "x" },
  { data: [] },
];

const NODE = {
  uuid: "u",
  name: null,
  provision_state: "active",
  power_state: null,
  driver: "d",
  driver_info: {},
  properties: {},
  instance_info: {},
  extra: {},
  maintenance: false,
  instance_uuid: null,
  last_error: null,
};
const PORT = { uuid: "u", node_uuid: "n", address: "52:54:00:00:00:01", extra: {} };
const ALLOCATION = {
  uuid: "u",
  name: null,
  node_uuid: null,
  resource_class: "x",
  candidate_nodes: [],
  traits: [],
  state: "active",
  last_error: null,
  extra: {},
};
const GROUP = {
  uuid: "u",
  node_uuid: "n",
  address: null,
  name: null,
  mode: "802.3ad",
  standalone_ports_supported: true,
  properties: {},
  extra: {},
};

/** Every value of an object, one at a time, in place of which something else comes. */
function damaged(good: Record<string, unknown>, replacements: readonly unknown[]): unknown[] {
  return Object.entries(good).flatMap(([name, value]) =>
    replacements
      .filter((each) => kind(each) !== kind(value) && !(each === null && nullableFields.includes(name)))
      .map((each) => ({ ...good, [name]: each })),
  );
}
const kind = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "list" : typeof value);
const nullableFields = ["name", "power_state", "instance_uuid", "last_error", "resource_class", "mode"];
const mayBeMissing: Readonly<Record<string, readonly string[]>> = {
  "a port group": ["address", "mode", "standalone_ports_supported", "properties", "extra"],
  "an allocation": ["node_uuid"],
};
const OTHERS = [5, ["text"], { inner: 1 }];

const EVENT = { created_at: "2026-01-31T12:00:00+00:00", severity: "ERROR", event: "no" };

type Endpoint = readonly [string, (client: IronicClient) => Promise<unknown>, string, Record<string, unknown>];
const ENDPOINTS: Endpoint[] = [
  ["POST /v1/nodes", (it) => it.createNode({ driver: "d" }), "a node", NODE],
  ["GET /v1/nodes/n", (it) => it.getNode("n"), "a node", NODE],
  ["PATCH /v1/nodes/n", (it) => it.patchNode("n", [{ op: "remove", path: "/name" }]), "a node", NODE],
  ["POST /v1/ports", (it) => it.createPort({}), "a port", PORT],
  ["GET /v1/ports/p", (it) => it.getPort("p"), "a port", PORT],
  ["PATCH /v1/ports/p", (it) => it.patchPort("p", [{ op: "remove", path: "/name" }]), "a port", PORT],
  ["POST /v1/portgroups", (it) => it.createPortGroup({}), "a port group", GROUP],
  ["GET /v1/portgroups/g", (it) => it.getPortGroup("g"), "a port group", GROUP],
  ["PATCH /v1/portgroups/g", (it) => it.patchPortGroup("g", [{ op: "remove", path: "/name" }]), "a port group", GROUP],
  ["POST /v1/allocations", (it) => it.createAllocation({}), "an allocation", ALLOCATION],
  ["GET /v1/allocations/a", (it) => it.getAllocation("a"), "an allocation", ALLOCATION],
  ["GET /v1/nodes", (it) => it.listNodes(), "a list of nodes", { nodes: [NODE] }],
  ["GET /v1/ports", (it) => it.listPorts("n"), "a list of ports", { ports: [PORT] }],
  ["GET /v1/ports", (it) => it.getPort("52:54:00:00:00:01"), "a list of ports", { ports: [PORT] }],
  ["GET /v1/nodes/u", (it) => it.readNode("u"), "a node", NODE],
  ["GET /v1/ports/u", (it) => it.readPort("u"), "a port", PORT],
  ["GET /v1/nodes/n/history", (it) => it.getHistory("n"), "the history of a node", { history: [EVENT] }],
  ["GET /v1/nodes/n/inventory", (it) => it.getInventory("n"), "an inventory", { inventory: {} }],
];

describe.each(ENDPOINTS)("%s", (route, call, name, good) => {
  const bodies = [
    "",
    ...FOREIGN,
    ...damaged(good, OTHERS),
    ...Object.keys(good)
      .filter((field) => !nullableFields.includes(field) && !mayBeMissing[name]?.includes(field))
      .map((field) => Object.fromEntries(Object.entries(good).filter(([each]) => each !== field))),
    ...Object.values(good).flatMap((items) =>
      Array.isArray(items) && items.length > 0
        ? [null, 5, "text", [], {}, ...damaged(items[0], OTHERS)].map((item) => ({
            ...good,
            [Object.keys(good)[0] ?? ""]: [item],
          }))
        : [],
    ),
  ];

  test(`of ${bodies.length} bodies of another shape, each is an error`, async () => {
    for (const body of bodies) {
      answer(body);
      const error = await caught(call(client));
      expect({ body, code: error.code, message: error.message, hint: error.hint }).toMatchObject({
        code: "IRONIC_UNEXPECTED_ANSWER",
        message: expect.stringContaining(`${route}: the response is not ${name}: `),
        hint: expect.stringContaining("check the URL"),
      });
    }
  });

  test("the right one is taken", async () => {
    answer(good);
    await expect(call(client)).resolves.toBeDefined();
  });
});

test.each([
  ["a list", (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`],
  ["an object", (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`],
])("%s that is nested too deep for what walks through it is no response of Ironic's", async (_, nested) => {
  const withExtra = (value: string) =>
    JSON.stringify(NODE).replace('"extra":{}', `"extra":{"a":${value},"b":"[[[{\\"[[["}`);
  answer(withExtra(nested(150)));
  expect(await client.getNode("n")).toMatchObject({ extra: { b: '[[[{"[[[' } });
  for (const depth of [250, 200_000]) {
    answer(withExtra(nested(depth)));
    expect(await caught(client.getNode("n"))).toMatchObject({
      code: "IRONIC_UNEXPECTED_ANSWER",
      message: "GET /v1/nodes/n: the response has lists and objects nested deeper than 200",
    });
  }
});

test("nullable fields are null where the response lacks them", async () => {
  const { name: _name, power_state: _state, instance_uuid: _instance, last_error: _error, ...old } = NODE;
  answer(old);
  expect(await client.getNode("n")).toMatchObject({ ...old, name: null, power_state: null, resource_class: null });
  answer({ nodes: [old] });
  expect(await client.listNodes()).toEqual([expect.objectContaining({ ...old, name: null, resource_class: null })]);
  answer(PORT);
  expect(await client.getPort("p")).toEqual({ ...PORT, portgroup_uuid: null, physical_network: null });
});

test("the validation of a node", async () => {
  for (const body of [
    "",
    ...FOREIGN.filter((each) => each !== "{}"),
    { deploy: null },
    { deploy: { reason: "r" } },
    { deploy: { result: "yes" } },
  ]) {
    answer(body);
    expect(await caught(client.validate("n"))).toMatchObject({
      code: "IRONIC_UNEXPECTED_ANSWER",
      message: expect.stringContaining("the response is not the validation of a node: "),
    });
  }
  answer({ deploy: { result: null, reason: null } });
  expect(await client.validate("n")).toEqual({ deploy: { result: null, reason: null } });
});

test("an inventory's inside", async () => {
  const inside = [
    { cpu: 5 },
    { cpu: { count: "8" } },
    { memory: { physical_mb: {} } },
    { interfaces: [null] },
    { interfaces: {} },
  ];
  for (const inventory of inside) {
    answer({ inventory, plugin_data: {} });
    expect(await caught(client.getInventory("n"))).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
  }
  const found = { inventory: { cpu: { architecture: null }, memory: null }, plugin_data: null };
  answer(found);
  expect(await client.getInventory("n")).toEqual(found);
});

/** Requests that Ironic answers without content. */
const CHANGES: Readonly<Record<string, (client: IronicClient) => Promise<void>>> = {
  setTraits: (it) => it.setTraits("n", []),
  setMaintenance: (it) => it.setMaintenance("n", "why"),
  "setMaintenance, to end it": (it) => it.setMaintenance("n", undefined),
  setPower: (it) => it.setPower("n", "power on"),
  setRaidConfig: (it) => it.setRaidConfig("n", {}),
  provision: (it) => it.provision("n", "manage"),
  deleteNode: (it) => it.deleteNode("n"),
  deletePort: (it) => it.deletePort("p"),
  deletePortGroup: (it) => it.deletePortGroup("g"),
  deleteAllocation: (it) => it.deleteAllocation("a"),
};

test.each(Object.entries(CHANGES))("%s: any content is an error, and none is not", async (_, change) => {
  for (const body of [...FOREIGN.filter((each) => each !== "null"), NODE, { nodes: [NODE] }, "<html>", " "]) {
    answer(body);
    const error = await caught(change(client));
    expect({ body, code: error.code, hint: error.hint }).toEqual({
      body,
      code: "IRONIC_UNEXPECTED_ANSWER",
      hint: expect.stringContaining("check the URL"),
    });
  }
  for (const body of ["", "null"]) {
    answer(body);
    await change(client);
  }
});

test("any body of an error response makes an error of Ironic's", async () => {
  const bodies = [
    ...FOREIGN,
    { error_message: [] },
    { error_message: { faultstring: [] } },
    { error: [{ message: 5 }] },
    "<",
    "\u0000",
  ];
  for (const body of bodies) {
    ironic.intercept = (_request, response) => {
      response.writeHead(400).end(typeof body === "string" ? body : JSON.stringify(body));
      return true;
    };
    expect(await caught(client.getNode("n"))).toMatchObject({ code: "IRONIC_REFUSED", status: 400 });
  }
});

test("the version document", async () => {
  const versions = [
    { default_version: null, version: 5 },
    { default_version: [] },
    { version: { min_version: [], version: {} } },
  ];
  for (const body of ["", ...FOREIGN, ...versions]) {
    answer(body);
    const other = new IronicClient({ url: ironic.url, retryFor: 0 });
    expect(await caught(other.microversion())).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
    await other.close();
  }
});

test("Keystone's token", async () => {
  const keystone = await InProcessKeystone.start();
  try {
    const entry = {
      type: "baremetal",
      endpoints: [{ interface: "public", url: ironic.url, region: "r", region_id: "r" }],
    };
    const token = (catalog: unknown) => ({ token: { catalog } });
    const bad = [
      "",
      ...FOREIGN,
      { token: null },
      { token: [] },
      { token: "text" },
      ...[null, {}, "text", [null], ["text"], [{}], [{ type: 5 }], [{ ...entry, endpoints: null }]].map(token),
      ...[
        {},
        [null],
        [{ interface: "public" }],
        [{ interface: "public", url: 5 }],
        [{ interface: [], url: "http://x" }],
      ].map((endpoints) => token([{ ...entry, endpoints }])),
    ];
    const send = (body: unknown, headers: Record<string, string>) => {
      keystone.intercept = (_request, response) => {
        response.writeHead(201, headers).end(typeof body === "string" ? body : JSON.stringify(body));
        return true;
      };
      return new IronicClient({ auth: fromEnvironment(keystone.variables)?.auth, retryFor: 0 });
    };
    for (const body of bad) {
      const error = await caught(send(body, { "x-subject-token": "t" }).microversion());
      expect({ body, code: error.code, message: error.message }).toMatchObject({
        code: expect.stringMatching(/^(KEYSTONE|IRONIC_UNEXPECTED_ANSWER)$/),
      });
    }
    const good = token([{ type: "compute", endpoints: "whatever" }, entry]);
    expect(await caught(send(good, {}).microversion())).toMatchObject({ code: "KEYSTONE", hint: "check auth_url" });
    ironic.intercept = undefined;
    const dates = [{}, { issued_at: 5, expires_at: null }, { issued_at: "x", expires_at: ["y"] }];
    for (const life of dates) {
      const known = send({ token: { ...good.token, ...life } }, { "x-subject-token": "t" });
      expect(await known.microversion()).toBe("1.96");
      await known.close();
    }
  } finally {
    await keystone.stop();
  }
});

describe("lists without an end", () => {
  const page = (nodes: unknown[], next: string) => ({ nodes, next });

  test("pages that go in a circle", async () => {
    answer(page([NODE], `${ironic.url}/v1/nodes?marker=1`));
    const error = await caught(client.listNodes());
    expect(error).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
    expect(error.message).toContain("the list of nodes has no end: 2 pages with 2 items so far");
  });

  /** How many pages are read of a list whose every page names a next one. */
  async function pagesRead(readPage: (page: number) => PageResponse) {
    let pages = 0;
    const reading = readPages("/v1/nodes", "nodes", async () => {
      pages += 1;
      return readPage(pages);
    });
    expect(await caught(reading)).toMatchObject({
      code: "IRONIC_UNEXPECTED_ANSWER",
      message: expect.stringContaining(`the list of nodes has no end: ${pages} pages`),
    });
    return pages;
  }

  test("pages that always go on, with items or without", async () => {
    for (const nodes of [[], [NODE]]) {
      const readPage = (number: number) => ({ content: page(nodes, `/v1/nodes?marker=${number}`), size: 100 });
      expect(await pagesRead(readPage)).toBe(10_000);
    }
  });

  test("pages that go on and are large: no more bytes in all than one response may have", async () => {
    const size = 50 * 1024 * 1024;
    expect(await pagesRead((number) => ({ content: page([NODE], `/v1/nodes?marker=${number}`), size }))).toBe(6);
  });
});

/** Texts that would become another path of a URL, for Ironic or for a proxy that decodes once more, and others that are no names. */
const NO_NAMES = [
  "",
  ".",
  "..",
  "a/b",
  "../ports",
  "n/maintenance",
  "%2e%2e",
  "%2F",
  "a\\b",
  "a?b",
  "a#b",
  "a b",
  "a\n",
  "ä",
];
test.each(NO_NAMES)("a node named %j is refused before anything is sent", async (name) => {
  ironic.requests.length = 0;
  const calls = [
    client.getNode(name),
    client.patchNode(name, [{ op: "remove", path: "/name" }]),
    client.deleteNode(name),
    client.setTraits(name, []),
    client.setMaintenance(name, undefined),
    client.setPower(name, "power on"),
    client.setRaidConfig(name, {}),
    client.provision(name, "manage"),
    client.validate(name),
    client.getInventory(name),
    client.getPort(name),
    client.patchPort(name, [{ op: "remove", path: "/name" }]),
    client.deletePort(name),
    client.getHistory(name),
    client.readNode(name),
    client.readPort(name),
    client.getPortGroup(name),
    client.patchPortGroup(name, [{ op: "remove", path: "/name" }]),
    client.deletePortGroup(name),
    client.getAllocation(name),
    client.deleteAllocation(name),
    client.waitUntilIdle(name),
    client.waitForState(name, "active", "after that"),
    client.moveTo(name, "manageable"),
    client.createNode({ driver: "d", name }),
    client.createPortGroup({ node_uuid: "n", name }),
    client.createAllocation({ resource_class: "c", name }),
    client.patchNode("n", [{ op: "replace", path: "/name", value: name }]),
    client.patchPortGroup("g", [{ op: "replace", path: "/name", value: name }]),
  ];
  for (const error of await Promise.all(calls.map(caught))) {
    expect(error).toMatchObject({ code: "IRONIC_INVALID_IDENTIFIER", identifier: name });
  }
  expect(ironic.requests).toEqual([]);
});

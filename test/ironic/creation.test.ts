import type { ServerResponse } from "node:http";
import { IronicClient } from "../../src/ironic";
import { InProcessIronic, type Interceptor, type Thing } from "../../src/testing/ironic";

jest.mock("../../src/net/abort", () => ({
  ...jest.requireActual("../../src/net/abort"),
  sleep: async (_milliseconds: number, signal?: AbortSignal) => signal?.throwIfAborted(),
}));

let ironic: InProcessIronic;
let client: IronicClient;
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url, retryFor: 2_000 });
  await client.microversion();
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});

/** Of the POSTs: the first is carried out or not, and its response is lost in one of the ways in which that happens. */
const LOST: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "a connection that is reset": (response) => response.socket?.resetAndDestroy(),
  "a proxy's 502": (response) => response.writeHead(502).end("<html>Bad Gateway</html>"),
  "a proxy's 503": (response) => response.writeHead(503).end("<html>no server available</html>"),
  "a proxy's 504": (response) => response.writeHead(504).end("<html>Gateway Timeout</html>"),
  "a 500": (response) => response.writeHead(500).end("oops"),
};

/** Loses the response to the first `times` POSTs, or requests of another method. */
function losing(
  times: number,
  how: (response: ServerResponse) => void,
  isCarriedOut: boolean,
  method = "POST",
): Interceptor {
  let left = times;
  return (request, response) => {
    if (request.method !== method || left === 0) return false;
    left -= 1;
    if (!isCarriedOut) {
      how(response);
      return true;
    }
    const { writeHead } = response;
    response.writeHead = (() => {
      response.writeHead = writeHead;
      response.end = (() => {
        response.end = Object.getPrototypeOf(response).end;
        how(response);
        return response;
      }) as typeof response.end;
      return response;
    }) as typeof response.writeHead;
    return false;
  };
}

const COLLECTIONS = {
  nodes: () => client.createNode({ driver: "fake-hardware", name: "n" }),
  ports: async () => client.createPort({ node_uuid: await aNode(), address: "52:54:00:00:00:01" }),
  portGroups: async () => client.createPortGroup({ node_uuid: await aNode(), name: "bond0" }),
  allocations: () => client.createAllocation({ resource_class: "baremetal", name: "a" }),
} as const;
type Collection = keyof typeof COLLECTIONS;
const aNode = async () => {
  const { intercept } = ironic;
  ironic.intercept = undefined;
  const { uuid } = await client.createNode({ driver: "fake-hardware" });
  ironic.intercept = intercept;
  return uuid;
};

const table = Object.keys(COLLECTIONS).flatMap((collection) =>
  Object.keys(LOST).flatMap((how) =>
    [true, false].map((isCarriedOut) => [collection as Collection, how, isCarriedOut] as const),
  ),
);

test.each(table)("%s, %s, carried out: %s: one is created, and its creator knows it", async (collection, how, done) => {
  ironic.intercept = losing(1, LOST[how] as (typeof LOST)[string], done);
  const { uuid } = await COLLECTIONS[collection]();
  const existing = [...ironic.store[collection].keys()];
  expect(existing.slice(collection === "nodes" ? 0 : -1)).toEqual([uuid]);
  expect(ironic.store[collection].size).toBe(1);
});

test.each([true, false])("a response that is not Ironic's, carried out: %s", async (isCarriedOut) => {
  ironic.intercept = losing(1, (response) => response.writeHead(200).end("<html>Log in</html>"), isCarriedOut);
  const created = COLLECTIONS.nodes();
  if (isCarriedOut) expect(ironic.store.nodes.has((await created).uuid)).toBe(true);
  else await expect(created).rejects.toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
});

test("what never gets through is an error, after three POSTs of one UUID", async () => {
  ironic.intercept = losing(99, LOST["a connection that is reset"] as (typeof LOST)[string], false);
  await expect(COLLECTIONS.nodes()).rejects.toMatchObject({ code: "IRONIC_UNAVAILABLE" });
  const posts = ironic.requests.filter(({ method }) => method === "POST");
  expect(new Set(posts.map(({ body }) => (body as { uuid: string }).uuid)).size).toBe(1);
  expect(posts).toHaveLength(3);
});

test("a name or address that another one has stays a conflict", async () => {
  await COLLECTIONS.nodes();
  await expect(COLLECTIONS.nodes()).rejects.toMatchObject({
    code: "IRONIC_CONFLICT",
    fault: "A node with name n already exists.",
  });
  expect(ironic.store.nodes.size).toBe(1);
});

test("an abort while the response is lost: the node is looked up all the same", async () => {
  const controller = new AbortController();
  ironic.intercept = losing(
    1,
    (response) => {
      controller.abort(new Error("Ctrl-C"));
      response.socket?.resetAndDestroy();
    },
    true,
  );
  const { uuid } = await client.createNode({ driver: "fake-hardware" }, { signal: controller.signal });
  expect([...ironic.store.nodes.keys()]).toEqual([uuid]);
});

describe.each(Object.entries(LOST))("a move after %s", (what, how) => {
  const verbs = () =>
    ironic.requests.filter(({ method }) => method === "PUT").map(({ body }) => (body as Thing).target);

  test.each([
    ["that was carried out goes on, without a second request", true],
    ["that was not carried out sends the verb again", false],
  ])("%s", async (_what, isCarriedOut) => {
    const uuid = await aNode();
    // A 503 promises that nothing was done, and is repeated at once: a proxy's may be wrong, and Ironic then refuses the repetition.
    if (isCarriedOut && what === "a proxy's 503") return;
    ironic.requests.length = 0;
    ironic.intercept = losing(1, how, isCarriedOut, "PUT");
    expect(await client.moveTo(uuid, "available")).toMatchObject({ provision_state: "available" });
    expect(verbs()).toEqual(isCarriedOut ? ["manage", "provide"] : ["manage", "manage", "provide"]);
  });

  test("ends, when no response comes", async () => {
    const uuid = await aNode();
    ironic.requests.length = 0;
    ironic.intercept = losing(1_000, how, false, "PUT");
    await expect(client.moveTo(uuid, "available")).rejects.toMatchObject({
      code: expect.stringMatching(/^IRONIC_(UNAVAILABLE|REFUSED)$/),
    });
    if (what !== "a proxy's 503") expect(verbs()).toHaveLength(3);
  });
});

test("a move whose verb failed after a lost response is not begun again", async () => {
  const uuid = await aNode();
  await client.moveTo(uuid, "available");
  ironic.fail = (_node, verb) => (verb === "active" ? "the disk is full" : undefined);
  ironic.intercept = losing(1, (response) => response.socket?.resetAndDestroy(), true, "PUT");
  ironic.requests.length = 0;
  await expect(client.moveTo(uuid, "active")).rejects.toMatchObject({ lastError: "the disk is full" });
  expect(ironic.requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
});

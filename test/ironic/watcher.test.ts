import { IronicClient, type NodeState } from "../../src/ironic";
import { InProcessIronic, type Thing } from "../../src/testing/ironic";

/** Pauses between polls, in milliseconds; the test ends each. */
const mockPauses: number[] = [];
let mockGoOn: (() => void) | undefined;
jest.mock("../../src/ironic/poll-pause", () => ({
  pollPause: (pause: () => number, _atLeast: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      mockPauses.push(pause());
      mockGoOn = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
}));

let ironic: InProcessIronic;
let client: IronicClient;
let nodes: Thing[];
beforeEach(async () => {
  mockPauses.length = 0;
  mockGoOn = undefined;
  ironic = await InProcessIronic.start({ pageSize: 50 });
  client = new IronicClient({ url: ironic.url, retryFor: 0 });
  nodes = Array.from({ length: 4 }, (_, index) =>
    ironic.store.createNode({ driver: "fake-hardware", name: `n${index}` }),
  );
  for (const node of nodes) node.provision_state = "deploying";
  await client.microversion();
  ironic.requests.length = 0;
});
afterEach(async () => {
  mockGoOn?.();
  await client.close();
  await ironic.stop();
});

const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};
/** Lets a poll end and the next one begin. */
const nextPoll = async () => {
  await until(() => mockGoOn !== undefined);
  const goOn = mockGoOn;
  mockGoOn = undefined;
  goOn?.();
};
const uuids = () => nodes.map(({ uuid }) => String(uuid));
const asked = () => ironic.requests.map(({ url }) => url.replace(/\?.*/, ""));
/** How a promise ended, or nothing yet. */
function watch<T>(promise: Promise<T>): { state?: NodeState; error?: Error } {
  const seen: { state?: NodeState; error?: Error } = {};
  promise.then(
    (state) => {
      seen.state = state as unknown as NodeState;
    },
    (error: Error) => {
      seen.error = error;
    },
  );
  return seen;
}

test("one list serves all waiters, and only until each is done", async () => {
  const waiting = Promise.all(uuids().map((uuid) => client.waitUntilIdle(uuid)));
  await nextPoll();
  await until(() => mockPauses.length === 2);
  const before = ironic.requests.length;
  for (const node of nodes) node.provision_state = "active";
  await nextPoll();
  expect((await waiting).map(({ provision_state }) => provision_state)).toEqual(nodes.map(() => "active"));
  expect(asked().slice(1)).toEqual(
    asked()
      .slice(1)
      .map(() => "/v1/nodes"),
  );
  expect(ironic.requests).toHaveLength(before + 1);
  // Without waiters, no polls.
  expect(mockPauses).toHaveLength(2);
});

test("few nodes of many are polled one by one", async () => {
  for (let index = 0; index < 196; index += 1)
    ironic.store.createNode({ driver: "fake-hardware", name: `other-${index}` });
  const waiting = Promise.all(
    uuids()
      .slice(0, 2)
      .map((uuid) => client.waitUntilIdle(uuid)),
  );
  // The first poll is for the first waiter; the second shows that a list takes four requests. Two nodes take two.
  await nextPoll();
  await until(() => mockPauses.length === 2);
  expect(asked().slice(-4)).toEqual(Array.from({ length: 4 }, () => "/v1/nodes"));
  ironic.requests.length = 0;
  await nextPoll();
  await until(() => mockPauses.length === 3);
  expect(asked().sort()).toEqual(
    uuids()
      .slice(0, 2)
      .map((uuid) => `/v1/nodes/${uuid}`)
      .sort(),
  );
  for (const node of nodes) node.provision_state = "active";
  await nextPoll();
  await waiting;
});

test("pauses grow while nothing happens, up to less than a second, and start short after each change", async () => {
  const [uuid = ""] = uuids();
  const waiting = client.waitUntilIdle(uuid);
  for (let poll = 0; poll < 12; poll += 1) await nextPoll();
  await until(() => mockPauses.length === 13);
  const [first = 0, ...rest] = mockPauses;
  expect(first).toBeLessThanOrEqual(200);
  expect(rest).toEqual([...rest].sort((a, b) => a - b));
  expect(rest.at(-1)).toBeGreaterThan(3 * first);
  expect(rest.at(-1)).toBeLessThan(1_000);
  Object.assign(nodes[0] ?? {}, { provision_state: "wait call-back" });
  await nextPoll();
  await until(() => mockPauses.length === 14);
  expect(mockPauses.at(-1)).toBe(first);
  Object.assign(nodes[0] ?? {}, { provision_state: "active" });
  await nextPoll();
  expect(await waiting).toMatchObject({ uuid });
});

test("one waiter's signal, and one waiter's fault, are theirs alone", async () => {
  const [a = "", b = "", c = ""] = uuids();
  const controller = new AbortController();
  const aborted = watch(client.waitUntilIdle(a, { signal: controller.signal }));
  const faulty = watch(
    client.waitUntil(b, () => {
      throw new Error("a fault of the caller's");
    }),
  );
  const others = [c, a].map((uuid) => client.waitUntilIdle(uuid));
  await nextPoll();
  await until(() => mockPauses.length === 2);
  expect(faulty.error?.message).toBe("a fault of the caller's");
  controller.abort(new Error("Ctrl-C"));
  await until(() => aborted.error !== undefined);
  expect(aborted.error?.message).toBe("Ctrl-C");
  for (const node of nodes) node.provision_state = "active";
  await nextPoll();
  expect((await Promise.all(others)).map(({ uuid }) => uuid)).toEqual([c, a]);
  await expect(client.waitUntilIdle(c, { signal: controller.signal })).rejects.toThrow("Ctrl-C");
});

test("when the last waiter leaves, its poll is aborted; a later waiter gets another poll", async () => {
  const [uuid = ""] = uuids();
  const controller = new AbortController();
  let ended = false;
  ironic.intercept = (_request, response) => {
    response.on("close", () => {
      ended = true;
    });
    return true;
  };
  const left = watch(client.waitUntilIdle(uuid, { signal: controller.signal }));
  await until(() => ironic.requests.length === 1);
  controller.abort(new Error("Ctrl-C"));
  await until(() => left.error !== undefined);
  ironic.intercept = undefined;
  Object.assign(nodes[0] ?? {}, { provision_state: "active" });
  expect(await client.waitUntilIdle(uuid)).toMatchObject({ uuid });
  await until(() => ended);
});

test("a node that vanishes is an error for its waiters, in a list and alone", async () => {
  const [a = "", b = ""] = uuids();
  const waiting = [a, b].map((uuid) => watch(client.waitUntilIdle(uuid)));
  await nextPoll();
  await until(() => mockPauses.length === 2);
  ironic.store.nodes.delete(a);
  await nextPoll();
  await until(() => waiting[0]?.error !== undefined);
  expect(waiting[0]?.error).toMatchObject({ code: "IRONIC_NOT_FOUND", fault: `Node ${a} could not be found.` });
  expect(waiting[1]).toEqual({});
  ironic.store.nodes.delete(b);
  await nextPoll();
  await until(() => waiting[1]?.error !== undefined);
  expect(waiting[1]?.error).toMatchObject({ code: "IRONIC_NOT_FOUND", fault: `Node ${b} could not be found.` });
});

test("a list that fails is an error for its waiters; the next poll is a new one", async () => {
  const [a = "", b = "", c = ""] = uuids();
  const waiting = [a, b].map((uuid) => watch(client.waitUntilIdle(uuid)));
  await until(() => mockPauses.length === 1);
  ironic.intercept = (_request, response) => {
    response.writeHead(403).end("no");
    return true;
  };
  await nextPoll();
  await until(() => waiting.every(({ error }) => error !== undefined));
  expect(waiting[0]?.error).toMatchObject({ code: "IRONIC_FORBIDDEN", fault: "no" });
  ironic.intercept = undefined;
  for (const node of nodes) node.provision_state = "active";
  expect(await client.waitUntilIdle(c)).toMatchObject({ uuid: c });
});

describe("responses of another shape", () => {
  const bodies: string[] = [
    '{"nodes":[null]}',
    '{"nodes":[{"uuid":5}]}',
    '{"nodes":[{}]}',
    '{"nodes":{}}',
    "[]",
    "<html>",
    "",
  ];
  const answer = (body: string) => {
    ironic.intercept = (_request, response) => {
      response.writeHead(200).end(body);
      return true;
    };
  };

  test.each(bodies)("one poll with %j fails, and the waits continue", async (body) => {
    const waiting = uuids().map((uuid) => client.waitUntilIdle(uuid));
    await until(() => mockPauses.length === 1);
    answer(body);
    await nextPoll();
    await until(() => mockPauses.length === 2);
    ironic.intercept = undefined;
    for (const node of nodes) node.provision_state = "active";
    await nextPoll();
    expect((await Promise.all(waiting)).map(({ provision_state }) => provision_state)).toEqual(
      nodes.map(() => "active"),
    );
  });

  test("that stay are an error for all waiters, in the end; a later waiter gets a new loop", async () => {
    const waiting = uuids().map((uuid) => watch(client.waitUntilIdle(uuid)));
    await until(() => mockPauses.length === 1);
    answer('{"nodes":[null]}');
    for (let poll = 1; poll <= 3; poll += 1) {
      expect(waiting.map(({ error }) => error)).toEqual(nodes.map(() => undefined));
      await nextPoll();
      if (poll < 3) await until(() => mockPauses.length === poll + 1);
    }
    await until(() => waiting.every(({ error }) => error !== undefined));
    for (const { error } of waiting) {
      expect(error).toMatchObject({
        code: "IRONIC_UNEXPECTED_ANSWER",
        message: expect.stringContaining("not a list of nodes: nodes: item 0: null where an object is expected"),
      });
    }
    ironic.intercept = undefined;
    const [uuid = ""] = uuids();
    Object.assign(nodes[0] ?? {}, { provision_state: "active" });
    expect(await client.waitUntilIdle(uuid)).toMatchObject({ uuid });
  });

  test("that come now and then never add up", async () => {
    const waiting = uuids().map((uuid) => watch(client.waitUntilIdle(uuid)));
    for (let poll = 1; poll <= 12; poll += 1) {
      await until(() => mockPauses.length === poll);
      ironic.intercept = undefined;
      if (poll % 3 !== 0) answer('{"nodes":[null]}');
      await nextPoll();
    }
    await until(() => mockPauses.length === 13);
    expect(waiting).toEqual(nodes.map(() => ({})));
    ironic.intercept = undefined;
    for (const node of nodes) node.provision_state = "active";
    await nextPoll();
    await until(() => waiting.every(({ state }) => state !== undefined));
  });
});

test("a waiter that is added during a poll ignores its result: it may be older than the waiter's request", async () => {
  const [a = "", b = "", late = ""] = uuids();
  const waiting = [a, b].map((uuid) => client.waitUntilIdle(uuid));
  await until(() => mockPauses.length === 1);
  // The response to the list has the states of its request, and a node has changed since.
  Object.assign(nodes[2] ?? {}, { provision_state: "manageable" });
  let answer: (() => void) | undefined;
  ironic.intercept = (_request, response) => {
    const before = JSON.stringify({ nodes: [...ironic.store.nodes.values()] });
    answer = () => response.end(before);
    return true;
  };
  await nextPoll();
  await until(() => answer !== undefined);
  ironic.intercept = undefined;
  Object.assign(nodes[2] ?? {}, { provision_state: "cleaning" });
  const created = ironic.store.createNode({ driver: "fake-hardware" });
  const joined = [late, String(created.uuid)].map((uuid) => watch(client.waitUntilIdle(uuid)));
  // Of a node that was waited for already, too.
  const again = watch(client.waitUntil(a, () => true));
  answer?.();
  await until(() => mockPauses.length === 2);
  expect([...joined, again]).toEqual([{}, {}, {}]);
  for (const node of nodes) node.provision_state = "available";
  await nextPoll();
  await Promise.all(waiting);
  await until(() => joined.every(({ state }) => state !== undefined));
  expect(joined.map(({ state }) => state?.provision_state)).toEqual(["available", "enroll"]);
  expect(again.state?.provision_state).toBe("available");
});

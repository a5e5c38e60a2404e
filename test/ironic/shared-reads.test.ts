import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { IronicClient } from "../../src/ironic";
import { byUuid, PageBudget, SharedReads } from "../../src/ironic/shared-reads";
import { InProcessIronic } from "../../src/testing/ironic";

interface Item {
  readonly uuid: string;
  readonly revision: number;
}

/** A collection that takes a moment for each request. */
class Collection {
  readonly uuids: string[];
  readonly hidden = new Set<string>();
  readonly requests: string[] = [];
  revision = 1;
  refusesLists = false;
  readonly reads = new SharedReads<Item, Item>(
    {
      ...byUuid,
      readsPerPage: 10,
      get: async (uuid, signal) => {
        this.requests.push("get");
        const item = { uuid, revision: this.revision };
        await delay(2);
        signal?.throwIfAborted();
        if (!this.uuids.includes(uuid)) throw new Error(`${uuid} could not be found`);
        return item;
      },
      page: async (next, signal) => {
        this.requests.push("page");
        const [from, limit] = [Number(next ?? 0), 1_000];
        const items = this.uuids.slice(from, from + limit).map((uuid) => ({ uuid, revision: this.revision }));
        await delay(2, undefined, { signal });
        if (this.refusesLists) throw new Error("forbidden by policy");
        return {
          items: items.filter(({ uuid }) => !this.hidden.has(uuid)),
          next: from + limit < this.uuids.length ? String(from + limit) : undefined,
        };
      },
    },
    new PageBudget(),
  );

  constructor(size: number) {
    this.uuids = Array.from({ length: size }, () => randomUUID());
  }

  count(kind: string): number {
    return this.requests.filter((each) => each === kind).length;
  }

  /** Reads as Terraform does: ten at a time. */
  async refresh(uuids: readonly string[]): Promise<Item[]> {
    const found: Item[] = [];
    const rest = [...uuids];
    const worker = async () => {
      for (let uuid = rest.shift(); uuid !== undefined; uuid = rest.shift()) found.push(await this.reads.read(uuid));
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    return found;
  }
}

test("a read on its own is a request for its item, however many follow", async () => {
  const collection = new Collection(100);
  for (const uuid of collection.uuids) expect((await collection.reads.read(uuid)).uuid).toBe(uuid);
  expect(collection.requests).toEqual(collection.uuids.map(() => "get"));
});

test("a refresh of a thousand items takes ten requests and a page", async () => {
  const collection = new Collection(1_000);
  const found = await collection.refresh(collection.uuids);
  expect(found.map(({ uuid }) => uuid).sort()).toEqual([...collection.uuids].sort());
  expect(collection.count("get")).toBeLessThanOrEqual(12);
  expect(collection.count("page")).toBe(1);
});

test("few items out of many are not read by many pages", async () => {
  const collection = new Collection(100_000);
  const wanted = collection.uuids.filter((_, index) => index % 2_000 === 1_999);
  expect(await collection.refresh(wanted)).toHaveLength(50);
  expect(collection.count("page")).toBeLessThanOrEqual(5);
});

test("what no page shows is read by itself, and so is everything where lists are refused", async () => {
  const collection = new Collection(40);
  for (const uuid of collection.uuids.slice(20)) collection.hidden.add(uuid);
  expect(await collection.refresh(collection.uuids)).toHaveLength(40);
  collection.reads.forget();
  collection.refusesLists = true;
  expect(await collection.refresh(collection.uuids)).toHaveLength(40);
  await expect(collection.reads.read("missing")).rejects.toThrow("missing could not be found");
});

test("after a change nothing is answered with what was there before it", async () => {
  const collection = new Collection(200);
  await collection.refresh(collection.uuids);
  collection.revision = 2;
  collection.reads.forget();
  expect(new Set((await collection.refresh(collection.uuids)).map(({ revision }) => revision))).toEqual(new Set([2]));

  // And of a page that was asked for before the change, nothing is kept.
  collection.reads.forget();
  const running = collection.refresh(collection.uuids);
  while (collection.requests.at(-1) !== "page") await delay(0);
  collection.revision = 3;
  collection.reads.forget();
  await running;
  expect((await collection.reads.read(collection.uuids[0] ?? "")).revision).toBe(3);
});

test("a page answers for a quarter of a minute", async () => {
  const collection = new Collection(200);
  await collection.refresh(collection.uuids);
  const from = collection.requests.length;
  collection.revision = 2;
  const now = performance.now();
  const clock = jest.spyOn(performance, "now").mockReturnValue(now + 14_000);
  try {
    await collection.refresh(collection.uuids);
    expect(collection.requests.slice(from)).toEqual([]);
    clock.mockReturnValue(now + 16_000);
    expect(new Set((await collection.refresh(collection.uuids)).map(({ revision }) => revision))).toEqual(new Set([2]));
  } finally {
    clock.mockRestore();
  }
});

describe("the ports of nodes", () => {
  let ironic: InProcessIronic;
  let client: IronicClient;
  beforeEach(async () => {
    ironic = await InProcessIronic.start();
    client = new IronicClient({ url: ironic.url });
  });
  afterEach(async () => {
    await client.close();
    await ironic.stop();
  });

  /** Nodes with their ports: the first ports of all nodes come before any second one, so that they are on different pages. */
  const createNodes = (count: number, portsEach: number): string[] => {
    const { store } = ironic;
    const uuids = Array.from({ length: count }, () => String(store.createNode({ driver: "fake-hardware" }).uuid));
    for (let round = 0; round < portsEach; round += 1) {
      for (const [index, node_uuid] of uuids.entries()) {
        store.createPort({ node_uuid, address: mac(round * count + index) });
      }
    }
    return uuids;
  };
  const mac = (number: number) =>
    `52:54:00:${[16, 8, 0].map((shift) => ((number >> shift) & 0xff).toString(16).padStart(2, "0")).join(":")}`;
  const paths = () => ironic.requests.map(({ method, url }) => `${method} ${url}`);

  test.each([1, 2])("a refresh of a thousand nodes with %d ports each takes at most 30 requests", async (portsEach) => {
    const uuids = createNodes(1_000, portsEach);
    const found = new Map<string, readonly string[]>();
    const rest = [...uuids];
    const worker = async () => {
      for (let uuid = rest.shift(); uuid !== undefined; uuid = rest.shift()) {
        await client.readNode(uuid);
        found.set(uuid, (await client.readPorts(uuid)).map(({ address }) => address).sort());
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    expect(paths().length).toBeLessThanOrEqual(30);
    for (const [index, uuid] of uuids.entries()) {
      expect(found.get(uuid)).toEqual(Array.from({ length: portsEach }, (_, round) => mac(round * 1_000 + index)));
    }
  });

  test("a read on its own is one request", async () => {
    const [uuid = ""] = createNodes(1, 2);
    await client.microversion();
    ironic.requests.length = 0;
    expect(await client.readPorts(uuid)).toHaveLength(2);
    expect(paths()).toEqual([`GET /v1/ports?detail=true&node=${uuid}`]);
  });

  test("a node that is on no page is read by itself; after a change so is every node", async () => {
    const uuids = createNodes(40, 2);
    const all = () => Promise.all(uuids.map((uuid) => client.readPorts(uuid)));
    await all();
    const { uuid } = ironic.store.createNode({ driver: "fake-hardware" });
    ironic.requests.length = 0;
    expect(await client.readPorts(String(uuid))).toEqual([]);
    expect(paths()).toEqual([`GET /v1/ports?detail=true&node=${uuid}`]);
    const [first = ""] = uuids;
    await client.createPort({ node_uuid: first, address: mac(1_000) });
    expect(await client.readPorts(first)).toHaveLength(3);
  });
});

test("an aborted read rejects with its reason, and costs the others nothing", async () => {
  const collection = new Collection(100);
  const controller = new AbortController();
  const rejections = collection.uuids
    .slice(0, 50)
    .map((uuid) => collection.reads.read(uuid, controller.signal).catch((error: unknown) => error));
  const others = collection.refresh(collection.uuids.slice(50));
  controller.abort(new Error("stopped"));
  expect(await others).toHaveLength(50);
  const stopped = expect.objectContaining({ message: "stopped" });
  expect(await Promise.all(rejections)).toEqual(rejections.map(() => stopped));
  await expect(collection.reads.read(collection.uuids[0] ?? "", controller.signal)).rejects.toThrow("stopped");
});

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { SharedReads } from "../../src/ironic/shared-reads";

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
  readonly reads = new SharedReads<Item>({
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
  });

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

import { IronicClient, type IronicError } from "../../src/ironic";
import { InProcessIronic } from "../../src/testing/ironic";

let ironic: InProcessIronic;
let client: IronicClient;
beforeEach(async () => {
  ironic = await InProcessIronic.start({ pageSize: 3, work: 1 });
  client = new IronicClient({ url: ironic.url, retryFor: 0 });
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});
const urls = () => ironic.requests.map(({ url }) => url);
const caught = (promise: Promise<unknown>): Promise<IronicError> =>
  promise.then(
    () => {
      throw new Error("it succeeded");
    },
    (error: IronicError) => error,
  );

describe("connecting", () => {
  test("runs once for all callers", async () => {
    await Promise.all(Array.from({ length: 10 }, () => client.listNodes()));
    expect(urls().filter((url) => url === "/")).toHaveLength(1);
  });

  test("a failure is not kept", async () => {
    ironic.intercept = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    expect(await caught(client.microversion())).toMatchObject({ status: 500 });
    ironic.intercept = undefined;
    expect(await client.microversion()).toBe("1.96");
  });

  test("an aborted caller leaves the others waiting", async () => {
    let answer: (() => void) | undefined;
    ironic.intercept = (_request, response) => {
      const version = { min_version: "1.1", version: "1.80" };
      answer = () => response.end(JSON.stringify({ default_version: version }));
      return true;
    };
    const controller = new AbortController();
    const impatient = caught(client.microversion({ signal: controller.signal }));
    const patient = client.microversion();
    while (!answer) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("Ctrl-C"));
    expect((await impatient).message).toBe("Ctrl-C");
    answer();
    expect(await patient).toBe("1.80");
    expect(urls()).toEqual(["/"]);
  });
});

describe("lists", () => {
  beforeEach(() => {
    for (let index = 0; index < 8; index += 1)
      ironic.store.createNode({ driver: "fake-hardware", name: `n${index}`, resource_class: "bm" });
  });
  const names = Array.from({ length: 8 }, (_, index) => `n${index}`);

  test("every page is fetched, by limits and markers", async () => {
    expect((await client.listNodes()).map(({ name }) => name)).toEqual(names);
    expect((await client.listNodes({ limit: "2", resource_class: "bm" })).map(({ name }) => name)).toEqual(names);
    const pages = urls().filter((url) => url.includes("limit=2"));
    expect(pages).toHaveLength(5); // after a full page Ironic links to a next one, which is empty here
    for (const page of pages) expect(page).toContain("resource_class=bm");
  });

  test("links that point elsewhere lead to the same API all the same", async () => {
    const other = await InProcessIronic.start();
    try {
      for (const origin of [other.url, "http://ironic.invalid:6385/behind/proxy", "//ironic.invalid"]) {
        ironic.intercept = (request, response) => {
          const { searchParams } = new URL(request.url ?? "", ironic.url);
          if (searchParams.has("marker") || request.url === "/") return false;
          const next = `${origin}/v1/nodes?detail=true&marker=${[...ironic.store.nodes.keys()][4]}`;
          response.end(JSON.stringify({ nodes: [], next }));
          return true;
        };
        expect((await client.listNodes()).map(({ name }) => name)).toEqual(names.slice(5));
      }
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test("a list that leads back to itself ends", async () => {
    await client.microversion();
    for (const next of ["http://a/v1/nodes?marker=same", "http://a/v1/nodes?detail=true"]) {
      ironic.intercept = (_request, response) => {
        response.end(JSON.stringify({ nodes: [], next }));
        return true;
      };
      expect(await caught(client.listNodes())).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
    }
  });
});

describe("paths", () => {
  test("a name can't lead elsewhere", async () => {
    await client.microversion();
    ironic.requests.length = 0;
    await caught(client.getNode("../ports?x=1#y"));
    await caught(client.getPort("a:b/../c"));
    await caught(client.getPort("52:54:00:00:00:01/../c"));
    await caught(client.getAllocation("a/b"));
    expect(urls()).toEqual([]);
  });

  test("a port that has no such address is not found", async () => {
    expect(await caught(client.getPort("52:54:00:00:00:01"))).toMatchObject({
      code: "IRONIC_NOT_FOUND",
      fault: "Port 52:54:00:00:00:01 could not be found.",
    });
  });
});

describe("an owner that Ironic does not take at creation", () => {
  const fault = "Cannot create a node as a project scoped admin with an owner other than your own project.";
  const refusing = (isPatchRefused: boolean) => {
    ironic.intercept = ({ method }, response) => {
      const { body } = ironic.requests.at(-1) ?? {};
      const isRefused =
        method === "POST" ? Object.hasOwn(body as object, "owner") : method === "PATCH" && isPatchRefused;
      if (!isRefused) return false;
      const error_message = JSON.stringify({ faultstring: method === "POST" ? fault : "Access was denied" });
      response.writeHead(method === "POST" ? 400 : 403).end(JSON.stringify({ error_message }));
      return true;
    };
  };

  test("is set by a PATCH", async () => {
    refusing(false);
    const node = await client.createNode({ driver: "fake-hardware", name: "n", owner: "rack-team" });
    expect(node).toMatchObject({ name: "n", owner: "rack-team" });
    expect([...ironic.store.nodes.keys()]).toEqual([node.uuid]);
  });

  test("nor by a PATCH, leaves no node, and the reason of the creation", async () => {
    refusing(true);
    const error = await caught(client.createNode({ driver: "fake-hardware", owner: "rack-team" }));
    expect(error).toMatchObject({ status: 400, fault, hint: expect.stringContaining("system scope") });
    expect(ironic.store.nodes.size).toBe(0);
  });
});

describe("an inventory", () => {
  test("has the findings of inspection; none is undefined; no node is an error", async () => {
    const { uuid } = await client.createNode({ driver: "fake-hardware" });
    expect(await client.getInventory(uuid)).toBeUndefined();
    await client.moveTo(uuid, "manageable");
    await client.provision(uuid, "inspect");
    await client.waitUntilIdle(uuid);
    expect(await client.getInventory(uuid)).toMatchObject({ inventory: { cpu: { architecture: "x86_64" } } });
    expect(await caught(client.getInventory("nobody"))).toMatchObject({ code: "IRONIC_NOT_FOUND" });
  });
});

describe("a node that fails during a move", () => {
  test("is an error with Ironic's last_error, and a second attempt starts from there", async () => {
    const { uuid } = await client.createNode({ driver: "fake-hardware", name: "n" });
    await client.moveTo(uuid, "available");
    ironic.fail = (_node, verb) => (verb === "active" ? "the disk is full" : undefined);
    expect(await caught(client.moveTo(uuid, "active"))).toMatchObject({
      code: "IRONIC_PROVISION_FAILED",
      node: "n",
      state: "deploy failed",
      lastError: "the disk is full",
      message: 'node n is in state "deploy failed" on its way to "active": the disk is full',
    });
    ironic.fail = undefined;
    expect(await client.moveTo(uuid, "active")).toMatchObject({ provision_state: "active" });
  });

  test("without a last_error, its reason is the newest error of the node's history", async () => {
    const { uuid } = await client.createNode({ driver: "fake-hardware", name: "n" });
    await client.moveTo(uuid, "available");
    ironic.clearsLastError = true;
    for (const reason of ["the first disk is full", `${"long ".repeat(80)}end`]) {
      ironic.fail = (_node, verb) => (verb === "active" ? reason : undefined);
      const { message } = await caught(client.moveTo(uuid, "active"));
      expect(message).toMatch(
        /is in state "deploy failed" on its way to "active": .* \(by the node's history, 2\S+\)$/,
      );
      expect(message).toContain(reason);
    }
    await client.provision(uuid, "active");
    expect((await caught(client.waitForState(uuid, "active", "after that"))).message).toContain("long end (by");
  });

  test.each([
    ["an older Ironic", 404],
    ["a policy that does not permit it", 403],
  ])("without a last_error, %s leaves the error as it is", async (_what, status) => {
    const node = ironic.store.createNode({ driver: "fake-hardware", name: "n" });
    Object.assign(node, { provision_state: "rescue failed" });
    ironic.intercept = ({ url = "" }, response) => {
      if (!url.includes("/history")) return false;
      response.writeHead(status).end();
      return true;
    };
    const error = await caught(client.moveTo(String(node.uuid), "active"));
    expect(error.message).toBe('node n is in state "rescue failed" on its way to "active"');
  });

  test("a node that another client deploys as soon as it is available keeps its instance", async () => {
    const { uuid } = await client.createNode({ driver: "fake-hardware" });
    await client.moveTo(uuid, "manageable");
    let provided = false;
    ironic.intercept = ({ method }) => {
      provided ||= method === "PUT";
      if (method !== "GET" || !provided) return false;
      Object.assign(ironic.store.node(uuid), { provision_state: "active", target_provision_state: null });
      return false;
    };
    expect(await client.moveTo(uuid, "available")).toMatchObject({ provision_state: "active" });
    const sent = ironic.requests.filter(({ url }) => url.endsWith("/states/provision"));
    expect(sent.map(({ body }) => (body as { target: string }).target)).toEqual(["manage", "provide"]);
  });

  test("from a state without a verb, no request is sent", async () => {
    const node = ironic.store.createNode({ driver: "fake-hardware" });
    Object.assign(node, { provision_state: "rescue failed" });
    expect(await caught(client.moveTo(String(node.uuid), "active"))).toMatchObject({ code: "IRONIC_PROVISION_FAILED" });
    expect(ironic.requests.filter(({ method }) => method === "PUT")).toEqual([]);
  });
});

describe("a node that Ironic makes its own parent", () => {
  const patch = [{ op: "add", path: "/extra/rack", value: "r1" }] as const;
  const patches = () => ironic.requests.filter(({ method }) => method === "PATCH");
  const newNode = (driver_info = {}) =>
    client.createNode({ driver: "fake-hardware", deploy_interface: "direct", driver_info });

  test("gets a dedicated power supply once, and a configured value stays", async () => {
    const { uuid } = await newNode();
    await client.patchNode(uuid, patch);
    await client.patchNode(uuid, [{ op: "remove", path: "/extra/rack" }]);
    expect(patches()).toHaveLength(3);
    const other = await newNode({ has_dedicated_power_supply: false });
    expect((await client.patchNode(other.uuid, patch)).driver_info).toEqual({ has_dedicated_power_supply: false });
  });

  test("is left as it is where driver_info may not be changed", async () => {
    const { uuid } = await newNode();
    ironic.intercept = ({ method }, response) => {
      if (method !== "PATCH" || patches().length < 2) return false;
      response.writeHead(403, { "content-type": "application/json" }).end("{}");
      return true;
    };
    expect(await client.patchNode(uuid, patch)).toMatchObject({ uuid, extra: { rack: "r1" }, driver_info: {} });
    expect(patches()).toHaveLength(2);
  });

  test("is checked once, where the microversion does not show it and Ironic does not do that", async () => {
    const { uuid } = await newNode();
    const own = new IronicClient({ url: ironic.url, microversion: "1.80" });
    const shown = () => urls().filter((url) => url.includes("fields=parent_node")).length;
    jest.spyOn(ironic.store, "patchNode").mockImplementation(() => undefined);
    for (const _ of [1, 2, 3]) await own.patchNode(uuid, patch);
    expect([patches().length, shown()]).toEqual([3, 1]);
    await own.close();
  });
});

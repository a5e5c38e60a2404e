import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { httpBasic, IronicClient, type IronicClientOptions, type IronicError } from "../../src/ironic";
import { InProcessIronic, type Interceptor } from "../../src/testing/ironic";

/** Pauses between tries, in milliseconds; they pass at once, and the clock goes on by them. */
const mockPauses: number[] = [];
jest.mock("../../src/net/abort", () => ({
  ...jest.requireActual("../../src/net/abort"),
  sleep: async (milliseconds: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    mockPauses.push(milliseconds);
  },
}));

let ironic: InProcessIronic;
let client: IronicClient;
beforeEach(async () => {
  mockPauses.length = 0;
  const { now } = Date;
  jest.spyOn(Date, "now").mockImplementation(() => now() + mockPauses.reduce((sum, pause) => sum + pause, 0));
  ironic = await InProcessIronic.start();
  client = newClient();
  await client.microversion();
  ironic.requests.length = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.close();
  await ironic.stop();
});

function newClient(options: IronicClientOptions = {}): IronicClient {
  return new IronicClient({ url: ironic.url, retryFor: 60_000, ...options });
}

/** Sends this response the given number of times, then Ironic's. */
function answer(times: number, status: number, body: unknown, headers: Record<string, string> = {}): Interceptor {
  let left = times;
  return (_request: IncomingMessage, response: ServerResponse) => {
    left -= 1;
    if (left < 0) return false;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
    return true;
  };
}

const faultstring = (text: string) => ({ error_message: JSON.stringify({ faultcode: "Client", faultstring: text }) });
const LOCKED = faultstring("Node n is locked by host h, please retry after the current operation is completed.");
const caught = (promise: Promise<unknown>): Promise<IronicError> =>
  promise.then(
    () => {
      throw new Error("it succeeded");
    },
    (error: IronicError) => error,
  );
const node = () => client.createNode({ driver: "fake-hardware" });

describe("tried again", () => {
  test.each([
    ["a lock", 409, LOCKED],
    [
      "a lock on a node's parent",
      409,
      faultstring(
        "Node n parent_node p is presently locked and we are unable to perform any action on it at this time. Please retry after the current operation is completed.",
      ),
    ],
    ["503", 503, faultstring("Requested action cannot be performed due to lack of free conductor workers.")],
    ["a proxy's 503", 503, "<html><body>no server available</body></html>"],
    ["429", 429, ""],
  ])("%s, for every method", async (_what, status, body) => {
    const { uuid } = await node();
    const calls = {
      POST: node,
      PATCH: () => client.patchNode(uuid, [{ op: "add", path: "/extra/a", value: 1 }]),
      PUT: () => client.setTraits(uuid, []),
      GET: () => client.getNode(uuid),
      DELETE: () => client.deleteNode(uuid),
    };
    for (const [method, call] of Object.entries(calls)) {
      ironic.requests.length = 0;
      ironic.intercept = answer(2, status, body);
      await call();
      expect(ironic.requests.map((request) => request.method)).toEqual([method, method, method]);
    }
  });

  test("with pauses that grow, up to a bound; then the error is of the last response", async () => {
    ironic.intercept = answer(1000, 409, LOCKED);
    expect(await caught(node())).toMatchObject({
      code: "IRONIC_NODE_LOCKED",
      fault: "Node n is locked by host h, please retry after the current operation is completed.",
      hint: expect.stringContaining("reservation"),
    });
    expect(mockPauses.length).toBe(ironic.requests.length - 1);
    expect(mockPauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(60_000);
    expect(Math.max(...mockPauses)).toBeLessThanOrEqual(5_000);
    expect(mockPauses[0]).toBeLessThanOrEqual(250);
    expect(mockPauses.at(-1)).toBeGreaterThanOrEqual(2_500);
    expect(mockPauses.length).toBeGreaterThan(10);
  });

  test("no sooner than the Retry-After, in seconds or as a date, and not without a pause for 0", async () => {
    ironic.intercept = answer(1, 503, "", { "retry-after": "7" });
    await node();
    ironic.intercept = answer(1, 503, "", { "retry-after": new Date(Date.now() + 9_500).toUTCString() });
    await node();
    ironic.intercept = answer(1, 503, "", { "retry-after": "0" });
    await node();
    expect(mockPauses).toHaveLength(3);
    const [seconds, date = 0, zero] = mockPauses;
    expect(seconds).toBe(7_000);
    expect(date).toBeGreaterThan(5_000);
    expect(zero).toBeGreaterThan(0);
    ironic.requests.length = 0;
    ironic.intercept = answer(9, 503, faultstring("down for a day"), { "retry-after": "86400" });
    expect(await caught(client.getNode("n"))).toMatchObject({ status: 503, fault: "down for a day" });
    expect(ironic.requests).toHaveLength(1);
  });

  test.each(["Mon, nonsense GMT", "NaN", "-1", "1e999", "soon", ""])(
    "in growing pauses, up to the bound, when Retry-After says %j",
    async (value) => {
      ironic.intercept = answer(10_000, 503, "", { "retry-after": value });
      expect(await caught(client.getNode("n"))).toMatchObject({ status: 503 });
      expect(mockPauses.length).toBe(ironic.requests.length - 1);
      expect(mockPauses.length).toBeLessThan(60);
      expect(Math.min(...mockPauses)).toBeGreaterThan(100);
    },
  );

  test("not: other conflicts, even with names that look like it, and other errors", async () => {
    const words = [
      "A node with name is-locked-by-host already exists.",
      "Node n is associated with instance i.",
      "A node with name NodeLocked already exists.",
    ];
    for (const [status, text] of [...words.map((each) => [409, each] as const), [400, "bad"]] as const) {
      ironic.requests.length = 0;
      ironic.intercept = answer(9, status, faultstring(text));
      expect(await caught(client.getNode("n"))).toMatchObject({ status, fault: text });
      expect(ironic.requests).toHaveLength(1);
    }
  });

  test("not: a name in use, with advice that fits the request", async () => {
    const { uuid } = await node();
    const calls: [() => Promise<unknown>, RegExp][] = [
      [node, /terraform import/],
      [() => client.patchNode(uuid, [{ op: "add", path: "/name", value: "taken" }]), /apply again.*swap/],
    ];
    for (const [call, hint] of calls) {
      ironic.requests.length = 0;
      ironic.intercept = answer(1, 409, faultstring("A node with name taken already exists."));
      expect(await caught(call())).toMatchObject({ reason: "exists", hint: expect.stringMatching(hint) });
      expect(ironic.requests.filter(({ method }) => method !== "GET")).toHaveLength(1);
    }
  });

  test("a proxy that lost Ironic: what is safe to repeat", async () => {
    const { uuid } = await node();
    for (const status of [502, 504]) {
      ironic.intercept = answer(1, status, "<html>Bad Gateway</html>");
      await client.listNodes();
      ironic.intercept = answer(1, status, "<html>Bad Gateway</html>");
      expect(await caught(client.provision(uuid, "manage"))).toMatchObject({ status, fault: "Bad Gateway" });
    }
  });

  test("a 500: what is safe to repeat a few times, and what SQLite's lock refused as often as a node's", async () => {
    const [{ uuid }, other] = [await node(), await node()];
    const count = async (call: () => Promise<unknown>, times: number, text: string) => {
      ironic.requests.length = 0;
      ironic.intercept = answer(times, 500, faultstring(text));
      const error = await call().then(
        () => undefined,
        (each: IronicError) => each,
      );
      return [ironic.requests.length, error === undefined];
    };
    const provision = () => client.provision(uuid, "manage");
    const HIDDEN = "Unexpected error raised by RPC";
    expect(await count(() => client.getNode(uuid), 3, "oops")).toEqual([4, true]);
    expect(await count(() => client.getNode(uuid), 9, "oops")).toEqual([4, false]);
    expect(await count(provision, 9, "oops")).toEqual([1, false]);
    // What sets a value, or deletes. Ironic 39 on SQLite, under load.
    for (const set of [
      () => client.setTraits(uuid, []),
      () => client.setMaintenance(uuid, "why"),
      () => client.setMaintenance(uuid, undefined),
      () => client.setRaidConfig(uuid, {}),
      () => client.setPower(uuid, "power off"),
      () => client.patchNode(uuid, [{ op: "add", path: "/extra/a", value: 1 }]),
      () => client.deleteNode(other.uuid),
    ]) {
      expect(await count(set, 9, HIDDEN)).toEqual([10, true]);
    }
    expect(await count(() => client.getNode(uuid), 99, HIDDEN)).toEqual([10, false]);
    expect(await count(provision, 9, HIDDEN)).toEqual([1, false]);
    expect(await count(provision, 9, "(sqlite3.OperationalError) database is locked")).toEqual([10, true]);
  });

  test("a node in a transition, until it rests", async () => {
    const { uuid } = await node();
    ironic.requests.length = 0;
    ironic.intercept = answer(
      5,
      409,
      faultstring("Node n can not be updated while a state transition is in progress."),
    );
    await client.patchNode(uuid, [{ op: "add", path: "/extra/a", value: 1 }]);
    expect(ironic.requests).toHaveLength(6);
  });

  test("a signal ends it, with its reason", async () => {
    const controller = new AbortController();
    ironic.intercept = (request, response) => {
      controller.abort(new Error("Ctrl-C"));
      return answer(1, 503, "")(request, response);
    };
    await expect(client.getNode("n", { signal: controller.signal })).rejects.toThrow("Ctrl-C");
    expect(ironic.requests).toHaveLength(1);
  });

  test("a signal does not abort a creation: only the response has the UUID", async () => {
    const controller = new AbortController();
    ironic.intercept = () => {
      controller.abort(new Error("Ctrl-C"));
      return false;
    };
    ironic.latency = 20;
    const { uuid } = await client.createNode({ driver: "fake-hardware" }, { signal: controller.signal });
    expect([...ironic.store.nodes.keys()]).toContain(uuid);
  });
});

describe("lost connections", () => {
  const reset: (times: number) => Interceptor = (times) => {
    let left = times;
    return (request) => {
      left -= 1;
      if (left < 0) return false;
      request.socket.resetAndDestroy();
      return true;
    };
  };

  test("a read is repeated", async () => {
    ironic.intercept = reset(2);
    expect(await client.listNodes()).toEqual([]);
    expect(ironic.requests).toHaveLength(3);
  });

  test("requests that may have been carried out are not, and the error tells", async () => {
    const { uuid } = await node();
    const calls = [
      () => client.patchNode(uuid, [{ op: "remove", path: "/extra/a" }]),
      () => client.provision(uuid, "manage"),
      () => client.setPower(uuid, "rebooting"),
    ];
    for (const call of calls) {
      ironic.requests.length = 0;
      ironic.intercept = reset(9);
      expect(await caught(call())).toMatchObject({
        code: "IRONIC_UNAVAILABLE",
        message: expect.stringContaining(`no response from ${ironic.url} (`),
        hint: expect.stringContaining("it may have been carried out"),
      });
      expect(ironic.requests).toHaveLength(1);
    }
  });

  test("no server: immediately for a call, with a hint", async () => {
    const { url } = ironic;
    await ironic.stop();
    for (const call of [node, () => client.listNodes()]) {
      expect(await caught(call())).toMatchObject({
        code: "IRONIC_UNAVAILABLE",
        message: `no response from ${url} (ECONNREFUSED)`,
        hint: "check the URL, and that the API can be reached from here",
      });
    }
    expect(mockPauses).toEqual([]);
    ironic = await InProcessIronic.start();
  });

  test("waiting sits out a restart of the API", async () => {
    const { uuid } = await node();
    const port = Number(new URL(ironic.url).port);
    const [kept] = [...ironic.store.nodes.values()];
    await ironic.stop();
    const waiting = client.waitUntilIdle(uuid);
    while (mockPauses.length < 2) await new Promise((resolve) => setImmediate(resolve));
    ironic = await InProcessIronic.start({ port });
    ironic.store.nodes.set(uuid, kept ?? {});
    expect(await waiting).toMatchObject({ uuid, provision_state: "enroll" });
  });

  test("a client that was closed does not go on trying", async () => {
    ironic.intercept = () => true;
    const asked = caught(client.listNodes());
    while (ironic.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await client.close();
    expect(await asked).toMatchObject({ code: "IRONIC_UNAVAILABLE" });
    expect(ironic.requests).toHaveLength(1);
  });
});

test.each([
  ["JSON in a string", faultstring("why"), "why"],
  ["an object", { error_message: { faultstring: "why" } }, "why"],
  ["text", { error_message: "why" }, "why"],
  ["Keystone's way", { error: { code: 403, message: "why", title: "Forbidden" } }, "why"],
  ["a message", { message: "why", code: 400 }, "why"],
  ["a title", { title: "why" }, "why"],
  [
    "a page",
    "<html><head><title>400</title><style>b{}</style></head><body><h1>why</h1>\n<p>not</p></body></html>",
    "why not",
  ],
  ["plain text", "why\n", "why"],
  ["a page without end", `<p>${"x".repeat(10_000)}</p>`, `${"x".repeat(300)}…`],
  ["nothing", "", "no reason given"],
  ["nothing in JSON", { error_message: JSON.stringify({ faultstring: "" }) }, "no reason given"],
  ["null", "null", "no reason given"],
  ["a number", { error_message: "42" }, "42"],
])("an error's reason comes as %s", async (_what, body, fault) => {
  ironic.intercept = answer(1, 400, body);
  expect(await caught(node())).toMatchObject({
    code: "IRONIC_REFUSED",
    fault,
    message: `POST /v1/nodes: ${fault} (Ironic responded with 400)`,
  });
});

test("statuses have classes", async () => {
  for (const [status, code] of [
    [401, "IRONIC_UNAUTHORIZED"],
    [403, "IRONIC_FORBIDDEN"],
    [404, "IRONIC_NOT_FOUND"],
    [409, "IRONIC_CONFLICT"],
    [418, "IRONIC_REFUSED"],
  ] as const) {
    ironic.intercept = answer(1, status, faultstring("no"));
    expect(await caught(client.getNode("n"))).toMatchObject({ code, status, fault: "no" });
  }
});

describe("something else at the URL", () => {
  test("a redirect is not followed, and its target is named without possible secrets", async () => {
    const location = "https://user:hunter2@elsewhere.example/ironic/v1/nodes?token=hunter3";
    ironic.intercept = answer(1, 302, "", { location });
    const error = await caught(client.listNodes());
    expect(error).toMatchObject({
      code: "IRONIC_UNEXPECTED_ANSWER",
      hint: "it points to https://elsewhere.example/ironic/v1/nodes: if that is Ironic, give that URL",
    });
    expect(inspect(error)).not.toMatch(/hunter/);
    ironic.intercept = answer(1, 301, "");
    expect(await caught(client.listNodes())).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
  });

  test("a page, an empty response, a list of something else, a version document without versions", async () => {
    for (const body of ["<html>Welcome</html>", "", "[]", { servers: [] }]) {
      ironic.intercept = answer(1, 200, body);
      expect(await caught(client.listNodes())).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER" });
    }
    for (const body of ["", "null", {}, { default_version: { min_version: 1 } }, { version: { min_version: "1.1" } }]) {
      ironic.intercept = answer(1, 200, body);
      const error = await caught(newClient().microversion());
      expect(error).toMatchObject({ code: "IRONIC_UNEXPECTED_ANSWER", hint: expect.stringContaining("check the URL") });
    }
  });

  test("an invalid URL, another scheme, or a URL with a password", async () => {
    for (const url of ["ironic", "ironic.example:6385", "ftp://ironic.example", "http://"]) {
      expect(await caught(newClient({ url }).microversion())).toMatchObject({
        code: "IRONIC_SETTINGS",
        message: "Ironic's URL is not an http:// or https:// URL",
      });
    }
    const error = await caught(newClient({ url: "http://admin:hunter2@127.0.0.1:1" }).microversion());
    expect(error).toMatchObject({ code: "IRONIC_SETTINGS" });
    expect(inspect(error)).not.toContain("hunter2");
    expect(await caught(new IronicClient({}).microversion())).toMatchObject({
      code: "IRONIC_SETTINGS",
      message: "an Ironic client needs a URL",
    });
  });

  test("a CA file that isn't there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ca-"));
    const cacert = join(folder, "ca.pem");
    expect(await caught(newClient({ cacert }).microversion())).toMatchObject({
      code: "IRONIC_SETTINGS",
      message: `the CA file ${cacert} can't be read (ENOENT)`,
    });
    rmSync(folder, { recursive: true });
  });

  test("https:// where there is no TLS", async () => {
    const error = await caught(newClient({ url: ironic.url.replace("http:", "https:") }).microversion());
    expect(error).toMatchObject({ code: "IRONIC_UNAVAILABLE", hint: expect.stringContaining("http:// or https://") });
    expect(mockPauses).toEqual([]);
  });

  test("an API below a path, and one whose proxy serves only /v1", async () => {
    let server: Server | undefined;
    try {
      server = createServer((request, response) => {
        const [, rest = ""] = /^\/baremetal(\/v1.*)$/.exec(request.url ?? "") ?? [];
        if (rest === "") response.writeHead(404).end();
        else {
          const content = rest === "/v1" ? { version: { min_version: "1.1", version: "1.80" } } : { nodes: [] };
          response.end(JSON.stringify(content));
        }
      });
      await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/baremetal/v1/`;
      const below = newClient({ url });
      expect(await below.microversion()).toBe("1.80");
      expect(await below.listNodes()).toEqual([]);
      await below.close();
    } finally {
      server?.closeAllConnections();
      server?.close();
    }
  });
});

describe("secrets", () => {
  test("of a request don't come back in an error's words", async () => {
    const echo = (words: string) => {
      ironic.intercept = answer(1, 400, faultstring(words));
    };
    const shown = async (promise: Promise<unknown>) => {
      const error = await caught(promise);
      return `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`;
    };
    const driver_info = { redfish_password: "hunter2-a", redfish_username: "root", image_pull_secret: "u:hunter2-b" };
    echo("{'redfish_password': 'hunter2-a', 'image_pull_secret': 'u:hunter2-b'} is not valid, root");
    const created = await shown(client.createNode({ driver: "x", driver_info }));
    expect(created).not.toContain("hunter2");
    expect(created).toContain("root");
    echo("'hunter2-c' is not of type 'object'");
    const patch = [{ op: "add", path: "/driver_info/ipmi_password", value: "hunter2-c" }] as const;
    expect(await shown(client.patchNode("n", patch))).not.toContain("hunter2");
    echo("no '#cloud-config hunter2-d' here");
    const configdrive = { user_data: "#cloud-config hunter2-d" };
    expect(await shown(client.provision("n", "active", { configdrive }))).not.toContain("hunter2");
  });

  test("of a client are neither in its errors nor in its inspection", async () => {
    const password = "hunter2-basic";
    const encoded = Buffer.from(`admin:${password}`).toString("base64");
    const careful = newClient({ auth: httpBasic("admin", password), retryFor: 0 });
    ironic.intercept = (request, response) =>
      answer(1, 500, faultstring(`headers: ${JSON.stringify(request.headers)}`))(request, response);
    const refused = await caught(careful.listNodes());
    ironic.intercept = (request) => {
      request.socket.resetAndDestroy();
      return true;
    };
    const lost = await caught(careful.createNode({ driver: "x", driver_info: { redfish_password: password } }));
    for (const thing of [careful, refused, lost, httpBasic("admin", password)]) {
      const shown = inspect(thing, { depth: 12, showHidden: true });
      expect(shown).not.toContain(password);
      expect(shown).not.toContain(encoded);
      expect(JSON.stringify(thing)).not.toMatch(/hunter2/);
    }
  });
});

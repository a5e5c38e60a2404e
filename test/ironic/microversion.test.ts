import { compareVersions, IronicClient, type IronicError, negotiate, readVersions } from "../../src/ironic";
import { InProcessIronic } from "../../src/testing/ironic";

test("versions are numbers, not text", () => {
  expect(compareVersions("1.9", "1.10")).toBeLessThan(0);
  expect(compareVersions("1.96", "1.96")).toBe(0);
  expect(compareVersions("1.100", "1.99")).toBeGreaterThan(0);
  expect(compareVersions("2.1", "1.96")).toBeGreaterThan(0);
});

test.each([
  [undefined, "1.1", "1.96", "1.96"],
  [undefined, "1.1", "1.72", "1.72"],
  [undefined, "1.1", "1.150", "1.115"],
  ["latest", "1.1", "1.150", "1.115"],
  ["latest", "1.1", "1.60", "1.60"],
  ["1.80", "1.1", "1.96", "1.80"],
  ["1.1", "1.1", "1.96", "1.1"],
  ["1.96", "1.1", "1.96", "1.96"],
  // Newer than is known here: the user's choice.
  ["1.101", "1.1", "1.150", "1.101"],
])("requested %s, of %s to %s: %s", (requested, minimum, maximum, spoken) => {
  expect(negotiate(requested, { minimum, maximum })).toBe(spoken);
});

test.each([
  ["1.97", "1.1", "1.96"],
  ["1.9", "1.10", "1.96"],
  ["2.0", "1.1", "1.96"],
  ["1", "1.1", "1.96"],
  ["1.80.1", "1.1", "1.96"],
  ["", "1.1", "1.96"],
  ["newest", "1.1", "1.96"],
  // An Ironic that has forgotten all that is known here.
  [undefined, "1.116", "1.150"],
])("requested %s, of %s to %s: an error with the range", (requested, minimum, maximum) => {
  expect(() => negotiate(requested, { minimum, maximum })).toThrow(
    expect.objectContaining({
      code: "IRONIC_MICROVERSION",
      hint: expect.stringContaining(`this Ironic supports ${minimum} to ${maximum}`),
    }),
  );
});

test("a version document is the root's or that of /v1", () => {
  const versions = { id: "v1", min_version: "1.1", version: "1.96" };
  const range = { minimum: "1.1", maximum: "1.96" };
  expect(readVersions({ default_version: versions, versions: [versions] }, "u")).toEqual(range);
  expect(readVersions({ id: "v1", version: versions }, "u")).toEqual(range);
  for (const document of [
    undefined,
    null,
    "x",
    [],
    { version: "v3" },
    { default_version: { min_version: "", version: "" } },
  ]) {
    expect(() => readVersions(document, "u")).toThrow(expect.objectContaining({ code: "IRONIC_UNEXPECTED_ANSWER" }));
  }
});

describe("on the wire", () => {
  let ironic: InProcessIronic;
  const spoken: string[] = [];
  beforeEach(async () => {
    spoken.length = 0;
    ironic = await InProcessIronic.start();
    ironic.intercept = (request, response) => {
      if (request.url !== "/") {
        spoken.push(String(request.headers["x-openstack-ironic-api-version"]));
        return false;
      }
      const version = { id: "v1", min_version: "1.1", version: "1.96" };
      response.end(JSON.stringify({ default_version: version }));
      return true;
    };
  });
  afterEach(() => ironic.stop());

  const withClient = async <T>(microversion: string | undefined, use: (client: IronicClient) => Promise<T>) => {
    const client = new IronicClient({ url: ironic.url, microversion, retryFor: 0 });
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  };
  const caught = (promise: Promise<unknown>): Promise<IronicError> =>
    promise.then(
      () => {
        throw new Error("it succeeded");
      },
      (error: IronicError) => error,
    );

  test("a request that needs a newer one than configured is an error, and no other", async () => {
    await withClient("1.50", async (client) => {
      const { uuid } = await client.createNode({ driver: "fake-hardware" });
      await client.setTraits(uuid, []);
      await client.getInventory(uuid);
      await client.getNode(uuid);
      await client.provision(uuid, "manage");
    });
    // There is no inventory, so the node is read, too.
    expect(spoken).toEqual(["1.50", "1.50", "1.81", "1.50", "1.50", "1.50"]);
  });

  test("an Ironic that is too old for a request is not sent it", async () => {
    const { intercept } = ironic;
    ironic.intercept = (request, response) => {
      if (request.url !== "/") return intercept?.(request, response) ?? false;
      response.end(JSON.stringify({ default_version: { min_version: "1.1", version: "1.15" } }));
      return true;
    };
    await withClient(undefined, async (client) => {
      const calls: [string, string, () => Promise<unknown>][] = [
        ["GET /v1/nodes/n/inventory", "1.81", () => client.getInventory("n")],
        ["PUT /v1/nodes/n/traits", "1.37", () => client.setTraits("n", [])],
        ["GET /v1/nodes", "1.43", () => client.listNodes()],
        ["GET /v1/ports", "1.43", () => client.listPorts("n")],
        ["GET /v1/ports", "1.43", () => client.getPort("52:54:00:00:00:01")],
        ["POST /v1/allocations", "1.52", () => client.createAllocation({})],
        ["GET /v1/allocations/a", "1.52", () => client.getAllocation("a")],
        ["DELETE /v1/allocations/a", "1.52", () => client.deleteAllocation("a")],
        ["POST /v1/portgroups", "1.23", () => client.createPortGroup({})],
        ["GET /v1/portgroups/g", "1.23", () => client.getPortGroup("g")],
        ["DELETE /v1/portgroups/g", "1.23", () => client.deletePortGroup("g")],
        ["PUT /v1/nodes/n/states/power", "1.27", () => client.setPower("n", "soft power off")],
        ["PUT /v1/nodes/n/states/power", "1.27", () => client.setPower("n", "power off", { timeout: 9 })],
        ["PUT /v1/nodes/n/states/provision", "1.85", () => client.provision("n", "unhold")],
        ["PUT /v1/nodes/n/states/provision", "1.56", () => client.provision("n", "active", { configdrive: {} })],
        ["PUT /v1/nodes/n/states/provision", "1.69", () => client.provision("n", "active", { deploySteps: [] })],
        [
          "PATCH /v1/nodes/n",
          "1.45",
          () => client.patchNode("n", [{ op: "remove", path: "/name" }], { resetInterfaces: true }),
        ],
      ];
      for (const [what, needed, call] of calls) {
        expect(await caught(call())).toMatchObject({
          code: "IRONIC_MICROVERSION",
          message: `${what} needs API microversion ${needed}, which this Ironic does not support`,
          hint: "this Ironic supports 1.1 to 1.15: it is too old for this",
        });
      }
      expect(spoken).toEqual([]);
      expect(await caught(client.getNode("n"))).toMatchObject({ code: "IRONIC_NOT_FOUND" });
      expect(spoken).toEqual(["1.15"]);
    });
  });

  test("the caller's need is checked before any other request", async () => {
    const needs = { microversion: "1.34", purpose: "the physical networks of ports" };
    const connect = async (microversion: string | undefined) => {
      const client = new IronicClient({ url: ironic.url, microversion, needs });
      try {
        return await client.microversion();
      } catch (error) {
        return error;
      } finally {
        await client.close();
      }
    };
    expect(await connect("1.20")).toMatchObject({
      code: "IRONIC_MICROVERSION_TOO_OLD",
      message: "API microversion 1.34 is needed for the physical networks of ports, and 1.20 is configured",
      hint: "choose 1.34 or newer, or leave it out to have it negotiated; this Ironic supports up to 1.96",
    });
    expect(await connect("1.34")).toBe("1.34");
    const { intercept } = ironic;
    ironic.intercept = (request, response) => {
      if (request.url !== "/") return intercept?.(request, response) ?? false;
      response.end(JSON.stringify({ default_version: { min_version: "1.1", version: "1.22" } }));
      return true;
    };
    for (const microversion of [undefined, "1.20"]) {
      expect(await connect(microversion)).toMatchObject({
        code: "IRONIC_MICROVERSION_TOO_OLD",
        message:
          "API microversion 1.34 is needed for the physical networks of ports, and this Ironic supports up to 1.22",
      });
    }
    expect(spoken).toEqual([]);
  });

  test.each<[string, (client: IronicClient) => Promise<unknown>, string]>([
    [
      "1.20",
      (it) => it.createNode({ driver: "d", owner: "o", resource_class: "x" }),
      "1.50 is needed for owner of nodes, 1.21 for resource_class",
    ],
    [
      "1.30",
      (it) => it.patchNode("n", [{ op: "add", path: "/bios_interface", value: "x" }]),
      "1.40 is needed for bios_interface of nodes",
    ],
    ["1.50", (it) => it.createPort({ is_smartnic: true, address: "a" }), "1.53 is needed for is_smartnic of ports"],
    [
      "1.25",
      (it) => it.patchPortGroup("g", [{ op: "add", path: "/properties/miimon", value: "100" }]),
      "1.26 is needed for properties of portgroups",
    ],
    ["1.52", (it) => it.createAllocation({ owner: "o" }), "1.60 is needed for owner of allocations"],
  ])("at %s, fields that need more are refused before they are sent", async (microversion, call, what) => {
    const error = await withClient(microversion, (client) => caught(call(client)));
    expect(error).toMatchObject({
      code: "IRONIC_MICROVERSION_TOO_OLD",
      message: `API microversion ${what}, and ${microversion} is configured`,
    });
    expect(spoken).toEqual([]);
  });

  test.each<[object]>([[{ owner: "o" }], [{ constructor: "o" }]])("at 1.60, %j is sent", async (fields) => {
    await withClient("1.60", (client) =>
      client.createNode({ driver: "fake-hardware", ...fields }).catch(() => undefined),
    );
    expect(spoken).toEqual(["1.60"]);
  });

  test("406, with a range that excludes the requested one, with one that doesn't, and without", async () => {
    const answer = (headers: Record<string, string>) => {
      const { intercept } = ironic;
      ironic.intercept = (request, response) => {
        if (request.url === "/") return intercept?.(request, response) ?? false;
        response.removeHeader("x-openstack-ironic-api-minimum-version");
        response.removeHeader("x-openstack-ironic-api-maximum-version");
        response.writeHead(406, headers);
        response.end(JSON.stringify({ error_message: { faultstring: "Request not acceptable." } }));
        return true;
      };
    };
    const range = (minimum: string, maximum: string) => ({
      "x-openstack-ironic-api-minimum-version": minimum,
      "x-openstack-ironic-api-maximum-version": maximum,
    });
    // Rolled back during the run.
    answer(range("1.1", "1.90"));
    expect(await withClient(undefined, (client) => caught(client.getNode("n")))).toMatchObject({
      code: "IRONIC_MICROVERSION",
      message: "Ironic does not support API microversion 1.96",
      hint: expect.stringContaining("1.1 to 1.90"),
    });
    answer(range("1.1", "1.96"));
    expect(await withClient("1.20", (client) => caught(client.createNode({ driver: "d" })))).toMatchObject({
      code: "IRONIC_REFUSED",
      status: 406,
      fault: "Request not acceptable.",
      hint: "this may need a newer API microversion than 1.20; this Ironic supports up to 1.96",
    });
    answer({});
    expect(await withClient("1.20", (client) => caught(client.getNode("n")))).toMatchObject({
      status: 406,
      hint: "this may need a newer API microversion than 1.20",
    });
  });
});

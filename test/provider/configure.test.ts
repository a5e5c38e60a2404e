import type { IncomingHttpHeaders } from "node:http";
import { InProcessIronic } from "../../src/testing/ironic";
import { InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { InProcessKeystone } from "../support/keystone";
import { ProviderRig } from "../support/provider-rig";

// The provider block: from its arguments and the environment to the requests that Ironic gets.
let ironic: InProcessIronic;
beforeEach(async () => {
  ironic = await InProcessIronic.start({ work: 1 });
});
afterEach(() => ironic.stop());

const PASSWORD = "provider-test-password";

/** Reads a node, and gives the headers with which Ironic was asked for it. */
async function headersOf(rig: ProviderRig): Promise<IncomingHttpHeaders> {
  let headers: IncomingHttpHeaders | undefined;
  ironic.intercept = (request) => {
    if (request.url?.startsWith("/v1/nodes")) headers ??= request.headers;
    return false;
  };
  rig.node({ name: "n" });
  expect((await rig.data("ironic_node", { node: "n" })).diagnostics).toEqual([]);
  if (headers === undefined) throw new Error("Ironic was not asked");
  return headers;
}

/** With the stand-in's URL for `<ironic>`. */
function placed<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  const place = (value: T) => (typeof value === "string" ? (value.replace("<ironic>", ironic.url) as T) : value);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, place(value)]));
}

async function asked(config: TfObject, environment: Record<string, string> = {}): Promise<IncomingHttpHeaders> {
  const rig = new ProviderRig(ironic, placed(environment));
  expect(await rig.configure(placed(config))).toEqual([]);
  return headersOf(rig);
}

const basic = (user: string) => `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString("base64")}`;

describe("reaches Ironic", () => {
  test.each<[string, TfObject, Record<string, string>, string | undefined]>([
    ["by url", { url: "<ironic>" }, {}, undefined],
    ["by IRONIC_ENDPOINT", {}, { IRONIC_ENDPOINT: "<ironic>" }, undefined],
    ["by url rather than IRONIC_ENDPOINT", { url: "<ironic>" }, { IRONIC_ENDPOINT: "http://127.0.0.1:1" }, undefined],
    ["by OS_ENDPOINT", {}, { OS_ENDPOINT: "<ironic>" }, undefined],
    [
      "by url, without the credentials of the shell",
      { url: "<ironic>" },
      { OS_AUTH_URL: "http://127.0.0.1:1", OS_PASSWORD: PASSWORD, OS_USERNAME: "u" },
      undefined,
    ],
    ["with noauth", { url: "<ironic>", auth_strategy: "noauth" }, {}, undefined],
    [
      "with http_basic",
      { url: "<ironic>", auth_strategy: "http_basic", ironic_username: "u", ironic_password: PASSWORD },
      {},
      basic("u"),
    ],
    [
      "with http_basic of the environment",
      { url: "<ironic>" },
      { IRONIC_AUTH_STRATEGY: "http_basic", IRONIC_HTTP_BASIC_USERNAME: "e", IRONIC_HTTP_BASIC_PASSWORD: PASSWORD },
      basic("e"),
    ],
    [
      "with http_basic of the OpenStack settings",
      {},
      { OS_AUTH_TYPE: "http_basic", OS_ENDPOINT: "<ironic>", OS_USERNAME: "o", OS_PASSWORD: PASSWORD },
      basic("o"),
    ],
  ])("%s", async (_, config, environment, authorization) => {
    expect((await asked(config, environment)).authorization).toBe(authorization);
  });

  test("with a token of Keystone, whose catalog has the URL", async () => {
    const keystone = await InProcessKeystone.start();
    try {
      keystone.endpoints = [{ interface: "public", region: "R", url: ironic.url }];
      const rig = new ProviderRig(ironic, keystone.variables);
      expect(await rig.configure({ auth_strategy: "keystone" })).toEqual([]);
      expect(keystone.tokens.has(String((await headersOf(rig))["x-auth-token"]))).toBe(true);
    } finally {
      await keystone.stop();
    }
  });

  test.each<[string, TfObject, Record<string, string>]>([
    ["by its argument", { url: "<ironic>", microversion: "1.80" }, {}],
    ["by the environment", { url: "<ironic>" }, { IRONIC_MICROVERSION: "1.80" }],
  ])("in the microversion that is set %s", async (_, config, environment) => {
    expect((await asked(config, environment))["x-openstack-ironic-api-version"]).toBe("1.80");
  });
});

describe("does not configure", () => {
  const configured = async (config: TfObject, environment: Record<string, string> = {}) => {
    const rig = new ProviderRig(ironic, environment);
    const diagnostics = await rig.configure(config);
    expect(JSON.stringify(diagnostics) + rig.plugin.logs.join("")).not.toContain(PASSWORD);
    return diagnostics;
  };

  test.each<[string, TfObject, Record<string, string>, object]>([
    [
      "http_basic without a name",
      { url: "http://h", auth_strategy: "http_basic", ironic_password: PASSWORD },
      {},
      {
        summary: "http_basic needs ironic_username",
        path: ["ironic_username"],
        detail: expect.stringContaining("IRONIC_HTTP_BASIC_USERNAME"),
      },
    ],
    [
      "http_basic without a password",
      { url: "http://h", auth_strategy: "http_basic", ironic_username: "u" },
      {},
      { summary: "http_basic needs ironic_password", path: ["ironic_password"] },
    ],
    [
      "keystone without settings",
      { url: "http://h", auth_strategy: "keystone" },
      {},
      {
        summary: "keystone needs the OpenStack settings",
        path: ["auth_strategy"],
        detail: expect.stringContaining("OS_CLOUD"),
      },
    ],
    [
      "a strategy of the environment that does not exist",
      { url: "http://h" },
      { IRONIC_AUTH_STRATEGY: "magic" },
      { summary: "Unknown auth_strategy magic", path: ["auth_strategy"] },
    ],
    ["a cloud that does not exist", { cloud: "nowhere" }, { HOME: "/nonexistent" }, { severity: "error" }],
  ])("%s", async (_, config, environment, diagnostic) => {
    expect(await configured(config, environment)).toMatchObject([diagnostic]);
  });

  test.each<[TfObject]>([[{ url: unknown }], [{ url: "http://h", ironic_password: unknown }], [{ cloud: unknown }]])(
    "while %j is unknown, which only those are told that call Ironic",
    async (config) => {
      const rig = new ProviderRig(ironic);
      expect(await rig.configure(config)).toEqual([]);
      expect((await rig.data("ironic_node", { node: "n" })).diagnostics).toMatchObject([
        { summary: "The configuration of the Ironic provider is unknown", detail: expect.stringContaining("-target") },
      ]);
    },
  );

  test.each<[string, TfObject, object[]]>([
    ["a strategy that does not exist", { auth_strategy: "magic" }, [{ severity: "error", path: ["auth_strategy"] }]],
    ["arguments of Ironic Inspector", { inspector: "http://i" }, [{ severity: "warning", path: ["inspector"] }]],
    ["nothing wrong", { url: "http://h", timeout: 5, lock_timeout: 0, plain_http: ["h:80"] }, []],
  ])("%s: told while validating", async (_, config, expected) => {
    const diagnostics = await new ProviderRig(ironic).validate(config);
    expect(diagnostics).toMatchObject(expected);
    expect(diagnostics).toHaveLength(expected.length);
  });
});

describe("without a url", () => {
  const NO_URL = [{ severity: "error", summary: "The Ironic provider has no url" }];

  test.each<[TfObject]>([[{}], [{ url: "" }]])(
    "%j: images are resolved, and nothing is asked of an Ironic",
    async (config) => {
      const registry = await InProcessRegistry.start();
      try {
        pushArtifact(registry.store, "fcos", { tag: "stable", files: [{ content: "x" }] });
        const rig = new ProviderRig(ironic);
        expect(await rig.configure({ ...config, plain_http: [registry.host] })).toEqual([]);
        const { state, diagnostics } = await rig.data("ironic_oci_image", {
          source: `oci://${registry.host}/fcos:stable`,
        });
        expect(diagnostics).toEqual([]);
        expect(state).toMatchObject({ url: expect.stringContaining("@sha256:") });
      } finally {
        await registry.stop();
      }
    },
  );

  test("everything that needs an Ironic says so, resources in the plan", async () => {
    const rig = new ProviderRig(ironic);
    expect(await rig.configure({})).toEqual([]);
    expect((await rig.data("ironic_node", { node: "n" })).diagnostics).toMatchObject(NO_URL);
    expect((await rig.data("ironic_introspection", { uuid: "n" })).diagnostics).toMatchObject(NO_URL);
    for (const [name, config] of [
      ["ironic_node_v1", { driver: "fake-hardware" }],
      ["ironic_port_v1", { node_uuid: "n", address: "52:54:00:00:00:01" }],
      ["ironic_allocation_v1", { name: "a", resource_class: "c" }],
      ["ironic_deployment", { node_uuid: "n", instance_info: {} }],
    ] as [string, TfObject][]) {
      expect({ name, told: (await rig.resource(name).plan(config)).diagnostics }).toMatchObject({ name, told: NO_URL });
    }
  });
});

describe("limits", () => {
  test("lock_timeout = 0: a locked node is an error at once", async () => {
    const rig = new ProviderRig(ironic);
    await rig.configure({ url: ironic.url, lock_timeout: 0 });
    const node = rig.resource("ironic_node_v1");
    expect(await node.apply({ driver: "fake-hardware", name: "n" })).toEqual([]);
    Object.assign(ironic.store.node("n"), { reservation: "host-1" });
    expect(await node.apply({ driver: "fake-hardware", name: "m" })).toMatchObject([
      { summary: "The node is locked", detail: expect.stringContaining("host-1") },
    ]);
  });

  test("timeout: an API that is not up yet is waited for", async () => {
    const rig = new ProviderRig(ironic);
    await rig.configure({ url: ironic.url, timeout: 30 });
    let refused = 0;
    ironic.intercept = (_request, response) => {
      if (refused++ > 1) return false;
      response.writeHead(503).end();
      return true;
    };
    rig.node({ name: "n" });
    expect((await rig.data("ironic_node", { node: "n" })).diagnostics).toEqual([]);
    expect(refused).toBeGreaterThan(2);
  });
});

test("the schemas are those of the documentation: every resource and data source", async () => {
  const rig = new ProviderRig(ironic);
  const { resources, dataSources } = await rig.plugin.call("GetMetadata", {});
  const names = (all: { typeName: string }[]) => all.map(({ typeName }) => typeName).sort();
  expect(names(resources)).toEqual([
    "ironic_allocation_v1",
    "ironic_deploy_template_v1",
    "ironic_deployment",
    "ironic_inspection_rule_v1",
    "ironic_node_cleaning_v1",
    "ironic_node_servicing_v1",
    "ironic_node_v1",
    "ironic_port_group_v1",
    "ironic_port_v1",
    "ironic_runbook_v1",
    "ironic_volume_connector_v1",
    "ironic_volume_target_v1",
  ]);
  expect(names(dataSources)).toEqual([
    "ironic_introspection",
    "ironic_node",
    "ironic_node_bios",
    "ironic_node_firmware",
    "ironic_node_history",
    "ironic_node_inventory",
    "ironic_nodes",
    "ironic_oci_image",
  ]);
});

import type { TfObject } from "../../src/tfplugin/cty";
import { CREDENTIAL, InProcessKeystone, USER } from "../support/keystone";
import { ProviderRig, type ProviderRigOptions } from "../support/provider-rig";
import { base64, SPELLINGS } from "../support/spellings";

const SECRET = 'Hunter2+"&/xyz';
const IMAGE = `oci://registry.example/os@sha256:${"a".repeat(64)}`;
const MASK = "(sensitive value)";

let keystone: InProcessKeystone;
beforeAll(async () => {
  keystone = await InProcessKeystone.start();
});
afterAll(() => keystone.stop());

interface Source {
  readonly rig?: () => ProviderRigOptions;
  /** Arguments of the deployment. */
  readonly deployment?: TfObject;
  /** Arguments of another resource, the node. */
  readonly node?: TfObject;
  /** Default: `SECRET`. */
  readonly secret?: () => string;
}

const credentials = { username: "admin", password: SECRET };
const SOURCES: Readonly<Record<string, Source>> = {
  ironic_password: {
    rig: () => ({
      ironic: { credentials },
      config: { auth_strategy: "http_basic", ironic_username: "admin", ironic_password: SECRET },
    }),
  },
  IRONIC_HTTP_BASIC_PASSWORD: {
    rig: () => ({
      ironic: { credentials },
      config: { auth_strategy: "http_basic" },
      environment: { IRONIC_HTTP_BASIC_USERNAME: "admin", IRONIC_HTTP_BASIC_PASSWORD: SECRET },
    }),
  },
  OS_TOKEN: {
    rig: () => ({
      config: { auth_strategy: "keystone" },
      environment: { OS_AUTH_TYPE: "admin_token", OS_ENDPOINT: "http://unused.example", OS_TOKEN: "Hunter2-token" },
    }),
    secret: () => "Hunter2-token",
  },
  OS_PASSWORD: {
    rig: () => ({ config: { auth_strategy: "keystone" }, environment: keystone.variables }),
    secret: () => USER.password,
  },
  "a token of Keystone": {
    rig: () => ({ config: { auth_strategy: "keystone" }, environment: keystone.variables }),
    secret: () => [...keystone.tokens].at(-1) ?? "",
  },
  OS_APPLICATION_CREDENTIAL_SECRET: {
    rig: () => ({
      config: { auth_strategy: "keystone" },
      environment: {
        OS_AUTH_TYPE: "v3applicationcredential",
        OS_AUTH_URL: keystone.url,
        OS_APPLICATION_CREDENTIAL_ID: CREDENTIAL.id,
        OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret,
      },
    }),
    secret: () => CREDENTIAL.secret,
  },
  driver_info: { node: { driver_info: { redfish_username: "admin", redfish_password: SECRET } } },
  driver_info_wo: { node: { driver_info_wo: { anything: SECRET }, driver_info_wo_version: 1 } },
  "image_pull_secret_wo of a node": {
    node: { image_pull_secret_wo: `robot:${SECRET}`, image_pull_secret_wo_version: 1 },
  },
  image_pull_secret_wo: {
    deployment: { image_pull_secret_wo: base64(`u:${SECRET}`), image_pull_secret_wo_version: 1 },
  },
  user_data: { deployment: { user_data: `#cloud-config\npassword: ${SECRET}\n` } },
  "user_data, as JSON": { deployment: { user_data: JSON.stringify({ users: [{ passwordHash: SECRET }] }) } },
  user_data_url_headers: {
    deployment: {
      user_data_url: "http://127.0.0.1:1/",
      user_data_url_headers: { Authorization: SECRET, Accept: "application/json" },
    },
  },
};

/** Parts of a secret in any spelling but base64, and encoded texts, which are long. */
const LEAK = /unter2|xyz|stand-in|token-|[A-Za-z0-9+/_-]{14}/;

describe.each(Object.entries(SOURCES))("a secret of %s, in any spelling", (_, source) => {
  test("is masked in state, diagnostics and the log", async () => {
    const rig = await ProviderRig.start(source.rig?.());
    try {
      const uuid = rig.node({ provision_state: "active", instance_info: { image_source: IMAGE } });
      const deployment = rig.resource("ironic_deployment");
      expect(await deployment.import(uuid)).toEqual([]);
      const other = rig.resource("ironic_node_v1");
      await other.import(rig.node());
      await other.plan({ driver: "fake-hardware", ...source.node });
      const args = { node_uuid: uuid, instance_info: { image_source: IMAGE }, ...source.deployment };
      await deployment.plan(args);

      const secret = source.secret?.() ?? SECRET;
      for (const [spelling, spelled] of Object.entries(SPELLINGS)) {
        const text = (where: string) => `\u001b[31m${where} says <${spelled(secret)}>\u0085`;
        Object.assign(rig.ironic.store.node(uuid), { last_error: text("node") });
        expect(await deployment.refresh()).toEqual([]);
        const state = String(deployment.state?.last_error);
        rig.ironic.intercept = ({ url }, response) => {
          if (url === "/" || url === undefined) return false;
          const error_message = JSON.stringify({ faultstring: text("fault") });
          response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error_message }));
          return true;
        };
        const told = await rig.resource("ironic_deployment").import(uuid);
        rig.ironic.intercept = undefined;
        expect(told).toMatchObject([{ severity: "error" }]);
        const log = rig.plugin.logs.splice(0).join("");
        for (const [sink, shown] of Object.entries({ state, diagnostics: told[0]?.detail ?? "", log })) {
          const [, between] = / says <(.*?)>\?/.exec(shown) ?? [];
          expect({ spelling, sink, between }).toEqual({ spelling, sink, between: expect.stringContaining(MASK) });
          expect({ spelling, sink, leak: LEAK.exec(between?.replaceAll(MASK, "") ?? "")?.[0] }).toEqual({
            spelling,
            sink,
          });
          expect(shown).not.toMatch(/\p{Cc}(?<!\n)|\\u00[189]/u);
        }
      }
    } finally {
      await rig.stop();
    }
  });
});

test("a deployment that fails without a last_error has the reason of the node's history, masked", async () => {
  const rig = await ProviderRig.start();
  try {
    rig.ironic.clearsLastError = true;
    rig.ironic.fail = () => `agent: can't pull with ${base64(`robot:${SECRET}`)}`;
    const deployment = rig.resource("ironic_deployment");
    const told = await deployment.apply({
      node_uuid: rig.availableNode(),
      instance_info: { image_source: IMAGE },
      image_pull_secret_wo: `robot:${SECRET}`,
      image_pull_secret_wo_version: 1,
    });
    expect(told).toMatchObject([
      { severity: "warning", summary: "The deployment has not finished" },
      {
        summary: "The node did not reach the expected provision state",
        detail: expect.stringContaining(`agent: can't pull with ${MASK} (by`),
      },
    ]);
    expect(deployment.state).toBeNull();
  } finally {
    await rig.stop();
  }
});

test("short secrets don't garble texts, and what is not secret in driver_info is shown", async () => {
  const rig = await ProviderRig.start();
  try {
    const uuid = rig.node({ provision_state: "active", instance_info: { image_source: IMAGE } });
    const [node, deployment] = [rig.resource("ironic_node_v1"), rig.resource("ironic_deployment")];
    await node.import(rig.node());
    const driver_info = { redfish_address: "https://bmc.example", redfish_username: "root", redfish_password: "a" };
    const wo = { image_pull_secret_wo: "u:p", image_pull_secret_wo_version: 2026 };
    await node.plan({ driver: "fake-hardware", driver_info, ...wo });
    const last_error = "2026-01-31: a node at https://bmc.example says: Basic access denied to root";
    Object.assign(rig.ironic.store.node(uuid), { last_error: `${last_error} (root:a, ${base64("root:a")})` });
    await deployment.import(uuid);
    expect(deployment.state?.last_error).toBe(`${last_error} (${MASK}, ${MASK})`);
  } finally {
    await rig.stop();
  }
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { inRootOrFail, SharedFolder } from "./root";
import { freePort, Service } from "./service";

export interface RealKeystone {
  /** With `/v3`. */
  readonly url: string;
  /** `OS_*` variables of an administrator, with system scope. */
  readonly system: Readonly<Record<string, string>>;
  /** `OS_*` variables of an application credential, by its id. */
  readonly application: Readonly<Record<string, string>>;
  /** The same credential, by its name. */
  readonly applicationByName: Readonly<Record<string, string>>;
  /** Everything in here that nobody may see. */
  readonly secrets: readonly string[];
  /** Ironic's `[keystone_authtoken]`. */
  readonly authtoken: Readonly<Record<string, string>>;
  /** Of the administrator. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** Makes a token worthless before its time. */
  revoke(token: string): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = "e2e-keystone-password";
const SECRET = "e2e-application-secret";
const REGION = "RackOne";

/** Keystone 27 (2025.1) with a database of its own, whose catalog has an Ironic in one region and none in another. */
export async function startKeystone(ironicUrl: string): Promise<RealKeystone> {
  const folder = new SharedFolder("keystone");
  const { inside, outside } = folder;
  mkdirSync(join(outside, "keys"));
  const keys = `key_repository = ${inside}/keys`;
  const config = [
    "[DEFAULT]",
    "use_stderr = true",
    "[database]",
    `connection = sqlite:///${inside}/keystone.sqlite`,
    ...["fernet_tokens", "fernet_receipts", "credential"].flatMap((section) => [`[${section}]`, keys]),
    "[cache]",
    "enabled = false",
  ];
  writeFileSync(join(outside, "keystone.conf"), config.join("\n"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const manage = (...argv: string[]) =>
    inRootOrFail("keystone-manage", ["--config-file", `${inside}/keystone.conf`, ...argv]);
  await manage("db_sync");
  // Keystone reads on one connection while it writes on another: SQLite's usual journal has the two lock each other out.
  const wal = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('pragma journal_mode=wal')";
  await inRootOrFail("python3", ["-c", wal, `${inside}/keystone.sqlite`]);
  await manage("fernet_setup", "--keystone-user", "root", "--keystone-group", "root");
  const bootstrap = {
    "bootstrap-password": PASSWORD,
    "bootstrap-region-id": REGION,
    // For those outside, and for Ironic.
    "bootstrap-public-url": url,
    "bootstrap-internal-url": url,
  };
  await manage("bootstrap", ...Object.entries(bootstrap).flatMap(([name, value]) => [`--${name}`, value]));
  const service = new Service("keystone-wsgi-public", ["--host", "127.0.0.1", "--port", String(port)], {
    env: { OS_KEYSTONE_CONFIG_FILES: `${inside}/keystone.conf` },
  });
  try {
    await service.until(async () => (await request(url)).statusCode === 200);
    return await furnish(url, ironicUrl, async () => {
      await service.stop();
      folder.remove();
    });
  } catch (error) {
    await service.stop();
    throw new Error(`${error}\n${service.log.slice(-4000)}`);
  }
}

/** Puts into a fresh Keystone what the tests count on. */
async function furnish(url: string, ironicUrl: string, stop: () => Promise<void>): Promise<RealKeystone> {
  const admin = { name: "admin", domain: { id: "default" } };
  const call = async (method: "POST" | "PUT" | "DELETE" | "GET", path: string, headers: object, body?: unknown) => {
    const response = await request(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 400) throw new Error(`Keystone ${method} ${path}: ${text}`);
    const content = (text === "" ? {} : JSON.parse(text)) as Record<string, { id: string }>;
    return { content, token: String(response.headers["x-subject-token"]) };
  };
  const tokenFor = async (scope: unknown) => {
    const identity = { methods: ["password"], password: { user: { ...admin, password: PASSWORD } } };
    const { content, token } = await call("POST", "/auth/tokens", {}, { auth: { identity, scope } });
    return { headers: { "x-auth-token": token }, user: (content.token as unknown as { user: { id: string } }).user.id };
  };
  const made = (content: Record<string, { id: string }>, kind: string) => content[kind]?.id ?? "";

  const { headers } = await tokenFor({ system: { all: true } });
  const ironic = await call("POST", "/services", headers, { service: { type: "baremetal", name: "ironic" } });
  const service_id = made(ironic.content, "service");
  for (const [each, address] of Object.entries({ public: `${ironicUrl}/v1`, internal: ironicUrl })) {
    const endpoint = { service_id, interface: each, region_id: REGION, url: address };
    await call("POST", "/endpoints", headers, { endpoint });
  }
  await call("POST", "/regions", headers, { region: { id: "RackTwo" } });

  // An application credential lives in the project that its maker's token is for.
  const project = { name: "admin", domain: { id: "default" } };
  const maker = await tokenFor({ project });
  const application_credential = { name: "terraform", secret: SECRET };
  const path = `/users/${maker.user}/application_credentials`;
  const credential = await call("POST", path, maker.headers, { application_credential });
  const common = { OS_AUTH_URL: url, OS_REGION_NAME: REGION, OS_INTERFACE: "public" };
  const user = { OS_USERNAME: "admin", OS_USER_DOMAIN_ID: "default" };
  const application = {
    ...common,
    OS_AUTH_TYPE: "v3applicationcredential",
    OS_APPLICATION_CREDENTIAL_SECRET: SECRET,
  };
  return {
    url,
    system: { ...common, ...user, OS_AUTH_TYPE: "password", OS_PASSWORD: PASSWORD, OS_SYSTEM_SCOPE: "all" },
    application: {
      ...application,
      OS_APPLICATION_CREDENTIAL_ID: made(credential.content, "application_credential"),
    },
    applicationByName: { ...application, ...user, OS_APPLICATION_CREDENTIAL_NAME: "terraform" },
    secrets: [PASSWORD, SECRET],
    authtoken: {
      auth_type: "password",
      auth_url: url,
      username: "admin",
      password: PASSWORD,
      user_domain_id: "default",
      project_name: "admin",
      project_domain_id: "default",
      www_authenticate_uri: url,
      // For so long a token that was revoked is still good: five minutes by default.
      token_cache_time: "5",
    },
    headers: async () => headers,
    revoke: async (token) => {
      await call("DELETE", "/auth/tokens", { ...headers, "x-subject-token": token });
    },
    stop,
  };
}

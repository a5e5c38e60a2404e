import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Thing } from "../../../src/testing/ironic";
import { serveFiles } from "./files";
import { type RealKeystone, startKeystone } from "./keystone";
import { debianRoot, inRootOrFail, SharedFolder, type Suite } from "./root";
import { freePort, Service } from "./service";

export interface RealIronic {
  /** The API's root. */
  readonly url: string;
  /** In `http_basic` mode. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** In `keystone` mode. */
  readonly keystone: RealKeystone | undefined;
  readonly service: Service;
  /** Ironic's own client, `baremetal`; gives what it shows. */
  baremetal(...argv: string[]): Promise<unknown>;
  /** Records what a driver would have found; nothing for what is left out. */
  record(uuid: string, facts: NodeFacts): Promise<void>;
  /** A field of a node as the database has it, where secrets are not masked. */
  stored(uuid: string, field: "driver_info" | "instance_info"): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** What inspection and drivers store of a node, as the API has it. */
export interface NodeFacts {
  readonly inventory?: { readonly inventory: Thing; readonly plugin_data: Thing };
  readonly firmware?: readonly Thing[];
  readonly bios?: readonly Thing[];
  /** The oldest first. */
  readonly history?: readonly Thing[];
}

const INTERFACES = [
  "bios",
  "boot",
  "console",
  "deploy",
  "firmware",
  "inspect",
  "management",
  "power",
  "raid",
  "rescue",
  "vendor",
];

/**
 * Ironic in one process, with fake hardware and a database of its own; in `keystone` mode with a Keystone of its own.
 * @param options.suite trixie: Ironic 29; sid: Ironic 39
 * @param options.ca the CA of the registries that it may pull from, a PEM file outside the root
 */
export async function startIronic(
  auth: "noauth" | "http_basic" | "keystone",
  { suite = "trixie", ca }: { readonly suite?: Suite; readonly ca?: string } = {},
): Promise<RealIronic> {
  const folder = new SharedFolder("ironic", suite);
  const { inside, outside } = folder;
  const [port, rpcPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const credentials = auth === "http_basic" ? { username: "admin", password: "e2e-ironic-password" } : undefined;
  const keystone = auth === "keystone" ? await startKeystone(url) : undefined;
  if (credentials) {
    const line = await inRootOrFail("htpasswd", ["-niB", credentials.username], { suite, stdin: credentials.password });
    writeFileSync(join(outside, "htpasswd"), line);
  }
  for (const name of ["tftp", "http", "images", "master"]) mkdirSync(join(outside, name));
  if (ca !== undefined) copyFileSync(ca, join(outside, "ca.pem"));
  const files = await serveFiles(join(outside, "http"), debianRoot(suite));
  const section = (name: string, settings: Record<string, string | number>) =>
    [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ""].join("\n");
  const config = [
    section("DEFAULT", {
      auth_strategy: auth,
      ...(credentials && { http_basic_auth_user_file: `${inside}/htpasswd` }),
      rpc_transport: "json-rpc",
      host: "127.0.0.1",
      my_ip: "127.0.0.1",
      state_path: inside,
      enabled_hardware_types: "fake-hardware",
      ...Object.fromEntries(INTERFACES.map((name) => [`enabled_${name}_interfaces`, "fake"])),
      ...Object.fromEntries(INTERFACES.map((name) => [`default_${name}_interface`, "fake"])),
      // The agent's deploy interfaces go with fake hardware as far as the wait for an agent that never comes.
      enabled_deploy_interfaces: "fake,direct,bootc",
      enabled_network_interfaces: "noop",
      default_network_interface: "noop",
      enabled_storage_interfaces: "noop",
      default_storage_interface: "noop",
    }),
    ...(keystone ? [section("keystone_authtoken", keystone.authtoken)] : []),
    section("api", { host_ip: "127.0.0.1", port, public_endpoint: url }),
    section("json_rpc", { auth_strategy: "noauth", host_ip: "127.0.0.1", port: rpcPort }),
    section("database", { connection: `sqlite:///${inside}/ironic.sqlite` }),
    section("conductor", {
      automated_clean: "false",
      // A fresh fake node has no power state until the first sync, and an allocation wants one.
      sync_power_state_interval: 2,
      send_sensor_data: "false",
      heartbeat_interval: 5,
    }),
    section("dhcp", { dhcp_provider: "none" }),
    section("service_catalog", { auth_type: "none", endpoint_override: url }),
    section("pxe", {
      tftp_root: `${inside}/tftp`,
      images_path: `${inside}/images`,
      instance_master_path: `${inside}/master`,
    }),
    section("deploy", { http_root: `${inside}/http`, http_url: files.url }),
    section("oslo_concurrency", { lock_path: inside }),
  ].join("\n");
  writeFileSync(join(outside, "ironic.conf"), config);
  await inRootOrFail("ironic-dbsync", ["--config-file", `${inside}/ironic.conf`, "create_schema"], { suite });
  const service = new Service("ironic", ["--config-file", `${inside}/ironic.conf`], {
    suite,
    ...(ca !== undefined && { env: { REQUESTS_CA_BUNDLE: `${inside}/ca.pem` } }),
  });
  // The API answers before the conductor has registered its drivers, and without those nothing can be enrolled.
  try {
    await service.until(async () => hasDrivers(url, await keystone?.headers(), credentials), 90);
  } catch (error) {
    // Programs that go on would keep the test run from ending.
    service.kill();
    await keystone?.stop();
    await files.stop();
    throw error;
  }
  const env = keystone
    ? keystone.system
    : credentials
      ? {
          OS_AUTH_TYPE: "http_basic",
          OS_USERNAME: credentials.username,
          OS_PASSWORD: credentials.password,
          OS_ENDPOINT: url,
        }
      : { OS_AUTH_TYPE: "none", OS_ENDPOINT: url };
  return {
    url,
    credentials,
    keystone,
    service,
    async baremetal(...argv) {
      // Commands that show something say so in JSON; those that change something have no format.
      const shows = argv.some((word) => word === "show" || word === "list");
      const printed = await inRootOrFail("baremetal", shows ? [...argv, "-f", "json"] : argv, { suite, env });
      return shows ? JSON.parse(printed) : undefined;
    },
    async record(uuid, facts) {
      copyFileSync(join(__dirname, "node_facts.py"), join(outside, "node_facts.py"));
      const argv = [`${inside}/node_facts.py`, `${inside}/ironic.conf`, uuid];
      await inRootOrFail("python3", argv, { suite, stdin: JSON.stringify(facts) });
    },
    async stored(uuid, field) {
      const query = `import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("select ${field} from nodes where uuid = ?", sys.argv[2:]).fetchone()[0])`;
      return JSON.parse(await inRootOrFail("python3", ["-c", query, `${inside}/ironic.sqlite`, uuid], { suite }));
    },
    async stop() {
      await service.stop();
      await keystone?.stop();
      await files.stop();
      folder.remove();
    },
  };
}

function hasDrivers(url: string, headers = {}, credentials?: RealIronic["credentials"]): Promise<boolean> {
  const auth = credentials && `${credentials.username}:${credentials.password}`;
  return new Promise((resolve, reject) => {
    request(`${url}/v1/drivers`, { agent: false, headers, ...(auth && { auth }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(response.statusCode === 200 && body.includes("fake-hardware")));
    })
      .on("error", reject)
      .end();
  });
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { IRONIC_29, type Release } from "../variants";
import { EVERYWHERE, SERVICES } from "./network";
import type { Root } from "./root";
import type { WebServer } from "./web";

const URL = `http://${SERVICES}:6385`;

/** A node as Ironic's API shows it; only what the tests look at. */
export interface ShownNode {
  readonly uuid: string;
  readonly provision_state: string;
  readonly power_state: string | null;
  readonly last_error: string | null;
  readonly maintenance: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly instance_info: Readonly<Record<string, unknown>>;
  readonly driver_info: Readonly<Record<string, unknown>>;
  readonly deploy_step: { readonly step?: string };
}

/** Real Ironic in one process: hardware type `redfish`, virtual media, deploy interface `direct`. */
export class Ironic {
  readonly url = URL;

  private constructor(readonly log: string) {}

  static async start(root: Root, web: WebServer, release: Release): Promise<Ironic> {
    for (const name of ["tmp", "iso", "master", "images", "logs"]) mkdirSync(join(root.srv, name), { recursive: true });
    writeFileSync(join(root.srv, "ironic.conf"), configuration(web, release));
    writeFileSync(join(root.srv, "grub.template"), GRUB_TEMPLATE);
    // Compiled files would go into the shared root.
    const options = { env: { PYTHONDONTWRITEBYTECODE: "1", TMPDIR: "/srv/tmp" } };
    const config = ["--config-file", "/srv/ironic.conf"];
    await root.output("ironic-dbsync", [...config, "create_schema"], options);
    const daemon = root.daemon("ironic", "ironic", config, options);
    // The API answers before the conductor has registered its drivers, and without those nothing can be enrolled.
    await daemon.until(async () => (await get("/v1/drivers")).includes('"redfish"'), 120);
    return new Ironic(daemon.log);
  }

  async node(name: string): Promise<ShownNode> {
    return JSON.parse(await get(`/v1/nodes/${name}`)) as ShownNode;
  }

  /** UUIDs of all nodes, children included. */
  async nodes(): Promise<string[]> {
    const { nodes } = JSON.parse(await get("/v1/nodes?include_children=True")) as { nodes: { uuid: string }[] };
    return nodes.map(({ uuid }) => uuid);
  }

  /**
   * What Ironic noted of a node's failures, oldest first (API 1.78): `last_error` is emptied when a failed deployment switches the
   * machine off.
   */
  async history(uuid: string): Promise<string[]> {
    const { history } = JSON.parse(await get(`/v1/nodes/${uuid}/history?detail=True`)) as {
      history: { created_at: string; event: string }[];
    };
    const inOrder = history.sort((one, other) => (one.created_at < other.created_at ? -1 : 1));
    return inOrder.map(({ created_at, event }) => `${created_at} ${event}`);
  }

  /** Polls a node until `met` accepts it; an error with its state after `seconds`, or when the signal is aborted. */
  async until(
    name: string,
    met: (node: ShownNode) => boolean,
    seconds: number,
    signal: AbortSignal,
  ): Promise<ShownNode> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const node = await this.node(name).catch(() => undefined);
      if (node !== undefined && met(node)) return node;
      if (Date.now() > deadline) {
        const { provision_state, deploy_step, last_error } = node ?? {};
        throw new Error(
          `node ${name} after ${seconds} s: ${JSON.stringify({ provision_state, deploy_step, last_error })}`,
        );
      }
      await delay(500, undefined, { signal });
    }
  }
}

async function get(path: string): Promise<string> {
  const response = await fetch(`${URL}${path}`, {
    headers: { "x-openstack-ironic-api-version": "1.94" },
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path} answers ${response.status}: ${text}`);
  return text;
}

const GRUB_TEMPLATE = `set default=0
set timeout=0
menuentry "agent" {
linux {{ linux }} {{ kernel_params }} --
initrd {{ initrd }}
}
`;

function configuration(web: WebServer, release: Release): string {
  const unused = ["bios", "console", "firmware", "inspect", "raid", "rescue", "vendor"];
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    DEFAULT: {
      auth_strategy: "noauth",
      rpc_transport: "json-rpc",
      host: "localhost",
      my_ip: SERVICES,
      state_path: "/srv",
      tempdir: "/srv/tmp",
      grub_config_template: "/srv/grub.template",
      enabled_hardware_types: "redfish",
      enabled_boot_interfaces: "redfish-virtual-media",
      enabled_deploy_interfaces: "direct",
      enabled_management_interfaces: "redfish",
      enabled_power_interfaces: "redfish",
      enabled_network_interfaces: "noop",
      default_network_interface: "noop",
      enabled_storage_interfaces: "noop",
      ...Object.fromEntries(unused.map((name) => [`enabled_${name}_interfaces`, `no-${name}`])),
    },
    database: { connection: "sqlite:////srv/ironic.sqlite" },
    // Ironic 29 otherwise refuses the agent's lookup while the node is in "service wait" (bug 2136818).
    api: { host_ip: EVERYWHERE, port: 6385, public_endpoint: URL, restrict_lookup: release !== IRONIC_29 },
    json_rpc: { auth_strategy: "noauth", host_ip: "127.0.0.1", port: 8089 },
    conductor: {
      automated_clean: false,
      deploy_callback_timeout: 1800,
      power_state_change_timeout: 120,
      file_url_allowed_paths: "/srv",
    },
    agent: { api_ca_file: "/srv/ca.pem", command_timeout: 180, deploy_logs_local_path: "/srv/logs" },
    deploy: {
      http_url: web.url,
      http_root: web.folder,
      iso_master_path: "/srv/iso",
      default_boot_mode: "uefi",
    },
    pxe: { instance_master_path: "/srv/master", images_path: "/srv/images" },
    redfish: { use_swift: false, kernel_append_params: "console=ttyS0 loglevel=4" },
    dhcp: { dhcp_provider: "none" },
    service_catalog: { auth_type: "none", endpoint_override: URL },
    oslo_concurrency: { lock_path: "/srv/tmp" },
  };
  return Object.entries(sections)
    .map(
      ([name, settings]) =>
        `[${name}]\n${Object.entries(settings)
          .map(([key, value]) => `${key} = ${value}\n`)
          .join("")}`,
    )
    .join("\n");
}

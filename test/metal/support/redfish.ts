import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { BOOT_TARGETS, type BootOverride, Machine, RESET_TYPES, type ResetType } from "./machine";
import { EVERYWHERE, SERVICES } from "./network";
import type { Root } from "./root";

/** Who may use the service. */
export const BMC_USER = "admin";

const PORT = 8000;
const SYSTEM = "/redfish/v1/Systems/1";
const MANAGER = "/redfish/v1/Managers/1";
const CD = `${MANAGER}/VirtualMedia/Cd`;

/**
 * A baseboard management controller in front of {@link Machine}: as much of Redfish as Ironic's `redfish` hardware type uses with
 * virtual media (DMTF DSP0266; schemas ComputerSystem 1.10, Manager 1.5, VirtualMedia 1.3). One System, one Manager, one virtual
 * CD; HTTP basic authentication.
 */
export class RedfishService {
  /** `driver_info.redfish_address`. */
  readonly url = `http://${SERVICES}:${PORT}`;
  /** `driver_info.redfish_system_id`. */
  readonly systemId = SYSTEM;
  readonly machine: Machine;
  /** The file with a line for each event and each refused request. */
  readonly log: string;
  readonly #server: Server;
  readonly #authorization: string;

  private constructor(root: Root, password: string) {
    this.log = join(root.srv, "redfish.log");
    this.machine = new Machine(root, (text) => this.#note(text));
    this.#authorization = `Basic ${Buffer.from(`${BMC_USER}:${password}`).toString("base64")}`;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: Error) => this.#fail(request, response, 500, error.message));
    });
  }

  static async start(root: Root, password: string): Promise<RedfishService> {
    const service = new RedfishService(root, password);
    await new Promise<void>((resolve, reject) => {
      service.#server.on("error", reject).listen(PORT, EVERYWHERE, resolve);
    });
    return service;
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace(/\/+$/, "");
    let text = "";
    for await (const chunk of request) text += String(chunk);
    // The service root is for everyone (DSP0266, "Authentication").
    if (path !== "/redfish/v1" && request.headers.authorization !== this.#authorization) {
      return this.#fail(request, response, 401, "not authorized");
    }
    if (request.method === "GET") {
      const found = resource(path, this.machine);
      if (found === undefined) return this.#fail(request, response, 404, "no such resource");
      return answer(response, 200, { "@odata.id": path, ...found });
    }
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    const problem =
      request.method === "PATCH"
        ? this.#change(path, body)
        : request.method === "POST"
          ? await this.#act(path, body)
          : "no such method";
    if (problem !== undefined) return this.#fail(request, response, 400, problem);
    answer(response, 204);
  }

  /** PATCH; gives what is wrong with the request. */
  #change(path: string, { Boot, ...others }: Record<string, unknown>): string | undefined {
    if (path !== SYSTEM || Object.keys(others).length > 0) return "only Boot of the system can be changed";
    const change = Boot as Partial<BootOverride>;
    if (!BOOT_TARGETS.includes(change.BootSourceOverrideTarget ?? "None")) return "no such boot target";
    if ((change.BootSourceOverrideMode ?? "UEFI") !== "UEFI") return "no such boot mode";
    this.machine.setBoot(change);
    return undefined;
  }

  /** POST of an action; gives what is wrong with the request. */
  async #act(path: string, body: Record<string, unknown>): Promise<string | undefined> {
    if (path === `${SYSTEM}/Actions/ComputerSystem.Reset`) {
      if (!RESET_TYPES.includes(body.ResetType as ResetType)) return "no such reset type";
      await this.machine.reset(body.ResetType as ResetType);
    } else if (path === `${CD}/Actions/VirtualMedia.InsertMedia`) {
      if (typeof body.Image !== "string") return "Image is missing";
      await this.machine.insert(body.Image);
    } else if (path === `${CD}/Actions/VirtualMedia.EjectMedia`) {
      await this.machine.eject();
    } else return "no such action";
    return undefined;
  }

  #fail(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
    this.#note(`${request.method} ${request.url} -> ${status} ${message}`);
    answer(response, status, { error: { code: "Base.1.0.GeneralError", message } });
  }

  #note(text: string): void {
    appendFileSync(this.log, `${new Date().toISOString().slice(11, 19)} ${text}\n`);
  }
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "odata-version": "4.0" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

type Resource = Readonly<Record<string, unknown>>;

/** The content of one resource. */
function resource(path: string, machine: Machine): Resource | undefined {
  switch (path) {
    case "/redfish/v1":
      return {
        ...head("ServiceRoot.v1_5_0.ServiceRoot", "RootService", "Root"),
        RedfishVersion: "1.6.0",
        Systems: link("/redfish/v1/Systems"),
        Managers: link("/redfish/v1/Managers"),
      };
    case "/redfish/v1/Systems":
      return collection("ComputerSystemCollection", SYSTEM);
    case "/redfish/v1/Managers":
      return collection("ManagerCollection", MANAGER);
    case `${MANAGER}/VirtualMedia`:
      return collection("VirtualMediaCollection", CD);
    case SYSTEM:
      return {
        ...head("ComputerSystem.v1_10_0.ComputerSystem", "1", "metal"),
        UUID: "c0ffee00-0000-4000-8000-000000000001",
        // Ironic copies it into properties.vendor.
        Manufacturer: "Metal Test Machines",
        Model: "qemu",
        SystemType: "Physical",
        PowerState: machine.isOn ? "On" : "Off",
        Status: { State: "Enabled", Health: "OK" },
        Boot: {
          ...machine.boot,
          "BootSourceOverrideTarget@Redfish.AllowableValues": BOOT_TARGETS,
          "BootSourceOverrideMode@Redfish.AllowableValues": ["UEFI"],
        },
        Links: { ManagedBy: [link(MANAGER)] },
        Actions: {
          "#ComputerSystem.Reset": {
            target: `${SYSTEM}/Actions/ComputerSystem.Reset`,
            "ResetType@Redfish.AllowableValues": RESET_TYPES,
          },
        },
      };
    case MANAGER:
      return {
        ...head("Manager.v1_5_0.Manager", "1", "BMC"),
        ManagerType: "BMC",
        FirmwareVersion: "1.0",
        Status: { State: "Enabled", Health: "OK" },
        VirtualMedia: link(`${MANAGER}/VirtualMedia`),
        Links: { ManagerForServers: [link(SYSTEM)] },
      };
    case CD:
      return {
        ...head("VirtualMedia.v1_3_0.VirtualMedia", "Cd", "Virtual CD"),
        MediaTypes: ["CD", "DVD"],
        Image: machine.image ?? null,
        Inserted: machine.image !== undefined,
        WriteProtected: true,
        ConnectedVia: machine.image === undefined ? "NotConnected" : "URI",
        Actions: {
          "#VirtualMedia.InsertMedia": { target: `${CD}/Actions/VirtualMedia.InsertMedia` },
          "#VirtualMedia.EjectMedia": { target: `${CD}/Actions/VirtualMedia.EjectMedia` },
        },
      };
    default:
      return undefined;
  }
}

function head(type: string, id: string, name: string): Resource {
  return { "@odata.type": `#${type}`, Id: id, Name: name };
}

function link(path: string): Resource {
  return { "@odata.id": path };
}

function collection(type: string, ...members: string[]): Resource {
  return {
    "@odata.type": `#${type}.${type}`,
    Name: type,
    "Members@odata.count": members.length,
    Members: members.map(link),
  };
}

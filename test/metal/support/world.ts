import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../settings";
import type { Release } from "../variants";
import { makeCa, type RunCa } from "./ca";
import { Ironic } from "./ironic";
import { RedfishService } from "./redfish";
import { Registries } from "./registry";
import { Root } from "./root";
import { WebServer } from "./web";

/** The BMC's password. */
export const BMC_PASSWORD = "metal-bmc-password";

/** Everything that a deployment needs, up and running: one release's Ironic, a machine behind Redfish, registries. */
export interface World {
  readonly release: Release;
  readonly root: Root;
  readonly tls: RunCa;
  readonly redfish: RedfishService;
  readonly registries: Registries;
  readonly ironic: Ironic;
  stop(): Promise<void>;
}

/** Starts the services of a release, one after the other; those that are up are stopped when one fails to start. */
export async function startWorld(settings: Settings, release: Release): Promise<World> {
  const path = settings.roots[release.suite];
  if (path === undefined) throw new Error(`no ${release.suite} root among the settings`);
  const folder = mkdtempSync(join(settings.folder, `${release.suite}-`));
  const root = new Root(path, folder);
  const stops: (() => Promise<void>)[] = [() => root.stop()];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const started = <T extends { stop(): Promise<void> }>(service: T): T => {
    stops.push(() => service.stop());
    return service;
  };
  try {
    const tls = await makeCa(root);
    const registries = started(await Registries.start(root, tls));
    const redfish = started(await RedfishService.start(root, BMC_PASSWORD));
    const web = started(await WebServer.start(root));
    const ironic = await Ironic.start(root, web, release);
    return { release, root, tls, redfish, registries, ironic, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

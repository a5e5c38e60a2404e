import type { Json, JsonObject } from "../../ironic";
import { type Diagnostics, isUnknown, ProviderError, type Unknown } from "../../tfplugin";
import { isEmpty } from "../shared/values";
import type { BiosSettings, CleanSetting, HardwareVolume, RaidConfig, SoftwareVolume } from "./clean-settings";

/** The clean steps of a manual cleaning, and the RAID configuration to set before it. */
export interface Cleaning {
  readonly steps: readonly JsonObject[];
  readonly targetRaidConfig: JsonObject | undefined;
}

/** Loaded with the first setting: it loads zod. */
function checks() {
  return require("./clean-settings") as typeof import("./clean-settings");
}

/** What is wrong with logical disks in the format of Ironic's API, one sentence for each fault. */
export function faultsOfLogicalDisks(name: string, value: Json): readonly string[] {
  if (!Object.hasOwn(value as JsonObject, "logical_disks")) return [`${name} must have logical_disks.`];
  return checks()
    .faultsOf("raid_config", value)
    .map((fault) => fault.replace("raid_config", name));
}

/** Reports what Ironic would refuse, or ignore; unknown values and texts that are no JSON have no faults here. */
export function checkCleaning(
  config: Readonly<Record<CleanSetting, string | Unknown | null>>,
  diagnostics: Diagnostics,
): void {
  for (const name of ["raid_config", "bios_settings"] as const) {
    const value = isUnknown(config[name]) ? undefined : parsed(config[name]);
    if (value === undefined) continue;
    const faults = checks().faultsOf(name, value);
    for (const detail of faults) diagnostics.error(`${name} can't be applied`, { detail, path: [name] });
    if (name !== "raid_config" || faults.length > 0) continue;
    for (const { path, possible } of checks().unknownKeys(value as RaidConfig)) {
      const detail = `Ironic's schema does not have ${path}, and most drivers refuse it. Possible there: ${possible.join(", ")}.`;
      diagnostics.warning("Unknown key of raid_config", { detail, path: [name] });
    }
  }
}

/**
 * Clean steps for `raid_config` and `bios_settings`, in the formats of `openshift-metal3/ironic`: Metal3's
 * `hardwareRAIDVolumes` and `softwareRAIDVolumes` (an empty list removes existing volumes), and settings for
 * `bios.apply_configuration`. `logical_disks`, the format of Ironic, are sent unchanged.
 * @param hasRootDevice whether hints name the root disk; otherwise it is the first volume
 * @throws {ProviderError} with the faults of a value that was unknown at plan
 */
export function cleaningFor(raidConfig: string | null, biosSettings: string | null, hasRootDevice: boolean): Cleaning {
  const raid = checked<RaidConfig>("raid_config", raidConfig);
  const settings = checked<BiosSettings>("bios_settings", biosSettings);
  const disks = raid && logicalDisks(raid);
  const steps: JsonObject[] = [];
  if (disks) {
    steps.push({ interface: "raid", step: "delete_configuration", args: {} });
    if (raid.softwareRAIDVolumes) steps.push({ interface: "deploy", step: "erase_devices_metadata", args: {} });
    if (disks.length > 0) steps.push({ interface: "raid", step: "create_configuration", args: {} });
  }
  if (settings) steps.push({ interface: "bios", step: "apply_configuration", args: { settings } as JsonObject });
  if (!disks || disks.length === 0) return { steps, targetRaidConfig: undefined };
  const [first, ...rest] = disks;
  const root = !hasRootDevice && !disks.some((disk) => disk.is_root_volume) ? { is_root_volume: true } : {};
  return { steps, targetRaidConfig: { logical_disks: [{ ...first, ...root }, ...rest] } };
}

function checked<T>(name: CleanSetting, text: string | null): T | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const faults = checks().faultsOf(name, value);
  if (faults.length === 0) return value as T;
  throw new ProviderError(`${name} can't be applied`, { detail: faults.join("\n"), path: [name] });
}

/** Undefined for an unset text, for JSON's null, and for what is no JSON. */
function parsed(text: string | null): Json | undefined {
  if (text === null || isEmpty(text)) return undefined;
  try {
    return (JSON.parse(text) as Json | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function logicalDisks(raid: RaidConfig): JsonObject[] | undefined {
  const { logical_disks: disks, hardwareRAIDVolumes: hardware, softwareRAIDVolumes: software } = raid;
  if (disks) return disks as JsonObject[];
  if (hardware?.length) return hardware.map(hardwareDisk);
  return software?.map(softwareDisk) ?? hardware?.map(hardwareDisk);
}

/** Metal3's HardwareRAIDVolume as a logical disk of Ironic. */
function hardwareDisk(volume: HardwareVolume): JsonObject {
  const { rotational } = volume;
  return defined({
    size_gb: volume.sizeGibibytes ?? "MAX",
    raid_level: volume.level,
    volume_name: volume.name || undefined,
    disk_type: rotational === undefined || rotational === null ? undefined : rotational ? "hdd" : "ssd",
    number_of_physical_disks: volume.numberOfPhysicalDisks,
    controller: volume.controller,
    physical_disks: volume.physicalDisks,
  });
}

/** Metal3's SoftwareRAIDVolume as a logical disk of Ironic. */
function softwareDisk(volume: SoftwareVolume): JsonObject {
  return defined({
    size_gb: volume.sizeGibibytes ?? "MAX",
    raid_level: volume.level,
    physical_disks: volume.physicalDisks as Json | undefined,
    controller: "software",
  });
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null),
  );
}

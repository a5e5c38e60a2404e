import type { Json, JsonObject } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import { isEmpty } from "../shared/values";

/** The clean steps of a manual cleaning, and the RAID configuration to set before it. */
export interface Cleaning {
  readonly steps: readonly JsonObject[];
  readonly targetRaidConfig: JsonObject | undefined;
}

/**
 * Clean steps for `raid_config` and `bios_settings`, in the formats of `openshift-metal3/ironic`: Metal3's
 * `hardwareRAIDVolumes` and `softwareRAIDVolumes` (an empty list removes existing volumes), and settings for
 * `bios.apply_configuration`. `logical_disks`, the format of Ironic, are sent unchanged.
 * @param hasRootDevice whether hints name the root disk; otherwise it is the first volume
 */
export function cleaningFor(raidConfig: string | null, biosSettings: string | null, hasRootDevice: boolean): Cleaning {
  const raid = isEmpty(raidConfig) ? undefined : (JSON.parse(raidConfig as string) as Record<string, Json>);
  const disks = raid && logicalDisks(raid);
  const steps: JsonObject[] = [];
  if (disks) {
    steps.push({ interface: "raid", step: "delete_configuration", args: {} });
    if (raid.softwareRAIDVolumes) steps.push({ interface: "deploy", step: "erase_devices_metadata", args: {} });
    if (disks.length > 0) steps.push({ interface: "raid", step: "create_configuration", args: {} });
  }
  if (!isEmpty(biosSettings)) {
    steps.push({
      interface: "bios",
      step: "apply_configuration",
      args: { settings: JSON.parse(biosSettings as string) as Json },
    });
  }
  if (!disks || disks.length === 0) return { steps, targetRaidConfig: undefined };
  const [first, ...rest] = disks;
  const root = !hasRootDevice && !disks.some((disk) => disk.is_root_volume) ? { is_root_volume: true } : {};
  return { steps, targetRaidConfig: { logical_disks: [{ ...first, ...root }, ...rest] } };
}

function logicalDisks(raid: Record<string, Json>): JsonObject[] | undefined {
  if (raid.logical_disks) return listOf(raid.logical_disks);
  const [hardware, software] = [raid.hardwareRAIDVolumes ?? null, raid.softwareRAIDVolumes ?? null];
  if (hardware !== null && software !== null && listOf(software).length > 0 && listOf(hardware).length > 0) {
    throw new ProviderError("Both hardware and software RAID", {
      detail: "raid_config can have hardwareRAIDVolumes or softwareRAIDVolumes, not both.",
      path: ["raid_config"],
    });
  }
  if (hardware !== null && listOf(hardware).length > 0) return listOf(hardware).map(hardwareDisk);
  if (software !== null && listOf(software).length > 0) return listOf(software).map(softwareDisk);
  return hardware === null && software === null ? undefined : [];
}

function listOf(value: Json): JsonObject[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null))
    return value as JsonObject[];
  throw new ProviderError("Not a list of volumes", {
    detail: "The volumes of raid_config are a list of JSON objects.",
    path: ["raid_config"],
  });
}

/** Metal3's HardwareRAIDVolume (metal3-io/baremetal-operator, BareMetalHost API) as a logical disk of Ironic. */
function hardwareDisk(volume: JsonObject): JsonObject {
  return defined({
    size_gb: volume.sizeGibibytes ?? "MAX",
    raid_level: volume.level,
    volume_name: volume.name || undefined,
    disk_type:
      volume.rotational === undefined || volume.rotational === null ? undefined : volume.rotational ? "hdd" : "ssd",
    number_of_physical_disks: volume.numberOfPhysicalDisks,
    controller: volume.controller,
    physical_disks: volume.physicalDisks,
  });
}

/** Metal3's SoftwareRAIDVolume as a logical disk of Ironic. */
function softwareDisk(volume: JsonObject): JsonObject {
  return defined({
    size_gb: volume.sizeGibibytes ?? "MAX",
    raid_level: volume.level,
    physical_disks: volume.physicalDisks,
    controller: "software",
  });
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null),
  );
}

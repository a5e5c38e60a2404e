import type { Json, JsonObject } from "../../../src/ironic";

// RAID configurations for Ironic's own checks (test/e2e/ironic/raid.e2e.ts) and for those of a plan.

const DISK: JsonObject = { raid_level: "1", size_gb: 10 };
const FIELDS = [
  ...["raid_level", "size_gb", "volume_name", "is_root_volume", "share_physical_disks", "disk_type"],
  ...["interface_type", "number_of_physical_disks", "controller", "physical_disks"],
];
const VALUES: readonly Json[] = [
  ...[null, true, "", "x", "MAX", "max", "1", "10", "1+0", "JBOD", "ssd", "scsi", 0, 1, -1, 1.5, {}, []],
  ...[["a"], ["a", "b"], [{}], [{}, {}], ["a", {}]],
];

/** Every value in every field, and the combinations that the schema has rules for. */
export const RAID_CONFIGS: readonly JsonObject[] = [
  ...FIELDS.flatMap((field) =>
    [{}, { controller: "c" }].flatMap((more) => VALUES.map((value) => disks({ ...DISK, ...more, [field]: value }))),
  ),
  ...Object.keys(DISK).map((field) =>
    disks(Object.fromEntries(Object.entries(DISK).filter(([name]) => name !== field))),
  ),
  disks(DISK, DISK),
  disks({ ...DISK, is_root_volume: true }, { ...DISK, is_root_volume: true }),
  disks({ ...DISK, is_root_volume: true }, { ...DISK, is_root_volume: false }),
  disks("a" as never),
  disks([] as never),
  disks(null as never),
  { logical_disks: {} },
  { logical_disks: "all" },
];

function disks(...logical_disks: readonly JsonObject[]): JsonObject {
  return { logical_disks };
}

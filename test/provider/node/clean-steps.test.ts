import { cleaningFor } from "../../../src/provider/node/clean-steps";
import { ProviderError } from "../../../src/tfplugin";

const DELETE = { interface: "raid", step: "delete_configuration", args: {} };
const ERASE = { interface: "deploy", step: "erase_devices_metadata", args: {} };
const CREATE = { interface: "raid", step: "create_configuration", args: {} };
const apply = (settings: unknown) => ({ interface: "bios", step: "apply_configuration", args: { settings } });

test.each<[string, unknown, unknown, boolean, object[], object[] | undefined]>([
  ["nothing", null, null, false, [], undefined],
  ["empty texts", "", "", false, [], undefined],
  ["BIOS settings", null, [{ name: "a", value: "b" }], false, [apply([{ name: "a", value: "b" }])], undefined],
  [
    "a hardware volume",
    {
      hardwareRAIDVolumes: [{ sizeGibibytes: 10, level: "1", name: "v", rotational: false, numberOfPhysicalDisks: 2 }],
    },
    null,
    false,
    [DELETE, CREATE],
    [
      {
        size_gb: 10,
        raid_level: "1",
        volume_name: "v",
        disk_type: "ssd",
        number_of_physical_disks: 2,
        is_root_volume: true,
      },
    ],
  ],
  [
    "hardware volumes, with a root device of their own",
    {
      hardwareRAIDVolumes: [
        { level: "1", rotational: true },
        { level: "5", rotational: null, name: "", controller: "c", physicalDisks: ["d"] },
      ],
    },
    null,
    true,
    [DELETE, CREATE],
    [
      { size_gb: "MAX", raid_level: "1", disk_type: "hdd" },
      { size_gb: "MAX", raid_level: "5", controller: "c", physical_disks: ["d"] },
    ],
  ],
  [
    "a software volume",
    { softwareRAIDVolumes: [{ level: "1" }] },
    null,
    false,
    [DELETE, ERASE, CREATE],
    [{ size_gb: "MAX", raid_level: "1", controller: "software", is_root_volume: true }],
  ],
  ["no hardware volumes: those that exist are removed", { hardwareRAIDVolumes: [] }, null, false, [DELETE], undefined],
  ["no software volumes", { softwareRAIDVolumes: [] }, null, false, [DELETE, ERASE], undefined],
  [
    "hardware volumes and no software ones",
    { hardwareRAIDVolumes: [{ level: "0" }], softwareRAIDVolumes: [] },
    null,
    true,
    [DELETE, ERASE, CREATE],
    [{ size_gb: "MAX", raid_level: "0" }],
  ],
  ["nulls", { hardwareRAIDVolumes: null, softwareRAIDVolumes: null }, null, false, [], undefined],
  [
    "Ironic's own form, with its root volume",
    {
      logical_disks: [
        { size_gb: 1, raid_level: "1" },
        { size_gb: 2, raid_level: "1", is_root_volume: true },
      ],
    },
    null,
    false,
    [DELETE, CREATE],
    [
      { size_gb: 1, raid_level: "1" },
      { size_gb: 2, raid_level: "1", is_root_volume: true },
    ],
  ],
  ["both RAID and BIOS", { hardwareRAIDVolumes: [] }, [], false, [DELETE, apply([])], undefined],
])("%s", (_, raid, bios, hasRootDevice, steps, disks) => {
  const text = (value: unknown) =>
    value === null || typeof value === "string" ? (value as string | null) : JSON.stringify(value);
  expect(cleaningFor(text(raid), text(bios), hasRootDevice)).toEqual({
    steps,
    targetRaidConfig: disks && { logical_disks: disks },
  });
});

test.each<[string, unknown, string]>([
  [
    "volumes that are no list",
    { hardwareRAIDVolumes: "all" },
    "raid_config.hardwareRAIDVolumes must be a list of volumes.",
  ],
  [
    "volumes that are no objects",
    { softwareRAIDVolumes: ["a"] },
    "raid_config.softwareRAIDVolumes[0] must be an object.",
  ],
])("%s, which were unknown at plan, are refused before any step", (_, raid, detail) => {
  const clean = () => cleaningFor(JSON.stringify(raid), null, false);
  expect(clean).toThrow(ProviderError);
  expect(clean).toThrow(expect.objectContaining({ detail, path: ["raid_config"] }));
});

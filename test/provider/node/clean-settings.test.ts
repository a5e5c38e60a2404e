import { checkCleaning } from "../../../src/provider/node/clean-steps";
import { type Unknown, unknown } from "../../../src/tfplugin";
import { Diagnostics } from "../../../src/tfplugin/author/diagnostics";

function check(settings: { readonly raid_config?: unknown; readonly bios_settings?: unknown }): string[] {
  const text = (value: unknown): string | null | Unknown =>
    value === undefined ? null : value === unknown ? unknown : JSON.stringify(value);
  const diagnostics = new Diagnostics();
  checkCleaning({ raid_config: text(settings.raid_config), bios_settings: text(settings.bios_settings) }, diagnostics);
  return diagnostics.all.map(({ severity, detail, path }) => `${severity} at ${path.join(".")}: ${detail}`);
}

const DISK = { raid_level: "1", size_gb: 10 };
const LEVEL = "must be one of JBOD, 0, 1, 2, 5, 6, 1+0, 5+0, 6+0.";

test.each<[unknown, string]>([
  [[], " must be an object."],
  [{ logicalDisks: [] }, " must have one of logical_disks, hardwareRAIDVolumes, softwareRAIDVolumes."],
  [{ logical_disks: {} }, ".logical_disks must be a list of volumes."],
  [{ logical_disks: [DISK, { ...DISK, raid_level: "10" }] }, `.logical_disks[1].raid_level ${LEVEL}`],
  [{ logical_disks: [{ raid_level: "1" }] }, '.logical_disks[0].size_gb must be a whole number of GiB, or "MAX".'],
  [{ logical_disks: [{ ...DISK, disk_type: "nvme" }] }, ".logical_disks[0].disk_type must be hdd or ssd."],
  [
    { logical_disks: [{ ...DISK, physical_disks: ["a"] }] },
    ".logical_disks[0].controller must be set where physical_disks is.",
  ],
  [
    {
      logical_disks: [
        { ...DISK, is_root_volume: true },
        { ...DISK, is_root_volume: true },
      ],
    },
    ".logical_disks has more than one root volume.",
  ],
  [{ hardwareRAIDVolumes: [{ sizeGibibytes: 10 }] }, `.hardwareRAIDVolumes[0].level ${LEVEL}`],
  [{ hardwareRAIDVolumes: [{ level: 1 }] }, `.hardwareRAIDVolumes[0].level ${LEVEL}`],
  [
    { hardwareRAIDVolumes: [{ level: "1", sizeGibibytes: "10" }] },
    ".hardwareRAIDVolumes[0].sizeGibibytes must be a whole number of GiB.",
  ],
  [
    { hardwareRAIDVolumes: [{ level: "1", numberOfPhysicalDisks: 0 }] },
    ".hardwareRAIDVolumes[0].numberOfPhysicalDisks must be a whole number of disks, 1 or more.",
  ],
  [
    { softwareRAIDVolumes: [{ level: "1", physicalDisks: [{}] }] },
    ".softwareRAIDVolumes[0].physicalDisks needs two disks.",
  ],
  [
    { hardwareRAIDVolumes: [{ level: "1" }], softwareRAIDVolumes: [{ level: "1" }] },
    " can have hardwareRAIDVolumes or softwareRAIDVolumes, not both.",
  ],
])("raid_config = %j is refused by its path", (raid_config, fault) => {
  expect(check({ raid_config })).toEqual([`error at raid_config: raid_config${fault}`]);
});

test.each<[unknown, string]>([
  [{ BootMode: "Uefi" }, ' must be a list of settings, such as [{"name": "BootMode", "value": "Uefi"}].'],
  [["hunter2"], "[0] must be an object."],
  [
    [
      { name: "a", value: "b" },
      { Name: "a", value: "hunter2" },
    ],
    "[1].name must be a string.",
  ],
  [[{ name: "", value: "hunter2" }], "[0].name must not be empty."],
  [[{ name: "a" }], "[0].value must be set."],
])("bios_settings = %j is refused by its path, without its values", (bios_settings, fault) => {
  expect(check({ bios_settings })).toEqual([`error at bios_settings: bios_settings${fault}`]);
});

test("every fault is reported", () => {
  expect(check({ raid_config: { logical_disks: [{}, { raid_level: "9" }] }, bios_settings: {} })).toHaveLength(5);
});

test("a key that the schema does not have is a warning: a driver may take it", () => {
  const [warning, ...others] = check({ raid_config: { logical_disks: [{ ...DISK, span_depth: 2 }] } });
  expect(others).toEqual([]);
  expect(warning).toMatch(
    /^warning at raid_config: .* have raid_config\.logical_disks\[0\]\.span_depth.*: raid_level, size_gb, /,
  );
  expect(check({ raid_config: { hardwareRAIDVolumes: [], rack: 1 } })).toEqual([
    expect.stringContaining("raid_config.rack, and most drivers refuse it. Possible there: logical_disks, "),
  ]);
});

test.each<[unknown, unknown]>([
  [undefined, undefined],
  [unknown, unknown],
  [{}, []],
  [null, null],
  [
    { hardwareRAIDVolumes: null, softwareRAIDVolumes: [] },
    [
      { name: "a", value: 1 },
      { name: "b", value: null },
    ],
  ],
  [{ softwareRAIDVolumes: [{ level: "1", physicalDisks: [{ size: "> 100" }, { size: "> 100" }] }] }, undefined],
  [
    { hardwareRAIDVolumes: [{ level: "1", controller: "c", physicalDisks: ["a"], name: null, rotational: null }] },
    undefined,
  ],
])("raid_config = %j and bios_settings = %j are accepted", (raid_config, bios_settings) => {
  expect(check({ raid_config, bios_settings })).toEqual([]);
});

test("a text that is no JSON is left to the check for JSON", () => {
  const diagnostics = new Diagnostics();
  checkCleaning({ raid_config: "{", bios_settings: "" }, diagnostics);
  expect(diagnostics.all).toEqual([]);
});

import * as z from "zod";
import type { Json } from "../../ironic";

// The arguments that a cleaning applies, as Ironic checks them when it is too late for a plan: `ironic/drivers/raid_config_schema.json`,
// which is the same in Ironic 23 to 39, and `apply_configuration` of the bios interfaces. Keys that the schema does not have are not
// refused: a driver may take further ones (`RAIDInterface.validate_raid_config`).

/** The RAID levels of Ironic's schema. */
const LEVELS = ["JBOD", "0", "1", "2", "5", "6", "1+0", "5+0", "6+0"] as const;

const text = z.string("must be a string");
const flag = z.boolean("must be true or false");
const level = z.enum(LEVELS, `must be one of ${LEVELS.join(", ")}`);
const oneOf = <const T extends readonly string[]>(...values: T) => z.enum(values, `must be ${values.join(" or ")}`);
const whole = (message: string, least: number) => z.number(message).int(message).min(least, message);
const count = whole("must be a whole number of disks, 1 or more", 1);
const gibibytes = whole("must be a whole number of GiB", 0);
const names = z.array(text, "must be a list of names of disks");
const hints = z
  .array(z.looseObject({}, "must be an object"), "must be a list of device hints")
  .min(2, "needs two disks");

/** Ironic's schema requires the controller of named disks. */
function needsController(disks: "physical_disks" | "physicalDisks") {
  const isSet = (value: unknown) => value !== undefined && value !== null;
  const check = (volume: Readonly<Record<string, unknown>>) => !isSet(volume[disks]) || isSet(volume.controller);
  const message = `must be set where ${disks} is`;
  return [check, { path: ["controller"] as PropertyKey[], message }] as const;
}

/** A logical disk of Ironic. */
const LogicalDisk = z
  .looseObject(
    {
      raid_level: level,
      size_gb: z.union([gibibytes, z.literal("MAX")], 'must be a whole number of GiB, or "MAX"'),
      volume_name: text.optional(),
      is_root_volume: flag.optional(),
      share_physical_disks: flag.optional(),
      disk_type: oneOf("hdd", "ssd").optional(),
      interface_type: oneOf("sata", "scsi", "sas").optional(),
      number_of_physical_disks: count.optional(),
      controller: text.optional(),
      physical_disks: z
        .union([names, hints], "must be a list of names of disks, or of two or more device hints")
        .optional(),
    },
    "must be an object",
  )
  .refine(...needsController("physical_disks"));

/** Metal3's HardwareRAIDVolume (metal3-io/baremetal-operator, BareMetalHost API). */
const HardwareVolume = z
  .looseObject(
    {
      level,
      sizeGibibytes: gibibytes.nullish(),
      name: text.nullish(),
      rotational: flag.nullish(),
      numberOfPhysicalDisks: count.nullish(),
      controller: text.nullish(),
      physicalDisks: names.nullish(),
    },
    "must be an object",
  )
  .refine(...needsController("physicalDisks"));

/** Metal3's SoftwareRAIDVolume. */
const SoftwareVolume = z.looseObject(
  { level, sizeGibibytes: gibibytes.nullish(), physicalDisks: hints.nullish() },
  "must be an object",
);

const VOLUMES = "must be a list of volumes";

const LISTS = { logical_disks: LogicalDisk, hardwareRAIDVolumes: HardwareVolume, softwareRAIDVolumes: SoftwareVolume };

/** `raid_config`: one of the three lists. */
const RaidConfig = z
  .looseObject(
    {
      logical_disks: z.array(LogicalDisk, VOLUMES).refine(hasOneRoot, "has more than one root volume").nullish(),
      hardwareRAIDVolumes: z.array(HardwareVolume, VOLUMES).nullish(),
      softwareRAIDVolumes: z.array(SoftwareVolume, VOLUMES).nullish(),
    },
    "must be an object",
  )
  .refine(
    ({ hardwareRAIDVolumes: hardware, softwareRAIDVolumes: software }) => !(hardware?.length && software?.length),
    "can have hardwareRAIDVolumes or softwareRAIDVolumes, not both",
  )
  .refine(
    (config) => Object.keys(config).length === 0 || Object.keys(LISTS).some((name) => Object.hasOwn(config, name)),
    `must have one of ${Object.keys(LISTS).join(", ")}`,
  );

export type RaidConfig = z.infer<typeof RaidConfig>;
export type HardwareVolume = z.infer<typeof HardwareVolume>;
export type SoftwareVolume = z.infer<typeof SoftwareVolume>;

/** A second root volume makes Ironic fail after it has created the volumes (`_check_and_return_root_volumes` in ironic.common.raid). */
function hasOneRoot(disks: readonly z.infer<typeof LogicalDisk>[]): boolean {
  return disks.filter(({ is_root_volume: root }) => root).length <= 1;
}

/** `bios_settings`. The value of a setting is the driver's to check. */
const BiosSettings = z.array(
  z.looseObject(
    { name: text.min(1, "must not be empty"), value: z.custom<Json>((value) => value !== undefined, "must be set") },
    "must be an object",
  ),
  'must be a list of settings, such as [{"name": "BootMode", "value": "Uefi"}]',
);

export type BiosSettings = z.infer<typeof BiosSettings>;

const SETTINGS = { raid_config: RaidConfig, bios_settings: BiosSettings };
export type CleanSetting = keyof typeof SETTINGS;

/** What is wrong with a value, one sentence for each fault, with its path. Values are not quoted: a BIOS setting may be a password. */
export function faultsOf(name: CleanSetting, value: Json): readonly string[] {
  const { success, error } = SETTINGS[name].safeParse(value);
  return success ? [] : error.issues.map(({ path, message }) => `${name}${pathText(path)} ${message}.`);
}

/** The keys of `raid_config` that neither Ironic nor Metal3 has, by their paths, and the keys that exist there. */
export function unknownKeys(
  config: RaidConfig,
): readonly { readonly path: string; readonly possible: readonly string[] }[] {
  const strays = (value: object, at: string, possible: readonly string[]) =>
    Object.keys(value).flatMap((key) => (possible.includes(key) ? [] : [{ path: `${at}.${key}`, possible }]));
  const lists = Object.entries(LISTS) as [keyof typeof LISTS, (typeof LISTS)[keyof typeof LISTS]][];
  return [
    ...strays(config, "raid_config", Object.keys(LISTS)),
    ...lists.flatMap(([name, { shape }]) =>
      (config[name] ?? []).flatMap((volume, index) =>
        strays(volume, `raid_config.${name}[${index}]`, Object.keys(shape)),
      ),
    ),
  ];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
}

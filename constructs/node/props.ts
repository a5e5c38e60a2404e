import type { IResolvable } from "cdktf";
import * as z from "zod";
import { BOOT_FILES } from "../../src/artifact-fields";
import {
  boolean,
  known,
  literal,
  objectOf,
  orToken,
  type ParsedProps,
  type PropProblem,
  parseProps,
  plainText,
  reference,
  text,
} from "../prop-schema";
import { PullSecret } from "../secret";
import { asList, asMap, asText, isToken } from "../tokens";
import type { FieldValue } from "./configuration";
import { DEPLOYMENT, deploymentConflicts, isDeployed, operationTimeouts } from "./deployment-schema";
import { FIELD_VALUE, fields, fieldValue, isSecretField, mapOf, secret } from "./values";

/** Ironic's hardware interfaces, by the prop of BareMetalNodeProps for each. */
export const INTERFACES = {
  biosInterface: "bios_interface",
  bootInterface: "boot_interface",
  consoleInterface: "console_interface",
  deployInterface: "deploy_interface",
  firmwareInterface: "firmware_interface",
  inspectInterface: "inspect_interface",
  managementInterface: "management_interface",
  networkInterface: "network_interface",
  powerInterface: "power_interface",
  raidInterface: "raid_interface",
  rescueInterface: "rescue_interface",
  storageInterface: "storage_interface",
  vendorInterface: "vendor_interface",
} as const;

const SIZE = "must be a whole number of GiB, or a comparison such as >= 100";
const size = orToken<number | string | IResolvable>(
  z.union([z.number().int(SIZE).positive(SIZE), plainText], SIZE),
  (token) => (typeof token === "string" ? asText(token) : (token as number | IResolvable)),
);

const hints = objectOf({
  name: text.optional(),
  model: text.optional(),
  vendor: text.optional(),
  serial: text.optional(),
  /** GiB. */
  size: size.optional(),
  wwn: text.optional(),
  wwnWithExtension: text.optional(),
  wwnVendorExtension: text.optional(),
  rotational: boolean.optional(),
  hctl: text.optional(),
  byPath: text.optional(),
}).refine((given) => Object.values(given).some((hint) => hint !== undefined), "needs at least one hint");
/** Hints that are a token have Ironic's names, such as `by_path`. */
const rootDevice = orToken<z.infer<typeof hints>>(hints, asMap);

/** Node names that Ironic's API accepts: host names, dots included. */
export const NODE_NAME = literal(
  /^[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,253}[A-Za-z0-9])?$/,
  "is not a host name, which Ironic requires",
);

const mac = literal(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, "is not a MAC address (52:54:00:aa:bb:01)");
const port = objectOf({
  address: mac,
  pxeEnabled: boolean.optional(),
  physicalNetwork: text.optional(),
});
const portGroup = objectOf({
  name: NODE_NAME.optional(),
  mode: text.optional(),
  address: mac.optional(),
  standalonePortsSupported: boolean.optional(),
  properties: fields.optional(),
  ports: known(z.array(port).min(1, "needs at least one port"), ", because each port is a resource"),
});

const interfaces = Object.fromEntries(Object.keys(INTERFACES).map((name) => [name, text.optional()])) as Record<
  keyof typeof INTERFACES,
  z.ZodOptional<typeof text>
>;

const capabilities = orToken<Record<string, string>>(
  z.record(z.string(), literal(/^[^:,]*$/, "a capability's value has no colon or comma")),
  asMap,
);
export const traits = orToken<string[]>(
  z.array(literal(/^[A-Z][A-Z0-9_]{0,254}$/, "a trait is a standard one or CUSTOM_…, in capitals")),
  asList,
);
const driverInfo = mapOf(z.union([secret, fieldValue], `${FIELD_VALUE}; a secret is a PullSecret`));

const NODE = {
  name: NODE_NAME.optional(),
  driver: text,
  driverInfo: driverInfo.optional(),
  properties: fields.optional(),
  capabilities: capabilities.optional(),
  rootDevice: rootDevice.optional(),
  ...interfaces,
  resourceClass: text.optional(),
  traits: traits.optional(),
  extra: fields.optional(),
  description: text.optional(),
  ports: known(z.array(port), ", because each port is a resource").optional(),
  portGroups: known(z.array(portGroup), ", because each port group is a resource").optional(),
  ...DEPLOYMENT,
  adopt: boolean.optional(),
  deployKernel: reference.optional(),
  deployRamdisk: reference.optional(),
  deployIso: reference.optional(),
  rescueKernel: reference.optional(),
  rescueRamdisk: reference.optional(),
  rescueIso: reference.optional(),
  bootloader: reference.optional(),
  deployPullSecret: secret.optional(),
  timeouts: objectOf({ node: operationTimeouts.optional(), deployment: operationTimeouts.optional() }).optional(),
};

export type ParsedNodeProps = z.infer<z.ZodObject<typeof NODE>>;

/** The props of a node, and everything that is wrong with them. */
export function parseNodeProps(given: unknown): ParsedProps<typeof NODE> {
  const { valid, problems } = parseProps(NODE, given);
  const wrong = new Set(problems.map(({ path }) => path[0]));
  return { valid, problems: [...problems, ...conflicts(valid, wrong)] };
}

/**
 * The path of a secret inside of a value, token or literal. Write-only arguments are maps of strings: what is inside of a container goes
 * into an argument that Terraform shows and keeps.
 */
function secretInside(value: unknown): readonly string[] | undefined {
  if (typeof value !== "object" || value === null || isToken(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const isContainer = typeof inner === "object" && inner !== null && !isToken(inner) && !Array.isArray(inner);
    if (isSecretField(key) && typeof inner !== "boolean" && !isContainer) return [key];
    const below = secretInside(inner);
    if (below !== undefined) return [key, ...below];
  }
  return undefined;
}

/**
 * Contradictions between props that are right by themselves.
 * @param wrong the props that are wrong: others depend on them
 */
function conflicts(props: Partial<ParsedNodeProps>, wrong: ReadonlySet<unknown>): PropProblem[] {
  const problems: PropProblem[] = [];
  const conflict = (path: string[], message: string) => void problems.push({ path, message });
  for (const [option, field] of DRIVER_INFO_OPTIONS) {
    if (props[option] !== undefined && props.driverInfo && Object.hasOwn(props.driverInfo, field)) {
      conflict(["driverInfo", field], `is set by ${option}`);
    }
  }
  for (const [option, field] of PROPERTY_OPTIONS) {
    if (props[option] !== undefined && props.properties && Object.hasOwn(props.properties, field)) {
      conflict(["properties", field], `is set by ${option}`);
    }
  }
  const root: unknown = props.properties?.root_device;
  if (root !== undefined && !isToken(root) && (typeof root !== "object" || Array.isArray(root))) {
    conflict(["properties", "root_device"], "must be a map of hints");
  }
  if (props.properties && Object.hasOwn(props.properties, "cpu_arch")) {
    conflict(["properties", "cpu_arch"], "must be given as cpuArch, because it decides which image is chosen");
  }
  problems.push(...portConflicts(props));
  const isUnclear = ["image", "bootIso", "instanceKernel"].some((name) => wrong.has(name));
  if (props.adopt !== undefined && !isUnclear && !isDeployed(props)) {
    conflict(["adopt"], "has no effect without an image");
  }
  for (const name of isToken(props.capabilities) ? [] : Object.keys(props.capabilities ?? {})) {
    if (!isToken(name) && !/^[^:,\s]+$/.test(name))
      conflict(["capabilities", name], "a capability's name has no colon, comma or space");
  }
  for (const [field, value] of isToken(props.driverInfo) ? [] : Object.entries(props.driverInfo ?? {})) {
    if (value instanceof PullSecret) continue;
    if (isSecretField(field) && typeof value !== "boolean" && !isToken(value)) {
      const message = "a secret is given as PullSecret.fromVariable(…) or .fromToken(…), never as a string";
      conflict(["driverInfo", field], message);
      continue;
    }
    const inner = secretInside(value);
    if (inner !== undefined) {
      conflict(
        ["driverInfo", field, ...inner],
        "a secret can't be inside of a map or list: plan and state would hold it",
      );
    }
  }
  problems.push(...rescueConflicts(props, wrong), ...deploymentConflicts(props, wrong));
  return problems;
}

/** Ports that are declared twice, and those that their port group does not accept. */
function portConflicts({ ports = [], portGroups = [] }: Partial<ParsedNodeProps>): PropProblem[] {
  const grouped = portGroups.flatMap((group, index) =>
    group.ports.map((port, position) => ({
      port,
      group,
      path: ["portGroups", String(index), "ports", String(position)],
    })),
  );
  const all = [...ports.map((port, index) => ({ port, path: ["ports", String(index)] })), ...grouped];
  const names = portGroups.map(({ name }) => name);
  return [
    ...repeated(all.map(({ port }) => port.address.toLowerCase())).map((index) => ({
      path: [...(all[index]?.path ?? []), "address"],
      message: "is the address of another port",
    })),
    ...repeated(names).map((index) => ({
      path: ["portGroups", String(index), "name"],
      message: "is the name of another port group",
    })),
    // `validate_port_physnet` and `port_changed` of ironic.drivers.modules.network.common.
    ...grouped.flatMap(({ port, group, path }) =>
      group.standalonePortsSupported === false && port.pxeEnabled !== false && !isToken(port.pxeEnabled)
        ? [{ path: [...path, "pxeEnabled"], message: "must be false: the port group supports no standalone ports" }]
        : [],
    ),
  ];
}

/** The positions of texts that are at an earlier position as well. */
function repeated(texts: readonly (string | undefined)[]): number[] {
  return texts.flatMap((text, index) => (text !== undefined && texts.indexOf(text) < index ? [index] : []));
}

/** Ironic falls back to its own configuration where one of the two is missing (`driver_utils.get_agent_kernel_ramdisk`). */
function rescueConflicts(props: Partial<ParsedNodeProps>, wrong: ReadonlySet<unknown>): PropProblem[] {
  if (wrong.has("driverInfo") || isToken(props.driverInfo)) return [];
  const isGiven = (prop: "rescueKernel" | "rescueRamdisk", key: string) =>
    props[prop] !== undefined || wrong.has(prop) || Object.hasOwn(props.driverInfo ?? {}, key);
  const [kernel, ramdisk] = [isGiven("rescueKernel", "rescue_kernel"), isGiven("rescueRamdisk", "rescue_ramdisk")];
  if (props.rescueKernel !== undefined && !ramdisk) {
    return [{ path: ["rescueKernel"], message: "needs rescueRamdisk: Ironic uses neither alone" }];
  }
  if (props.rescueRamdisk !== undefined && !kernel) {
    return [{ path: ["rescueRamdisk"], message: "needs rescueKernel: Ironic uses neither alone" }];
  }
  return [];
}

const DRIVER_INFO_OPTIONS = [
  ...BOOT_FILES.flatMap((file) => (file.field === "driver_info" ? [[file.prop, file.key] as const] : [])),
  ["deployPullSecret", "image_pull_secret"],
] as const;
const PROPERTY_OPTIONS = [
  ["capabilities", "capabilities"],
  ["rootDevice", "root_device"],
] as const;

/** Root device hints by Ironic's names. */
export function rootDeviceHints(hints: NonNullable<ParsedNodeProps["rootDevice"]>): Record<string, FieldValue> {
  if (isToken(hints)) return hints as Record<string, FieldValue>;
  return Object.fromEntries(
    Object.entries(hints)
      .filter((entry): entry is [string, string | number | boolean | IResolvable] => entry[1] !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
}

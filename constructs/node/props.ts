import { type IResolvable, Tokenization } from "cdktf";
import * as z from "zod";
import { BOOTC_SUPPORT, parseRelease, profileFor, UnknownReleaseError } from "../../src/resolver";
import { OciImage } from "../oci-image";
import {
  boolean,
  downloadSource,
  known,
  knownText,
  literal,
  objectOf,
  orToken,
  type ParsedProps,
  type PropProblem,
  parsedBy,
  parseProps,
  plainText,
  reference,
  text,
} from "../prop-schema";
import { PullSecret } from "../secret";
import type { NodeTarget } from "../targets/target";
import { asList, asMap, asText, isToken } from "../tokens";
import type { FieldValue } from "./configuration";

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

/**
 * Names of `driver_info` fields that hold secrets: those that Ironic masks as `******`, and some more. A literal there would be
 * written to Terraform JSON.
 */
const SECRET_FIELD = /pass(?:word|phrase|wd)?$|password|secret|token|private_key|_key$|community|credential/i;

export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

const FIELD_VALUE = "must be a string, a number, true, false, a list, a map, or a token";

const fieldValue: z.ZodType<FieldValue> = z.lazy(() =>
  z.union(
    [
      z.custom<FieldValue>(isToken).transform((token) => (typeof token === "string" ? asText(token) : token)),
      z.string(),
      z.number(),
      z.boolean(),
      z.array(fieldValue),
      z.record(z.string(), fieldValue),
    ],
    FIELD_VALUE,
  ),
);
/** Whether an object or list holds itself, which JSON can't express. */
function isCyclic(value: unknown, holders: readonly unknown[] = []): boolean {
  if (typeof value !== "object" || value === null || isToken(value)) return false;
  if (holders.includes(value)) return true;
  return Object.values(value).some((inner) => isCyclic(inner, [...holders, value]));
}

/** A map of Ironic's free-form values. */
function mapOf<T>(value: z.ZodType<T>) {
  const map = z.record(z.string().min(1), value).refine((given) => !isCyclic(given), "must not contain itself");
  return orToken<Record<string, T>>(map, asMap);
}
const fields = mapOf(fieldValue);
const secret = z.custom<PullSecret>(
  (value) => value instanceof PullSecret,
  "a secret is given as PullSecret.fromVariable(…), .fromDockerConfig(…) or .fromToken(…), never as a string",
);

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

const port = objectOf({
  /** The MAC address. */
  address: literal(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, "is not a MAC address (52:54:00:aa:bb:01)"),
  pxeEnabled: boolean.optional(),
  physicalNetwork: text.optional(),
});

const interfaces = Object.fromEntries(Object.keys(INTERFACES).map((name) => [name, text.optional()])) as Record<
  keyof typeof INTERFACES,
  z.ZodOptional<typeof text>
>;

/** Whether an image is expected to be a bootc container. */
export function isBootc(image: OciImage | string | undefined): boolean {
  return image instanceof OciImage && image.expect === "bootc";
}

/** Deploy interfaces that can't deploy a container (Ironic, `enabled_deploy_interfaces`). */
const NOT_FOR_CONTAINERS = ["direct", "ramdisk", "anaconda", "ansible"];

/** A line of an authorized_keys file (sshd(8)): options, the kind of key, the key in base64, a comment. */
const KEY_LINE =
  /(?:^|\s)(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/]{20,}={0,3}(?:\s|$)/;

function keysFault(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text)) return "holds a private key: give the public one (….pub)";
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) return "holds no key";
  return keys.every((line) => KEY_LINE.test(line))
    ? undefined
    : "has a line that is not a public key in the form of authorized_keys (ssh-ed25519 AAAA… comment)";
}

const publicKeys = orToken(
  z.string().superRefine((text, context) => {
    const fault = keysFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  }),
  asText,
);
const publicKeyList = orToken(z.array(publicKeys).min(1, "holds no key"), asList);

/** A number is accepted for programs without types, and because the context may hold one. */
const releaseText = z.preprocess(
  (value) => (typeof value === "number" && !isToken(value) ? String(value) : value),
  known(z.string()),
);

const release = releaseText.superRefine((value, context) => {
  try {
    parseRelease(value);
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    context.addIssue({ code: "custom", message: `${error.message}; ${error.hint}` });
  }
});

function bootcIsUnknownTo(ironicRelease: string): boolean {
  try {
    return profileFor(ironicRelease) === "ironic-29";
  } catch {
    // Reported by the check of ironicRelease.
    return false;
  }
}

/** Node names that Ironic's API accepts: host names, dots included. */
const NODE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,253}[A-Za-z0-9])?$/;

const notToken = known(z.never(), "; give the OciImage itself, not its url");

const image = z.unknown().transform((value, context): OciImage | string => {
  if (value instanceof OciImage) return value;
  if (typeof value === "string" && value !== "" && !isToken(value)) return parsedBy(reference, value, context);
  if (isToken(value)) return parsedBy(notToken, value, context);
  const message = "must be an OciImage, or a reference (oci://host/path:tag)";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const capabilities = orToken<Record<string, string>>(
  z.record(z.string(), literal(/^[^:,]*$/, "a capability's value has no colon or comma")),
  asMap,
);
const traits = orToken<string[]>(
  z.array(literal(/^[A-Z][A-Z0-9_]{0,254}$/, "a trait is a standard one or CUSTOM_…, in capitals")),
  asList,
);
const driverInfo = mapOf(z.union([secret, fieldValue], `${FIELD_VALUE}; a secret is a PullSecret`));

const NODE = {
  name: literal(NODE_NAME, "is not a host name, which Ironic requires").optional(),
  driver: text,
  driverInfo: driverInfo.optional(),
  properties: fields.optional(),
  cpuArch: knownText.optional(),
  capabilities: capabilities.optional(),
  rootDevice: rootDevice.optional(),
  ...interfaces,
  resourceClass: text.optional(),
  traits: traits.optional(),
  extra: fields.optional(),
  description: text.optional(),
  userData: z
    .unknown()
    .transform((value, context) =>
      parsedBy<string | Record<string, FieldValue>>(
        typeof value === "object" && value !== null && !Tokenization.isResolvable(value) ? fields : text,
        value,
        context,
      ),
    )
    .optional(),
  metadata: fields.optional(),
  networkData: fields.optional(),
  adopt: boolean.optional(),
  protected: boolean.optional(),
  ports: known(z.array(port), ", because each port is a resource").optional(),
  image: image.optional(),
  imageDownloadSource: downloadSource.optional(),
  bootcAuthorizedKeys: z
    .unknown()
    .transform((value, context) =>
      parsedBy<string | string[]>(Array.isArray(value) ? publicKeyList : publicKeys, value, context),
    )
    .optional(),
  bootcTpm2Luks: known(z.boolean()).optional(),
  deployKernel: reference.optional(),
  deployRamdisk: reference.optional(),
  imagePullSecret: secret.optional(),
  deployPullSecret: secret.optional(),
  ironicRelease: release.optional(),
  target: z
    .custom<NodeTarget>((value) => typeof (value as NodeTarget | null)?.create === "function", "is not a target")
    .optional(),
};

export type ParsedNodeProps = z.infer<z.ZodObject<typeof NODE>>;

/** The props of a node, and everything that is wrong with them. */
export function parseNodeProps(given: unknown): ParsedProps<typeof NODE> {
  const { valid, problems } = parseProps(NODE, given);
  const wrong = new Set(problems.map(({ path }) => path[0]));
  return { valid, problems: [...problems, ...conflicts(valid, !wrong.has("image"))] };
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

/** Props of what is deployed. */
const DEPLOYED = ["imagePullSecret", "userData", "metadata", "networkData", "adopt", "protected"] as const;

/**
 * Contradictions between props that are right by themselves.
 * @param knowsImage whether `image` is right or absent: others depend on it
 */
function conflicts(props: Partial<ParsedNodeProps>, knowsImage: boolean): PropProblem[] {
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
  const addresses = (props.ports ?? []).map(({ address }) => address.toLowerCase());
  for (const [index, address] of addresses.entries()) {
    if (addresses.indexOf(address) < index)
      conflict(["ports", String(index), "address"], "is the address of another port");
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
  if (!knowsImage) return problems;
  for (const name of DEPLOYED) {
    if (props[name] !== undefined && props.image === undefined) conflict([name], "has no effect without an image");
  }
  const { image, deployInterface } = props;
  const bootc = isBootc(image);
  if (!bootc) {
    const older = props.ironicRelease !== undefined && bootcIsUnknownTo(props.ironicRelease);
    const give = older ? "give a disk image" : 'give the image as new OciImage(…, { expect: "bootc" })';
    const wanted = `for bootc containers only, and ${BOOTC_SUPPORT}: ${give}`;
    if (props.bootcAuthorizedKeys !== undefined) conflict(["bootcAuthorizedKeys"], `is ${wanted}`);
    if (props.bootcTpm2Luks !== undefined) conflict(["bootcTpm2Luks"], `is ${wanted}`);
    if (image !== undefined && deployInterface === "bootc") conflict(["deployInterface"], `bootc is ${wanted}`);
  } else if (deployInterface !== undefined && NOT_FOR_CONTAINERS.includes(deployInterface)) {
    const instead = "use bootc, which is the default for it, or autodetect (Ironic 35 and later)";
    conflict(
      ["deployInterface"],
      `${deployInterface} can't deploy the bootc container that the image is expected to be: ${instead}`,
    );
  }
  return problems;
}

const DRIVER_INFO_OPTIONS = [
  ["deployKernel", "deploy_kernel"],
  ["deployRamdisk", "deploy_ramdisk"],
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

import { identifierFault } from "../../ironic";
import { InvalidDigestError, InvalidReferenceError, parseDigest, Reference, registryFault } from "../../reference";
import { lengthBetween, matching, type Validator } from "../../tfplugin";
import { isUuid } from "./node-reference";
import { faultOf } from "./object-list";
import { DEPLOY_STEPS } from "./steps";

// Ironic's static checks, so that a plan reports what the API would refuse. "" means that an argument is not set.

const ifSet =
  (check: Validator<string>): Validator<string> =>
  (text) =>
    text === "" ? undefined : check(text);

/** A UUID or name that a request's path can hold. Ironic itself accepts `.` and `..` as names of nodes: their UUID is used then. */
export function isIdentifier(text: string): string | undefined {
  const fault = identifierFault(text);
  return fault && `can't name anything in a request to Ironic: it ${fault}; use the UUID or another name`;
}

/** A list of UUIDs or names. */
export function areIdentifiers(list: readonly string[]): string | undefined {
  return list.map(isIdentifier).find((fault) => fault !== undefined);
}

/** A list of names of registries. */
export function areRegistries(list: readonly string[]): string | undefined {
  const fault = list.map(registryFault).find((each) => each !== undefined);
  return fault && `must be a list of registries: ${fault}`;
}

/** Mirrors by registry: `host[:port]`, or one with a path. */
export function areMirrors(map: Readonly<Record<string, string>>): string | undefined {
  for (const [registry, mirror] of Object.entries(map)) {
    const [host = "", ...path] = mirror.split("/");
    const fault =
      registryFault(registry) ?? registryFault(host) ?? isReference(`oci://${[host, ...path, "any"].join("/")}`);
    if (fault !== undefined)
      return `must be mirrors by registry, such as { "quay.io" = "mirror.example/quay" }: ${fault}`;
  }
  return undefined;
}

/** An OCI reference. The problem quotes nothing of it: Terraform does not say whether a configuration marks it as sensitive. */
export function isReference(text: string): string | undefined {
  try {
    Reference.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    const hint = error.hint === undefined ? "" : ` (${error.hint.replace(/oci:\/\/\S+\?/, "oci://…?")})`;
    return `must be an OCI reference: ${error.reason}${hint}`;
  }
}

/** A digest that Ironic accepts. */
export function isImageDigest(text: string): string | undefined {
  try {
    parseDigest(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidDigestError)) throw error;
    return `must be a digest: ${error.reason}`;
  }
}

const hasNameCharacters = matching(
  /^[a-z0-9._~-]{1,255}$/i,
  "1 to 255 of the characters A-Z, a-z, 0-9, `-`, `.`, `_` and `~`",
);

/** A name of an object (`is_valid_logical_name` in ironic.common.utils). */
export const isName: Validator<string> = ifSet((text) => isIdentifier(text) ?? hasNameCharacters(text));

/** Parts of the API's URLs (`get_nodes_controller_reserved_names` in ironic.api.controllers.v1.node). */
const RESERVED = ["detail", "validate", "states", "vendor_passthru", "management", "maintenance"];

/** A node's name. */
export const isNodeName: Validator<string> = (text) => {
  if (RESERVED.includes(text)) return `can't be one of Ironic's reserved words ${RESERVED.join(", ")}`;
  return isUuid(text) ? "can't be a UUID: Ironic would not tell it from the node's own" : isName(text);
};

export const isUuidOrUnset: Validator<string> = ifSet((text) => (isUuid(text) ? undefined : "must be a UUID"));

/** A length in characters; "" means unset. */
export const lengthIfSet = (min: number, max: number): Validator<string> =>
  ifSet(lengthBetween(min, max) as Validator<string>);

/** At most `max` characters, the size of Ironic's field. */
export const atMost = (max: number): Validator<string> => lengthBetween(0, max) as Validator<string>;

/** A trait. Which standard ones exist depends on Ironic's release. */
export const isTrait = matching(
  /^[A-Z][A-Z0-9_]{0,254}$/,
  "a standard trait or `CUSTOM_…`, of the characters A-Z, 0-9 and `_`, at most 255",
);

/** A list of traits. */
export const areTraits: Validator<readonly string[]> = (traits) => {
  const wrong = traits.find((trait) => isTrait(trait) !== undefined);
  return wrong === undefined ? lengthBetween(0, 50)(traits) : `has ${JSON.stringify(wrong)}, which ${isTrait(wrong)}`;
};

/** JSON, or "" for an argument that is not set. */
export function isJson(text: string): string | undefined {
  return text === "" || parsed(text) !== undefined ? undefined : "must be JSON";
}

/** Deploy steps as JSON. */
export function areDeploySteps(text: string): string | undefined {
  if (text === "") return undefined;
  const steps = parsed(text)?.value;
  if (steps === undefined) return "must be JSON";
  return Array.isArray(steps) ? faultOf(DEPLOY_STEPS, steps) : "must be a JSON list of deploy steps";
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

import { createHash } from "node:crypto";
import { Dynamic } from "../../tfplugin";
import { typedEntries } from "../shared/typed";
import { hasUnknown, isEmpty, withoutNulls } from "../shared/values";
import { REBUILT, type Rebuilt } from "./schema";

/**
 * The key of `instance_info` with a fingerprint of the arguments that Ironic does not show: it masks the config drive, and keeps no
 * deploy steps. An import compares the configured ones with it. Ironic removes it with the deployment.
 */
export const FINGERPRINT = "terraform_config_drive";

/** The arguments that the fingerprint covers. */
export const UNREADABLE = REBUILT.filter((name) => !name.startsWith("instance_info"));

type Arguments = Readonly<Record<Rebuilt, unknown>>;

/**
 * A fingerprint of 16 bits; undefined where none of the arguments is set, or one is unknown. It tells a changed config drive apart, and
 * is too short to verify a guess of a secret in it.
 */
export function fingerprint(values: Arguments, uuid: string): string | undefined {
  const set = UNREADABLE.filter((name) => !isEmpty(values[name]));
  if (set.length === 0 || set.some((name) => hasUnknown(values[name]))) return undefined;
  const text = JSON.stringify([uuid, ...set.map((name) => [name, sorted(values[name])])]);
  return createHash("sha256").update(text).digest("hex").slice(0, 4);
}

function sorted(value: unknown): unknown {
  if (value instanceof Dynamic) return sorted(typedEntries(value));
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(withoutNulls(value as Readonly<Record<string, unknown>>)).sort(([a], [b]) => (a < b ? -1 : 1));
}

import { createHash } from "node:crypto";
import { hasUnknown, isEmpty } from "../shared/values";
import { ordered } from "./ordered";
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
  const text = JSON.stringify([uuid, ...set.map((name) => [name, ordered(values[name])])]);
  return createHash("sha256").update(text).digest("hex").slice(0, 4);
}

import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../../ironic";

/**
 * What Ironic writes into `instance_info` by itself while it deploys, also over what a user said (Ironic 29 and 39,
 * `build_instance_info_for_deploy` in ironic.drivers.modules.deploy_utils, and the OCI image service): a converted image has another
 * checksum and format than the one that was asked for.
 */
const COMPUTED = new Set([
  ...["image_checksum", "image_os_hash_algo", "image_os_hash_value", "image_disk_format", "image_type", "image_url"],
  ...["image_size", "image_filename", "image_media_type", "image_compression_type", "image_container_blob_digest"],
  ...["image_request_authorization_secret", "oci_image_manifest_url"],
  ...["image_container_format", "image_properties", "image_tags"],
]);

export function isServerWritten(key: string): boolean {
  return COMPUTED.has(key);
}

/** What Ironic had made of what was said when a deployment ended: a hash of each value, since one may be secret. */
export type ServerOverrides = { readonly [key: string]: string };

/**
 * @param state `instance_info` as it was said
 * @param read the same, as it reads afterwards
 */
export function serverOverrides(
  said: Readonly<Record<string, string>>,
  read: Readonly<Record<string, string>>,
  now: JsonObject,
): ServerOverrides {
  const others = Object.keys(said).filter((key) => read[key] !== said[key]);
  return Object.fromEntries(others.map((key) => [key, hash(fieldOf(now, key))]));
}

/**
 * Whether a field that differs from what was said is Ironic's doing, and so no drift. Without a record, of a deployment that was
 * not ours, it is taken to be where Ironic is known to write.
 */
export function isServerOverride(key: string, now: JsonObject, record: ServerOverrides | undefined): boolean {
  if (record === undefined) return isServerWritten(key);
  return Object.hasOwn(record, key) && record[key] === hash(fieldOf(now, key));
}

function fieldOf(now: JsonObject, key: string): Json {
  return Object.hasOwn(now, key) ? (now[key] ?? null) : null;
}

function hash(value: Json): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

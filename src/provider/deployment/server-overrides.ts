import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../../ironic";

/**
 * The keys of `instance_info` that Ironic writes while it deploys, also over configured values (Ironic 29 and 39,
 * `build_instance_info_for_deploy` in ironic.drivers.modules.deploy_utils, and the OCI image service): a converted image has another
 * checksum and format than the configured one.
 */
const SERVER_WRITTEN = new Set([
  "image_checksum",
  "image_os_hash_algo",
  "image_os_hash_value",
  "image_disk_format",
  "image_type",
  "image_url",
  "image_size",
  "image_filename",
  "image_media_type",
  "image_compression_type",
  "image_container_blob_digest",
  "image_request_authorization_secret",
  "oci_image_manifest_url",
  "image_container_format",
  "image_properties",
  "image_tags",
]);

export function isServerWritten(key: string): boolean {
  return SERVER_WRITTEN.has(key);
}

/** The configured keys that Ironic had overwritten when a deployment ended, each with a hash of its value, which may be secret. */
export type ServerOverrides = { readonly [key: string]: string };

/**
 * @param configured the configured `instance_info`
 * @param read the same keys as read after the deployment
 */
export function serverOverrides(
  configured: Readonly<Record<string, string>>,
  read: Readonly<Record<string, string>>,
  now: JsonObject,
): ServerOverrides {
  const others = Object.keys(configured).filter((key) => read[key] !== configured[key]);
  return Object.fromEntries(others.map((key) => [key, hash(fieldOf(now, key))]));
}

/**
 * Whether Ironic overwrote a key, so that a value other than the configured one is not drift. Without a record, after a deployment by
 * another client, that holds for the keys that Ironic is known to write.
 */
export function isServerOverride(key: string, now: JsonObject, overrides: ServerOverrides | undefined): boolean {
  if (overrides === undefined) return isServerWritten(key);
  return Object.hasOwn(overrides, key) && overrides[key] === hash(fieldOf(now, key));
}

function fieldOf(now: JsonObject, key: string): Json {
  return Object.hasOwn(now, key) ? (now[key] ?? null) : null;
}

function hash(value: Json): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

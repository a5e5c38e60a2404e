import { createHash } from "node:crypto";
import type { Thing } from "./fault";

const PINNED = /^oci:\/\/[^@]+@sha\d+:[0-9a-f]+$/;

/**
 * The conductor's changes of `instance_info` before it boots the agent (`build_instance_info_for_deploy` in
 * ironic.drivers.modules.deploy_utils, Ironic 29 to 39), as far as they depend on the disk format: the image is not read.
 * @returns the reason for which it refuses the image
 */
export function prepareImage(node: Thing): string | undefined {
  const info = node.instance_info as Thing;
  const source = info.image_source;
  if (node.deploy_interface !== "direct" || typeof source !== "string") return undefined;
  const local = (info.image_download_source ?? (node.driver_info as Thing).image_download_source) === "local";
  const pinned = PINNED.test(source);
  if (pinned) {
    // The pair of "unknown" and "raw" is dropped, and the format detected.
    if (info.image_disk_format === "raw") delete info.image_disk_format;
    else if (local) return "The requested image is not valid for use.";
    else info.image_disk_format = "unknown";
    Object.assign(info, { oci_image_manifest_url: source, image_checksum: hash(source) });
  }
  if (local) {
    // Downloaded, and converted to raw by default.
    const image_os_hash_value = hash(`${source} as raw`);
    Object.assign(info, {
      image_disk_format: "raw",
      image_checksum: null,
      image_os_hash_algo: "sha256",
      image_os_hash_value,
    });
  }
  Object.assign(info, { image_type: "whole-disk", image_url: "http://conductor.example/image" });
  return undefined;
}

/**
 * The reason for which an adoption fails: an image of an unknown kind (`update_image_type` and `get_image_service` in ironic.common). The
 * image itself is not read. An adoption leaves the kind of a known one, as Ironic does.
 */
export function refuseAdoption(node: Thing): string | undefined {
  const info = node.instance_info as Thing;
  const source = info.image_source;
  if (typeof source !== "string" || source === "") return undefined;
  const [, scheme] = /^(\w+):\/\//.exec(source) ?? [];
  if (scheme !== undefined && !["oci", "http", "https", "file", "glance"].includes(scheme)) {
    return `Error while attempting to adopt node ${String(node.uuid)}: Validation of image href ${source} failed, reason: Image download protocol ${scheme} is not supported.`;
  }
  info.image_type = "whole-disk";
  return undefined;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

import { preparesImage } from "../../deploy-interface";
import type { IronicNode } from "../../ironic";
import { isUnknown, ProviderError } from "../../tfplugin";
import { isPinned } from "../shared/oci-references";
import { type TextMap, without } from "../shared/values";

const DISK_FORMAT = "image_disk_format";
const RAW = "raw";

type Info = Readonly<Record<string, unknown>>;

/**
 * `instance_info` with `image_disk_format = "raw"`, without which Ironic does not accept every disk image by digest.
 *
 * By digest, the format of every disk image is `unknown` to Ironic, and with `image_download_source = "local"` the conductor refuses an
 * image whose bytes are not of that format. The pair of `unknown` and `raw` it drops, and detects the format of the bytes instead (`build_instance_info_for_deploy` in ironic.drivers.modules.deploy_utils, Ironic 29 to 39); so `raw` is right for
 * qcow2 too. It has no other effect: with `http` the agent then gets no format, and detects it as well.
 *
 * @param node the node, whose deploy interface decides; `instance_info.deploy_interface` overrides (`Node.get_interface`)
 */
export function withDiskFormat(info: TextMap, node: Pick<IronicNode, "deploy_interface">): TextMap {
  const given = info[DISK_FORMAT] || undefined;
  if (given !== undefined || !isPinned(info.image_source)) return info;
  return preparesImage(info.deploy_interface ?? node.deploy_interface) ? { ...info, [DISK_FORMAT]: RAW } : info;
}

/** `instance_info` without a redundant disk format: Ironic detects the format of an image by digest. */
export function withoutDiskFormat(info: TextMap): TextMap {
  return isPinned(info.image_source) ? without(info, [DISK_FORMAT]) : info;
}

/** `instance_info` without an empty disk format of an image by digest: "" means unset. */
export function withoutEmptyDiskFormat<T extends TextMap>(info: T): TextMap {
  return info[DISK_FORMAT] === "" ? withoutDiskFormat(info) : info;
}

/**
 * Refuses a disk format with which a deployment by digest would fail. Unknown values are accepted.
 * @throws {ProviderError}
 */
export function checkDiskFormat(info: Info | null): void {
  const format = info?.[DISK_FORMAT] ?? null;
  const source = info?.image_source;
  if (format === null || format === "" || isUnknown(format) || format === RAW || !isPinned(source)) return;
  throw new ProviderError(`${DISK_FORMAT} can't be ${JSON.stringify(format)} beside a digest`, {
    detail: [
      `By digest, Ironic treats the format of a disk image as "unknown": it overwrites ${JSON.stringify(format)} with that, and then refuses the image ("The requested image is not valid for use").`,
      `Remove ${DISK_FORMAT}, or set it to "${RAW}", which this provider sends by default: Ironic then detects the format, also of a qcow2 image.`,
    ].join("\n\n"),
    path: ["instance_info", DISK_FORMAT],
  });
}

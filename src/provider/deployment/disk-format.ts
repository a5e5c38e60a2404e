import { preparesImage } from "../../deploy-interface";
import type { IronicNode } from "../../ironic";
import { isUnknown, ProviderError } from "../../tfplugin";
import { type TextMap, without } from "../shared/values";
import { isPinned } from "./image-source";

const DISK_FORMAT = "image_disk_format";
const RAW = "raw";

type Info = Readonly<Record<string, unknown>>;

/**
 * `instance_info` with what makes Ironic accept a disk image that is named by digest: `image_disk_format = "raw"`.
 *
 * By digest Ironic takes each disk image's format for `unknown`, and with `image_download_source = "local"` the conductor refuses
 * an image whose bytes are not of that format. `unknown` together with `raw` is the pair that it drops, to detect the format of the
 * bytes instead (`build_instance_info_for_deploy` in ironic.drivers.modules.deploy_utils, Ironic 29 to 39); so `raw` is right for
 * qcow2 too. Nothing else sees it: with `http` the agent then gets no format, and detects it as well.
 *
 * @param node decides by its deploy interface, which `instance_info.deploy_interface` overrides (`Node.get_interface`)
 */
export function withDiskFormat(info: TextMap, node: Pick<IronicNode, "deploy_interface">): TextMap {
  const given = info[DISK_FORMAT] || undefined;
  if (given !== undefined || !isPinned(info.image_source)) return info;
  return preparesImage(info.deploy_interface ?? node.deploy_interface) ? { ...info, [DISK_FORMAT]: RAW } : info;
}

/** `instance_info` without a disk format that says nothing: beside a digest it is Ironic's to find out. */
export function withoutDiskFormat(info: TextMap): TextMap {
  return isPinned(info.image_source) ? without(info, [DISK_FORMAT]) : info;
}

/** `instance_info` without an empty disk format beside a digest: "" is an argument that is not set. */
export function withoutEmptyDiskFormat<T extends TextMap>(info: T): TextMap {
  return info[DISK_FORMAT] === "" ? withoutDiskFormat(info) : info;
}

/**
 * Refuses a disk format that a deployment by digest would fail with. What is not known yet is let pass.
 * @throws {ProviderError}
 */
export function checkDiskFormat(info: Info | null): void {
  const format = info?.[DISK_FORMAT] ?? null;
  const source = info?.image_source;
  if (format === null || format === "" || isUnknown(format) || format === RAW || !isPinned(source)) return;
  throw new ProviderError(`${DISK_FORMAT} can't be ${JSON.stringify(format)} beside a digest`, {
    detail: [
      `By digest Ironic takes a disk image's format for "unknown": it overwrites ${JSON.stringify(format)} with that, and then refuses the image ("The requested image is not valid for use").`,
      `Remove ${DISK_FORMAT}, or set it to "${RAW}", which this provider sends otherwise: with that Ironic detects the format, of a qcow2 image too.`,
    ].join("\n\n"),
    path: ["instance_info", DISK_FORMAT],
  });
}

import type { Identified } from "../identify";
import type { Case } from "./case";
import type { Check } from "./check";

/** The first release that converts images without inspecting them; earlier ones look for a file that is not there yet. */
const FIRST_TO_CONVERT_UNINSPECTED = 32;

/**
 * Whether Ironic's comparison of formats lets the image pass. The bytes themselves are not read here.
 * Source: Ironic, `build_instance_info_for_deploy` (the branch of `is_container_registry_url`), `image_cache._fetch`,
 * `images.check_if_image_format_is_permitted`, `images.image_to_raw`.
 */
export function formatCheck(each: Case, { diskFormat }: Identified): Check {
  const { isTag, source, conductor } = each;
  const { disableDeepImageInspection, conductorAlwaysValidatesImages, permittedImageFormats } = conductor.settings;
  if (disableDeepImageInspection) return uninspected(each, isTag ? diskFormat : undefined);
  if (source !== "local" && !conductorAlwaysValidatesImages) {
    return ok(`the conductor compares no formats with image_download_source ${source}`);
  }
  if (!isTag && each.givenFormat !== "raw") {
    return {
      check: "format",
      outcome: "fails",
      reason: "by digest Ironic calls the format unknown, and then refuses the image whatever it is",
      advice: "send image_disk_format raw along, also for a qcow2 image; this package's provider does",
    };
  }
  if (!isTag || diskFormat === undefined) {
    const missing = ["raw", "qcow2"].filter((format) => !permittedImageFormats.includes(format));
    if (missing.length > 0) {
      const reason = `Ironic reads the format from the bytes, and [conductor]permitted_image_formats leaves out ${missing.join(" and ")}`;
      return { check: "format", outcome: "unknown", reason };
    }
    return ok(
      isTag
        ? "no disktype, so there is nothing to compare the bytes with"
        : "image_disk_format raw beside a digest: Ironic reads the format from the bytes",
    );
  }
  if (!permittedImageFormats.includes(diskFormat)) {
    const reason = `${diskFormat} is none of [conductor]permitted_image_formats`;
    return { check: "format", outcome: "fails", reason, advice: `add ${diskFormat} to it` };
  }
  return ok(
    `the annotation says ${diskFormat}: Ironic refuses the image unless its bytes are that, which is not looked at here`,
  );
}

function uninspected(each: Case, claimed: string | undefined): Check {
  const { version, conductor } = each;
  if (!each.converts || claimed === "raw" || conductor.release.major >= FIRST_TO_CONVERT_UNINSPECTED) {
    return ok("the conductor compares no formats: [conductor]disable_deep_image_inspection");
  }
  const outcome = claimed === undefined ? "unknown" : "fails";
  const reason = `with [conductor]disable_deep_image_inspection Ironic ${version} fails on every image that is not raw already`;
  return { check: "format", outcome, reason, advice: "set disable_deep_image_inspection to false" };
}

function ok(reason: string): Check {
  return { check: "format", outcome: "ok", reason };
}

import { InvalidReferenceError, Reference } from "../../reference";
import { ProviderError } from "../../tfplugin";

const OCI = /^oci:\/\//i;
/** Spellings of an OCI image that Ironic does not take for one, so that nothing would check its digest. */
const NOT_IRONICS = /^(\s+(oci|docker):\/\/|docker:\/\/)/i;

/** Whether an `image_source` is an OCI reference with a digest; false for what is not known yet. */
export function isPinned(imageSource: unknown): boolean {
  if (typeof imageSource !== "string" || !OCI.test(imageSource)) return false;
  try {
    return Reference.parse(imageSource).digest !== undefined;
  } catch {
    return false;
  }
}

const WHAT_DECIDES =
  "The architecture, the download source and the release decide which digest that is: give the node's cpu_arch, its image_download_source where driver_info has one, and the release of your Ironic (what ironic_release of the provider says). For a bootc container, add --expect bootc.";

function resolveCommand(imageSource: string, downloadSource: unknown): string {
  const known = downloadSource === "local" || downloadSource === "http";
  const source = known ? ` --download-source ${downloadSource}` : "";
  return `ironic-oci resolve ${imageSource} --arch <cpu_arch>${source} --ironic-release <release>`;
}

/**
 * Refuses an `oci://` image that is not pinned: its tag may point elsewhere at the next deployment. What is fetched otherwise
 * is pinned by its checksum, which is Ironic's to want.
 * @throws {ProviderError} with the command that pins it
 */
export function requirePinned(info: Readonly<Record<string, unknown>>, allowTag: boolean | null): void {
  const { image_source: imageSource, image_download_source: downloadSource } = info;
  if (typeof imageSource !== "string") return;
  const path = ["instance_info", "image_source"];
  if (NOT_IRONICS.test(imageSource) || (OCI.test(imageSource) && !imageSource.startsWith("oci://"))) {
    const detail = `${JSON.stringify(imageSource)} looks like an OCI image, and Ironic takes one only as oci:// with a registry, a repository and a digest, with the scheme in small letters and no blank before it.`;
    throw new ProviderError("image_source is no OCI reference", { detail, path });
  }
  if (!OCI.test(imageSource)) return;
  let reference: Reference;
  try {
    reference = Reference.parse(imageSource);
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    throw new ProviderError("image_source is no OCI reference", { detail: `${error.message}.`, path });
  }
  if (reference.digest !== undefined || allowTag === true) return;
  throw new ProviderError("image_source is not pinned", {
    detail: [
      `${imageSource} names a tag: the next deployment may boot another image than this one.`,
      `Pin it with the digest that this prints:\n\n  ${resolveCommand(imageSource, downloadSource)}`,
      WHAT_DECIDES,
      "Or pin it with the data source ironic_oci_image. To deploy the tag as it is, set allow_tag = true.",
    ].join("\n\n"),
    path,
  });
}

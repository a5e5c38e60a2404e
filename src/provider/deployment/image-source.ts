import { InvalidReferenceError, Reference } from "../../reference";
import { ProviderError } from "../../tfplugin";

const OCI = /^oci:\/\//i;
/** Spellings of OCI images that Ironic does not recognise as such, so that it would not verify a digest. */
const NOT_OCI_TO_IRONIC = /^(\s+(oci|docker):\/\/|docker:\/\/)/i;

/** Whether an `image_source` is an OCI reference with a digest; false for an unknown value. */
export function isPinned(imageSource: unknown): boolean {
  return parsed(imageSource)?.digest !== undefined;
}

/** Whether an `image_source` is an OCI reference without a digest; false for an unknown value. */
export function isTag(imageSource: unknown): boolean {
  const reference = parsed(imageSource);
  return reference !== undefined && reference.digest === undefined;
}

function parsed(imageSource: unknown): Reference | undefined {
  if (typeof imageSource !== "string" || !OCI.test(imageSource)) return undefined;
  try {
    return Reference.parse(imageSource);
  } catch {
    return undefined;
  }
}

const ARGUMENTS =
  "The digest depends on architecture, download source and release: pass the node's cpu_arch, its image_download_source if driver_info has one, and the release of your Ironic (ironic_release of the provider). For a bootc container, add --expect bootc.";

function resolveCommand(imageSource: string, downloadSource: unknown): string {
  const known = downloadSource === "local" || downloadSource === "http";
  const source = known ? ` --download-source ${downloadSource}` : "";
  return `ironic-oci resolve ${imageSource} --arch <cpu_arch>${source} --ironic-release <release>`;
}

/**
 * Refuses an `oci://` image that is not pinned: its tag may point to another image at the next deployment. Images of other schemes are
 * pinned by a checksum, which Ironic requires.
 * @throws {ProviderError} with the command that resolves the digest
 */
export function requirePinned(info: Readonly<Record<string, unknown>>, allowTag: boolean | null): void {
  const { image_source: imageSource, image_download_source: downloadSource } = info;
  if (typeof imageSource !== "string") return;
  const path = ["instance_info", "image_source"];
  if (NOT_OCI_TO_IRONIC.test(imageSource) || (OCI.test(imageSource) && !imageSource.startsWith("oci://"))) {
    const detail = `${JSON.stringify(imageSource)} looks like an OCI image. Ironic accepts only oci:// with a registry, a repository and a digest, with the scheme in lower case and no space before it.`;
    throw new ProviderError("image_source is not an OCI reference", { detail, path });
  }
  if (!OCI.test(imageSource)) return;
  let reference: Reference;
  try {
    reference = Reference.parse(imageSource);
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    throw new ProviderError("image_source is not an OCI reference", { detail: `${error.message}.`, path });
  }
  if (reference.digest !== undefined || allowTag === true) return;
  throw new ProviderError("image_source is not pinned", {
    detail: [
      `${imageSource} is a tag: the next deployment may get another image than this one.`,
      `Pin it with the digest that this command prints:\n\n  ${resolveCommand(imageSource, downloadSource)}`,
      ARGUMENTS,
      "Or pin it with the data source ironic_oci_image. To deploy the tag as it is, set allow_tag = true.",
    ].join("\n\n"),
    path,
  });
}

import { type BootFile, bootFileOf } from "../../artifact-fields";
import { InvalidReferenceError, Reference } from "../../reference";
import { type Diagnostics, isUnknown, type Path, ProviderError, type Unknown } from "../../tfplugin";
import { type TypedMap, typedEntries } from "./typed";

const OCI = /^oci:\/\//i;
/** Spellings of OCI references that Ironic does not recognise as such. */
const NOT_OCI_TO_IRONIC = /^(\s+(oci|docker):\/\/|docker:\/\/)/i;

/** Whether a value is an OCI reference with a digest; false for an unknown value. */
export function isPinned(value: unknown): boolean {
  return parsed(value)?.digest !== undefined;
}

/** Whether a value is an OCI reference without a digest; false for an unknown value. */
export function isTag(value: unknown): boolean {
  const reference = parsed(value);
  return reference !== undefined && reference.digest === undefined;
}

function parsed(value: unknown): Reference | undefined {
  if (typeof value !== "string" || !OCI.test(value)) return undefined;
  try {
    return Reference.parse(value);
  } catch {
    return undefined;
  }
}

/** An entry of a free-form field. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly path: Path;
  /** Whether Terraform hides the value, so that an error does not quote it. */
  readonly isHidden?: boolean;
}

/** A reference that is not pinned, or that is none for Ironic. */
export interface ReferenceFault {
  readonly kind: "malformed" | "image tag" | "file tag";
  readonly error: ProviderError;
}

/** The faults of the entries that name an image or a file which the machine boots ({@link BOOT_FILES}). */
export function referenceFaults(field: BootFile["field"], entries: readonly Entry[]): readonly ReferenceFault[] {
  const downloadSource = entries.find(({ key }) => key === "image_download_source")?.value;
  return entries.flatMap((entry): readonly ReferenceFault[] => {
    const file = bootFileOf(field, entry.key);
    const isImage = field === "instance_info" && entry.key === "image_source";
    if (file === undefined && !isImage) return [];
    const malformed = malformedError(entry);
    if (malformed !== undefined) return [{ kind: "malformed", error: malformed }];
    if (!isTag(entry.value)) return [];
    return file
      ? [{ kind: "file tag", error: fileError(entry, file) }]
      : [{ kind: "image tag", error: imageError(entry, downloadSource) }];
  });
}

/** Reports faults. With `allow_tag`, the tag of a file, which Ironic does not resolve, is a warning. */
export function reportFaults(
  faults: readonly ReferenceFault[],
  allowTag: boolean | Unknown | null,
  diagnostics: Diagnostics,
): void {
  if (isUnknown(allowTag)) return;
  for (const { kind, error } of faults) {
    const { message, detail, path } = error;
    if (!isAllowed(kind, allowTag)) diagnostics.error(message, { detail: `${detail}${ALLOW[kind]}`, path });
    else if (kind === "file tag") diagnostics.warning(message, { detail, path });
  }
}

/**
 * The check of values that were unknown at the plan, before anything is changed for them.
 * @throws {ProviderError} the first fault
 */
export function refuseFaults(faults: readonly ReferenceFault[], allowTag: boolean | null): void {
  const fault = faults.find(({ kind }) => !isAllowed(kind, allowTag));
  if (fault === undefined) return;
  const { message, detail, path } = fault.error;
  throw new ProviderError(message, { detail: `${detail}${ALLOW[fault.kind]}`, path });
}

function isAllowed(kind: ReferenceFault["kind"], allowTag: boolean | null): boolean {
  return allowTag === true && kind !== "malformed";
}

const ALLOW: Readonly<Record<ReferenceFault["kind"], string>> = {
  malformed: "",
  "image tag": " To deploy the tag as it is, set allow_tag = true.",
  "file tag": " To send the tag as it is, set allow_tag = true.",
};

function malformedError({ key, value, path, isHidden = false }: Entry): ProviderError | undefined {
  if (typeof value !== "string") return undefined;
  const summary = `${key} is not an OCI reference`;
  if (NOT_OCI_TO_IRONIC.test(value) || (OCI.test(value) && !value.startsWith("oci://"))) {
    const shown = isHidden ? "The value" : JSON.stringify(value);
    const detail = `${shown} looks like an OCI image. Ironic accepts only oci:// with a registry, a repository and a digest, with the scheme in lower case and no space before it.`;
    return new ProviderError(summary, { detail, path });
  }
  if (!OCI.test(value)) return undefined;
  try {
    Reference.parse(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    const detail = isHidden ? "Expected oci://host/path@<digest>." : `${error.message}.`;
    return new ProviderError(summary, { detail, path });
  }
}

const ARGUMENTS =
  "The digest depends on architecture, download source and release: pass the node's cpu_arch, its image_download_source if driver_info has one, and the release of your Ironic (ironic_release of the provider). For a bootc container, add --expect bootc.";

/** The tag of an image may point to another one at the next deployment. Images of other schemes are pinned by a checksum, which Ironic requires. */
function imageError({ key, value, path }: Entry, downloadSource: unknown): ProviderError {
  const known = downloadSource === "local" || downloadSource === "http";
  const source = known ? ` --download-source ${downloadSource}` : "";
  const detail = [
    `${value} is a tag: the next deployment may get another image than this one.`,
    `Pin it with the digest that this command prints:\n\n  ironic-oci resolve ${value} --arch <cpu_arch>${source} --ironic-release <release>`,
    ARGUMENTS,
    "Or pin it with the data source ironic_oci_image.",
  ].join("\n\n");
  return new ProviderError(`${key} is not pinned`, { detail, path });
}

function fileError({ key, value, path, isHidden }: Entry, { role }: BootFile): ProviderError {
  const detail = [
    `${isHidden ? "The value" : value} is a tag. Ironic 29 to 39 resolve tags for image_source only: with this one, the machine does not boot.`,
    `Pin it with the digest that this command prints:\n\n  ironic-oci resolve ${isHidden ? "REFERENCE" : value} --role ${role} --arch <cpu_arch>`,
    `Or pin it with the data source ironic_oci_image and role = "${role}".`,
  ].join("\n\n");
  return new ProviderError(`${key} is not pinned`, { detail, path });
}

type Map = Readonly<Record<string, unknown>> | Unknown | null;

/** The entries of a map; none while it is unknown. */
export function entriesOfMap(argument: string, map: Map, isHidden = false): readonly Entry[] {
  if (map === null || isUnknown(map)) return [];
  return Object.entries(map).map(([key, value]) => ({ key, value, path: [argument, key], isHidden }));
}

/** The entries of an argument with values of any type. */
export function entriesOfTyped(argument: string, map: TypedMap | Unknown, isHidden = false): readonly Entry[] {
  return entriesOfMap(argument, typedEntries(map), isHidden);
}

import { type Digest, isDigest } from "../reference";
import { isObject, isTruthy, type JsonObject, kindOf, textOf } from "./json";
import type { Candidate, Layer, ManifestFacts } from "./types";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
const TITLE = "org.opencontainers.image.title";

/** The document that a tag points to, with the fields that decide the selection. */
export interface ImageDocument {
  readonly kind: "index" | "manifest";
  readonly digest: Digest;
  /** A manifest is its own only candidate. */
  readonly candidates: readonly Candidate[];
  /** What Ironic fails on before it looks at any candidate: a clause such as `manifests is null`. */
  readonly fault: string | undefined;
  /** Why Ironic refuses the tag, with what to do; undefined where it looks for an image. */
  readonly refusal: { readonly why: string; readonly hint: string } | undefined;
}

/**
 * Reads an index, or whatever else it is as its own only candidate.
 *
 * What makes it the one or the other is the document itself, as in Ironic: a list of manifests that isn't empty, or
 * its own `mediaType`. A manifest without one is refused by Ironic when it is named by a tag.
 *
 * Nothing is refused that Ironic does not look at, and nothing that it fails on for a reason of its own: that is noted as a
 * fault, and read as if it were missing (Ironic, OciImageService.identify_specific_image and _filter_manifests).
 */
export function readDocument(content: JsonObject, digest: Digest): ImageDocument {
  const { manifests, mediaType } = content;
  if (Array.isArray(manifests) && manifests.length > 0) {
    const candidates = manifests.map((entry, position) => readEntry(entry, `manifests[${position}]`));
    return { kind: "index", digest, candidates, fault: undefined, refusal: undefined };
  }
  const candidate = readEntry(content, undefined);
  const empty = manifests === undefined || (hasLength(manifests) && !isTruthy(manifests));
  return {
    kind: "manifest",
    digest,
    // Ironic accepts the digest that a manifest states for itself; no descriptor contains its size.
    candidates: [{ ...candidate, digest: candidate.digest ?? digest, size: undefined }],
    fault: empty ? undefined : `manifests is ${kindOf(manifests)}`,
    refusal: mediaType === OCI_MANIFEST ? undefined : refusalOf(content),
  };
}

function refusalOf({ manifests, mediaType, schemaVersion }: JsonObject): NonNullable<ImageDocument["refusal"]> {
  if (manifests !== undefined) {
    return { why: "the index lists no manifests", hint: "push at least one artifact into it" };
  }
  const what =
    schemaVersion === 1
      ? "Docker's schema 1, which registries make of Docker's other format"
      : `mediaType ${quoted(mediaType)}`;
  return {
    why: `neither an OCI index nor an OCI manifest (${what})`,
    hint: "Ironic reads OCI media types only: push with oras, or in OCI's format (podman push --format oci, skopeo copy --format oci)",
  };
}

/** Reads the manifest of one candidate, or whatever else a digest names. */
export function readManifest(content: JsonObject): ManifestFacts {
  return readFacts(content, undefined);
}

function readEntry(entry: unknown, path: string | undefined): Candidate {
  if (!isObject(entry)) {
    const facts = readFacts({}, path);
    const faults = { whole: `${path} is ${kindOf(entry)}` };
    return { ...facts, faults, digest: undefined, size: undefined, architecture: undefined };
  }
  const { platform, digest, size } = entry;
  const facts = readFacts(entry, path);
  const fault = objectFault(platform, at(path, "platform"));
  const architecture = isObject(platform) ? platform.architecture : undefined;
  return {
    ...facts,
    faults: { ...facts.faults, ...(fault && { platform: fault }) },
    digest: isDigest(digest) ? digest : undefined,
    // No manifest is empty: a size of 0 is none.
    size: numberOf(size) || undefined,
    architecture: isTruthy(architecture) ? shown(architecture) : undefined,
  };
}

function readFacts(content: JsonObject, path: string | undefined): ManifestFacts {
  const { mediaType, artifactType, config, layers, annotations, manifests } = content;
  const disktype = isObject(annotations) ? annotations.disktype : undefined;
  // Python looks a disktype up in a dictionary, and a list or an object can't be looked up.
  const unhashable = Array.isArray(disktype) || isObject(disktype);
  const annotationsFault = unhashable
    ? `${at(path, "annotations.disktype")} is ${kindOf(disktype)}`
    : objectFault(annotations, at(path, "annotations"));
  // An artifactType is mark enough: Ironic looks at the configuration only where there is none.
  const configFault = isTruthy(artifactType) ? undefined : objectFault(config, at(path, "config"));
  const read = readLayers(layers, path);
  return {
    mediaType: textOf(mediaType),
    marked: isTruthy(artifactType) || (isObject(config) && config.mediaType === EMPTY_CONFIG),
    config: isObject(config) ? readConfig(config, at(path, "config")) : undefined,
    layers: read.layers,
    layersAtHand: isTruthy(layers),
    disktype: isTruthy(disktype) && !unhashable ? shown(disktype) : undefined,
    lists: Array.isArray(manifests) ? manifests.flatMap((each) => digestIn(each) ?? []) : undefined,
    faults: {
      ...(annotationsFault && { annotations: annotationsFault }),
      ...(configFault && { config: configFault }),
      ...(read.fault && { layers: read.fault }),
    },
  };
}

function readConfig(config: JsonObject, path: string): NonNullable<ManifestFacts["config"]> {
  const { mediaType, digest, size } = config;
  return {
    mediaType: textOf(mediaType),
    digest: isDigest(digest) ? digest : undefined,
    size: numberOf(size),
    sizeFault: sizeFault(size, `${path}.size`),
  };
}

/** Python takes the length of lists, strings and objects alike, and fails on the first look at what is in the latter two. */
function readLayers(
  layers: unknown,
  path: string | undefined,
): { readonly layers: readonly Layer[] | undefined; readonly fault?: string } {
  const where = at(path, "layers");
  if (layers === undefined) return { layers: undefined };
  if (Array.isArray(layers)) return { layers: layers.map((layer, index) => readLayer(layer, `${where}[${index}]`)) };
  const fault = `${where} is ${kindOf(layers)}`;
  if (!hasLength(layers)) return { layers: undefined, fault };
  const length = typeof layers === "string" ? [...layers].length : Object.keys(layers as JsonObject).length;
  return { layers: Array.from({ length }, () => ({ ...NO_LAYER, faults: { whole: fault } })) };
}

const NO_LAYER: Layer = {
  ...{ digest: undefined, checksum: undefined, size: undefined, mediaType: undefined, title: undefined },
  faults: {},
};

function readLayer(layer: unknown, path: string): Layer {
  if (!isObject(layer)) return { ...NO_LAYER, faults: { whole: `${path} is ${kindOf(layer)}` } };
  const { digest, size, mediaType, annotations } = layer;
  const text = textOf(digest);
  const [, checksum] = text?.split(":") ?? [];
  const faults = {
    digest: checksum === undefined ? `${path}.digest is ${isTruthy(digest) ? kindOf(digest) : "missing"}` : undefined,
    size: sizeFault(size, `${path}.size`),
    mediaType:
      isTruthy(mediaType) && typeof mediaType !== "string" ? `${path}.mediaType is ${kindOf(mediaType)}` : undefined,
    annotations: objectFault(annotations, `${path}.annotations`),
  };
  return {
    digest: isDigest(digest) ? digest : undefined,
    checksum: checksum !== undefined && /^[0-9a-f]+$/i.test(checksum) ? checksum : undefined,
    size: numberOf(size),
    mediaType: textOf(mediaType),
    title: isObject(annotations) ? textOf(annotations[TITLE]) : undefined,
    faults: Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined)),
  };
}

/** Ironic calls `.get()` on it where it is there: only an object has that. */
function objectFault(value: unknown, path: string): string | undefined {
  return value === undefined || isObject(value) ? undefined : `${path} is ${kindOf(value)}`;
}

/** Ironic adds sizes up, taking a missing one for 0; Python adds truth values as 0 and 1. */
function sizeFault(size: unknown, path: string): string | undefined {
  return size === undefined || ["number", "boolean"].includes(typeof size) ? undefined : `${path} is ${kindOf(size)}`;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function hasLength(value: unknown): boolean {
  return typeof value === "string" || isObject(value) || Array.isArray(value);
}

function digestIn(entry: unknown): Digest | undefined {
  return isObject(entry) && isDigest(entry.digest) ? entry.digest : undefined;
}

function at(path: string | undefined, field: string): string {
  return path === undefined ? field : `${path}.${field}`;
}

/** A string as it is; another value as what it is, in brackets, which equals no name that Ironic knows. */
function shown(value: unknown): string {
  return typeof value === "string" ? value : `(${kindOf(value)})`;
}

function quoted(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.replace(/[^\x20-\x7e]/g, "?").slice(0, 120)) : kindOf(value);
}

import { type Digest, isDigest, type Reference } from "../reference";
import { OCI_INDEX, OCI_MANIFEST, type RegistryClient, RegistryError } from "../registry";
import type { OciResolver } from "../resolver";
import { isArchive } from "../selection";
import { type ArtifactOptions, checkArtifacts, contentOf } from "./artifact";
import { RegistryContent } from "./content";
import { belonging } from "./copy";
import { artifactType, type Document, document } from "./documents";
import { InvalidArtifactsError } from "./errors";
import { checkOutcomes, expectedOutcomes, type Offer } from "./outcomes";
import { moveTag, type PublishedTag } from "./push";
import { chooseInRegistry } from "./registry-choice";

/** What a manifest of an index is. */
export interface Annotation {
  readonly digest: Digest;
  readonly architecture: string;
  readonly disktype: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Repairs an index that someone else has published: its entries get disk type and architecture, and manifests that a pin would not
 * keep their meaning by get an artifactType and the disk type. No blob is uploaded; other entries stay as they are. A tag that points
 * to a manifest alone gets an index with it.
 * @param annotations manifests by the digests that the index has them under, or further ones of the repository
 * @throws {InvalidArtifactsError} for contradictions, for a manifest that is no disk image, and for a tag in Docker's format
 * @throws {PublishCheckError | TagRaceError | RegistryError} before the tag is moved
 */
export async function annotate(
  client: RegistryClient,
  resolver: OciResolver,
  reference: Reference,
  annotations: readonly Annotation[],
  { podmanMachine, dryRun, signal }: ArtifactOptions & { readonly dryRun?: boolean; readonly signal?: AbortSignal },
): Promise<PublishedTag> {
  const spelled = checkArtifacts(
    annotations.map(({ digest, ...facts }) => ({ ...facts, kind: "disk", path: digest })),
    { podmanMachine },
  );
  const top = await client.getManifest(reference, { signal });
  if (top.mediaType.startsWith("application/vnd.docker.")) {
    throw new InvalidArtifactsError(`${reference}: the tag is in Docker's format (${top.mediaType}), not in OCI's`, {
      hint: "Ironic reads OCI media types only: push the disks under another tag (ironic-oci push)",
    });
  }
  const listed = Array.isArray(top.content.manifests)
    ? (top.content.manifests as unknown[]).filter(isObject)
    : undefined;
  const entries = listed ?? [{ mediaType: top.mediaType, digest: top.digest, size: top.size }];
  refuseRepeated(reference, entries, annotations);
  const documents: Document[] = [];
  const artifacts: PublishedTag["artifacts"][number][] = [];
  const replaced = new Map<Digest, Json>();
  for (const { path, architecture, disktype } of spelled) {
    const digest = path as Digest;
    const manifest = await client.getManifest(reference.withDigest(digest), { accept: [OCI_MANIFEST], signal });
    const layer = theLayer(manifest.content, reference, digest);
    const marked = withMarks(manifest.content, disktype as string);
    const made = marked && document(OCI_MANIFEST, marked);
    if (made) documents.push(made);
    const found = entries.find((entry) => entry.digest === digest);
    const platform = isObject(found?.platform) ? found.platform : {};
    replaced.set(digest, {
      ...found,
      mediaType: OCI_MANIFEST,
      artifactType: (made?.content ?? manifest.content).artifactType,
      digest: made?.digest ?? digest,
      size: made?.bytes.length ?? manifest.size,
      annotations: { ...(isObject(found?.annotations) && found.annotations), disktype },
      platform: { os: "linux", ...platform, architecture },
    });
    artifacts.push({
      ...{ path: digest, digest: made?.digest ?? digest, architecture, disktype, how: undefined },
      ...{ title: layer.title, mediaType: layer.mediaType, blob: { digest: layer.digest, size: layer.size } },
      url: reference.withDigest(made?.digest ?? digest).toString(),
    });
  }
  refuseDuplicates(reference, entries, spelled);
  const kept = entries.map((entry) => replaced.get(entry.digest as Digest) ?? entry);
  const added = [...replaced]
    .filter(([digest]) => !entries.some((entry) => entry.digest === digest))
    .map(([, entry]) => entry);
  const base = listed ? top.content : { schemaVersion: 2, mediaType: OCI_INDEX };
  const index = document(OCI_INDEX, { ...base, manifests: [...kept, ...added] });
  documents.push(index);
  const outcomes = expectedOutcomes("disk", artifacts satisfies readonly Offer[]).filter(
    ({ gets }) => gets !== undefined,
  );
  const result = {
    ...{ kind: "disk" as const, reference: reference.toString(), digest: index.digest, before: top.digest },
    ...{ artifacts, outcomes, warnings: [], documents },
  };
  if (dryRun) return result;
  for (const { mediaType, digest, bytes } of documents) {
    await client.writer.putManifest(reference.withDigest(digest), mediaType, bytes, signal);
  }
  const warnings = new Set<string>();
  await checkOutcomes(
    reference,
    outcomes,
    chooseInRegistry(resolver, "disk", reference, index.digest, warnings, signal),
  );
  const now = new Set([index.digest, ...[...kept, ...added].map((entry) => entry.digest)]);
  const superseded = [top.digest, ...replaced.keys()].filter((digest) => !now.has(digest));
  const signed = await signedOf(client, reference, superseded, signal);
  if (signed.length > 0) {
    const at = reference.withDigest(index.digest).toString().replace("oci://", "");
    warnings.add(
      `signatures and the like of ${signed.join(", ")} do not belong to what the tag points to now: where a policy requires a signature, sign it, such as with cosign sign --key cosign.key ${at}`,
    );
  }
  await moveTag(client, reference, result, signal);
  return { ...result, warnings: [...warnings] };
}

/** Those of the manifests that have signatures or the like. */
async function signedOf(
  client: RegistryClient,
  reference: Reference,
  digests: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<Digest[]> {
  const signed: Digest[] = [];
  for (const digest of new Set(digests)) {
    try {
      const { length } = await belonging(new RegistryContent(client), reference, digest, signal);
      if (length > 0) signed.push(digest);
    } catch (error) {
      // The new index is right, whatever the registry has instead of this list.
      if (!(error instanceof RegistryError)) throw error;
    }
  }
  return signed;
}

/** One manifest has one architecture and disk type, and one entry: it would replace the others. */
function refuseRepeated(reference: Reference, entries: readonly Json[], annotations: readonly Annotation[]): void {
  for (const { digest } of annotations) {
    const named = annotations.filter((each) => each.digest === digest).length;
    const listed = entries.filter((entry) => entry.digest === digest).length;
    if (named === 1 && listed <= 1) continue;
    const what = named > 1 ? `${digest} is named ${named} times` : `the index has ${digest} ${listed} times`;
    throw new InvalidArtifactsError(`${reference}: ${what}, and can be for one architecture and of one disk type`, {
      hint: "push the disk again for each architecture (ironic-oci push)",
    });
  }
}

const NOT_A_DISK = "a container can't become a disk image by annotations: push the disk's file (ironic-oci push)";

/** The one layer of a disk image's manifest. */
function theLayer(content: Json, reference: Reference, digest: Digest) {
  const layers = Array.isArray(content.layers) ? (content.layers as unknown[]) : [];
  const [layer] = layers;
  if (layers.length !== 1 || !isObject(layer) || !isDigest(layer.digest)) {
    throw new InvalidArtifactsError(
      `${reference}: ${digest} is no disk image: it has ${layers.length} layers, and a disk image has one`,
      { hint: NOT_A_DISK },
    );
  }
  if (isArchive(String(layer.mediaType))) {
    throw new InvalidArtifactsError(
      `${reference}: ${digest} is no disk image: its layer is an archive (${JSON.stringify(layer.mediaType)}), as containers have it`,
      { hint: NOT_A_DISK },
    );
  }
  const title = isObject(layer.annotations) ? layer.annotations["org.opencontainers.image.title"] : undefined;
  return {
    digest: layer.digest,
    size: Number(layer.size),
    mediaType: String(layer.mediaType),
    title: typeof title === "string" ? title : undefined,
  };
}

/** The manifest with what a pin needs; undefined where it has that already. */
function withMarks(content: Json, disktype: string): Json | undefined {
  const annotations = isObject(content.annotations) ? content.annotations : {};
  const { artifactType: own } = content;
  const marked = typeof own === "string" && own !== "";
  if (marked && annotations.disktype === disktype && content.mediaType === OCI_MANIFEST) return undefined;
  return {
    ...content,
    mediaType: OCI_MANIFEST,
    artifactType: marked ? own : artifactType("disk"),
    annotations: { ...annotations, disktype },
  };
}

/** Another entry for the same nodes, of the same format: a node could get either. */
function refuseDuplicates(
  reference: Reference,
  entries: readonly Json[],
  annotated: readonly {
    readonly path: string;
    readonly architecture?: string | undefined;
    readonly disktype?: string | undefined;
  }[],
): void {
  const rest = entries.filter(({ digest }) => !annotated.some(({ path }) => path === digest));
  const others = rest.flatMap(({ digest, annotations, platform }) => {
    const disktype = isObject(annotations) ? annotations.disktype : undefined;
    const architecture = isObject(platform) ? platform.architecture : undefined;
    const isDisk = typeof disktype === "string" && contentOf(disktype) !== undefined;
    if (!isDisk || typeof architecture !== "string") return [];
    return [{ kind: "disk" as const, path: String(digest), architecture, disktype }];
  });
  try {
    checkArtifacts([...others, ...annotated.map((each) => ({ ...each, kind: "disk" as const }))], {
      podmanMachine: true,
    });
  } catch (error) {
    if (!(error instanceof InvalidArtifactsError)) throw error;
    throw new InvalidArtifactsError(`${reference}: ${error.message}`, { hint: error.hint });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

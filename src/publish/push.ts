import { Limiter, unlessAborted } from "../net";
import { type Digest, digestOf, type Reference } from "../reference";
import {
  AuthenticationError,
  type BlobSource,
  ManifestNotFoundError,
  measure,
  type RegistryClient,
  TagNotFoundError,
  type UploadOutcome,
} from "../registry";
import type { OciResolver } from "../resolver";
import { type SigningKey, signInRegistry } from "../signing";
import {
  type Artifact,
  type ArtifactKind,
  type ArtifactOptions,
  type CheckedArtifact,
  checkArtifact,
  checkArtifacts,
  KINDS,
} from "./artifact";
import { artifactManifest, artifactType, type Document, EMPTY_CONFIG, imageIndex } from "./documents";
import { ArtifactFileError, InvalidArtifactsError, TagRaceError } from "./errors";
import { compressedSource, fileSource, headOf, sizeOf, stateOf, unpackedHeadOf } from "./file-source";
import { formatOf } from "./format";
import { checkOutcomes, chooseFrom, expectedOutcomes, type Offer, type Outcome } from "./outcomes";
import { chooseInRegistry } from "./registry-choice";

export interface PushOptions extends ArtifactOptions {
  /** Repositories of the same registry that may have the files already. */
  readonly mountFrom?: readonly string[] | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Signs what each tag points to, before the tag is moved. */
  readonly signingKey?: SigningKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How far a file is. */
export interface Progress {
  readonly path: string;
  /** `hash`: it is read for its digest; `send`: it is sent; the others are the end. */
  readonly phase: "hash" | "send" | UploadOutcome["how"];
  readonly bytes: number;
  /** Undefined where the end is not known, as for a compression. */
  readonly total: number | undefined;
}

/** A file as it was published. */
export interface Published extends Offer {
  readonly path: string;
  /** The manifest's `oci://…@digest`. */
  readonly url: string;
  readonly mediaType: string;
  readonly blob: { readonly digest: Digest; readonly size: number };
  /** How the blob came to the registry; undefined for what was not pushed (`--dry-run`). */
  readonly how: UploadOutcome["how"] | undefined;
}

/** A tag as it was published: an index, or a manifest alone. */
export interface PublishedTag {
  readonly kind: ArtifactKind;
  /** `oci://…:tag`. */
  readonly reference: string;
  readonly digest: Digest;
  /** Where the tag pointed to before; undefined where there was none. */
  readonly before: Digest | undefined;
  readonly artifacts: readonly Published[];
  /** What each kind of node gets. */
  readonly outcomes: readonly Outcome[];
  /** The fingerprint of the key that has signed it; undefined for what was not signed here. */
  readonly signedBy?: string | undefined;
  /** Facts with consequences for some nodes, such as a format that needs a certain download source. */
  readonly warnings: readonly string[];
  /** What is pushed, the index last. */
  readonly documents: readonly Document[];
}

/** Files that are read, or sent, at the same time. */
const AT_ONCE = 2;
/** Bytes; reading a smaller file for its digest takes no time that is worth bytes sent in vain. */
const LARGE = 64 * 1024 * 1024;

/**
 * Publishes files: blobs, manifests and indexes by digest, then a check that each kind of node gets what is published for it, and the
 * tags last.
 * @throws {InvalidArtifactsError | ArtifactFileError} before any request
 * @throws {PublishCheckError | TagRaceError | RegistryError} before the tags are moved
 */
export async function push(
  client: RegistryClient,
  resolver: OciResolver,
  reference: Reference,
  artifacts: readonly Artifact[],
  options: PushOptions = {},
): Promise<PublishedTag[]> {
  const { signal } = options;
  const tags = await prepare(reference, artifacts, options);
  const before = new Map<Tag, Digest | undefined>();
  for (const tag of tags) before.set(tag, await digestBehind(client, tag.reference, signal));
  const limiter = new Limiter(AT_ONCE);
  const stop = new AbortController();
  const bounded = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const tasks = tags.flatMap((tag) =>
    tag.files.map((file) =>
      limiter
        .run(
          () => send(client, reference, file, before.get(tag) === undefined, { ...options, signal: bounded }),
          bounded,
        )
        .catch((error) => {
          // The first failure ends the other uploads.
          stop.abort(error);
          throw error;
        }),
    ),
  );
  await Promise.allSettled(tasks);
  const sent = new Map((await Promise.all(tasks)).map((each) => [each.artifact, each]));
  await client.writer.putBlob(reference, bufferSource(EMPTY_CONFIG), { signal });
  const published: PublishedTag[] = [];
  for (const tag of tags) {
    const files = tag.files.map((file) => sent.get(file) as Sent);
    published.push({ ...(await describe(tag, files)), before: before.get(tag) });
  }
  const results: PublishedTag[] = [];
  for (const [position, tag] of published.entries()) {
    for (const { mediaType, digest, bytes } of tag.documents) {
      await client.writer.putManifest(reference.withDigest(digest), mediaType, bytes, signal);
    }
    const warnings = new Set<string>();
    const at = (tags[position] as Tag).reference;
    await checkOutcomes(at, tag.outcomes, chooseInRegistry(resolver, tag.kind, at, tag.digest, warnings, signal));
    const signedBy = await signed(client, reference, tag.documents.at(-1) as Document, options);
    results.push({ ...tag, ...(signedBy && { signedBy }), warnings: [...warnings] });
  }
  for (const [position, { reference: at }] of tags.entries()) {
    await moveTag(client, at, results[position] as PublishedTag, signal);
  }
  return results;
}

/** What {@link push} would publish. Reads the files, and sends nothing. */
export async function dryRun(
  reference: Reference,
  artifacts: readonly Artifact[],
  options: PushOptions = {},
): Promise<PublishedTag[]> {
  const tags = await prepare(reference, artifacts, options);
  const limiter = new Limiter(AT_ONCE);
  return Promise.all(
    tags.map(async (tag) => {
      const files = await Promise.all(
        tag.files.map((artifact) =>
          limiter.run(async (): Promise<Sent> => {
            const source = artifact.compress ? compressedSource(artifact.path) : fileSource(artifact.path);
            return { artifact, how: undefined, ...(await hash(artifact, source, options)) };
          }, options.signal),
        ),
      );
      return describe(tag, files);
    }),
  );
}

/** The files of one tag. */
interface Tag {
  readonly kind: ArtifactKind;
  readonly reference: Reference;
  readonly files: readonly CheckedFile[];
}

interface CheckedFile extends CheckedArtifact {
  /** By {@link stateOf}, before the check. */
  readonly state: string;
}

interface Sent {
  readonly artifact: CheckedFile;
  readonly digest: Digest;
  readonly size: number;
  readonly how: UploadOutcome["how"] | undefined;
}

/** Checks everything that can be checked without the registry. */
async function prepare(
  reference: Reference,
  artifacts: readonly Artifact[],
  options: PushOptions,
): Promise<readonly Tag[]> {
  if (reference.tag === undefined || reference.digest !== undefined) {
    throw new InvalidArtifactsError(`${reference}: a tag to publish under is missing`, { hint: "HOST/REPOSITORY:TAG" });
  }
  const { tag } = reference;
  const spelled = checkArtifacts(artifacts, options);
  const checked: CheckedFile[] = [];
  for (const artifact of spelled) {
    const state = await stateOf(artifact.path);
    const head = await unlessAborted(headOf(artifact.path), options.signal);
    const isPacked = artifact.kind === "disk" && formatOf(head) === "zstd";
    const unpacked = isPacked ? await unpackedHeadOf(artifact.path) : undefined;
    checked.push({ ...checkArtifact(artifact, head, unpacked, options), state });
  }
  const kinds = KINDS.filter((kind) => checked.some((each) => each.kind === kind));
  return kinds.map((kind) => ({
    kind,
    // A kernel beside a disk has a tag of its own: a tag has one meaning.
    reference: kinds.length === 1 || kind === "disk" ? reference : reference.withTag(`${tag}-${kind}`),
    files: checked.filter((each) => each.kind === kind),
  }));
}

async function hash(artifact: CheckedArtifact, source: ReturnType<typeof fileSource>, options: PushOptions) {
  const { path, compress } = artifact;
  const total = compress ? undefined : await sizeOf(path);
  return measure(source, options.signal, (bytes) => options.onProgress?.({ path, phase: "hash", bytes, total }));
}

async function send(
  client: RegistryClient,
  reference: Reference,
  artifact: CheckedFile,
  isNew: boolean,
  options: PushOptions,
): Promise<Sent> {
  const { path, compress } = artifact;
  const { onProgress, mountFrom = [], signal } = options;
  const size = compress ? undefined : await sizeOf(path);
  // Under a new tag, the registry has hardly any of the files: they are read for their digests while they are sent.
  const isMeasured = size !== undefined && !(isNew && size >= LARGE && mountFrom.length === 0);
  const known = isMeasured ? await hash(artifact, fileSource(path), options) : undefined;
  const measuring = { size: size ?? 0, measure: (stop: AbortSignal) => measure(fileSource(path), stop) };
  const source = compress ? compressedSource(path) : { ...fileSource(path, known), ...(!isMeasured && { measuring }) };
  const outcome = await client.writer.putBlob(reference, source, {
    mountFrom,
    signal,
    onProgress: (bytes) => onProgress?.({ path, phase: "send", bytes, total: size }),
  });
  // What is read more than once, or while it is written, may be a mixture that never was in the file.
  if ((await stateOf(path)) !== artifact.state) {
    throw new ArtifactFileError(path, "it was changed while it was pushed", {
      hint: "push again when nothing writes to it any more",
    });
  }
  onProgress?.({ path, phase: outcome.how, bytes: outcome.size, total: outcome.size });
  return { artifact, ...outcome };
}

/** The manifests and the index of a tag, and what each kind of node gets by them. */
async function describe({ kind, reference, files }: Tag, sent: readonly Sent[]): Promise<PublishedTag> {
  const manifests = sent.map(({ artifact, digest, size }) => artifactManifest(artifact, { digest, size }));
  const isIndex = kind === "disk" || files.some(({ architecture }) => architecture !== undefined);
  const index = imageIndex(
    files.map(({ architecture, disktype }, position) => {
      const { digest, bytes } = manifests[position] as Document;
      return { digest, size: bytes.length, artifactType: artifactType(kind), architecture, disktype };
    }),
  );
  const documents = isIndex ? [...manifests, index] : manifests;
  const top = documents.at(-1) as Document;
  const artifacts = sent.map(({ artifact, digest, size, how }, position): Published => {
    const manifest = manifests[position] as Document;
    const { path, architecture, disktype, title, mediaType } = artifact;
    const url = reference.withDigest(manifest.digest).toString();
    return {
      path,
      url,
      digest: manifest.digest,
      architecture,
      disktype,
      title,
      mediaType,
      blob: { digest, size },
      how,
    };
  });
  const outcomes = expectedOutcomes(kind, artifacts);
  await checkOutcomes(reference, outcomes, (outcome) => chooseFrom(reference, kind, top, manifests, outcome));
  return {
    ...{ kind, reference: reference.toString(), digest: top.digest, before: undefined },
    ...{ artifacts, outcomes, warnings: [], documents },
  };
}

/** The digest that a tag points to; undefined where there is no such tag, or it may not be read. */
export async function digestBehind(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  try {
    return (await client.getManifest(reference, { signal })).digest;
  } catch (error) {
    if (error instanceof TagNotFoundError || error instanceof ManifestNotFoundError) return undefined;
    // Some registries hide repositories that do not exist. Without the right to push, the push says so.
    if (error instanceof AuthenticationError) return undefined;
    throw error;
  }
}

/**
 * Points a tag to a manifest, unless someone else has moved it meanwhile.
 * @throws {TagRaceError}
 */
export async function moveTag(
  client: RegistryClient,
  reference: Reference,
  { digest, before, documents }: Pick<PublishedTag, "digest" | "before" | "documents">,
  signal: AbortSignal | undefined,
): Promise<void> {
  const top = documents.at(-1) as Document;
  const now = await digestBehind(client, reference, signal);
  if (now !== before && now !== digest) {
    throw new TagRaceError(`${reference}: another push has moved this tag to ${now ?? "nothing"} meanwhile`, {
      hint: `it was left there; what was pushed here is at ${reference.withDigest(digest)}: push again if it should win`,
    });
  }
  if (now === digest) return;
  await client.writer.putManifest(reference, top.mediaType, top.bytes, signal);
  const after = await digestBehind(client, reference, signal);
  if (after === digest) return;
  throw new TagRaceError(`${reference}: the tag was moved, and points to ${after ?? "nothing"} already`, {
    hint: `another push has moved it at the same time; what was pushed here is at ${reference.withDigest(digest)}`,
  });
}

/** Signs a document of the registry, unless this key has signed it already. */
async function signed(
  client: RegistryClient,
  repository: Reference,
  { mediaType, digest, bytes }: Document,
  { signingKey, signal }: PushOptions,
): Promise<string | undefined> {
  if (signingKey === undefined) return undefined;
  const target = {
    putBlob: (at: Reference, blob: Buffer) => client.writer.putBlob(at, bufferSource(blob), { signal }),
    putManifest: (at: Reference, type: string, manifest: Buffer) =>
      client.writer.putManifest(at, type, manifest, signal),
  };
  await signInRegistry(client, target, signingKey, repository, { mediaType, digest, size: bytes.length });
  return signingKey.fingerprint;
}

/** A blob that is in memory. */
export function bufferSource(bytes: Buffer): BlobSource {
  return {
    known: { digest: digestOf(bytes), size: bytes.length },
    async open() {
      let rest: Uint8Array = bytes;
      return {
        async read(into: Uint8Array) {
          const part = rest.subarray(0, into.length);
          into.set(part);
          rest = rest.subarray(part.length);
          return part.length;
        },
        async close() {},
      };
    },
  };
}

import { setMaxListeners } from "node:events";
import { Limiter } from "../net";
import { type Digest, Reference } from "../reference";
import {
  defaultKeychain,
  IndexMismatchError,
  type Keychain,
  ManifestNotFoundError,
  Mirrors,
  OCI_MANIFEST,
  pullSecrets,
  RegistryClient,
  type RegistryClientOptions,
  type RegistryError,
  SizeMismatchError,
} from "../registry";
import {
  type ArtifactClass,
  InvalidImageError,
  type ManifestFacts,
  type Named,
  type NodeFacts,
  profileFor,
  type Role,
  readDocument,
  readManifest,
  refuseSwift,
  type Selection,
  type SelectionProfile,
  selectBootFile,
  selectByDigest,
  selectImage,
  shortList,
  undecidedArchitecture,
} from "../selection";
import { type ImageToVerify, Policy, type SigningError, type Verdict } from "../signing";
import { checkArchitecture, type EnabledChecks, type ExtraChecks, enabledChecks } from "./checks";
import { checkClass, checkExpectation } from "./class-check";
import { LruMemo } from "./lru-memo";
import { checkResolveOptions, checkResolverOptions } from "./option-checks";
import type { OciResolverOptions, ResolveOptions } from "./options";
import { type Pin, toPin } from "./pin";
import { tagListFault } from "./tag-list";
import { type TagContent, TagSnapshots } from "./tag-snapshots";
import { warningsFor } from "./warnings";

/** Concurrent resolutions; further ones wait in a queue, where they need little memory. */
const MAX_CONCURRENT = 64;

/** One call of `resolve`, with defaults applied. */
interface ResolveRequest {
  readonly requested: Reference;
  /** Reference to read: `requested`, or the known digest of its tag. */
  readonly source: Reference;
  readonly node: NodeFacts;
  readonly role: Role;
  readonly profile: SelectionProfile;
  /** Undefined for kernels and ramdisks. */
  readonly expect: ArtifactClass | undefined;
}

/** Digest of a reference, and the manifest selected from it. */
interface Selected {
  readonly tagDigest: Digest;
  readonly selection: Selection;
  /** Whether the reference names a manifest directly, not an index. */
  readonly single: boolean;
}

/**
 * Turns references into pins: the manifest that Ironic would select for a node, by digest.
 *
 * One resolver has one snapshot of each tag: its digest stays that of the first result, so that all nodes of a run agree.
 * Concurrent equal calls share one resolution, and calls for one tag share one fetch.
 */
export class OciResolver {
  /** The selection rules of the resolver's Ironic release. */
  readonly profile: SelectionProfile;
  readonly #client: RegistryClient;
  readonly #checks: EnabledChecks;
  readonly #signal: AbortSignal | undefined;
  readonly #pinMirrors: Mirrors;
  readonly #limiter = new Limiter(MAX_CONCURRENT);
  readonly #pins = new LruMemo<Pin>();
  readonly #tags: TagSnapshots;
  readonly #manifests = new LruMemo<ManifestFacts>();
  readonly #verdicts = new LruMemo<{ readonly verdict: Verdict | undefined }>();
  readonly #policy: Policy | undefined;

  /**
   * Opens no connection before the first request; `close()` closes idle connections.
   * @throws {UnknownReleaseError} when `ironicRelease` is not a known release
   * @throws {InvalidOptionsError} which names every wrong option
   * @throws {SigningFileError} for a policy that is wrong, and for its keys and trusted roots
   */
  constructor(options: OciResolverOptions = {}) {
    checkResolverOptions(options);
    this.#policy = options.policy === undefined ? undefined : new Policy(options.policy);
    this.profile = profileFor(options.ironicRelease);
    this.#checks = enabledChecks(options.extraChecks);
    this.#signal = options.signal;
    if (options.signal) setMaxListeners(0, options.signal);
    this.#pinMirrors = new Mirrors(options.pinMirrors ?? {});
    this.#client = new RegistryClient(clientOptions(options));
    this.#tags = new TagSnapshots(async (reference, signal) => {
      const { digest, content, hasDigestHeader } = await this.#client.getManifest(reference, { signal });
      return { digest, document: readDocument(content, digest), hasDigestHeader };
    });
  }

  /** How the check `class` of {@link ExtraChecks} treats a pin of another class than expected, or one that Ironic fails on. */
  get classCheck(): "error" | "warning" | "off" {
    return this.#checks.class;
  }

  /**
   * Warning that the index's order chose the architecture of a pin, because the node's is not given; undefined without such a choice, and
   * with the check `architecture` of {@link ExtraChecks} off.
   * @param architecture the node's
   */
  undecidedArchitecture(pin: Pick<Pin, "considered">, architecture: string | undefined): string | undefined {
    return this.#checks.architecture ? undecidedArchitecture(pin, architecture) : undefined;
  }

  /**
   * The error of a pin that was locked earlier, if the policy does not accept the verdict that it was locked with. No requests.
   * @param pin as locked
   */
  lockedFault(pin: Pick<Pin, "reference" | "tagDigest" | "digest" | "verified">): SigningError | undefined {
    const { tagDigest, digest, verified } = pin;
    return this.#policy?.lockedFault({ reference: Reference.parse(pin.reference), tagDigest, digest }, verified);
  }

  /**
   * Resolves a reference for a node.
   *
   * Requests: 1 for a digest, 1 for a tag on a single manifest (2 with the architecture check), 2 for a tag on an
   * index; 2 more for a registry's first token challenge. An index entry with embedded layers, which no tool writes, costs
   * none unless it wins; `extraChecks.tagList` costs one more for each page of the list.
   *
   * @throws {InvalidReferenceError} before any request
   * @throws {InvalidOptionsError} which names every wrong option, before any request
   * @throws {RegistryError} when a registry request fails
   * @throws {SelectionError} when no manifest matches the node, or when the pin is not of the expected class
   */
  async resolve(reference: string | Reference, options: ResolveOptions = {}): Promise<Pin> {
    checkResolveOptions(reference, options);
    // One signal may be shared by ten thousand calls: its listeners are not a leak.
    if (options.signal) setMaxListeners(0, options.signal);
    const { role = "image", profile = this.profile, signal, architecture, imageDownloadSource, tagDigest } = options;
    const expect = role === "image" ? (options.expect ?? "disk") : undefined;
    const requested = typeof reference === "string" ? Reference.parse(reference) : reference;
    const node: NodeFacts = { architecture, imageDownloadSource };
    if (role === "image" && this.#checks.downloadSource) refuseSwift(node, requested);
    if (this.#checks.class === "error") checkExpectation(requested, expect, profile);
    const key = JSON.stringify([
      ...[requested.canonical(), role, expect, profile, architecture, imageDownloadSource],
      tagDigest,
    ]);
    const source = tagDigest ? requested.withDigest(tagDigest) : requested;
    const combined = this.#combinedSignal(signal);
    const work = (shared: AbortSignal) => this.#resolve({ requested, source, node, role, profile, expect }, shared);
    return this.#limiter.run(() => this.#pins.get(key, combined, work), combined);
  }

  /** The URL that Ironic gets for a digest of a reference's repository: at the registry of `pinMirrors`, else at its own. */
  pinnedUrl(reference: Reference, digest: Digest): string {
    const at = this.#pinMirrors.of(reference.registry, reference.repository);
    const base = at ? Reference.parse(`oci://${at.registry}/${at.repository}`) : reference;
    return base.withDigest(digest).toString();
  }

  /** Digest of the reference's index or manifest, without a selection. One request. */
  async digestOf(
    reference: string | Reference,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Digest> {
    const requested = typeof reference === "string" ? Reference.parse(reference) : reference;
    const signal = this.#combinedSignal(options.signal);
    for (;;) {
      const content = await this.#tags.read(requested, signal);
      if (await this.#tags.commit(requested, content, signal)) return content.digest;
    }
  }

  /** Closes the connections. Idle connections do not keep a process alive; a long-lived process may want to release them. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #resolve(request: ResolveRequest, signal: AbortSignal): Promise<Pin> {
    const { requested, node, role, profile, expect } = request;
    const refusal = this.#policy?.refusal(requested);
    if (refusal) throw refusal;
    const byDigest = requested.digest !== undefined;
    const selected = byDigest && role === "image" ? await this.#selectByDigest(request, signal) : undefined;
    const { tagDigest, selection, single } = selected ?? (await this.#selectFromTag(request, signal));
    // A digest reference is taken as intended, and costs one request only.
    if (this.#checks.architecture && single && !byDigest) {
      await checkArchitecture(this.#client, requested, node, selection, signal);
    }
    if (this.#checks.class === "error") checkClass(requested, selection, expect, profile);
    const warnings = warningsFor(selection, { node, role, byDigest, expect }, this.#checks);
    const verified = await this.verify({ reference: requested, tagDigest, digest: selection.digest }, signal);
    const url = this.pinnedUrl(requested, selection.digest);
    return toPin(requested, role, profile, tagDigest, selection, warnings, url, verified);
  }

  /**
   * Verifies an image by the policy, without resolving it. Calls for one manifest of one index share the verification.
   * @returns undefined without a policy, and for an image that needs no signature
   * @throws {DeniedImageError | UnverifiedImageError}
   * @throws {RegistryError} when the registry can't be read
   */
  async verify(image: ImageToVerify, signal = this.#signal): Promise<Verdict | undefined> {
    const policy = this.#policy;
    if (policy === undefined) return undefined;
    const key = `${image.reference.name} ${image.tagDigest} ${image.digest}`;
    const verify = async (shared: AbortSignal) => ({ verdict: await policy.verify(this.#client, image, shared) });
    return (await this.#verdicts.get(key, signal, verify)).verdict;
  }

  /** Selection from the tag's snapshot; repeated once for a tag that was moved during the read. */
  async #selectFromTag(request: ResolveRequest, signal: AbortSignal): Promise<Selected> {
    const { source } = request;
    for (;;) {
      const content = await this.#tags.read(source, signal);
      try {
        const selected = await this.#selectFrom(content, request, signal);
        if (await this.#tags.commit(source, content, signal)) return selected;
      } catch (error) {
        if (!isMismatch(error, content)) throw error;
        const reread = (await this.#tags.read(source, signal)) !== content;
        if (!reread && !this.#tags.invalidate(source, content)) throw mismatch(request.requested, content, error);
      }
    }
  }

  async #selectFrom(content: TagContent, request: ResolveRequest, signal: AbortSignal): Promise<Selected> {
    const { digest: tagDigest, document } = content;
    const { requested, node, role, profile } = request;
    const single = document.kind === "manifest";
    if (role !== "image") {
      const selection = await this.#runSelection(
        selectBootFile(document, node, role, profile, requested),
        requested,
        signal,
      );
      return { tagDigest, selection, single };
    }
    const selection = await this.#runSelection(selectImage(document, node, profile, requested), requested, signal);
    const nameless = single && selection.digest === tagDigest && !content.hasDigestHeader;
    const tagFailure =
      selection.tagFailure ??
      (nameless ? "the registry sends no Docker-Content-Digest for a manifest" : undefined) ??
      (this.#checks.tagList ? await tagListFault(this.#client, requested, signal) : undefined);
    return { tagDigest, selection: { ...selection, tagFailure }, single };
  }

  /**
   * Selection by digest, with the Accept header of Ironic: a registry may hide an index from a client that accepts manifests
   * only.
   */
  async #selectByDigest({ requested, profile }: ResolveRequest, signal: AbortSignal): Promise<Selected> {
    const digest = requested.digest as Digest;
    let manifest: ManifestFacts;
    try {
      manifest = await this.#manifest(requested, { digest, size: undefined }, signal);
    } catch (error) {
      if (error instanceof ManifestNotFoundError) await this.#refuseIndex(requested, signal);
      throw error;
    }
    return { tagDigest: digest, selection: selectByDigest(digest, manifest, profile, requested), single: true };
  }

  /** @throws {InvalidImageError} when the digest exists and names an index */
  async #refuseIndex(requested: Reference, signal: AbortSignal): Promise<void> {
    const content = await this.#tags.read(requested, signal).catch(() => undefined);
    if (content?.document.kind !== "index") return;
    const digests = content.document.candidates.flatMap(({ digest }) => digest ?? []);
    const manifests = shortList(digests).join(", ");
    throw new InvalidImageError(`${requested}: this digest names an index, and Ironic reads an index by tag only`, {
      hint: `resolve the tag that points to it, or name one of its manifests: ${manifests}`,
    });
  }

  /** Drives a selection: fetches each manifest that it yields, one after the other, as Ironic does. */
  async #runSelection(
    steps: Generator<Named, Selection, ManifestFacts>,
    reference: Reference,
    signal: AbortSignal,
  ): Promise<Selection> {
    let step = steps.next();
    while (!step.done) step = steps.next(await this.#manifest(reference, step.value, signal));
    return step.value;
  }

  #manifest(
    reference: Reference,
    candidate: Pick<Named, "digest" | "size">,
    signal: AbortSignal,
  ): Promise<ManifestFacts> {
    const at = reference.withDigest(candidate.digest);
    return this.#manifests.get(at.toString(), signal, async (shared) => {
      const { content } = await this.#client.getManifest(at, {
        accept: [OCI_MANIFEST],
        size: candidate.size,
        signal: shared,
      });
      return readManifest(content);
    });
  }

  #combinedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
    return this.#signal && signal ? AbortSignal.any([this.#signal, signal]) : (this.#signal ?? signal);
  }
}

/** Whether a manifest listed in an index is missing, or differs from its descriptor's size. */
function isMismatch(error: unknown, { document }: TagContent): error is RegistryError {
  return document.kind === "index" && (error instanceof ManifestNotFoundError || error instanceof SizeMismatchError);
}

function mismatch({ registry, repository, digest, effectiveTag }: Reference, index: TagContent, cause: RegistryError) {
  const { status, registryCode } = cause;
  return new IndexMismatchError(
    { registry, repository, reference: digest ?? effectiveTag },
    `the index ${index.digest} and its manifest ${cause.reference} are inconsistent`,
    {
      status,
      registryCode,
      cause,
      hint: "if the tag is being moved, retry when the push is complete; otherwise push the index again, with all its manifests",
    },
  );
}

function clientOptions(options: OciResolverOptions): RegistryClientOptions {
  const { plainHttp, mirrors, pinMirrors, certificateFolders, concurrency, timeout } = options;
  return {
    credentials: toKeychain(options),
    ...(plainHttp && { plainHttp }),
    ...((mirrors || pinMirrors) && { mirrors: { ...pinMirrors, ...mirrors } }),
    ...(certificateFolders && { certificateFolders }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeout !== undefined && { timeout }),
  };
}

function toKeychain({ credentials, authFile }: OciResolverOptions): Keychain {
  if (credentials === undefined) return defaultKeychain({ authFile });
  return isKeychain(credentials) ? credentials : pullSecrets(credentials);
}

function isKeychain(credentials: Keychain | Readonly<Record<string, string>>): credentials is Keychain {
  return typeof credentials.resolve === "function";
}

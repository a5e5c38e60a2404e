import { setMaxListeners } from "node:events";
import { type Digest, Reference } from "../reference";
import {
  defaultKeychain,
  type Keychain,
  OCI_MANIFEST,
  pullSecrets,
  RegistryClient,
  type RegistryClientOptions,
  SingleFlight,
} from "../registry";
import {
  type Candidate,
  type ImageDocument,
  InvalidImageError,
  type ManifestFacts,
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
} from "../selection";
import { checkArchitecture, type EnabledChecks, type ExtraChecks, enabledChecks, warningsFor } from "./checks";
import { type Pin, toPin } from "./pin";

export interface OciResolverOptions {
  /** The Ironic release that will deploy: `29.0.5`, `39.0`, `2025.1`. Unknown or unset means the newest behaviour. */
  readonly ironicRelease?: string | undefined;
  /** Registries (`host` or `host:port`) that are spoken to over plain HTTP. Every other one gets HTTPS. */
  readonly plainHttp?: readonly string[] | undefined;
  /**
   * A keychain, or pull secrets by registry as Ironic takes them (`user:password`, or a Docker `auth` string).
   * By default what `docker login` or `podman login` wrote, or what `authFile` holds.
   */
  readonly credentials?: Keychain | Readonly<Record<string, string>> | undefined;
  /** The one Docker or podman configuration file to take credentials from; not looked at where `credentials` are given. */
  readonly authFile?: string | undefined;
  /**
   * Registries that another one serves: `{ "quay.io": "mirror.example" }`, or `"mirror.example/quay"` where the mirror
   * keeps them under a path. Pins keep the registry that the reference names.
   */
  readonly mirrors?: Readonly<Record<string, string>> | undefined;
  /** Folders of certificates by registry. Default: Docker's and podman's, such as `/etc/docker/certs.d`. */
  readonly certificateFolders?: readonly string[] | undefined;
  /** Requests in flight per host. Default 8. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for one request. Default 30,000. */
  readonly timeout?: number | undefined;
  /** The checks beyond Ironic: all of them, none, or some. Default all. */
  readonly extraChecks?: boolean | ExtraChecks | undefined;
  /** Ends everything that this resolver does. */
  readonly signal?: AbortSignal | undefined;
}

/** The node that an artifact is for, and what the artifact is for it. */
export interface ResolveOptions extends NodeFacts {
  /** Default `image`. */
  readonly role?: Role | undefined;
  /** Whose rules decide; by default those of the resolver's `ironicRelease`. */
  readonly profile?: SelectionProfile | undefined;
  /** What the tag is known to point to: chosen from as it was then, wherever the tag points now. */
  readonly tagDigest?: Digest | undefined;
  /** Ends this question; whoever else has the same one still gets an answer. */
  readonly signal?: AbortSignal | undefined;
}

/** One question, as it travels through the resolver. */
interface Question {
  readonly asked: Reference;
  /** Where to read: `asked`, or what its tag is known to have pointed to. */
  readonly source: Reference;
  readonly node: NodeFacts;
  readonly role: Role;
  readonly profile: SelectionProfile;
}

/** What a tag points to. */
interface TagContent {
  readonly digest: Digest;
  readonly document: ImageDocument;
}

/**
 * Turns references into pins: what Ironic would choose for a node, by digest.
 *
 * One resolver is one view of the world: each tag is read once and stays what it was, so that all nodes of a run agree.
 * Askers with the same question share one answer, askers of the same tag one fetch.
 */
export class OciResolver {
  readonly profile: SelectionProfile;
  readonly #client: RegistryClient;
  readonly #checks: EnabledChecks;
  readonly #signal: AbortSignal | undefined;
  readonly #pins = new Memory<Pin>();
  readonly #tags = new Memory<TagContent>();
  readonly #manifests = new Memory<ManifestFacts>();

  constructor(options: OciResolverOptions = {}) {
    this.profile = profileFor(options.ironicRelease);
    this.#checks = enabledChecks(options.extraChecks);
    this.#signal = options.signal;
    if (options.signal) setMaxListeners(0, options.signal);
    this.#client = new RegistryClient(clientOptions(options));
  }

  /**
   * Resolves a reference for a node.
   *
   * Requests: 1 for a digest, 1 for a tag on a single manifest (2 with the architecture check), 2 for a tag on an
   * index; 2 more when a registry first asks for a token.
   *
   * @throws {InvalidReferenceError} before any request
   * @throws {RegistryError} when the registry can't or won't answer
   * @throws {SelectionError} when nothing there is right for the node
   */
  async resolve(reference: string | Reference, options: ResolveOptions = {}): Promise<Pin> {
    // One signal may well be behind ten thousand questions: that is no leak to warn of.
    if (options.signal) setMaxListeners(0, options.signal);
    const { role = "image", profile = this.profile, signal, architecture, imageDownloadSource, tagDigest } = options;
    const asked = typeof reference === "string" ? Reference.parse(reference) : reference;
    const node: NodeFacts = { architecture, imageDownloadSource };
    if (role === "image" && this.#checks.downloadSource) refuseSwift(node, asked);
    const key = JSON.stringify([asked.canonical(), role, profile, architecture, imageDownloadSource, tagDigest]);
    const source = tagDigest ? asked.withDigest(tagDigest) : asked;
    return this.#pins.get(key, this.#either(signal), (shared) =>
      this.#resolve({ asked, source, node, role, profile }, shared),
    );
  }

  /** What a reference points to, without choosing anything: the digest of the index or manifest. One request. */
  async digestOf(
    reference: string | Reference,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Digest> {
    const asked = typeof reference === "string" ? Reference.parse(reference) : reference;
    return (await this.#read(asked, this.#either(options.signal))).digest;
  }

  /** Closes the connections. Idle ones would not keep a process alive, but a long-lived one may want them gone. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #resolve(question: Question, signal: AbortSignal): Promise<Pin> {
    const { asked, source, node, role, profile } = question;
    const { digest, document } = await this.#read(source, signal);
    const byDigest = asked.digest !== undefined;
    const selection = await this.#select(document, question, signal);
    // A digest reference is trusted to be what its author meant, and stays at one request.
    if (this.#checks.architecture && document.kind === "manifest" && !byDigest) {
      await checkArchitecture(this.#client, asked, node, selection, signal);
    }
    const warnings = role === "image" ? warningsFor(selection, node, byDigest, this.#checks) : [];
    return toPin(asked, role, profile, digest, selection, warnings);
  }

  async #select(document: ImageDocument, question: Question, signal: AbortSignal): Promise<Selection> {
    const { asked, node, role, profile } = question;
    if (role !== "image") return this.#walk(selectBootFile(document, node, role, asked), asked, signal);
    if (asked.digest === undefined) return this.#walk(selectImage(document, node, profile, asked), asked, signal);
    const [candidate] = document.candidates;
    if (document.kind === "index" || !candidate) {
      const manifests = document.candidates.map(({ digest }) => digest).join(", ");
      throw new InvalidImageError(`${asked}: this digest names an index, and Ironic looks into an index by tag only`, {
        hint: `resolve the tag that points to it, or name one of its manifests: ${manifests}`,
      });
    }
    return selectByDigest(candidate, profile, asked);
  }

  /** Fetches for a selection what it asks to see, one manifest after the other, as Ironic does. */
  async #walk(
    steps: Generator<Candidate, Selection, ManifestFacts>,
    reference: Reference,
    signal: AbortSignal,
  ): Promise<Selection> {
    let step = steps.next();
    while (!step.done) step = steps.next(await this.#manifest(reference, step.value, signal));
    return step.value;
  }

  #read(reference: Reference, signal: AbortSignal | undefined): Promise<TagContent> {
    return this.#tags.get(reference.canonical(), signal, async (shared) => {
      const { digest, content } = await this.#client.getManifest(reference, { signal: shared });
      return { digest, document: readDocument(content, digest, reference) };
    });
  }

  #manifest(reference: Reference, candidate: Candidate, signal: AbortSignal): Promise<ManifestFacts> {
    const at = reference.withDigest(candidate.digest);
    return this.#manifests.get(at.toString(), signal, async (shared) => {
      const { content } = await this.#client.getManifest(at, {
        accept: [OCI_MANIFEST],
        size: candidate.size,
        signal: shared,
      });
      return readManifest(content, at);
    });
  }

  #either(signal: AbortSignal | undefined): AbortSignal | undefined {
    return this.#signal && signal ? AbortSignal.any([this.#signal, signal]) : (this.#signal ?? signal);
  }
}

/** Answers that are kept, and worked out once however many wait for them. A failure is not kept: ask again, try again. */
class Memory<T> {
  readonly #kept = new Map<string, T>();
  readonly #working = new SingleFlight<T>();

  async get(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    return this.#working.run(key, signal, async (shared) => {
      const value = await work(shared);
      this.#kept.set(key, value);
      return value;
    });
  }
}

function clientOptions(options: OciResolverOptions): RegistryClientOptions {
  const { plainHttp, mirrors, certificateFolders, concurrency, timeout } = options;
  return {
    credentials: toKeychain(options),
    ...(plainHttp && { plainHttp }),
    ...(mirrors && { mirrors }),
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

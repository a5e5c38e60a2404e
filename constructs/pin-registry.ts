import { App } from "cdktf";
import type { IConstruct } from "constructs";
import {
  DEFAULT_LOCK_FILE,
  describeQuery,
  type LockedPin,
  type LockFile,
  lockCommand,
  lockedFault,
  lockMode,
  type PinQuery,
  readLockFile,
} from "../src/lock";
import { type IronicOciError, Reference, unknownName } from "../src/reference";
import { type ArtifactClass, profileFor, type Role, UnknownReleaseError } from "../src/resolver";
import { InvalidPropsError } from "./errors";

/** Context keys, for `new App({ context })`, `context` in `cdktf.json`, or `node.setContext` of any construct. */
export const CONTEXT = {
  /** Ironic release that deploys the nodes below this construct: `29.0.5`, `39.0`, `2025.1`, `epoxy`. */
  ironicRelease: "cdktf-ironic-oci:ironicRelease",
  /** Target of the nodes below this construct that have no `target` prop: `null`, which is the default, or `ironic`. */
  target: "cdktf-ironic-oci:target",
  /** Path of the lock file. On the app only. Default `ironic-oci.lock.json` in the working directory. */
  lockFile: "cdktf-ironic-oci:lockFile",
  /**
   * Folder of a release whose self-contained executable of the Terraform provider is installed beside the stacks below this construct, for
   * machines without Node. Default: the provider's script, which needs Node where Terraform runs.
   */
  selfContained: "cdktf-ironic-oci:selfContained",
} as const;

/** A reference that a construct needs pinned, and the facts that decide the choice. */
export interface PinRequest {
  readonly source: string;
  readonly role: Role;
  /** Expected class of an image; undefined for kernels and ramdisks. */
  readonly expect: ArtifactClass | undefined;
  readonly architecture: string | undefined;
  readonly imageDownloadSource: string | undefined;
  /** The node's prop; undefined: the release of the requester's context, else of `synthesize`. */
  readonly ironicRelease: string | undefined;
}

interface RequestedPin {
  readonly requester: IConstruct;
  readonly request: PinRequest;
}

/** Options of {@link synthesize} that hold for the whole tree. */
export interface PinRegistrySettings {
  readonly ironicRelease?: string | undefined;
  readonly lockFile?: string | undefined;
}

/**
 * The pin requests of all constructs of one app, and their pins at synth time.
 *
 * Pins come from `synthesize`, or else from the lock file: so `app.synth()` works without `synthesize` once everything is locked.
 */
export class PinRegistry {
  static readonly #registries = new WeakMap<App, PinRegistry>();
  readonly #app: App;
  readonly #requests: RequestedPin[] = [];
  readonly #collectors: (() => void)[] = [];
  readonly #references = new Map<string, Reference>();
  /** Equal requests share one object, so that ten thousand nodes make three lookups. */
  readonly #queries = new Map<string, PinQuery>();
  readonly #pins = new Map<PinQuery, LockedPin | undefined>();
  /** Errors of pins that are locked, and are of another class than expected. */
  readonly #lockFaults = new Map<PinQuery, IronicOciError>();
  #settings: PinRegistrySettings = {};
  #lock: LockFile | undefined;
  #testPins: ((query: PinQuery) => LockedPin) | undefined;

  /** @throws {InvalidPropsError} for a misspelled key, or a wrong lock file, in the app's context */
  private constructor(app: App) {
    this.#app = app;
    checkContext(app);
  }

  static of(construct: IConstruct): PinRegistry {
    const app = App.of(construct);
    let registry = PinRegistry.#registries.get(app);
    if (!registry) {
      registry = new PinRegistry(app);
      PinRegistry.#registries.set(app, registry);
    }
    return registry;
  }

  /**
   * @throws {InvalidReferenceError}
   * @throws {InvalidPropsError} when the release that the request or the requester's context names is not known
   */
  request(requester: IConstruct, request: PinRequest): void {
    this.#reference(request.source);
    const { ironicRelease } = request;
    if (ironicRelease === undefined) releaseInContext(requester);
    else checkRelease(ironicRelease, requester.node.path, "ironicRelease");
    this.#requests.push({ requester, request });
  }

  /** Registers a callback that may still make requests; it runs each time before the requests are collected. */
  onCollect(call: () => void): void {
    this.#collectors.push(call);
  }

  /** @throws {InvalidPropsError} */
  configure(settings: PinRegistrySettings): void {
    if (settings.ironicRelease !== undefined) checkRelease(settings.ironicRelease, "synthesize", "ironicRelease");
    this.#settings = settings;
    this.#queries.clear();
    this.#pins.clear();
    this.#lockFaults.clear();
    this.#lock = undefined;
  }

  /** Sets the pins of a synthesis; requests that `find` has no pin for stay without one. */
  use(find: (query: PinQuery) => LockedPin | undefined): void {
    for (const query of this.queries()) this.#pins.set(query, find(query));
  }

  /** Uses made-up pins in place of the lock file and of registries, for unit tests. */
  useTestPins(find: (query: PinQuery) => LockedPin): void {
    this.#testPins = find;
    this.#pins.clear();
  }

  /** Whether {@link useTestPins} was called. */
  get hasTestPins(): boolean {
    return this.#testPins !== undefined;
  }

  /** Form of a pull secret for the Ironic release of a construct. */
  pullSecretForm(requester: IConstruct, ironicRelease?: string): "user:password" | "auth" {
    return profileFor(ironicRelease ?? this.#releaseFor(requester)) === "ironic-29" ? "auth" : "user:password";
  }

  get lockFilePath(): string {
    const fromContext: unknown = this.#app.node.tryGetContext(CONTEXT.lockFile);
    return this.#settings.lockFile ?? (typeof fromContext === "string" ? fromContext : DEFAULT_LOCK_FILE);
  }

  /** Distinct lookups of the tree, in the order of the requests. */
  queries(): readonly PinQuery[] {
    for (const call of this.#collectors) call();
    return [...new Set(this.#requests.map(({ requester, request }) => this.#query(requester, request)))];
  }

  /** Paths of the constructs that need a pin, in the order of their requests. */
  requesters(query: PinQuery): string[] {
    const requesters = this.#requests.filter(({ requester, request }) => this.#query(requester, request) === query);
    return [...new Set(requesters.map(({ requester }) => requester.node.path))];
  }

  /** Whether an image is chosen by the default release, because none is configured. */
  get assumesRelease(): boolean {
    return this.#requests.some(
      ({ requester, request }) =>
        request.role === "image" && (request.ironicRelease ?? this.#releaseFor(requester)) === undefined,
    );
  }

  /** The pin, or undefined before `synthesize` and when it is not locked. */
  find(requester: IConstruct, request: PinRequest): LockedPin | undefined {
    const query = this.#query(requester, request);
    if (!this.#pins.has(query)) this.#pins.set(query, this.#lockedPin(query));
    return this.#pins.get(query);
  }

  /** Validation error for `app.synth()`, in one line; undefined when the request has a pin. */
  problem(requester: IConstruct, request: PinRequest): string | undefined {
    if (this.find(requester, request)) return undefined;
    const { lockFilePath } = this;
    const fault = this.#lockFaults.get(this.#query(requester, request));
    if (fault) return fault.hint === undefined ? fault.message : `${fault.message}; ${fault.hint}`;
    const query = this.#query(requester, request);
    return `${describeQuery(query)} is not in ${lockFilePath}: call "await synthesize(app)" instead of "app.synth()", or run: ${lockCommand(query, lockFilePath)}`;
  }

  #lockedPin(query: PinQuery): LockedPin | undefined {
    if (this.#testPins) return this.#testPins(query);
    const path = this.lockFilePath;
    this.#lock ??= readLockFile(path);
    // Mode update ignores locked pins, and only synthesize() resolves.
    if (lockMode(undefined, process.env, true) === "update") return undefined;
    const pin = this.#lock.find(query);
    const fault = pin && lockedFault(query, pin);
    if (fault === undefined) return pin;
    this.#lockFaults.set(query, fault);
    return undefined;
  }

  #query(requester: IConstruct, request: PinRequest): PinQuery {
    const { source, role, expect, architecture, imageDownloadSource } = request;
    const profile = profileFor(request.ironicRelease ?? this.#releaseFor(requester));
    const key = [source, role, expect, architecture, imageDownloadSource, profile].join("\u0000");
    let query = this.#queries.get(key);
    if (!query) {
      const reference = this.#reference(source);
      query = { reference, role, architecture, imageDownloadSource, profile, ...(expect && { expect }) };
      this.#queries.set(key, query);
    }
    return query;
  }

  #releaseFor(requester: IConstruct): string | undefined {
    return releaseInContext(requester) ?? this.#settings.ironicRelease;
  }

  #reference(source: string): Reference {
    let reference = this.#references.get(source);
    if (!reference) {
      reference = Reference.parse(source);
      this.#references.set(source, reference);
    }
    return reference;
  }
}

/** All of this package's context keys begin with it. */
const NAMESPACE = "cdktf-ironic-oci:";

/** A misspelled key would be without effect: another release, and so another digest. */
function checkContext(app: App): void {
  const known: readonly string[] = Object.values(CONTEXT);
  const context = app.node.getAllContext() as Readonly<Record<string, unknown>>;
  const problems = Object.keys(context).flatMap((key) =>
    key.startsWith(NAMESPACE) && !known.includes(key)
      ? [`context ${key}: ${unknownName("a context key", key, known)}`]
      : [],
  );
  for (const key of [CONTEXT.lockFile, CONTEXT.selfContained]) {
    const path = context[key];
    if (path !== undefined && (typeof path !== "string" || path === ""))
      problems.push(`context ${key}: must be a path`);
  }
  if (problems.length > 0) throw new InvalidPropsError("the app", problems);
}

/**
 * Ironic release of a construct's context, unchanged.
 * @throws {InvalidPropsError} when it is not a known release
 */
export function releaseInContext(construct: IConstruct): string | undefined {
  const value: unknown = construct.node.tryGetContext(CONTEXT.ironicRelease);
  if (value === undefined || value === null) return undefined;
  const release = String(value);
  checkRelease(release, construct.node.path, `context ${CONTEXT.ironicRelease}`);
  return release;
}

/** @throws {InvalidPropsError} when it is not a known release */
function checkRelease(release: string, path: string, field: string): void {
  try {
    profileFor(release);
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    throw new InvalidPropsError(path, [`${field}: ${error.message}`], error.hint);
  }
}

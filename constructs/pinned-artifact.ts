import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import type { LockedPin } from "../src/lock";
import { NotPinnedError } from "./errors";
import { PinRegistry, type PinRequest } from "./pin-registry";
import { SynthValue } from "./synth-value";

/**
 * An artifact pinned for nodes with the same facts. Its attributes are tokens: use them in any resource or output, they become
 * the pinned values at synth time. Get one from {@link OciImage.forNode} or from a {@link BareMetalNode}.
 */
export class PinnedArtifact {
  readonly #owner: IConstruct;
  readonly #request: PinRequest;
  readonly #registry: PinRegistry;
  readonly #tokens = new Map<string, string>();

  private constructor(owner: IConstruct, request: PinRequest) {
    this.#owner = owner;
    this.#request = request;
    this.#registry = PinRegistry.of(owner);
    this.#registry.request(owner, request);
  }

  /**
   * @throws {InvalidReferenceError}
   * @throws {InvalidPropsError} when the request or the owner's context names an Ironic release that is not known
   * @internal
   */
  static create(owner: IConstruct, request: PinRequest): PinnedArtifact {
    return new PinnedArtifact(owner, request);
  }

  /**
   * One more construct that needs this artifact: errors name it.
   * @internal
   */
  addRequester(requester: IConstruct): void {
    this.#registry.request(requester, this.#request);
  }

  /**
   * Validation errors for `app.synth()`; empty when there is a pin.
   * @internal
   */
  problems(): string[] {
    const problem = this.#registry.problem(this.#owner, this.#request);
    return problem === undefined ? [] : [problem];
  }

  /** The pinned URL, `oci://host/path@<digest>`, for `image_source`, `deploy_kernel` or `deploy_ramdisk`. */
  get url(): string {
    return this.#text("url", ({ url }) => url);
  }
  /** Digest of the chosen manifest, `sha256:…`. */
  get digest(): string {
    return this.#text("digest", ({ digest }) => digest);
  }
  /** Disk format that Ironic reports for the reference: `raw`, `qcow2`, `bootc` or `unknown`. For the pinned URL see `asPinnedDiskFormat`. */
  get diskFormat(): string {
    return this.#text("diskFormat", ({ diskFormat }) => diskFormat);
  }
  /**
   * Class as which Ironic deploys the pinned URL: `disk` or `bootc`. Empty with a lock file of format 1, which does not hold it;
   * `synthesize` adds it where there is a network.
   */
  get asPinnedKind(): string {
    return this.#text("asPinnedKind", ({ asPinned }) => asPinned?.kind);
  }
  /** Disk format that Ironic reports for the pinned URL: `bootc`, or `unknown` for every disk image. Empty like `asPinnedKind`. */
  get asPinnedDiskFormat(): string {
    return this.#text("asPinnedDiskFormat", ({ asPinned }) => asPinned?.diskFormat);
  }
  /** Size of the file in bytes; 0 where the manifest has no size. */
  get size(): number {
    return Token.asNumber(new SynthValue(({ preparing }) => (preparing ? 0 : (this.pin().size ?? 0))));
  }
  /** Digest of the file in hex, without the algorithm; empty where the manifest has none. */
  get checksum(): string {
    return this.#text("checksum", ({ checksum }) => checksum);
  }
  /** Name of the file as it was pushed (`org.opencontainers.image.title`); empty where there is none. */
  get fileName(): string {
    return this.#text("fileName", ({ fileName }) => fileName);
  }
  /** Media type of the file; empty for a bootc container. */
  get mediaType(): string {
    return this.#text("mediaType", ({ mediaType }) => mediaType);
  }

  /**
   * The pin itself, for code that runs at synth time.
   * @throws {NotPinnedError} before `synthesize`, where the lock file does not hold it
   */
  pin(): LockedPin {
    const pin = this.#registry.find(this.#owner, this.#request);
    if (pin) return pin;
    throw new NotPinnedError(
      this.problems().map((problem) => `${this.#owner.node.path}: ${problem}`),
      undefined,
    );
  }

  #text(attribute: string, read: (pin: LockedPin) => string | undefined): string {
    let token = this.#tokens.get(attribute);
    if (token === undefined) {
      // The preparing run comes before validation, which reports all missing pins at once.
      token = Token.asString(
        new SynthValue(({ preparing, suppressBraces }) => {
          const text = preparing ? "" : withoutTemplates(read(this.pin()) ?? "");
          // Inside a Terraform expression, such as an argument of Fn.join, a text is a quoted literal.
          return suppressBraces ? JSON.stringify(text) : text;
        }),
      );
      this.#tokens.set(attribute, token);
    }
    return token;
  }
}

/** Escapes Terraform's template markers: a file name is a registry's text, and Terraform must not evaluate it. */
function withoutTemplates(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, "$&$&");
}

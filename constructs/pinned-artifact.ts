import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import type { LockedPin } from "../src/lock";
import { NotPinnedError } from "./errors";
import { Pinboard, type PinRequest } from "./pinboard";
import { SynthValue } from "./synth-value";

/**
 * An artifact as one kind of node gets it. Its attributes are tokens: use them in any resource or output, they become
 * the pinned values at synth time.
 */
export class PinnedArtifact {
  readonly #owner: IConstruct;
  readonly #request: PinRequest;
  readonly #board: Pinboard;
  readonly #tokens = new Map<string, string>();

  /**
   * @throws {InvalidReferenceError}
   * @throws {InvalidPropsError} when the request or the owner's context names an Ironic release that is not known
   */
  constructor(owner: IConstruct, request: PinRequest) {
    this.#owner = owner;
    this.#request = request;
    this.#board = Pinboard.of(owner);
    this.#board.ask(owner, request);
  }

  /** One more construct that this is for: errors name it. */
  alsoFor(asker: IConstruct): void {
    this.#board.ask(asker, this.#request);
  }

  /** What keeps `app.synth()` from going on; empty when there is an answer. */
  problems(): string[] {
    const problem = this.#board.problem(this.#owner, this.#request);
    return problem === undefined ? [] : [problem];
  }

  /** The pinned URL, `oci://host/path@<digest>`: what Ironic takes as `image_source`, `deploy_kernel` or `deploy_ramdisk`. */
  get url(): string {
    return this.#text("url", ({ url }) => url);
  }
  /** The chosen manifest's digest. */
  get digest(): string {
    return this.#text("digest", ({ digest }) => digest);
  }
  /** What Ironic reports for the reference: `raw`, `qcow2`, `bootc` or `unknown`. For the pinned URL see `asPinnedDiskFormat`. */
  get diskFormat(): string {
    return this.#text("diskFormat", ({ diskFormat }) => diskFormat);
  }
  /**
   * What Ironic deploys the pinned URL as: `disk` or `bootc`. Empty where a lock file of an earlier version does not tell, which
   * `synthesize` amends where there is a network.
   */
  get asPinnedKind(): string {
    return this.#text("asPinnedKind", ({ asPinned }) => asPinned?.kind);
  }
  /** The disk format that Ironic reports for the pinned URL: `bootc`, or `unknown` for every disk image. Empty like `asPinnedKind`. */
  get asPinnedDiskFormat(): string {
    return this.#text("asPinnedDiskFormat", ({ asPinned }) => asPinned?.diskFormat);
  }
  /** Bytes of the file; 0 where the manifest does not tell. */
  get size(): number {
    return Token.asNumber(new SynthValue(({ preparing }) => (preparing ? 0 : (this.pin().size ?? 0))));
  }
  /** Hex of the file's digest; empty where the manifest has none. */
  get checksum(): string {
    return this.#text("checksum", ({ checksum }) => checksum);
  }
  /** The file's name as it was pushed; empty when none was recorded. */
  get fileName(): string {
    return this.#text("fileName", ({ fileName }) => fileName);
  }
  /** The file's media type; empty for a bootc container. */
  get mediaType(): string {
    return this.#text("mediaType", ({ mediaType }) => mediaType);
  }

  /**
   * The pin itself, for code that runs at synth time.
   * @throws {NotPinnedError}
   */
  pin(): LockedPin {
    const pin = this.#board.find(this.#owner, this.#request);
    if (pin) return pin;
    throw new NotPinnedError(
      this.problems().map((problem) => `${this.#owner.node.path}: ${problem}`),
      undefined,
    );
  }

  #text(attribute: string, read: (pin: LockedPin) => string | undefined): string {
    let token = this.#tokens.get(attribute);
    if (token === undefined) {
      // The preparing run comes before validation, which tells everything that is missing at once.
      token = Token.asString(new SynthValue(({ preparing }) => (preparing ? "" : (read(this.pin()) ?? ""))));
      this.#tokens.set(attribute, token);
    }
    return token;
  }
}

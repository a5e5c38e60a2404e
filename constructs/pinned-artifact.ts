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
  readonly #tokens = new Map<keyof LockedPin, string>();

  /** @throws {InvalidReferenceError} */
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
    return this.#text("url");
  }
  /** The chosen manifest's digest. */
  get digest(): string {
    return this.#text("digest");
  }
  /** `raw`, `qcow2`, `bootc` or `unknown`. */
  get diskFormat(): string {
    return this.#text("diskFormat");
  }
  /** Bytes of the file. */
  get size(): number {
    return Token.asNumber(new SynthValue(({ preparing }) => (preparing ? 0 : this.pin().size)));
  }
  /** Hex of the file's digest. */
  get checksum(): string {
    return this.#text("checksum");
  }
  /** The file's name as it was pushed; empty when none was recorded. */
  get fileName(): string {
    return this.#text("fileName");
  }
  /** The file's media type; empty for a bootc container. */
  get mediaType(): string {
    return this.#text("mediaType");
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

  #text(attribute: Exclude<keyof LockedPin, "warnings" | "size">): string {
    let token = this.#tokens.get(attribute);
    if (token === undefined) {
      // The preparing run comes before validation, which tells everything that is missing at once.
      token = Token.asString(new SynthValue(({ preparing }) => (preparing ? "" : (this.pin()[attribute] ?? ""))));
      this.#tokens.set(attribute, token);
    }
    return token;
  }
}

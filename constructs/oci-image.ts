import { Token } from "cdktf";
import { Construct } from "constructs";
import { Reference } from "../src/reference";
import type { ArtifactClass } from "../src/resolver";
import { InvalidPropsError } from "./errors";
import { Pinboard, releaseInContext } from "./pinboard";
import { PinnedArtifact } from "./pinned-artifact";

export interface OciImageProps {
  /** The reference: `oci://host/path:tag` or `oci://host/path@<digest>`. */
  readonly source: string;
  /**
   * What the image is meant to be: a `disk` image, which is the default, or a `bootc` container, which the deploy interface `bootc`
   * installs. Where Ironic would deploy the pinned URL as something else, synthesis fails and explains why.
   */
  readonly expect?: ArtifactClass;
  /** Whom the image's own attributes are for: `x86_64`, `aarch64`, … A node that uses the image brings its own. */
  readonly architecture?: string;
  /** For the image's own attributes: `local` or `http`. A node that uses the image brings its own. */
  readonly imageDownloadSource?: "local" | "http";
}

const EXPECTED: readonly ArtifactClass[] = ["disk", "bootc"];

/** What of a node decides which artifact of an image it gets. */
export interface NodeSelector {
  readonly architecture?: string | undefined;
  readonly imageDownloadSource?: string | undefined;
  readonly ironicRelease?: string | undefined;
}

/**
 * A disk image behind an OCI reference: resolved at synth time to what Ironic would choose, and pinned.
 *
 * It makes nothing in Terraform by itself; its attributes are tokens for other resources and outputs.
 */
export class OciImage extends Construct {
  readonly source: string;
  /** What the image is meant to be. */
  readonly expect: ArtifactClass;
  readonly #own: NodeSelector;
  readonly #artifacts = new Map<string, PinnedArtifact>();

  /**
   * @throws {InvalidReferenceError}
   * @throws {InvalidPropsError}
   */
  constructor(scope: Construct, id: string, props: OciImageProps) {
    super(scope, id);
    if (typeof props.source !== "string" || Token.isUnresolved(props.source)) {
      throw new InvalidPropsError(this.node.path, ["source: a string that is known at synth time is needed"]);
    }
    const { expect = "disk" } = props;
    if (!EXPECTED.includes(expect)) throw new InvalidPropsError(this.node.path, ["expect: is disk or bootc"]);
    this.source = props.source;
    this.expect = expect;
    this.#own = { architecture: props.architecture, imageDownloadSource: props.imageDownloadSource };
    const board = Pinboard.of(this);
    Reference.parse(props.source);
    releaseInContext(this);
    // An image that nothing reads is resolved all the same, as Terraform reads a data source.
    board.beforeQuestions(() => this.#askAtLeastOnce());
    this.node.addValidation({
      validate: () => {
        this.#askAtLeastOnce();
        return [...this.#artifacts.values()].flatMap((artifact) => artifact.problems());
      },
    });
  }

  /** See {@link PinnedArtifact.url}. */
  get url(): string {
    return this.forNode(this.#own).url;
  }
  /** See {@link PinnedArtifact.digest}. */
  get digest(): string {
    return this.forNode(this.#own).digest;
  }
  /** See {@link PinnedArtifact.diskFormat}. */
  get diskFormat(): string {
    return this.forNode(this.#own).diskFormat;
  }
  /** See {@link PinnedArtifact.asPinnedKind}. */
  get asPinnedKind(): string {
    return this.forNode(this.#own).asPinnedKind;
  }
  /** See {@link PinnedArtifact.asPinnedDiskFormat}. */
  get asPinnedDiskFormat(): string {
    return this.forNode(this.#own).asPinnedDiskFormat;
  }
  /** See {@link PinnedArtifact.size}. */
  get size(): number {
    return this.forNode(this.#own).size;
  }
  /** See {@link PinnedArtifact.checksum}. */
  get checksum(): string {
    return this.forNode(this.#own).checksum;
  }
  /** See {@link PinnedArtifact.fileName}. */
  get fileName(): string {
    return this.forNode(this.#own).fileName;
  }
  /** See {@link PinnedArtifact.mediaType}. */
  get mediaType(): string {
    return this.forNode(this.#own).mediaType;
  }

  /**
   * The artifact that a node of this kind gets. Nodes of one kind share it.
   * @throws {InvalidPropsError} when the node or this image's context names an Ironic release that is not known
   */
  forNode(node: NodeSelector): PinnedArtifact {
    const { architecture, imageDownloadSource, ironicRelease } = node;
    const key = [architecture, imageDownloadSource, ironicRelease].join("\u0000");
    let artifact = this.#artifacts.get(key);
    if (!artifact) {
      const { source, expect } = this;
      const role = "image" as const;
      artifact = new PinnedArtifact(this, { source, role, expect, architecture, imageDownloadSource, ironicRelease });
      this.#artifacts.set(key, artifact);
    }
    return artifact;
  }

  #askAtLeastOnce(): void {
    if (this.#artifacts.size === 0) this.forNode(this.#own);
  }
}

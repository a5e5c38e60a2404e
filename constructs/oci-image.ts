import { Construct } from "constructs";
import * as z from "zod";
import type { ArtifactClass } from "../src/resolver";
import { PinRegistry, releaseInContext } from "./pin-registry";
import { PinnedArtifact } from "./pinned-artifact";
import { downloadSource, errorsOf, known, knownText, parseProps, reference, throwProblems } from "./prop-schema";

/** Props of {@link OciImage}. All are needed at synth time. */
export interface OciImageProps {
  /** Reference: `oci://host/path:tag` or `oci://host/path@<digest>`. */
  readonly source: string;
  /**
   * Expected class of the image: a `disk` image, which is the default, or a `bootc` container, which the deploy interface `bootc`
   * installs. Where Ironic would deploy the pinned URL as another class, synthesis fails and explains why.
   */
  readonly expect?: ArtifactClass;
  /** For the attributes of this construct: the architecture, `x86_64`, `aarch64`, … A node that uses the image gets the artifact for the `cpuArch` of the node. */
  readonly architecture?: string;
  /** For the attributes of this construct: the download source, `local` or `http`. A node that uses the image gets the artifact for the source of the node. */
  readonly imageDownloadSource?: "local" | "http";
}

const IMAGE = {
  source: reference,
  expect: known(z.enum(["disk", "bootc"], "must be disk or bootc")).optional(),
  architecture: knownText.optional(),
  imageDownloadSource: downloadSource.optional(),
};

const SELECTOR = {
  architecture: knownText.optional(),
  imageDownloadSource: downloadSource.optional(),
  /** Checked with the request. */
  ironicRelease: z.unknown().optional(),
};

/** The facts of a node that decide which artifact of an image it gets. */
export interface NodeSelector {
  /** `properties.cpu_arch`: `x86_64`, `aarch64`, …; undefined: any architecture. */
  readonly architecture?: string | undefined;
  /** `image_download_source`: `local` or `http`; undefined: the choice is that of `http`. */
  readonly imageDownloadSource?: string | undefined;
  /** Ironic release: `29.0.5`, `39.0`, `2025.1`, `epoxy`; undefined: the context's, else that of `synthesize`. */
  readonly ironicRelease?: string | undefined;
}

/**
 * A disk image or bootc container behind an OCI reference: resolved at synth time to the manifest that Ironic would choose, and
 * pinned by its digest.
 *
 * Creates nothing in Terraform; its attributes are tokens for other resources and outputs.
 */
export class OciImage extends Construct {
  /** The reference, as it was given. */
  readonly source: string;
  /** Expected class of the image. */
  readonly expect: ArtifactClass;
  readonly #defaults: NodeSelector;
  readonly #artifacts = new Map<string, PinnedArtifact>();

  /**
   * Checks the reference; it is resolved by `synthesize`, not here.
   * @throws {InvalidPropsError} which names this construct's path and every wrong prop: none may be a token
   */
  constructor(scope: Construct, id: string, props: OciImageProps) {
    super(scope, id);
    const { valid, problems } = parseProps(IMAGE, props);
    throwProblems(this.node.path, [...problems, ...errorsOf(() => releaseInContext(this))]);
    const { source, expect = "disk", architecture, imageDownloadSource } = valid as OciImageProps;
    this.source = source;
    this.expect = expect;
    this.#defaults = { architecture, imageDownloadSource };
    const registry = PinRegistry.of(this);
    // Images without a reader are resolved too, as Terraform reads every data source.
    registry.onCollect(() => this.#ensureRequested());
    this.node.addValidation({
      validate: () => {
        this.#ensureRequested();
        return [...this.#artifacts.values()].flatMap((artifact) => artifact.problems());
      },
    });
  }

  /** See {@link PinnedArtifact.url}. */
  get url(): string {
    return this.forNode(this.#defaults).url;
  }
  /** See {@link PinnedArtifact.digest}. */
  get digest(): string {
    return this.forNode(this.#defaults).digest;
  }
  /** See {@link PinnedArtifact.diskFormat}. */
  get diskFormat(): string {
    return this.forNode(this.#defaults).diskFormat;
  }
  /** See {@link PinnedArtifact.asPinnedKind}. */
  get asPinnedKind(): string {
    return this.forNode(this.#defaults).asPinnedKind;
  }
  /** See {@link PinnedArtifact.asPinnedDiskFormat}. */
  get asPinnedDiskFormat(): string {
    return this.forNode(this.#defaults).asPinnedDiskFormat;
  }
  /** See {@link PinnedArtifact.size}. */
  get size(): number {
    return this.forNode(this.#defaults).size;
  }
  /** See {@link PinnedArtifact.checksum}. */
  get checksum(): string {
    return this.forNode(this.#defaults).checksum;
  }
  /** See {@link PinnedArtifact.fileName}. */
  get fileName(): string {
    return this.forNode(this.#defaults).fileName;
  }
  /** See {@link PinnedArtifact.mediaType}. */
  get mediaType(): string {
    return this.forNode(this.#defaults).mediaType;
  }

  /**
   * The artifact for nodes with these facts. Nodes with the same facts share one.
   * @throws {InvalidPropsError} which names every wrong fact, or an Ironic release of this image's context that is not known
   */
  forNode(node: NodeSelector): PinnedArtifact {
    // Ten thousand nodes with the same facts are checked once.
    const key = JSON.stringify(node);
    let artifact = this.#artifacts.get(key);
    if (!artifact) {
      throwProblems(this.node.path, parseProps(SELECTOR, node).problems);
      const { architecture, imageDownloadSource, ironicRelease } = node;
      const { source, expect } = this;
      const role = "image" as const;
      artifact = PinnedArtifact.create(this, {
        source,
        role,
        expect,
        architecture,
        imageDownloadSource,
        ironicRelease,
      });
      this.#artifacts.set(key, artifact);
    }
    return artifact;
  }

  #ensureRequested(): void {
    if (this.#artifacts.size === 0) this.forNode(this.#defaults);
  }
}

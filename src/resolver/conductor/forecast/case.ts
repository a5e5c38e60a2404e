import type { Reference } from "../../../reference";
import type { ArtifactClass } from "../../../selection";
import type { AgentPull } from "../agent";
import type { Conductor, Target } from "../conductor";
import type { SourceReports } from "../credential-sources";
import { type Identified, sourceOf, type Unidentified } from "../identify";

/** Results of all requests; the checks follow from them without further requests. */
export interface Findings {
  readonly ways: SourceReports;
  /** For the deploy interfaces `bootc` and `autodetect`. */
  readonly agent?: AgentPull | undefined;
  /** The class of the manifest that the agent read, where it is one. */
  readonly agentKind?: ArtifactClass | undefined;
}

const MIB = 1024 * 1024;

/** Input of the checks: artifact, conductor, node and the results of the requests. */
export class Case {
  constructor(
    readonly reference: Reference,
    readonly conductor: Conductor,
    readonly target: Target,
    readonly findings: Findings,
  ) {}

  /** Such as `39.0`. */
  get version(): string {
    return this.conductor.release.version;
  }

  get isTag(): boolean {
    return this.reference.digest === undefined;
  }

  /** `image_download_source` as it counts for the node. */
  get source(): string {
    return sourceOf(this.conductor, this.target);
  }

  /** Whether the conductor makes an image raw that passes through it (Ironic, `direct_deploy_should_convert_raw_image`). */
  get converts(): boolean {
    const { forceRawImages, streamRawImages } = this.conductor.settings;
    return this.source === "local" && forceRawImages && streamRawImages;
  }

  /** `image_disk_format` as sent to Ironic: with a digest this package's provider sends `raw` by default. */
  get givenFormat(): string | undefined {
    return this.target.imageDiskFormat ?? (this.isTag ? undefined : "raw");
  }

  /** What Ironic makes of a disk image's reference; undefined where it could not be read, or where it makes nothing of it. */
  get identified(): Identified | undefined {
    const found = this.#found;
    return found && !("fault" in found) ? found : undefined;
  }

  /** Why Ironic makes nothing of what it could read. */
  get fault(): string | undefined {
    const found = this.#found;
    return found && "fault" in found ? found.fault : undefined;
  }

  /** Whether a file of so many bytes, and what the agent itself is said to need, fits into the node's memory; unknown memory fits. */
  fits(size: number): boolean {
    const { memoryMb } = this.target;
    return memoryMb === undefined || size + this.#reserved * MIB <= memoryMb * MIB;
  }

  describeMisfit(size: number): string {
    const also = this.#reserved > 0 ? `, and ${this.#reserved} MiB for the agent` : "";
    return `the image is ${inMib(size)}${also}, and the node has ${this.target.memoryMb} MiB`;
  }

  get #reserved(): number {
    return this.conductor.settings.memoryConsumedByAgent;
  }

  get #found(): Identified | Unidentified | undefined {
    return this.findings.ways.attempt?.identified;
  }
}

export function inMib(bytes: number): string {
  return bytes < MIB ? "less than 1 MiB" : `${Math.round(bytes / MIB)} MiB`;
}

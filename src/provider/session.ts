import { IronicClient, type IronicClientOptions, learnSecrets, type MicroversionNeed } from "../ironic";
import type { OciResolver, OciResolverOptions } from "../resolver";
import { type IronicRelease, NEWEST_RELEASE, parseRelease } from "../selection";
import type { PolicyRules } from "../signing";
import { Secrets } from "../text";
import { ProviderError, type Schema } from "../tfplugin";
import { PlannedNodes } from "./shared/planned-nodes";

/** The microversion from which nodes and ports have all fields that the resources read. */
const NEEDS: MicroversionNeed = {
  microversion: "1.34",
  purpose: "the resource classes of nodes and the physical networks of ports",
};

/** The connection settings; undefined while the configuration has unknown values, an error if no Ironic is configured. */
export type Connection = IronicClientOptions | ProviderError | undefined;

/** The settings of the resolver. */
export interface ResolverSettings extends OciResolverOptions {
  /** Whether `ironic_release` is unknown: another release may select another image. */
  readonly releaseUnknown?: boolean;
  /** Whether `pin_mirrors` is unknown: URLs would name another registry than Ironic is to pull from. */
  readonly pinMirrorsUnknown?: boolean;
  /** The lock file of images that have none of their own. */
  readonly lockFile?: string;
  /** Whether `lock_file` is unknown: without it, an image would be resolved again, to a digest that is not locked. */
  readonly lockFileUnknown?: boolean;
}

/**
 * The client of all resources: one Ironic client, and with it one watcher, for a run of Terraform. It connects on use, so that
 * validation, and plans with an unknown configuration, need no Ironic.
 */
export class Session {
  /** Pinned URLs for which `ironic_oci_image` has warned that the image goes through the agent's memory. */
  readonly warnedOfMemory = new Set<string>();
  readonly #secrets = new Secrets();
  /** UUIDs and names of nodes for which this process has planned a port: what a deployment depends on is planned before it. */
  readonly plannedPorts = new Set<string>();
  readonly plannedNodes = new PlannedNodes();
  readonly #connection: Connection;
  readonly #settings: ResolverSettings;
  #ironic: IronicClient | undefined;
  /** By the policy, as JSON. */
  readonly #resolvers = new Map<string, OciResolver>();

  constructor(connection: Connection, settings: ResolverSettings = {}) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /**
   * Learns the secrets of a resource's values, which Ironic may quote in its reports, also in those of other resources. Not all of a
   * sensitive map such as `driver_info` is secret: a report without the BMC's address would help nobody.
   * @param values of the schema; null where there are none
   */
  learnSecrets({ attributes }: Schema, values: unknown): void {
    if (typeof values !== "object" || values === null) return;
    learnSecrets(this.#secrets, values);
    for (const [name, value] of Object.entries(values)) {
      if (attributes[name]?.writeOnly) for (const text of textsIn(value)) this.#secrets.add(text);
    }
  }

  /** Whether the configuration of the provider is known: it may depend on resources that a plan creates. */
  get isKnown(): boolean {
    return this.#connection !== undefined;
  }

  /**
   * Resources need an Ironic, from the plan on; `ironic_oci_image` does not.
   * @throws {ProviderError} when no Ironic is configured
   */
  requireIronic(): void {
    if (this.#connection instanceof ProviderError) throw this.#connection;
  }

  /**
   * The client, once the API is available.
   * @throws {ProviderError} when no Ironic is configured, or the provider's configuration is unknown
   * @throws {IronicError} when there is no response within the provider's `timeout`
   */
  async ironic(signal?: AbortSignal): Promise<IronicClient> {
    if (this.#connection instanceof ProviderError) throw this.#connection;
    if (this.#connection === undefined) {
      throw new ProviderError("The configuration of the Ironic provider is unknown", {
        detail:
          "Its url or credentials depend on resources that do not exist yet. Create these first: terraform apply -target=…",
      });
    }
    this.#ironic ??= new IronicClient({ ...this.#connection, needs: NEEDS, secrets: this.#secrets });
    await this.#ironic.microversion({ signal });
    return this.#ironic;
  }

  /**
   * The Ironic release whose selection rules apply, and whether it is assumed because none is configured.
   * @throws {ProviderError} when `ironic_release` is unknown
   */
  release(): { readonly release: IronicRelease; readonly assumed: boolean } {
    const { ironicRelease, releaseUnknown } = this.#settings;
    if (releaseUnknown) {
      throw new ProviderError("ironic_release of the provider is unknown", {
        detail:
          "It depends on resources that do not exist yet, and it decides which image is selected. Create these first: terraform apply -target=…",
      });
    }
    const assumed = ironicRelease === undefined;
    return { release: assumed ? NEWEST_RELEASE : parseRelease(ironicRelease), assumed };
  }

  /**
   * The lock file of images that have none of their own.
   * @throws {ProviderError} when `lock_file` is unknown
   */
  lockFile(): string | undefined {
    const { lockFile, lockFileUnknown } = this.#settings;
    if (lockFileUnknown) {
      throw new ProviderError("lock_file of the provider is unknown", {
        detail:
          "It depends on resources that do not exist yet, and it has the digests of the images. Create these first: terraform apply -target=…",
      });
    }
    return lockFile;
  }

  /**
   * The resolver with a policy, or without one. Its code is loaded on use: it costs a third of the start-up time of the provider.
   * @throws {ProviderError} when `pin_mirrors` is unknown
   * @throws {SigningFileError} for a policy that is wrong
   */
  resolver(policy?: string | PolicyRules): OciResolver {
    if (this.#settings.pinMirrorsUnknown) {
      throw new ProviderError("pin_mirrors of the provider is unknown", {
        detail:
          "It depends on resources that do not exist yet, and it is part of the pinned URLs. Create these first: terraform apply -target=…",
      });
    }
    const name = JSON.stringify(policy) ?? "";
    let resolver = this.#resolvers.get(name);
    if (resolver === undefined) {
      const { OciResolver } = require("../resolver") as typeof import("../resolver");
      const {
        releaseUnknown: _,
        pinMirrorsUnknown: _p,
        lockFile: __,
        lockFileUnknown: ___,
        ...options
      } = this.#settings;
      resolver = new OciResolver({ ...options, policy });
      this.#resolvers.set(name, resolver);
    }
    return resolver;
  }
}

/** The texts of a write-only value: a text, or a map of texts. */
function textsIn(value: unknown): string[] {
  const all = typeof value === "object" && value !== null ? Object.values(value) : [value];
  return all.filter((each) => typeof each === "string");
}

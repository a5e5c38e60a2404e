import { IronicClient, type IronicClientOptions, type MicroversionNeed } from "../ironic";
import type { OciResolver, OciResolverOptions } from "../resolver";
import { type IronicRelease, NEWEST_RELEASE, parseRelease } from "../selection";
import { ProviderError } from "../tfplugin";

/** Every resource reads its whole self: nodes and ports are shown with all that these read since then. */
const NEEDS: MicroversionNeed = {
  microversion: "1.34",
  purpose: "the resource classes of nodes and the physical networks of ports",
};

/** How a run reaches Ironic; undefined while the configuration still has unknown values in it, an error where it names no Ironic. */
export type Connection = IronicClientOptions | ProviderError | undefined;

/** How references are resolved. */
export interface ResolverSettings extends OciResolverOptions {
  /** Whether `ironic_release` still has an unknown value: another release may choose another image. */
  readonly releaseUnknown?: boolean;
}

/**
 * What every resource gets: one client, and with it one watcher, for a whole run of Terraform. Nothing is connected before it
 * is needed, so that validation and plans of unknown configurations need no Ironic.
 */
export class Session {
  /** Pinned URLs of which `ironic_oci_image` has warned that they go through the agent's memory. */
  readonly warnedOfMemory = new Set<string>();
  readonly #connection: Connection;
  readonly #settings: ResolverSettings;
  #ironic: IronicClient | undefined;
  #resolver: OciResolver | undefined;

  constructor(connection: Connection, settings: ResolverSettings = {}) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /**
   * What only resolves references needs no Ironic; for anything else its absence is an error, in the plan already.
   * @throws {ProviderError} when the configuration names no Ironic
   */
  requireIronic(): void {
    if (this.#connection instanceof ProviderError) throw this.#connection;
  }

  /**
   * The client, once the API answers.
   * @throws {ProviderError} when the provider's configuration names no Ironic, or is not known yet
   * @throws {IronicError} when there is no answer within the provider's `timeout`
   */
  async ironic(signal?: AbortSignal): Promise<IronicClient> {
    if (this.#connection instanceof ProviderError) throw this.#connection;
    if (this.#connection === undefined) {
      throw new ProviderError("The Ironic provider's configuration is not known yet", {
        detail:
          "Its url or credentials come from something that is not there yet. Create that first: terraform apply -target=…",
      });
    }
    this.#ironic ??= new IronicClient({ ...this.#connection, needs: NEEDS });
    await this.#ironic.microversion({ signal });
    return this.#ironic;
  }

  /**
   * The Ironic release whose rules decide what is chosen, and whether it is assumed because none is configured.
   * @throws {ProviderError} when the provider's configuration is not known yet
   */
  release(): { readonly release: IronicRelease; readonly assumed: boolean } {
    const { ironicRelease, releaseUnknown } = this.#settings;
    if (releaseUnknown) {
      throw new ProviderError("The provider's ironic_release is not known yet", {
        detail:
          "It comes from something that is not there yet, and it decides which image is chosen. Create that first: terraform apply -target=…",
      });
    }
    const assumed = ironicRelease === undefined;
    return { release: assumed ? NEWEST_RELEASE : parseRelease(ironicRelease), assumed };
  }

  /** Its code is loaded for those who ask: a third of the time that the provider needs to start. */
  resolver(): OciResolver {
    if (this.#resolver === undefined) {
      const { OciResolver } = require("../resolver") as typeof import("../resolver");
      const { releaseUnknown: _, ...options } = this.#settings;
      this.#resolver = new OciResolver(options);
    }
    return this.#resolver;
  }
}

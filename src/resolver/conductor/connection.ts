import { AddressRefused, type HttpRequest, type HttpResponse } from "../../net";
import type { Reference } from "../../reference";
import {
  RegistryClient,
  type RegistryClientOptions,
  RegistryError,
  RegistryUnavailableError,
  RegistryUnreachableError,
  type TlsFault,
} from "../../registry";
import { type Conductor, hasUserAndPassword } from "./conductor";

/** A failure of the conductor; the message is one clause. */
export class ConductorFailure extends Error {
  /** @param advice a remedy for the cause, where one is known */
  constructor(
    reason: string,
    readonly advice?: string,
  ) {
    super(reason);
  }
}

/** The registry responds 401 or 403: the credentials are the cause. */
export class ConductorRefusal extends ConductorFailure {}

/** Transport options of this program, independent of the conductor's settings. */
export type ConnectionOptions = Pick<RegistryClientOptions, "plainHttp" | "timeout" | "environment" | "retry">;

const MAX_RESPONSE = 4 * 1024 * 1024;
/** The message of Node's tls for OpenSSL's unexpected end of file, which Python treats as a TLS error. */
const CLOSED_IN_HANDSHAKE = "disconnected before secure TLS connection was established";

/**
 * The requests of one conductor to one registry: over TLS with the conductor's own settings, and over plain HTTP where the conductor
 * falls back to it, which it does permanently.
 * Source: Ironic, `OciClient._build_url` and the handling of `requests.exceptions.SSLError` in `oci_registry.py` (29.0 to 39.0).
 */
export class ConductorConnection {
  readonly #conductor: Conductor;
  readonly #options: ConnectionOptions;
  readonly #client: RegistryClient;
  #scheme: "https" | "http" = "https";

  constructor(conductor: Conductor, options: ConnectionOptions) {
    this.#conductor = conductor;
    this.#options = options;
    const { tlsMinimum, verifyCa } = conductor.settings;
    this.#client = new RegistryClient({
      ...options,
      tls: {
        minVersion: tlsMinimum,
        ca: typeof verifyCa === "object" ? conductor.certificateAuthorities : undefined,
        verify: verifyCa !== false,
        clientCertificates: false,
      },
    });
  }

  /** Whether the conductor has fallen back to plain HTTP. */
  get isPlainHttp(): boolean {
    return this.#scheme === "http";
  }

  /** URL of a path below `/v2/` of the registry. */
  urlOf(at: Reference, path: string): URL {
    return new URL(`${this.#scheme}://${at.registry}/v2/${path}`);
  }

  /**
   * One request to the registry.
   * @throws {ConductorFailure} when the conductor can't connect to it
   * @throws {RegistryError} when the result for the conductor is unknown
   */
  async request(
    at: Reference,
    path: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const request = () => ({ url: this.urlOf(at, path), headers, maxBytes: MAX_RESPONSE });
    try {
      return await this.#client.send(at, request(), signal);
    } catch (error) {
      const fault = this.isPlainHttp ? undefined : tlsFaultOf(error);
      if (fault === undefined) throw error;
      const cause = await this.#causeOf(at, fault, error, signal);
      const [reason, advice] = [this.#describe(cause), this.#adviseOn(cause)];
      if (!this.#conductor.settings.permitHttpFallback) throw new ConductorFailure(reason, advice);
      return this.#fallBack(at, reason, request, signal);
    }
  }

  /**
   * One request to a token endpoint.
   * @throws {ConductorFailure | RegistryError}
   */
  async requestToken(
    at: Reference,
    request: Pick<HttpRequest, "url" | "headers" | "leadFrom">,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const { url } = request;
    try {
      return await this.#client.send(at, { ...request, maxBytes: MAX_RESPONSE }, signal);
    } catch (error) {
      const { cause } = error as Error;
      if (cause instanceof AddressRefused) {
        const what = `the name of its token realm (${cause.host}) resolves to a ${cause.scope} address`;
        throw new ConductorFailure(`${what}: no secret was sent to find out more`);
      }
      const fault = tlsFaultOf(error);
      if (fault === undefined || (fault === "untrusted" && !this.#knowsAuthorities)) throw error;
      const reason = `the token endpoint ${url.host} can't be reached: ${this.#describe(fault)}`;
      throw new ConductorFailure(reason, fault === "plain-http" ? undefined : this.#adviseOn(fault));
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  get #knowsAuthorities(): boolean {
    return this.#conductor.certificateAuthorities !== undefined;
  }

  async #fallBack(
    at: Reference,
    reason: string,
    request: () => { url: URL; headers: Readonly<Record<string, string>>; maxBytes: number },
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    this.#scheme = "http";
    try {
      return await this.#client.send(at, request(), signal);
    } catch (error) {
      this.#scheme = "https";
      const hasNoResponse = error instanceof RegistryUnavailableError && error.status === undefined;
      if (hasNoResponse) throw new ConductorFailure(`${reason}; it does not respond over plain HTTP either`);
      throw error;
    }
  }

  async #causeOf(at: Reference, fault: TlsFault, error: unknown, signal: AbortSignal | undefined): Promise<TlsFault> {
    // The certificate authorities of the conductor's system are unknown here.
    if (fault === "untrusted" && !this.#knowsAuthorities) throw error;
    const couldBeTheVersion = this.#conductor.settings.tlsMinimum === "TLSv1.3" && !CERTIFICATE_FAULTS.includes(fault);
    return couldBeTheVersion && (await this.#acceptsTls12(at, signal)) ? "version" : fault;
  }

  /** Whether the registry responds over TLS 1.2. */
  async #acceptsTls12(at: Reference, signal: AbortSignal | undefined): Promise<boolean> {
    const client = new RegistryClient({ ...this.#options, tls: { verify: false, clientCertificates: false } });
    try {
      await client.send(at, { url: this.urlOf(at, ""), maxBytes: MAX_RESPONSE }, signal);
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof RegistryError && error.status !== undefined;
    } finally {
      await client.close();
    }
  }

  #describe(fault: TlsFault): string {
    const { release, settings } = this.#conductor;
    const minimum = settings.tlsMinimum === "TLSv1.3" ? "TLS 1.3" : "TLS 1.2";
    switch (fault) {
      case "plain-http": {
        const option = "[oci]permit_fallback_to_http_transport";
        const limit = hasUserAndPassword(release)
          ? `Ironic speaks it only with ${option}`
          : `Ironic ${release.version} never does: ${option} came with 34.0`;
        return `the registry speaks plain HTTP, and ${limit}`;
      }
      case "version": {
        const exception =
          settings.tlsMinimum === "TLSv1.3" ? ", unless [DEFAULT]webserver_tls_minimum_version is 1.2" : "";
        return `the registry does not speak ${minimum}, which Ironic ${release.version} requires${exception}`;
      }
      case "client-certificate":
        return "the registry requires a client certificate, and Ironic sends none";
      case "untrusted":
        return `the registry's certificate is not signed by an authority that ${settings.verifyCaOption} names`;
      case "time":
        return "the registry's certificate is expired or not yet valid";
      case "name":
        return "the registry's certificate is for another name";
      case "other":
        return "the TLS handshake with the registry fails";
    }
  }

  /** A remedy for the cause; undefined where none is known. */
  #adviseOn(fault: TlsFault): string | undefined {
    const { release, settings } = this.#conductor;
    switch (fault) {
      case "plain-http":
        return hasUserAndPassword(release)
          ? "set [oci]permit_fallback_to_http_transport to true in ironic.conf, or serve the registry over TLS"
          : "serve the registry over TLS, or run Ironic 34.0 or later with [oci]permit_fallback_to_http_transport";
      case "version":
        return settings.tlsMinimum === "TLSv1.3"
          ? "configure the registry for TLS 1.3, or set [DEFAULT]webserver_tls_minimum_version to 1.2"
          : "configure the registry for TLS 1.2";
      case "client-certificate":
        return "configure the registry to accept the conductor without a client certificate";
      case "untrusted":
        return `add the authority of the registry's certificate to the file that ${settings.verifyCaOption} names`;
      case "time":
        return "renew the registry's certificate, and check this machine's clock";
      case "name":
        return "give the registry a certificate for the name in the reference, or use a name that its certificate has";
      case "other":
        return undefined;
    }
  }
}

const CERTIFICATE_FAULTS: readonly TlsFault[] = ["untrusted", "time", "name", "plain-http"];

function tlsFaultOf(error: unknown): TlsFault | undefined {
  if (error instanceof RegistryUnreachableError) return error.tlsFault;
  if (!(error instanceof RegistryUnavailableError)) return undefined;
  for (let at: unknown = error.cause, depth = 0; depth < 5 && typeof at === "object" && at !== null; depth += 1) {
    const { message, cause } = at as { readonly message?: unknown; readonly cause?: unknown };
    if (typeof message === "string" && message.includes(CLOSED_IN_HANDSHAKE)) return "other";
    at = cause;
  }
  return undefined;
}

import {
  AddressRefused,
  type HttpRequest,
  type HttpResponse,
  IronicOciError,
  isRetryableStatus,
  Limiter,
  unlessAborted,
} from "../../net";
import {
  AuthenticationError,
  effectiveRegistry,
  RegistryUnreachableError,
  type RequestContext,
  UnexpectedResponseError,
} from "../errors";
import { errorFromResponse, registryErrorCode } from "../response-error";
import { type Challenge, parseChallenges } from "./challenge";
import { basicHeader, type Credential, type Keychain } from "./keychain";
import { realmFault } from "./realm";
import { Scopes } from "./scopes";
import { type BearerToken, readToken, TokenCache, type TokenSource, tokenRequest } from "./token";

/** A registry's authentication scheme, known from its first challenge. */
type Scheme = { readonly kind: "none" } | { readonly kind: "basic" } | ({ readonly kind: "bearer" } & TokenSource);

/** The Authorization header of a request. */
interface Authorization {
  readonly header: string;
  /** Whether it is based on a credential; false for an anonymous token. */
  readonly authenticated: boolean;
  /** Drops its token, so that another one is fetched; undefined where there is no other. */
  readonly invalidate: (() => void) | undefined;
  /** Whether it has expired: waiting for a slot, or for a rate limit, may take longer than its lifetime. */
  readonly isExpired?: () => boolean;
}

const REALM_HINT = "the registry's configuration, or a proxy between, is wrong";

/** The number of tokens that may expire while one request waits. */
const MAX_RENEWALS = 5;

/** Sends one request, with the client's retries and redirects. */
export type Send = (request: HttpRequest, context: RequestContext, signal?: AbortSignal) => Promise<HttpResponse>;

/**
 * Authentication against one registry (distribution: "Token Authentication Specification", RFC 7617).
 *
 * The first request probes for the registry's scheme while the others wait for its response, so that only one request gets a
 * challenge.
 */
export class Authenticator {
  readonly #base: URL;
  readonly #keychain: Keychain;
  readonly #send: Send;
  readonly #tokens = new TokenCache();
  readonly #scopes = new Scopes();
  /** Rotated refresh tokens: from the one in the keychain to the current one. */
  readonly #rotated = new Map<string, string>();
  /** Whether the endpoint rotates refresh tokens; until that is known, and where it does, they are sent one at a time. */
  #rotates: boolean | undefined;
  readonly #refreshLock = new Limiter(1);
  #scheme: Scheme | undefined;
  #probe: Promise<unknown> | undefined;

  constructor(base: URL, keychain: Keychain, send: Send) {
    this.#base = base;
    this.#keychain = keychain;
    this.#send = send;
  }

  /**
   * Sends a request with the Authorization of the registry's scheme, and once more after a challenge.
   * @throws {AuthenticationError} when the response is 401 again
   */
  async send(request: HttpRequest, context: RequestContext, signal?: AbortSignal): Promise<HttpResponse> {
    // No `await` between this loop and `#probe = …`, or each waiter would start a probe.
    while (this.#scheme === undefined && this.#probe) {
      if (await this.#hasFailed(this.#probe, context, signal)) break;
    }
    signal?.throwIfAborted();
    if (this.#scheme !== undefined) return this.#sendBy(this.#scheme, request, context, signal);
    const probe = this.#send(request, context, signal);
    this.#probe = probe;
    try {
      const response = await probe;
      if (response.status !== 401) {
        this.#scheme ??= { kind: "none" };
        return response;
      }
      this.#scheme = this.#readChallenge(request, response, context);
    } finally {
      if (this.#probe === probe) this.#probe = undefined;
    }
    return this.#sendBy(this.#scheme, request, context, signal);
  }

  /**
   * Waits for another request's probe. True when it failed in a way that may be specific to that request: each request is then
   * sent without a probe. After an aborted probe, the next waiting request becomes the probe.
   * @throws {RegistryUnreachableError} when the registry can't be reached: ten thousand requests need not fail one after the other
   */
  async #hasFailed(
    probe: Promise<unknown>,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const outcome = probe.then(
      () => undefined,
      (error: unknown) => error,
    );
    const failure = await unlessAborted(outcome, signal);
    if (failure instanceof RegistryUnreachableError) {
      throw new RegistryUnreachableError(context, "not sent, because the registry can't be reached", {
        cause: failure,
        hint: failure.hint,
        ...(failure.tlsFault && { tlsFault: failure.tlsFault }),
      });
    }
    return failure instanceof IronicOciError;
  }

  async #sendBy(
    scheme: Scheme,
    request: HttpRequest,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const authorization = await this.#authorization(scheme, context, signal);
    const response = await this.#send(withAuthorization(request, authorization), context, signal);
    if (response.status !== 401) return response;

    // The registry may have changed its scheme (anonymous until now), require a wider scope, or have revoked the token early.
    // Sent once more for the new challenge; the refusal of a valid Authorization is final.
    const renewed = this.#readChallenge(request, response, context);
    if (authorization && !authorization.invalidate && renewed.kind === scheme.kind) {
      throw await this.#refused(response, context, authorization);
    }
    this.#scheme = renewed;
    authorization?.invalidate?.();
    for (let renewals = 1; ; renewals += 1) {
      const next = await this.#authorization(renewed, context, signal);
      if (next === undefined) throw await this.#refused(response, context, undefined);
      const second = await this.#send(withAuthorization(request, next), context, signal);
      if (second.status !== 401) return second;
      if (!next.isExpired?.() || renewals === MAX_RENEWALS) throw await this.#refused(second, context, next);
      next.invalidate?.();
    }
  }

  async #authorization(
    scheme: Scheme,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    if (scheme.kind === "none") return undefined;
    const credential = await unlessAborted(this.#credential(context), signal);
    if (credential?.kind === "registryToken") {
      return { header: `Bearer ${credential.token}`, authenticated: true, invalidate: undefined };
    }
    if (scheme.kind === "basic") {
      const header = credential && basicHeader(credential);
      return header === undefined ? undefined : { header, authenticated: true, invalidate: undefined };
    }
    const scopes = this.#scopes.for(effectiveRegistry(context).repository);
    const key = JSON.stringify([scheme.realm.href, scheme.service, scopes]);
    const token = await this.#tokens.get(key, signal, (shared) =>
      this.#oneAtATime(credential, () => this.#fetchToken(scheme, scopes, credential, context, shared), shared),
    );
    return {
      header: `Bearer ${token.value}`,
      authenticated: credential !== undefined,
      invalidate: () => this.#tokens.invalidate(key, token.value),
      isExpired: () => token.expires <= Date.now(),
    };
  }

  #credential(context: RequestContext): Promise<Credential | undefined> {
    const { registry, repository } = effectiveRegistry(context);
    return this.#keychain.resolve(registry, repository);
  }

  /** A rotating refresh token is valid once: it must not be sent for two repositories at the same time. */
  #oneAtATime<T>(credential: Credential | undefined, fetch: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const locked = credential?.kind === "identityToken" && this.#rotates !== false;
    return locked ? this.#refreshLock.run(fetch, signal) : fetch();
  }

  async #fetchToken(
    source: TokenSource,
    scopes: readonly string[],
    credential: Credential | undefined,
    context: RequestContext,
    signal: AbortSignal,
  ): Promise<BearerToken> {
    const request = tokenRequest(source, scopes, this.#current(credential));
    const response = await this.#sendToRealm(request, context, signal);
    const endpoint = `the token endpoint ${source.realm.origin}`;
    const options = { status: response.status, registryCode: registryErrorCode(response) };
    const { registry, repository } = effectiveRegistry(context);
    if (response.status === 401 || response.status === 403 || (response.status === 400 && credential)) {
      throw new AuthenticationError(context, `${endpoint} refused`, {
        ...options,
        hint: credential
          ? `check the credentials for ${registry}, and that ${repository} exists`
          : `it grants no anonymous token for this: configure credentials for ${registry}, or check that the repository exists`,
      });
    }
    if (isRetryableStatus(response.status)) throw errorFromResponse(response, context, endpoint);
    const token = response.status === 200 ? readToken(response, Date.now()) : undefined;
    if (!token) {
      throw new UnexpectedResponseError(context, `${endpoint} returned no token`, {
        ...options,
        hint: `the operator of ${registry} has to correct its token service`,
      });
    }
    if (credential?.kind === "identityToken") {
      this.#rotates = token.refreshToken !== undefined;
      if (token.refreshToken !== undefined) this.#rotated.set(credential.token, token.refreshToken);
    }
    return token;
  }

  /** @throws {AuthenticationError} when the realm's name resolves to an address that the registry must not refer to */
  async #sendToRealm(request: HttpRequest, context: RequestContext, signal: AbortSignal): Promise<HttpResponse> {
    try {
      return await this.#send(request, context, signal);
    } catch (error) {
      const { cause } = error as Error;
      if (!(cause instanceof AddressRefused)) throw error;
      throw new AuthenticationError(
        context,
        `no credentials were sent: the name of its token realm (${cause.host}) resolves to a ${cause.scope} address`,
        { cause, hint: REALM_HINT },
      );
    }
  }

  #current(credential: Credential | undefined): Credential | undefined {
    if (credential?.kind !== "identityToken") return credential;
    return { kind: "identityToken", token: this.#rotated.get(credential.token) ?? credential.token };
  }

  /** The first supported challenge; bearer is preferred, as it is by Docker's tools. */
  #readChallenge(request: HttpRequest, response: HttpResponse, context: RequestContext): Scheme {
    // The target of a redirect could otherwise name any token realm and receive the credentials.
    if (response.url.origin !== request.url.origin) {
      throw new AuthenticationError(
        context,
        `${response.url.host}, the target of the registry's redirect, requires credentials`,
        {
          status: response.status,
          hint: "credentials are sent to their registry only: its operator has to correct its redirects",
        },
      );
    }
    const challenges = parseChallenges(response.headers["www-authenticate"] ?? "");
    const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
    if (bearer) return this.#readBearer(bearer, response, context);
    if (challenges.some(({ scheme }) => scheme === "basic")) return { kind: "basic" };
    const offered = [...new Set(challenges.map(({ scheme }) => scheme))].join(", ").slice(0, 100);
    throw new AuthenticationError(
      context,
      `the registry requires an unsupported authentication scheme (${offered || "none named"})`,
      {
        status: response.status,
        registryCode: registryErrorCode(response),
        hint: "supported are bearer tokens and basic authentication",
      },
    );
  }

  #readBearer({ parameters }: Challenge, response: HttpResponse, context: RequestContext): Scheme {
    const options = { status: response.status, registryCode: registryErrorCode(response) };
    let realm: URL;
    try {
      realm = new URL(parameters.get("realm") ?? "");
    } catch {
      throw new AuthenticationError(context, "the registry names a token realm that is not a URL", {
        ...options,
        hint: "the registry's operator has to correct its configuration",
      });
    }
    const fault = realmFault(realm, this.#base, response.peerScope);
    if (fault) {
      throw new AuthenticationError(context, `no credentials were sent: ${fault}`, { ...options, hint: REALM_HINT });
    }
    this.#scopes.widen(effectiveRegistry(context).repository, parameters.get("scope"));
    const leadFrom = realm.origin === this.#base.origin ? undefined : response.peerScope;
    return { kind: "bearer", realm, service: parameters.get("service"), leadFrom };
  }

  async #refused(
    response: HttpResponse,
    context: RequestContext,
    authorization: Authorization | undefined,
  ): Promise<AuthenticationError> {
    const { registry, repository } = effectiveRegistry(context);
    const options = { status: response.status, registryCode: registryErrorCode(response) };
    if (authorization?.authenticated) {
      return new AuthenticationError(context, "the registry refused the credentials, or has no such repository", {
        ...options,
        hint: `check that the credentials for ${registry} may ${context.access ?? "pull"} ${context.access ? "to " : ""}${repository}, and that it exists`,
      });
    }
    if (authorization) {
      return new AuthenticationError(context, "no anonymous access: the repository is private, or does not exist", {
        ...options,
        hint: `configure credentials for ${registry}, or check the repository's path`,
      });
    }
    const isUnfit = (await this.#credential(context)) !== undefined;
    return new AuthenticationError(
      context,
      isUnfit
        ? "the registry requires a user name and password, and only a token is configured for it"
        : "the registry requires credentials and none are configured for it",
      { ...options, hint: `add ${registry} to a Docker configuration file (docker login), or pass credentials` },
    );
  }
}

function withAuthorization(request: HttpRequest, authorization: Authorization | undefined): HttpRequest {
  if (authorization === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: authorization.header } };
}

import {
  AddressRefused,
  type HttpRequest,
  type HttpResponse,
  IronicOciError,
  isRetryableStatus,
  Limiter,
  unlessAborted,
} from "../../net";
import { errorCode, toError } from "../answer";
import {
  AuthenticationError,
  askedRegistry,
  RegistryUnreachableError,
  type RequestContext,
  UnexpectedResponseError,
} from "../errors";
import { type Challenge, parseChallenges } from "./challenge";
import { basicHeader, type Credential, type Keychain } from "./keychain";
import { realmFault } from "./realm";
import { Scopes } from "./scopes";
import { type BearerToken, readToken, TokenCache, type TokenSource, tokenQuestion } from "./token";

/** How a registry wants to be asked, once it has said so. */
type Scheme = { readonly kind: "none" } | { readonly kind: "basic" } | ({ readonly kind: "bearer" } & TokenSource);

/** What a request is shown to a registry with. */
interface Authorization {
  readonly header: string;
  /** Whether somebody's credentials stand behind it, or it is what anybody gets. */
  readonly personal: boolean;
  /** Drops it, so that another one is fetched; undefined when there can't be another. */
  readonly forget: (() => void) | undefined;
  /** Whether its time is over by now: waiting in line, or for a registry that throttles, may take longer than it lasts. */
  readonly isOver?: () => boolean;
}

const REALM_HINT = "the registry's own configuration, or something between it and this machine, is wrong";

/** So often a token may run out while one request waits, each time with a new one. */
const MOST_RENEWALS = 5;

/** Sends one request of ours, with the room's retries. */
export type Send = (question: HttpRequest, context: RequestContext, signal?: AbortSignal) => Promise<HttpResponse>;

/**
 * Authentication against one registry (distribution: "Token Authentication Specification", RFC 7617).
 *
 * The first request finds out what the registry wants while the others wait for the answer, so that a challenge is
 * paid for once and not by every request that happened to be early.
 */
export class Authenticator {
  readonly #base: URL;
  readonly #keychain: Keychain;
  readonly #send: Send;
  readonly #tokens = new TokenCache();
  readonly #scopes = new Scopes();
  /** Refresh tokens that a token endpoint has replaced: the one that was given, to the one to show. */
  readonly #rotated = new Map<string, string>();
  /** Whether it does that at all; until that is known, and where it does, refresh tokens are shown one at a time. */
  #rotates: boolean | undefined;
  readonly #inTurn = new Limiter(1);
  #scheme: Scheme | undefined;
  #probe: Promise<unknown> | undefined;

  constructor(base: URL, keychain: Keychain, send: Send) {
    this.#base = base;
    this.#keychain = keychain;
    this.#send = send;
  }

  /**
   * Asks `question` with whatever Authorization the registry turned out to want; answers a challenge once.
   * @throws {AuthenticationError} when the registry, having been shown what there is, still says 401
   */
  async ask(question: HttpRequest, context: RequestContext, signal?: AbortSignal): Promise<HttpResponse> {
    // Nothing may be awaited between the end of this loop and the next probe, or everybody would become the first.
    while (this.#scheme === undefined && this.#probe) {
      if (await this.#hasFailed(this.#probe, context, signal)) break;
    }
    signal?.throwIfAborted();
    if (this.#scheme !== undefined) return this.#askKnowing(this.#scheme, question, context, signal);
    const probe = this.#send(question, context, signal);
    this.#probe = probe;
    try {
      const answer = await probe;
      if (answer.status !== 401) {
        this.#scheme ??= { kind: "none" };
        return answer;
      }
      this.#scheme = this.#readChallenge(question, answer, context);
    } finally {
      if (this.#probe === probe) this.#probe = undefined;
    }
    return this.#askKnowing(this.#scheme, question, context, signal);
  }

  /**
   * Waits for somebody else's probe. True when it failed in a way that may be that one request's own: from here everybody
   * asks for himself. An abort says nothing at all: then the next in line finds out for the others.
   * @throws {RegistryUnreachableError} when there is no way to the registry: ten thousand need not find that out in turn
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
      throw new RegistryUnreachableError(context, "not asked, because there is no way to the registry", {
        cause: failure,
        hint: failure.hint,
      });
    }
    return failure instanceof IronicOciError;
  }

  async #askKnowing(
    scheme: Scheme,
    question: HttpRequest,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const shown = await this.#authorization(scheme, context, signal);
    const answer = await this.#send(withAuthorization(question, shown), context, signal);
    if (answer.status !== 401) return answer;

    // The registry may have changed its mind (anonymous until now), want a wider token, or the token died before its
    // time. Once more, with what it says now; a refusal of what is still good is final.
    const renewed = this.#readChallenge(question, answer, context);
    if (shown && !shown.forget && renewed.kind === scheme.kind) throw await this.#refused(answer, context, shown);
    this.#scheme = renewed;
    shown?.forget?.();
    for (let renewals = 1; ; renewals += 1) {
      const again = await this.#authorization(renewed, context, signal);
      if (again === undefined) throw await this.#refused(answer, context, undefined);
      const second = await this.#send(withAuthorization(question, again), context, signal);
      if (second.status !== 401) return second;
      if (!again.isOver?.() || renewals === MOST_RENEWALS) throw await this.#refused(second, context, again);
      again.forget?.();
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
      return { header: `Bearer ${credential.token}`, personal: true, forget: undefined };
    }
    if (scheme.kind === "basic") {
      const header = credential && basicHeader(credential);
      return header === undefined ? undefined : { header, personal: true, forget: undefined };
    }
    const scopes = this.#scopes.for(askedRegistry(context).repository);
    const key = JSON.stringify([scheme.realm.href, scheme.service, scopes]);
    const token = await this.#tokens.get(key, signal, (shared) =>
      this.#fetchInTurn(credential, () => this.#fetchToken(scheme, scopes, credential, context, shared), shared),
    );
    return {
      header: `Bearer ${token.value}`,
      personal: credential !== undefined,
      forget: () => this.#tokens.forget(key, token.value),
      isOver: () => token.expires <= Date.now(),
    };
  }

  #credential(context: RequestContext): Promise<Credential | undefined> {
    const { registry, repository } = askedRegistry(context);
    return this.#keychain.resolve(registry, repository);
  }

  /** A refresh token that is good once must not be shown for two repositories at the same time. */
  #fetchInTurn<T>(credential: Credential | undefined, fetch: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const alone = credential?.kind === "identityToken" && this.#rotates !== false;
    return alone ? this.#inTurn.run(fetch, signal) : fetch();
  }

  async #fetchToken(
    source: TokenSource,
    scopes: readonly string[],
    credential: Credential | undefined,
    context: RequestContext,
    signal: AbortSignal,
  ): Promise<BearerToken> {
    const answer = await this.#sendToRealm(tokenQuestion(source, scopes, this.#current(credential)), context, signal);
    const endpoint = `the token endpoint ${source.realm.origin}`;
    const options = { status: answer.status, registryCode: errorCode(answer) };
    const { registry, repository } = askedRegistry(context);
    if (answer.status === 401 || answer.status === 403 || (answer.status === 400 && credential)) {
      throw new AuthenticationError(context, `${endpoint} refused`, {
        ...options,
        hint: credential
          ? `check the credentials for ${registry}, and that ${repository} exists`
          : `it gives no anonymous token for this: give credentials for ${registry}, or check that the repository exists`,
      });
    }
    if (isRetryableStatus(answer.status)) throw toError(answer, context, endpoint);
    const token = answer.status === 200 ? readToken(answer, Date.now()) : undefined;
    if (!token) {
      throw new UnexpectedResponseError(context, `${endpoint} gave no token`, {
        ...options,
        hint: `whoever runs ${registry} has to look at its token service`,
      });
    }
    if (credential?.kind === "identityToken") {
      this.#rotates = token.refreshToken !== undefined;
      if (token.refreshToken !== undefined) this.#rotated.set(credential.token, token.refreshToken);
    }
    return token;
  }

  /** @throws {AuthenticationError} when the realm's name leads where the registry must not send anybody */
  async #sendToRealm(request: HttpRequest, context: RequestContext, signal: AbortSignal): Promise<HttpResponse> {
    try {
      return await this.#send(request, context, signal);
    } catch (error) {
      const { cause } = error as Error;
      if (!(cause instanceof AddressRefused)) throw error;
      throw new AuthenticationError(
        context,
        `no credentials were sent: the name of its token realm (${cause.host}) stands for a ${cause.scope} address`,
        { cause, hint: REALM_HINT },
      );
    }
  }

  #current(credential: Credential | undefined): Credential | undefined {
    if (credential?.kind !== "identityToken") return credential;
    return { kind: "identityToken", token: this.#rotated.get(credential.token) ?? credential.token };
  }

  /** The first challenge that we can answer; bearer is preferred, as it is by Docker's tools. */
  #readChallenge(question: HttpRequest, answer: HttpResponse, context: RequestContext): Scheme {
    // Whoever a registry redirects to could otherwise name a token realm of its own, and be sent the credentials.
    if (answer.url.origin !== question.url.origin) {
      throw new AuthenticationError(
        context,
        `${answer.url.host}, where the registry redirects to, asks for credentials`,
        {
          status: answer.status,
          hint: "credentials are only sent to the registry that they are for: its operator has to look at its redirects",
        },
      );
    }
    const challenges = parseChallenges(answer.headers["www-authenticate"] ?? "");
    const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
    if (bearer) return this.#readBearer(bearer, answer, context);
    if (challenges.some(({ scheme }) => scheme === "basic")) return { kind: "basic" };
    const offered = [...new Set(challenges.map(({ scheme }) => scheme))].join(", ").slice(0, 100);
    throw new AuthenticationError(
      context,
      `the registry asks for no known authentication (${offered || "none named"})`,
      {
        status: answer.status,
        registryCode: errorCode(answer),
        hint: "bearer tokens and basic authentication are understood",
      },
    );
  }

  #readBearer({ parameters }: Challenge, answer: HttpResponse, context: RequestContext): Scheme {
    const told = { status: answer.status, registryCode: errorCode(answer) };
    let realm: URL;
    try {
      realm = new URL(parameters.get("realm") ?? "");
    } catch {
      throw new AuthenticationError(context, "the registry names a token realm that is no URL", {
        ...told,
        hint: "whoever runs the registry has to correct its configuration",
      });
    }
    const fault = realmFault(realm, this.#base, answer.peerScope);
    if (fault) {
      throw new AuthenticationError(context, `no credentials were sent: ${fault}`, {
        ...told,
        hint: REALM_HINT,
      });
    }
    this.#scopes.widen(askedRegistry(context).repository, parameters.get("scope"));
    const leadFrom = realm.origin === this.#base.origin ? undefined : answer.peerScope;
    return { kind: "bearer", realm, service: parameters.get("service"), leadFrom };
  }

  async #refused(
    answer: HttpResponse,
    context: RequestContext,
    shown: Authorization | undefined,
  ): Promise<AuthenticationError> {
    const { registry, repository } = askedRegistry(context);
    const options = { status: answer.status, registryCode: errorCode(answer) };
    if (shown?.personal) {
      return new AuthenticationError(context, "the registry refused the credentials, or has no such repository", {
        ...options,
        hint: `check that the credentials for ${registry} may pull ${repository}, and that it exists`,
      });
    }
    if (shown) {
      return new AuthenticationError(context, "not for everybody: the repository is private, or does not exist", {
        ...options,
        hint: `give credentials for ${registry}, or check the repository's path`,
      });
    }
    const unfit = (await this.#credential(context)) !== undefined;
    return new AuthenticationError(
      context,
      unfit
        ? "the registry asks for a user name and password, and there is only a token for it"
        : "the registry asks for credentials and there are none for it",
      { ...options, hint: `add ${registry} to a Docker configuration file (docker login), or pass credentials` },
    );
  }
}

function withAuthorization(question: HttpRequest, shown: Authorization | undefined): HttpRequest {
  if (shown === undefined) return question;
  return { ...question, headers: { ...question.headers, authorization: shown.header } };
}

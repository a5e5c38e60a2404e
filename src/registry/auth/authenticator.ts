import { AuthenticationError, type RequestContext, UnexpectedResponseError } from "../errors";
import type { HttpAnswer, HttpQuestion } from "../transport";
import { type Challenge, parseChallenges } from "./challenge";
import { basicHeader, type Credential, type Keychain, tokenEndpointHeader } from "./keychain";
import { realmFault } from "./realm";
import { type BearerToken, readToken, TokenCache, tokenUrl } from "./token";

/** How a registry wants to be asked, once it has said so. */
type Scheme =
  | { readonly kind: "none" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service: string | undefined };

/** Sends one request of ours, with the room's retries. */
export type Send = (question: HttpQuestion, context: RequestContext, signal?: AbortSignal) => Promise<HttpAnswer>;

const MAX_TOKEN_ANSWER = 1024 * 1024;

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
  async ask(question: HttpQuestion, context: RequestContext, signal?: AbortSignal): Promise<HttpAnswer> {
    while (this.#scheme === undefined && this.#probe) await this.#probe.catch(() => undefined);
    signal?.throwIfAborted();
    if (this.#scheme !== undefined) return this.#askKnowing(this.#scheme, question, context, signal);
    const probe = this.#send(question, context, signal);
    this.#probe = probe;
    let answer: HttpAnswer;
    try {
      answer = await probe;
      this.#scheme = answer.status === 401 ? this.#readChallenge(answer, context) : { kind: "none" };
    } finally {
      this.#probe = undefined;
    }
    return answer.status === 401 ? this.#askKnowing(this.#scheme, question, context, signal) : answer;
  }

  async #askKnowing(
    scheme: Scheme,
    question: HttpQuestion,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const authorization = await this.#authorization(scheme, context, signal);
    const answer = await this.#send(withAuthorization(question, authorization?.header), context, signal);
    if (answer.status !== 401) return answer;

    // The registry may have changed its mind (anonymous until now), or the token died before its time. Once more,
    // with what it says now; a second refusal is final.
    const renewed = this.#readChallenge(answer, context);
    const unchanged = renewed.kind === scheme.kind && renewed.kind !== "bearer";
    if (unchanged) throw this.#refused(answer, context, authorization !== undefined);
    this.#scheme = renewed;
    authorization?.forget();
    const again = await this.#authorization(renewed, context, signal);
    if (again === undefined) throw this.#refused(answer, context, false);
    const second = await this.#send(withAuthorization(question, again.header), context, signal);
    if (second.status === 401) throw this.#refused(second, context, true);
    return second;
  }

  async #authorization(
    scheme: Scheme,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly header: string; forget(): void } | undefined> {
    if (scheme.kind === "none") return undefined;
    const credential = await this.#keychain.resolve(context.registry, context.repository);
    if (credential?.kind === "registryToken") {
      return { header: `Bearer ${credential.token}`, forget: () => undefined };
    }
    if (scheme.kind === "basic") {
      const header = credential && basicHeader(credential);
      return header === undefined ? undefined : { header, forget: () => undefined };
    }
    const scope = `repository:${context.repository}:pull`;
    const key = JSON.stringify([scheme.realm.href, scheme.service, scope]);
    const token = await this.#tokens.get(key, signal, (shared) =>
      this.#fetchToken(scheme.realm, scheme.service, scope, credential, context, shared),
    );
    return { header: `Bearer ${token}`, forget: () => this.#tokens.forget(key, token) };
  }

  async #fetchToken(
    realm: URL,
    service: string | undefined,
    scope: string,
    credential: Credential | undefined,
    context: RequestContext,
    signal: AbortSignal,
  ): Promise<BearerToken> {
    const question = tokenQuestion(realm, service, scope, credential);
    const answer = await this.#send(question, context, signal);
    if (answer.status === 401 || answer.status === 403) {
      throw new AuthenticationError(context, `the token endpoint ${realm.origin} refused`, {
        status: answer.status,
        hint: credential
          ? `check the credentials for ${context.registry}`
          : `the registry gives out no anonymous tokens: give credentials for ${context.registry}`,
      });
    }
    const token = answer.status === 200 ? readToken(answer, Date.now()) : undefined;
    if (!token) {
      throw new UnexpectedResponseError(context, `the token endpoint ${realm.origin} gave no token`, {
        status: answer.status,
      });
    }
    return token;
  }

  /** The first challenge that we can answer; bearer is preferred, as it is by Docker's tools. */
  #readChallenge(answer: HttpAnswer, context: RequestContext): Scheme {
    const challenges = parseChallenges(answer.headers["www-authenticate"] ?? "");
    const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
    if (bearer) return this.#readBearer(bearer, context);
    if (challenges.some(({ scheme }) => scheme === "basic")) return { kind: "basic" };
    const offered = [...new Set(challenges.map(({ scheme }) => scheme))].join(", ");
    throw new AuthenticationError(
      context,
      `the registry asks for no known authentication (${offered || "none named"})`,
      {
        status: answer.status,
        hint: "bearer tokens and basic authentication are understood",
      },
    );
  }

  #readBearer(challenge: Challenge, context: RequestContext): Scheme {
    let realm: URL;
    try {
      realm = new URL(challenge.parameters.get("realm") ?? "");
    } catch {
      throw new AuthenticationError(context, "the registry names a token realm that is no URL");
    }
    const fault = realmFault(realm, this.#base);
    if (fault) {
      throw new AuthenticationError(context, `no credentials were sent: ${fault}`, {
        hint: "the registry's own configuration, or something between it and this machine, is wrong",
      });
    }
    return { kind: "bearer", realm, service: challenge.parameters.get("service") };
  }

  #refused(answer: HttpAnswer, context: RequestContext, shown: boolean): AuthenticationError {
    return new AuthenticationError(
      context,
      shown ? "the registry refused the credentials" : "the registry asks for credentials and there are none for it",
      {
        status: answer.status,
        hint: shown
          ? `check that the credentials for ${context.registry} may pull ${context.repository}, and that it exists`
          : `add ${context.registry} to a Docker configuration file (docker login), or pass credentials`,
      },
    );
  }
}

function tokenQuestion(
  realm: URL,
  service: string | undefined,
  scope: string,
  credential: Credential | undefined,
): HttpQuestion {
  if (credential?.kind === "identityToken") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      service: service ?? "",
      client_id: "cdktf-ironic-oci",
      scope,
      refresh_token: credential.token,
    });
    return {
      url: realm,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: form.toString(),
      maxBytes: MAX_TOKEN_ANSWER,
    };
  }
  const authorization = tokenEndpointHeader(credential);
  return withAuthorization(
    { url: tokenUrl(realm, service, scope), headers: { accept: "application/json" }, maxBytes: MAX_TOKEN_ANSWER },
    authorization,
  );
}

function withAuthorization(question: HttpQuestion, authorization: string | undefined): HttpQuestion {
  if (authorization === undefined) return question;
  return { ...question, headers: { ...question.headers, authorization } };
}

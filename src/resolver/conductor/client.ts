import type { AddressScope, HttpResponse } from "../../net";
import { algorithmOf, digestOf, type Reference } from "../../reference";
import { OCI_INDEX, OCI_MANIFEST, realmFault } from "../../registry";
import { readManifest } from "../../selection";
import { readAsIronic } from "./challenge";
import { type Conductor, hasUserAndPassword, type Target } from "./conductor";
import { type ConductorConnection, ConductorFailure, ConductorRefusal } from "./connection";
import { type Documents, type FetchedDocument, type Identified, identify, type Unidentified } from "./identify";
import type { ConductorCredential } from "./secret";

/** Result of one read attempt. The reason is one clause, for success and failure alike. */
export interface Attempt {
  readonly works: boolean;
  readonly reason: string;
  /** A remedy for the failure, where one is known. */
  readonly advice?: string | undefined;
  /** Whether the registry responded 401 or 403, so that other credentials may help. */
  readonly isRefused?: boolean;
  /** Ironic's reading of a disk image's reference, or the reason why it fails; undefined for kernels and ramdisks. */
  readonly identified?: Identified | Unidentified | undefined;
  /** Layers of a kernel's or ramdisk's manifest. */
  readonly layerCount?: number | undefined;
  /** Lifetime of the token in seconds, where the token endpoint states it. */
  readonly tokenLifetime?: number | undefined;
}

/** Authentication that the registry's `/v2/` requires of Ironic. `unusable`: Ironic can't authenticate. */
export type AuthChallenge =
  | { readonly kind: "open" }
  | { readonly kind: "basic" }
  | {
      readonly kind: "bearer";
      readonly realm: URL;
      readonly service: string | undefined;
      /** Address scope of the registry that names the realm; undefined where the realm is the registry itself. */
      readonly leadFrom: AddressScope | undefined;
    }
  | { readonly kind: "unusable"; readonly why: string; readonly advice?: string | undefined };

/** Authorization header of the requests that follow; undefined header: anonymous. */
interface Authorization {
  readonly header: string | undefined;
  readonly tokenLifetime?: number | undefined;
}

/** Limit of pages in a list of tags. */
const MAX_TAG_PAGES = 1_000;

/**
 * Registry client that sends the same requests as a conductor, in the same order and with the same limits. It deliberately deviates
 * from the OCI distribution-spec wherever Ironic does.
 * Source: Ironic, OciClient and RegistrySessionHelper in ironic/common/oci_registry.py (29.0.5, 34.0.0, 39.0.0).
 */
export class ConductorClient {
  readonly #connection: ConductorConnection;
  readonly #reference: Reference;
  readonly #conductor: Conductor;
  readonly #target: Target;
  readonly #signal: AbortSignal | undefined;

  constructor(
    connection: ConductorConnection,
    reference: Reference,
    conductor: Conductor,
    target: Target,
    signal?: AbortSignal,
  ) {
    this.#connection = connection;
    this.#reference = reference;
    this.#conductor = conductor;
    this.#target = target;
    this.#signal = signal;
  }

  /** First request, to `/v2/`. Ironic authenticates only if it responds 401; later 401 responses are failures. */
  async probe(): Promise<AuthChallenge> {
    let response: HttpResponse;
    try {
      response = await this.#request("");
    } catch (error) {
      if (error instanceof ConductorFailure) return { kind: "unusable", why: error.message, advice: error.advice };
      throw error;
    }
    if (response.status === 200) return { kind: "open" };
    if (response.status !== 401) return { kind: "unusable", why: `the registry's /v2/ responds ${response.status}` };
    if (response.url.host !== this.#connection.urlOf(this.#reference, "").host) {
      return {
        kind: "unusable",
        why: `the registry's /v2/ redirects to ${response.url.host}, which requires credentials`,
      };
    }
    const challenge = readAsIronic(response.headers["www-authenticate"]);
    if (challenge.kind === "unknown") return { kind: "unusable", why: challenge.why };
    if (challenge.kind === "basic") return challenge;
    const realm = URL.canParse(challenge.realm ?? "") ? new URL(challenge.realm ?? "") : undefined;
    if (!realm) return { kind: "unusable", why: "the registry names a token realm that is not a URL" };
    // The conductor would send its secret to that realm. This program does not, even for a diagnosis.
    const fault = realmFault(realm, response.url, response.peerScope);
    if (fault) return { kind: "unusable", why: `${fault}: no secret was sent to find out more` };
    const leadFrom = realm.origin === response.url.origin ? undefined : response.peerScope;
    return { kind: "bearer", realm, service: challenge.service, leadFrom };
  }

  /** Authenticates for the challenge, then reads the artifact. */
  async authenticateAndRead(challenge: AuthChallenge, credential: ConductorCredential | undefined): Promise<Attempt> {
    let authorization: Authorization;
    try {
      authorization = await this.#authorize(challenge, credential);
    } catch (error) {
      if (error instanceof ConductorFailure) return failed(error);
      throw error;
    }
    const attempt = { ...(await this.read(authorization.header)), tokenLifetime: authorization.tokenLifetime };
    if (attempt.works || challenge.kind !== "open") return attempt;
    return {
      ...attempt,
      reason: `${attempt.reason}; Ironic sends a secret only if /v2/ responds 401, and it does not`,
    };
  }

  /** Reads the reference's manifest. For a disk image by tag, Ironic first looks the tag up in the list of tags. */
  async read(authorization: string | undefined): Promise<Attempt> {
    const documents: Documents = {
      tags: () => this.#tags(authorization),
      manifest: (tagOrDigest, accept) => this.#manifest(tagOrDigest, accept, authorization),
    };
    const accepted = authorization === undefined ? "the registry requires no authentication" : "accepted";
    const reason = this.#connection.isPlainHttp ? `${accepted}, over plain HTTP` : accepted;
    try {
      if (this.#target.role === "image") {
        const identified = await identify(this.#reference, this.#conductor, this.#target, documents);
        return { works: true, reason, identified };
      }
      const { digest, effectiveTag } = this.#reference;
      const accept = digest === undefined ? [OCI_INDEX, OCI_MANIFEST] : [OCI_MANIFEST];
      const { content } = await documents.manifest(digest ?? effectiveTag, accept);
      return { works: true, reason, layerCount: readManifest(content).layers?.length };
    } catch (error) {
      if (error instanceof ConductorFailure) return failed(error);
      throw error;
    }
  }

  async #tags(authorization: string | undefined): Promise<string[]> {
    const first = `${this.#reference.repository}/tags/list`;
    const tags: string[] = [];
    let next: string | undefined = first;
    for (let pages = 0; next !== undefined; pages += 1) {
      if (pages >= MAX_TAG_PAGES) throw new ConductorFailure("the registry's list of tags never ends");
      const response: HttpResponse = await this.#request(next, [OCI_INDEX], authorization);
      if (response.status !== 200) throw refusal(response, "the list of tags", authorization);
      const page = (parse(response, "the list of tags") as { readonly tags?: unknown } | null)?.tags;
      if (!Array.isArray(page))
        throw new ConductorFailure("the registry lists no tags, and Ironic has no other lookup");
      tags.push(...page.filter((tag): tag is string => typeof tag === "string"));
      next = nextPage(response, this.#connection.urlOf(this.#reference, ""));
    }
    return tags;
  }

  async #manifest(
    tagOrDigest: string,
    accept: readonly string[],
    authorization: string | undefined,
  ): Promise<FetchedDocument> {
    const response = await this.#request(
      `${this.#reference.repository}/manifests/${tagOrDigest}`,
      accept,
      authorization,
    );
    if (response.status !== 200) throw refusal(response, "the manifest", authorization);
    const { body, headers } = response;
    if (/^sha(256|512):/.test(tagOrDigest)) {
      const digest = tagOrDigest as Parameters<typeof algorithmOf>[0];
      if (digestOf(body, algorithmOf(digest)) !== digest) {
        throw new ConductorFailure("the manifest does not match its digest");
      }
    }
    const content = parse(response, "the manifest");
    if (!isObject(content)) throw new ConductorFailure("the manifest is not a JSON object");
    return { content, digest: headers["docker-content-digest"], body };
  }

  #authorize(challenge: AuthChallenge, credential: ConductorCredential | undefined): Promise<Authorization> {
    if (challenge.kind === "open") return Promise.resolve({ header: undefined });
    if (challenge.kind === "unusable") return Promise.reject(new ConductorFailure(challenge.why, challenge.advice));
    return challenge.kind === "basic" ? this.#authorizeBasic(credential) : this.#authorizeBearer(challenge, credential);
  }

  async #authorizeBasic(credential: ConductorCredential | undefined): Promise<Authorization> {
    const failure = "the registry requires basic authentication";
    if (!credential) throw new ConductorFailure(`${failure}, and no secret is configured for it`);
    const { release } = this.#conductor;
    if (!hasUserAndPassword(release)) {
      throw new ConductorFailure(
        `${failure}, and Ironic ${release.version} never sends a user name: that came with 34.0`,
      );
    }
    if (!credential.username || !credential.password) {
      throw new ConductorFailure(`${failure}, for which Ironic accepts user:password only`);
    }
    const header = basic(credential);
    const { status } = await this.#request("", undefined, header);
    if (status >= 400) throw new ConductorFailure(`the registry refuses it (${status})`);
    return { header };
  }

  async #authorizeBearer(
    { realm, service, leadFrom }: Extract<AuthChallenge, { kind: "bearer" }>,
    credential: ConductorCredential | undefined,
  ): Promise<Authorization> {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.append("service", service);
    url.searchParams.append("scope", `repository:${this.#reference.repository}:pull`);
    const headers = { accept: "application/json", ...(credential && { authorization: basic(credential) }) };
    const request = { url, headers, ...(leadFrom && { leadFrom }) };
    const response = await this.#connection.requestToken(this.#reference, request, this.#signal);
    const endpoint = `the token endpoint ${realm.host}`;
    if (response.status >= 400) {
      const refused = credential ? "refuses it" : "issues no anonymous token";
      throw new ConductorFailure(`${endpoint} ${refused} (${response.status})`);
    }
    const { token, lifetime } = tokenIn(response);
    if (token === undefined) {
      throw new ConductorFailure(`${endpoint} responds without \`token\`, and Ironic reads no other field`);
    }
    return { header: `Bearer ${token}`, tokenLifetime: lifetime };
  }

  #request(path: string, accept?: readonly string[], authorization?: string): Promise<HttpResponse> {
    const headers = { ...(accept && { accept: accept.join(", ") }), ...(authorization && { authorization }) };
    return this.#connection.request(this.#reference, path, headers, this.#signal);
  }
}

function failed(error: ConductorFailure): Attempt {
  const isRefused = error instanceof ConductorRefusal;
  return { works: false, reason: error.message, advice: error.advice, isRefused };
}

const CHECK = {
  "the list of tags": "check the repository's name in the reference",
  "the manifest": "check the tag or digest in the reference, and its repository",
} as const;

function refusal(
  { status }: HttpResponse,
  what: keyof typeof CHECK,
  authorization: string | undefined,
): ConductorFailure {
  if (status === 404) {
    return new ConductorFailure(`${what} does not exist (404), or is not public`, CHECK[what]);
  }
  if (status !== 401 && status !== 403) return new ConductorFailure(`the registry responds ${status} for ${what}`);
  const refused = authorization === undefined ? "refuses anonymous access to" : "refuses these credentials for";
  return new ConductorRefusal(`the registry ${refused} ${what} (${status})`);
}

function parse({ body }: HttpResponse, what: string): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ConductorFailure(`${what} is not JSON`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 8288, `rel="next"`: a path below `/v2/` of the same registry. The token is not sent to any other address. */
function nextPage({ headers, url }: HttpResponse, base: URL): string | undefined {
  const target = /<([^<>]*)>[ \t]*;[^,<]*\brel="?next"?/i.exec(headers.link ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = URL.canParse(target, url.href) ? new URL(target, url) : undefined;
  if (!next?.href.startsWith(base.href))
    throw new ConductorFailure("the next page of the list of tags is on another server");
  return next.href.slice(base.href.length);
}

/** Ironic reads `token` only, and ignores `access_token`, the other name in the token specification. */
function tokenIn(response: HttpResponse): { readonly token?: string; readonly lifetime?: number } {
  try {
    const { token, expires_in } = JSON.parse(response.body.toString("utf8")) as Record<string, unknown>;
    const lifetime = typeof expires_in === "number" && expires_in > 0 ? { lifetime: expires_in } : {};
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? { token, ...lifetime } : {};
  } catch {
    return {};
  }
}

function basic({ username, password }: ConductorCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

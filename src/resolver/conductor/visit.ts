import type { HttpResponse } from "../../net";
import { algorithmOf, digestOf, type Reference } from "../../reference";
import { OCI_INDEX, OCI_MANIFEST, type RegistryClient, realmFault } from "../../registry";
import type { Role } from "../../selection";
import { readAsIronic } from "./challenge";
import type { ConductorCredential } from "./secret";

/** What became of one try: the reason in one clause, good or bad. */
export interface Attempt {
  readonly works: boolean;
  readonly reason: string;
}

/** What the registry's `/v2/` wants of Ironic. */
export type Door =
  | { readonly kind: "open" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service: string | undefined }
  | { readonly kind: "shut"; readonly why: string };

/** An Authorization header to go on with, or why there is none. */
type Passage = { readonly header: string | undefined } | { readonly failure: string };

const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * Goes to a registry the way that a conductor does, step by step and with its limits. Nothing here is how a registry
 * should be asked: it is how Ironic asks.
 * Source: Ironic, OciClient and RegistrySessionHelper in ironic/common/oci_registry.py (29.0.5, 34.0.0).
 */
export class ConductorVisit {
  readonly #client: RegistryClient;
  readonly #reference: Reference;
  readonly #role: Role;
  readonly #signal: AbortSignal | undefined;

  constructor(client: RegistryClient, reference: Reference, role: Role, signal?: AbortSignal) {
    this.#client = client;
    this.#reference = reference;
    this.#role = role;
    this.#signal = signal;
  }

  /** Ironic authenticates when `/v2/` says 401, and never later. */
  async door(): Promise<Door> {
    const answer = await this.#ask("");
    if (answer.status === 200) return { kind: "open" };
    if (answer.status !== 401) return { kind: "shut", why: `the registry's /v2/ answers ${answer.status}` };
    if (answer.url.host !== this.#client.urlOf(this.#reference, "").host) {
      return { kind: "shut", why: `the registry's /v2/ redirects to ${answer.url.host}, which asks for credentials` };
    }
    const challenge = readAsIronic(answer.headers["www-authenticate"]);
    if (challenge.kind === "unknown") return { kind: "shut", why: challenge.why };
    if (challenge.kind === "basic") return challenge;
    const realm = URL.canParse(challenge.realm ?? "") ? new URL(challenge.realm ?? "") : undefined;
    if (!realm) return { kind: "shut", why: "the registry names a token realm that is no URL" };
    // The conductor would go there. This program does not take secrets there to find out.
    const fault = realmFault(realm, answer.url);
    if (fault) return { kind: "shut", why: `${fault}: no secret was sent to find out more` };
    return { kind: "bearer", realm, service: challenge.service };
  }

  /** Authenticates at the door, and reads. */
  async enter(door: Door, credential: ConductorCredential | undefined): Promise<Attempt> {
    const passage = await this.#pass(door, credential);
    if ("failure" in passage) return { works: false, reason: passage.failure };
    const attempt = await this.read(passage.header);
    if (attempt.works || door.kind !== "open") return attempt;
    return {
      works: false,
      reason: `${attempt.reason}; Ironic shows a secret only where /v2/ asks for one, and it does not`,
    };
  }

  /** Reads what the reference points to: an image's tag is looked for in the list of tags first. */
  async read(authorization: string | undefined): Promise<Attempt> {
    const { repository, digest, effectiveTag } = this.#reference;
    if (digest === undefined && this.#role === "image") {
      const tags = await this.#ask(`${repository}/tags/list`, OCI_INDEX, authorization);
      if (tags.status !== 200) return refused(tags, "the list of tags", authorization);
    }
    const accept = digest === undefined ? `${OCI_INDEX}, ${OCI_MANIFEST}` : OCI_MANIFEST;
    const manifest = await this.#ask(`${repository}/manifests/${digest ?? effectiveTag}`, accept, authorization);
    if (manifest.status !== 200) return refused(manifest, "the manifest", authorization);
    if (digest !== undefined && digestOf(manifest.body, algorithmOf(digest)) !== digest) {
      return { works: false, reason: "the registry gives other bytes than the digest's" };
    }
    return { works: true, reason: authorization === undefined ? "the registry asks for nothing" : "accepted" };
  }

  #pass(door: Door, credential: ConductorCredential | undefined): Promise<Passage> {
    if (door.kind === "open") return Promise.resolve({ header: undefined });
    if (door.kind === "shut") return Promise.resolve({ failure: door.why });
    return door.kind === "basic" ? this.#passBasic(credential) : this.#passBearer(door, credential);
  }

  async #passBasic(credential: ConductorCredential | undefined): Promise<Passage> {
    const failure = "the registry wants basic authentication";
    if (!credential) return { failure: `${failure}, and Ironic has nothing for it` };
    if (!credential.username || !credential.password) {
      return { failure: `${failure}, for which Ironic takes user:password only, and that from release 34 on` };
    }
    const header = basic(credential);
    const { status } = await this.#ask("", undefined, header);
    return status < 400 ? { header } : { failure: `the registry refuses it (${status})` };
  }

  async #passBearer(
    { realm, service }: Extract<Door, { kind: "bearer" }>,
    credential: ConductorCredential | undefined,
  ): Promise<Passage> {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.append("service", service);
    url.searchParams.append("scope", `repository:${this.#reference.repository}:pull`);
    const answer = await this.#ask(url, "application/json", credential && basic(credential));
    const endpoint = `the token endpoint ${realm.host}`;
    if (answer.status >= 400) {
      return { failure: `${endpoint} ${credential ? "refuses it" : "gives no anonymous token"} (${answer.status})` };
    }
    const token = tokenIn(answer);
    if (token === undefined)
      return { failure: `${endpoint} gives no \`token\`, and Ironic knows no other name for it` };
    return { header: `Bearer ${token}` };
  }

  #ask(where: string | URL, accept?: string, authorization?: string): Promise<HttpResponse> {
    const url = typeof where === "string" ? this.#client.urlOf(this.#reference, where) : where;
    const headers = { ...(accept && { accept }), ...(authorization && { authorization }) };
    return this.#client.send(this.#reference, { url, headers, maxBytes: MAX_ANSWER }, this.#signal);
  }
}

function refused(answer: HttpResponse, what: string, authorization: string | undefined): Attempt {
  const { status } = answer;
  if (status === 404) return { works: false, reason: `${what} is not there (404), or not for everybody to see` };
  if (status !== 401 && status !== 403) return { works: false, reason: `the registry answers ${status} for ${what}` };
  const whom = authorization === undefined ? "to nobody without credentials" : "not to these credentials";
  return { works: false, reason: `the registry gives ${what} ${whom} (${status})` };
}

/** Ironic takes `token`; `access_token`, the other name that the specification has, it does not know. */
function tokenIn(answer: HttpResponse): string | undefined {
  try {
    const { token } = JSON.parse(answer.body.toString("utf8")) as { token?: unknown };
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

function basic({ username, password }: ConductorCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

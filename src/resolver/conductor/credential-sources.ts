import type { Reference } from "../../reference";
import { aRole } from "../../selection";
import { type Attempt, type AuthChallenge, ConductorClient } from "./client";
import { type Conductor, hasUserAndPassword, type Target, usesDriverSecret } from "./conductor";
import type { ConductorConnection } from "./connection";
import {
  type ConductorCredential,
  decodeAuthString,
  fromAuthenticationConfig,
  fromPullSecret,
  otherForm,
  type SecretForm,
} from "./secret";

/** Credential sources in Ironic's order; `image_server` from 34 on. The public JSON calls them ways. */
export type Way = "instance_info" | "driver_info" | "image_server" | "authentication_config" | "anonymous";

export interface WayReport {
  readonly way: Way;
  /** Whether the source is configured. */
  readonly given: boolean;
  /** Whether the artifact can be read with it; undefined when it was not tried. */
  readonly works: boolean | undefined;
  /** The reason for the result; never any part of a secret. */
  readonly reason: string;
  /** Result of the same secret in its other form, if the given form is refused. */
  readonly otherForm?: { readonly form: SecretForm; readonly works: boolean } | undefined;
  /** A remedy, where it fails and one is known. */
  readonly advice?: string | undefined;
}

/** Results of all credential sources. */
export interface SourceReports {
  readonly reports: readonly WayReport[];
  /** The source that Ironic uses: it uses one, and tries no other when that fails. */
  readonly taken: Way;
  /** Result of the source that Ironic uses. */
  readonly attempt: Attempt | undefined;
  /**
   * Result without any pull secret: with `[oci]authentication_config` where it has an entry, else anonymously. Up to 33 Ironic reads
   * an image's size with that access.
   */
  readonly withoutSecret: Attempt | undefined;
}

interface SourceResult {
  readonly report: WayReport;
  readonly attempt?: Attempt | undefined;
}

const NOT_GIVEN = { given: false, works: undefined, reason: "not given" };

/**
 * Tries each configured credential source as Ironic would.
 * Source: Ironic, `get_image_service_auth_override` and `OciImageService.set_image_auth` (29.0.5, 34.0.0, 39.0.0).
 * @throws {RegistryError} when the registry can't be reached, fails or throttles, which permits no diagnosis
 */
export async function trySources(
  connection: ConductorConnection,
  reference: Reference,
  conductor: Conductor,
  target: Target,
  signal?: AbortSignal,
): Promise<SourceReports> {
  const client = new ConductorClient(connection, reference, conductor, target, signal);
  const attempts = new Attempts(client, reference, conductor, target);
  const results = await attempts.all();
  const used =
    results.find(({ report }) => report.given && report.works !== undefined) ?? (results.at(-1) as SourceResult);
  const withoutSecret = results.filter(({ report }) => ["authentication_config", "anonymous"].includes(report.way));
  return {
    reports: results.map(({ report }) => report),
    taken: used.report.way,
    attempt: used.attempt,
    withoutSecret: withoutSecret.find(({ attempt }) => attempt !== undefined)?.attempt,
  };
}

class Attempts {
  readonly #client: ConductorClient;
  readonly #reference: Reference;
  readonly #conductor: Conductor;
  readonly #target: Target;
  #challenge: Promise<AuthChallenge> | undefined;

  constructor(client: ConductorClient, reference: Reference, conductor: Conductor, target: Target) {
    this.#client = client;
    this.#reference = reference;
    this.#conductor = conductor;
    this.#target = target;
  }

  async all(): Promise<SourceResult[]> {
    const { release, authenticationConfig } = this.#conductor;
    const results = [await this.#withInstanceSecret(), await this.#withDriverSecret()];
    if (hasUserAndPassword(release)) results.push(await this.#withImageServer());
    results.push(await this.#withAuthenticationConfig(authenticationConfig));
    results.push(await this.#anonymously());
    return results;
  }

  /** One request for all sources, sent only if a source is configured. */
  #probeOnce(): Promise<AuthChallenge> {
    this.#challenge ??= this.#client.probe();
    return this.#challenge;
  }

  async #withInstanceSecret(): Promise<SourceResult> {
    const way = "instance_info";
    const { role } = this.#target;
    if (role !== "image") return { report: { way, ...NOT_GIVEN, reason: `never used for ${aRole(role)}` } };
    return this.#withSecret(way, this.#conductor.instanceSecret);
  }

  async #withDriverSecret(): Promise<SourceResult> {
    const way = "driver_info";
    const { driverSecret } = this.#conductor;
    const reason = this.#unusedBecauseOfBoot();
    if (driverSecret === undefined || reason === undefined) return this.#withSecret(way, driverSecret);
    return { report: { way, given: true, works: undefined, reason } };
  }

  async #withImageServer(): Promise<SourceResult> {
    const way = "image_server";
    const { imageServer } = this.#conductor.settings;
    if (imageServer === undefined) return { report: { way, ...NOT_GIVEN } };
    const reason = this.#unusedBecauseOfBoot();
    if (reason !== undefined) return { report: { way, given: true, works: undefined, reason } };
    return resultOf(way, await this.#client.authenticateAndRead(await this.#probeOnce(), imageServer));
  }

  /** The reason why a kernel or ramdisk is fetched without the administrator's secrets; undefined where it is fetched with them. */
  #unusedBecauseOfBoot(): string | undefined {
    const { role, bootInterface } = this.#target;
    if (role === "image" || usesDriverSecret(bootInterface) !== false) return undefined;
    return `not used for ${aRole(role)} with the boot interface ${bootInterface}`;
  }

  async #withSecret(way: Way, secret: string | undefined): Promise<SourceResult> {
    if (secret === undefined) return { report: { way, ...NOT_GIVEN } };
    const { release } = this.#conductor;
    const credential = fromPullSecret(secret, release);
    if (credential === undefined) return { report: { way, ...NOT_GIVEN, reason: "empty, which counts as not set" } };
    const challenge = await this.#probeOnce();
    if (credential.username === "" && credential.password === "") return this.#withEmptySecret(way, challenge);
    const attempt = await this.#client.authenticateAndRead(challenge, credential);
    const other = attempt.works ? undefined : otherForm(secret);
    const otherCredential = other && fromPullSecret(other.secret, release);
    if (
      other === undefined ||
      otherCredential === undefined ||
      (challenge.kind !== "basic" && challenge.kind !== "bearer")
    ) {
      return resultOf(way, attempt);
    }
    const { works } = await this.#client.authenticateAndRead(challenge, otherCredential);
    const { report } = resultOf(way, attempt);
    const advice = works ? `give the secret as ${nameOf(other.form)}: in that form it is accepted` : report.advice;
    return { attempt, report: { ...report, otherForm: { form: other.form, works }, advice } };
  }

  /** An empty secret keeps its place in the order, but a token endpoint then gets the secret of `[oci]authentication_config`. */
  async #withEmptySecret(way: Way, challenge: AuthChallenge): Promise<SourceResult> {
    const { authenticationConfig: config } = this.#conductor;
    const found =
      challenge.kind === "bearer" && config !== undefined
        ? fromAuthenticationConfig(config, challenge.realm.host)
        : undefined;
    const { report, attempt } =
      found === "unusable"
        ? unusableConfig(way)
        : resultOf(way, await this.#client.authenticateAndRead(challenge, found));
    const hides = way === "instance_info" ? ", and hides the secret of driver_info" : "";
    return { attempt, report: { ...report, reason: `empty${hides}: ${report.reason}` } };
  }

  async #withAuthenticationConfig(config: string | undefined): Promise<SourceResult> {
    const way = "authentication_config";
    if (config === undefined) return { report: { way, ...NOT_GIVEN } };
    const notUsed = (reason: string): SourceResult => ({ report: { way, given: true, works: undefined, reason } });
    const challenge = await this.#probeOnce();
    if (challenge.kind === "open") return notUsed("not used: the registry requires no authentication");
    if (challenge.kind !== "bearer") return notUsed("not used: it applies to token endpoints only");
    const { host } = challenge.realm;
    const credential = fromAuthenticationConfig(config, host);
    if (credential === "unusable") return unusableConfig(way);
    if (credential) return this.#withConfiguredSecret(challenge, credential);
    const { registry } = this.#reference;
    const misplaced = registry !== host && isCredential(fromAuthenticationConfig(config, registry));
    const but = misplaced ? `; the one for ${registry} does not count` : "";
    return notUsed(`it has no \`auth\` for ${host}, the host of the token endpoint${but}`);
  }

  /** In all releases Ironic sends it as the password of an empty user name, without decoding it. */
  async #withConfiguredSecret(challenge: AuthChallenge, credential: ConductorCredential): Promise<SourceResult> {
    const result = resultOf("authentication_config", await this.#client.authenticateAndRead(challenge, credential));
    const decoded = result.report.works ? undefined : decodeAuthString(credential.password);
    if (!decoded || !(await this.#client.authenticateAndRead(challenge, decoded)).works) return result;
    const { release } = this.#conductor;
    const other = hasUserAndPassword(release)
      ? "give user:password in driver_info.image_pull_secret, or in [deploy]image_server_user and image_server_password"
      : `Ironic ${release.version} can't send a user name: the token endpoint has to accept the auth string as a password`;
    const advice = `the token endpoint accepts the user and password in it, which Ironic never sends from this file: ${other}`;
    return { ...result, report: { ...result.report, advice } };
  }

  /** Ironic fetches an anonymous token only when `[oci]authentication_config` is set, whatever the file's content. */
  async #anonymously(): Promise<SourceResult> {
    const way = "anonymous";
    if (this.#conductor.authenticationConfig !== undefined) {
      return resultOf(way, await this.#client.authenticateAndRead(await this.#probeOnce(), undefined));
    }
    const attempt = await this.#client.read(undefined);
    const challenge = attempt.isRefused ? await this.#probeOnce() : undefined;
    if (challenge?.kind !== "bearer") return resultOf(way, attempt);
    const limit = "without [oci]authentication_config Ironic fetches no anonymous token";
    const { report } = resultOf(way, { ...attempt, reason: `${attempt.reason}; ${limit}` });
    const withToken = await this.#client.authenticateAndRead(challenge, undefined);
    // With a token another cause may appear, such as a missing tag.
    const advice = withToken.works ? FETCH_ANONYMOUS_TOKENS : withToken.advice;
    return { attempt, report: { ...report, advice } };
  }
}

const FETCH_ANONYMOUS_TOKENS =
  'set [oci]authentication_config to a file with {"auths": {}}: Ironic then fetches the anonymous token that the registry issues';

function resultOf(way: Way, attempt: Attempt): SourceResult {
  const { works, reason, advice } = attempt;
  return { attempt, report: { way, given: true, works, reason, ...(advice !== undefined && { advice }) } };
}

function unusableConfig(way: Way): SourceResult {
  const reason = "the file of [oci]authentication_config holds JSON that is not an object, and Ironic fails on it";
  return resultOf(way, { works: false, reason });
}

function isCredential(found: ConductorCredential | "unusable" | undefined): boolean {
  return found !== undefined && found !== "unusable";
}

function nameOf(form: SecretForm): string {
  return form === "auth" ? "the auth string of a Docker configuration (base64 of user:password)" : form;
}

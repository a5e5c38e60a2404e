import type { Reference } from "../../reference";
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

/** The ways to an artifact, in the order in which Ironic takes them; `image_server` from 34 on. */
export type Way = "instance_info" | "driver_info" | "image_server" | "authentication_config" | "anonymous";

export interface WayReport {
  readonly way: Way;
  /** Whether there is anything for this way to work with. */
  readonly given: boolean;
  /** Whether the artifact can be read this way; undefined when there was nothing to try. */
  readonly works: boolean | undefined;
  /** Why, or why not; never any part of a secret. */
  readonly reason: string;
  /** The same secret in its other form, where the one given is refused: whether that works. */
  readonly otherForm?: { readonly form: SecretForm; readonly works: boolean } | undefined;
  /** What to do, where it does not work and something is known to. */
  readonly advice?: string | undefined;
}

/** Each way that there is, with what became of it. */
export interface SourceReports {
  readonly reports: readonly WayReport[];
  /** The way that Ironic takes. It takes one and stays with it: when that fails, no other is results. */
  readonly taken: Way;
  /** What was found on the way that is taken. */
  readonly attempt: Attempt | undefined;
  /**
   * What was found without any pull secret: by `[oci]authentication_config` where it has an entry, else anonymously. Up to 33 Ironic asks for
   * an image's size that way.
   */
  readonly withoutSecret: Attempt | undefined;
}

interface SourceResult {
  readonly report: WayReport;
  readonly attempt?: Attempt | undefined;
}

const NOT_GIVEN = { given: false, works: undefined, reason: "not given" };

/**
 * Tries each way that there is something for, as Ironic would.
 * Source: Ironic, `get_image_service_auth_override` and `OciImageService.set_image_auth` (29.0.5, 34.0.0, 39.0.0).
 * @throws {RegistryError} when the registry can't be reached, fails or throttles: then nothing is known
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

  /** Asked once, and only by a conductor that has something to authenticate with. */
  #probeOnce(): Promise<AuthChallenge> {
    this.#challenge ??= this.#client.probe();
    return this.#challenge;
  }

  async #withInstanceSecret(): Promise<SourceResult> {
    const way = "instance_info";
    const { role } = this.#target;
    if (role !== "image") return { report: { way, ...NOT_GIVEN, reason: `never used for a ${role}` } };
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

  /** Why a kernel or ramdisk is fetched without the administrator's secrets. */
  #unusedBecauseOfBoot(): string | undefined {
    const { role, bootInterface } = this.#target;
    if (role === "image" || usesDriverSecret(bootInterface) !== false) return undefined;
    return `not used for a ${role} with the boot interface ${bootInterface}`;
  }

  async #withSecret(way: Way, secret: string | undefined): Promise<SourceResult> {
    if (secret === undefined) return { report: { way, ...NOT_GIVEN } };
    const { release } = this.#conductor;
    const credential = fromPullSecret(secret, release);
    if (credential === undefined) return { report: { way, ...NOT_GIVEN, reason: "empty, which counts as not given" } };
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

  /** A secret with nothing in it takes its place in the order, and leaves a token endpoint with what Ironic asks next. */
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
    if (challenge.kind === "open") return notUsed("not looked into: the registry asks for nothing");
    if (challenge.kind !== "bearer") return notUsed("not looked into: it only serves for token endpoints");
    const { host } = challenge.realm;
    const credential = fromAuthenticationConfig(config, host);
    if (credential === "unusable") return unusableConfig(way);
    if (credential) return this.#withConfiguredSecret(challenge, credential);
    const { registry } = this.#reference;
    const misplaced = registry !== host && isCredential(fromAuthenticationConfig(config, registry));
    const but = misplaced ? `; the one for ${registry} does not count` : "";
    return notUsed(`it has no \`auth\` for ${host}, the host of the token endpoint${but}`);
  }

  /** Whatever the release, Ironic shows it as the password of an empty user, and decodes nothing. */
  async #withConfiguredSecret(challenge: AuthChallenge, credential: ConductorCredential): Promise<SourceResult> {
    const result = resultOf("authentication_config", await this.#client.authenticateAndRead(challenge, credential));
    const decoded = result.report.works ? undefined : decodeAuthString(credential.password);
    if (!decoded || !(await this.#client.authenticateAndRead(challenge, decoded)).works) return result;
    const { release } = this.#conductor;
    const other = hasUserAndPassword(release)
      ? "give user:password in driver_info.image_pull_secret, or in [deploy]image_server_user and image_server_password"
      : `Ironic ${release.version} has no way to send a user name: the token endpoint has to take the auth string as a password`;
    const advice = `the token endpoint accepts the user and password in it, which Ironic never sends from this file: ${other}`;
    return { ...result, report: { ...result.report, advice } };
  }

  /** Ironic fetches a token for nobody only when `[oci]authentication_config` is set, whatever is in that file. */
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
    // With a token another cause may show: a tag that is not there.
    const advice = withToken.works ? FETCH_ANONYMOUS_TOKENS : withToken.advice;
    return { attempt, report: { ...report, advice } };
  }
}

const FETCH_ANONYMOUS_TOKENS =
  'set [oci]authentication_config to a file with {"auths": {}}: Ironic then fetches the anonymous token that the registry gives';

function resultOf(way: Way, attempt: Attempt): SourceResult {
  const { works, reason, advice } = attempt;
  return { attempt, report: { way, given: true, works, reason, ...(advice !== undefined && { advice }) } };
}

function unusableConfig(way: Way): SourceResult {
  const reason = "the file of [oci]authentication_config holds JSON that is no object, and Ironic fails on it";
  return resultOf(way, { works: false, reason });
}

function isCredential(found: ConductorCredential | "unusable" | undefined): boolean {
  return found !== undefined && found !== "unusable";
}

function nameOf(form: SecretForm): string {
  return form === "auth" ? "the auth string of a Docker configuration (base64 of user:password)" : form;
}

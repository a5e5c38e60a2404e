import type { Environment } from "../net";
import { httpBasic, type IronicAuth, noAuth } from "./auth";
import type { IronicClientOptions } from "./client";
import { fromEnvironment } from "./cloud-settings";
import { SettingsError } from "./errors";

/** The settings of an access that take precedence over the environment. */
export interface AccessArguments {
  readonly url?: string | undefined;
  readonly authStrategy?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly cloud?: string | undefined;
  readonly region?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly microversion?: string | undefined;
}

/** Settings of an access that do not fit together. */
export class AccessError extends SettingsError {
  /** @param argument the argument of the Terraform provider that it is about */
  constructor(
    message: string,
    hint: string,
    readonly argument: "auth_strategy" | "ironic_username" | "ironic_password",
  ) {
    super(message, { hint });
  }
}

/**
 * The access to an Ironic, from arguments, `IRONIC_…`, and the OpenStack settings (`OS_…`, clouds.yaml), in this order.
 * @returns undefined where no Ironic is configured
 * @throws {SettingsError} when the settings are incomplete, or not supported
 */
export function accessFrom(given: AccessArguments, environment: Environment): IronicClientOptions | undefined {
  const endpoint = given.url || environment.IRONIC_ENDPOINT || undefined;
  const strategy = given.authStrategy || environment.IRONIC_AUTH_STRATEGY || undefined;
  const { cloud: name, region, cacert, cert, key } = given;
  // A url alone means no authentication, as in `openshift-metal3/ironic`: OpenStack settings in the environment may be meant for
  // another program.
  const open = endpoint !== undefined && name === undefined && strategy !== "keystone";
  const cloud = open ? undefined : fromEnvironment(environment, name, { cacert, cert, key, region });
  const url = endpoint ?? cloud?.url;
  const auth = authOf(strategy, given, environment, cloud?.auth);
  if (url === undefined && auth.endpoint === undefined) return undefined;
  const microversion = given.microversion || environment.IRONIC_MICROVERSION || cloud?.microversion;
  const tls = cloud ?? { cacert, cert, key };
  return {
    auth,
    environment,
    ...(url !== undefined && { url }),
    ...(microversion !== undefined && { microversion }),
    ...(tls.cacert !== undefined && { cacert: tls.cacert }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(cloud?.insecure && { insecure: true }),
  };
}

function authOf(
  strategy: string | undefined,
  { username: user, password: secret }: AccessArguments,
  environment: Environment,
  cloud: IronicAuth | undefined,
): IronicAuth {
  if (strategy === undefined) return cloud ?? noAuth();
  if (strategy === "noauth") return noAuth();
  if (strategy === "http_basic") {
    const username = user || environment.IRONIC_HTTP_BASIC_USERNAME;
    const password = secret || environment.IRONIC_HTTP_BASIC_PASSWORD;
    if (username && password) return httpBasic(username, password);
    const name = username ? "ironic_password" : "ironic_username";
    const variable = `IRONIC_HTTP_BASIC_${name.slice(7).toUpperCase()}`;
    throw new AccessError(`http_basic needs ${name}`, `Set ${name}, or ${variable}.`, name);
  }
  if (strategy === "keystone" && cloud) return cloud;
  if (strategy === "keystone") {
    const more = environment.OS_CLOUD ? "" : ", or cloud in the provider block";
    const hint = `Set OS_CLOUD, or OS_AUTH_URL and the credentials${more}.`;
    throw new AccessError("keystone needs the OpenStack settings", hint, "auth_strategy");
  }
  throw new AccessError(`Unknown auth_strategy ${strategy}`, "Use noauth, http_basic or keystone.", "auth_strategy");
}

import { apiToken, httpBasic, type IronicAuth, noAuth } from "../auth";
import { SettingsError } from "../errors";
import type { HttpOptions } from "../http";
import { type KeystoneScope, type KeystoneSettings, type KeystoneUser, keystone, type NamedOrId } from "../keystone";
import type { ResolvedCloud } from "./resolve";

type Options = Readonly<Record<string, string>>;

/** keystoneauth's plugin names, and other tools' names for them. */
const TYPES: Readonly<Record<string, "none" | "basic" | "apiToken" | "password" | "token" | "applicationCredential">> =
  {
    none: "none",
    None: "none",
    noauth: "none",
    http_basic: "basic",
    admin_token: "apiToken",
    token_endpoint: "apiToken",
    password: "password",
    v3password: "password",
    token: "token",
    v3token: "token",
    v3applicationcredential: "applicationCredential",
    v3_applicationcredential: "applicationCredential",
    v3_application_credential: "applicationCredential",
    v3application_credential: "applicationCredential",
  };

/** The `auth_type` that settings without one imply; undefined without settings for an authorization. */
export function impliedType({ auth }: Pick<ResolvedCloud, "auth">): string | undefined {
  const { auth_url, endpoint, password } = auth;
  if (auth_url === undefined) return endpoint === undefined ? undefined : "none";
  const isCredential = auth.application_credential_secret ?? auth.application_credential_id;
  return password === undefined && isCredential !== undefined ? "v3applicationcredential" : "password";
}

/**
 * The authorization that the settings describe.
 * @param http options of the requests to Keystone
 * @throws {SettingsError} when the settings are incomplete, or their type is not supported
 */
export function authOf(cloud: ResolvedCloud, authType: string, http: HttpOptions): IronicAuth {
  const { auth } = cloud;
  const type = Object.hasOwn(TYPES, authType) ? TYPES[authType] : undefined;
  if (type === undefined) {
    const why = /^v2/.test(authType) ? ": Keystone removed its API v2" : "";
    throw new SettingsError(`auth_type ${authType} is not supported${why}`, {
      hint: "use password, v3applicationcredential, v3token, admin_token, http_basic or none",
    });
  }
  if (type === "none") return noAuth();
  if (type === "basic") return httpBasic(need(auth, "username"), need(auth, "password"));
  if (type === "apiToken") return apiToken(need(auth, "token"));
  const settings: Omit<KeystoneSettings, "method"> = {
    ...http,
    authUrl: need(auth, "auth_url"),
    region: cloud.region,
    interface: cloud.interface,
    serviceType: cloud.serviceType,
    serviceName: cloud.serviceName,
  };
  if (type === "applicationCredential") {
    const secret = need(auth, "application_credential_secret");
    return keystone({ ...settings, method: { kind: "applicationCredential", credential: credential(auth), secret } });
  }
  if (type === "token") {
    return keystone({ ...settings, method: { kind: "token", token: need(auth, "token"), scope: scope(auth) } });
  }
  const password = need(auth, "password");
  return keystone({ ...settings, method: { kind: "password", user: user(auth), password, scope: scope(auth) } });
}

function credential(auth: Options) {
  const { application_credential_id: id, application_credential_name: name } = auth;
  if (id !== undefined) return { id };
  // The error names the ID, which is more common.
  if (name === undefined) need(auth, "application_credential_id");
  return { name: need(auth, "application_credential_name"), user: user(auth) };
}

function user(auth: Options): KeystoneUser {
  const { user_id: id } = auth;
  return id === undefined ? { name: need(auth, "username"), domain: domain(auth, "user") } : { id };
}

/** @throws {SettingsError} for more than one, as keystoneauth does */
function scope(auth: Options): KeystoneScope | undefined {
  const { project_id, project_name, system_scope, trust_id } = auth;
  const project: KeystoneScope | undefined =
    project_id !== undefined
      ? { project: { id: project_id } }
      : project_name !== undefined
        ? { project: { name: project_name, domain: domain(auth, "project") } }
        : undefined;
  if (system_scope !== undefined && system_scope !== "all") {
    throw new SettingsError(`system_scope ${system_scope} is not supported`, { hint: "the only system scope is all" });
  }
  const scopes = Object.entries({
    project,
    domain: domainScope(auth),
    system_scope: system_scope === undefined ? undefined : ({ system: { all: true } } as const),
    trust_id: trust_id === undefined ? undefined : { "OS-TRUST:trust": { id: trust_id } },
  }).filter(([, each]) => each !== undefined);
  if (scopes.length > 1) {
    throw new SettingsError(`the OpenStack settings have ${scopes.map(([key]) => key).join(" and ")} at once`, {
      hint: "a token has one scope: keep one of them",
    });
  }
  return scopes[0]?.[1];
}

function domainScope({ domain_id: id, domain_name: name }: Options): KeystoneScope | undefined {
  if (id !== undefined) return { domain: { id } };
  return name === undefined ? undefined : { domain: { name } };
}

function domain(auth: Options, whose: "user" | "project"): NamedOrId {
  const id = auth[`${whose}_domain_id`];
  const name = auth[`${whose}_domain_name`];
  if (id !== undefined) return { id };
  if (name !== undefined) return { name };
  if (auth.default_domain_id !== undefined) return { id: auth.default_domain_id };
  return auth.default_domain_name === undefined ? { id: "default" } : { name: auth.default_domain_name };
}

function need(auth: Options, key: string): string {
  const value = auth[key];
  if (value !== undefined) return value;
  throw new SettingsError(`the OpenStack settings have no ${key}`, {
    hint: `set OS_${key.toUpperCase()}, or ${key} in clouds.yaml`,
  });
}

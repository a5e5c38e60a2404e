import { homedir } from "node:os";
import type { Environment } from "../net";
import { httpBasic, type IronicAuth, noAuth } from "./auth";
import { readCloud, type Settings } from "./clouds-file";
import { SettingsError } from "./errors";
import type { HttpOptions } from "./http";
import { type KeystoneScope, type KeystoneSettings, type KeystoneUser, keystone, type NamedOrId } from "./keystone";

/** How to reach an Ironic, as OpenStack's own tools are told: `OS_*` variables, or an entry of clouds.yaml. */
export interface CloudSettings extends HttpOptions {
  readonly auth: IronicAuth;
  /** Where the settings name it; else the service catalog does. */
  readonly url: string | undefined;
}

/** The names that other releases and tools have for a setting. */
const ALIASES: Readonly<Record<string, string>> = {
  tenant_id: "project_id",
  tenant_name: "project_name",
  endpoint_type: "interface",
};
/** Kept out of files by many, so that a cloud's entry may leave them to variables. */
const SECRETS = ["password", "application_credential_secret"];

/**
 * Reads the settings: of the cloud that is named here or by `OS_CLOUD`, else of the `OS_*` variables. As with openstacksdk
 * the two are not mixed, but for a secret that the cloud's entry leaves out.
 * @returns undefined when neither says anything of how to authorize
 * @throws {SettingsError} when they are incomplete
 */
export function fromEnvironment(environment: Environment, cloud?: string): CloudSettings | undefined {
  const name = cloud ?? (environment.OS_CLOUD || undefined);
  const variables = variablesOf(environment);
  const settings = aliased(
    name === undefined ? variables : { ...secretsOf(variables), ...readCloud(name, environment) },
  );
  const type = settings.auth_type ?? implied(settings);
  if (type === undefined) {
    if (name === undefined) return undefined;
    throw new SettingsError(`cloud ${name} says neither auth_type nor auth_url`, {
      hint: "set auth_url for Keystone, or auth_type to http_basic or none",
    });
  }
  const path = (name: "cacert" | "cert" | "key") => settings[name]?.replace(/^~(?=\/)/, environment.HOME ?? homedir());
  const http: HttpOptions = {
    cacert: path("cacert"),
    cert: path("cert"),
    key: path("key"),
    insecure: yes(settings.insecure) || no(settings.verify),
    environment,
  };
  const url = settings.baremetal_endpoint_override ?? settings.endpoint_override ?? settings.endpoint;
  // Not the environment, which holds secrets: settings may end up in a log.
  const common = { cacert: http.cacert, cert: http.cert, key: http.key, insecure: http.insecure, url };
  if (type === "none" || type === "noauth") return { ...common, auth: noAuth() };
  if (type === "http_basic") {
    return { ...common, auth: httpBasic(need(settings, "username"), need(settings, "password")) };
  }
  return { ...common, auth: keystone(keystoneSettings(type, settings, http)) };
}

function variablesOf(environment: Environment): Settings {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) =>
      key.startsWith("OS_") && value ? [[key.slice(3).toLowerCase(), value]] : [],
    ),
  );
}

function secretsOf(variables: Settings): Settings {
  return Object.fromEntries(SECRETS.flatMap((key) => (variables[key] ? [[key, variables[key]]] : [])));
}

function aliased(settings: Settings): Settings {
  const renamed = Object.entries(ALIASES).flatMap(([from, to]) => (settings[from] ? [[to, settings[from]]] : []));
  return { ...Object.fromEntries(renamed), ...settings };
}

/** What settings without an `auth_type` mean. */
function implied({ auth_url, endpoint, password, application_credential_secret }: Settings): string | undefined {
  if (auth_url === undefined) return endpoint === undefined ? undefined : "none";
  return password === undefined && application_credential_secret !== undefined ? "v3applicationcredential" : "password";
}

function keystoneSettings(type: string, settings: Settings, http: HttpOptions): KeystoneSettings {
  const shared = {
    ...http,
    authUrl: need(settings, "auth_url"),
    region: settings.region_name,
    interface: settings.interface,
  };
  if (/^v3_?application_?credential$/.test(type)) {
    const secret = need(settings, "application_credential_secret");
    return { ...shared, method: { kind: "applicationCredential", credential: credential(settings), secret } };
  }
  if (!/^(v3)?password$/.test(type)) {
    throw new SettingsError(`auth_type ${type} is not understood`, {
      hint: "use password, v3applicationcredential, http_basic or none",
    });
  }
  const password = need(settings, "password");
  return { ...shared, method: { kind: "password", user: user(settings), password, scope: scope(settings) } };
}

function credential(settings: Settings) {
  const { application_credential_id: id, application_credential_name: name } = settings;
  if (id !== undefined) return { id };
  // A name alone says nothing: the id is what most people have.
  if (name === undefined) need(settings, "application_credential_id");
  return { name: need(settings, "application_credential_name"), user: user(settings) };
}

function user(settings: Settings): KeystoneUser {
  const { user_id: id } = settings;
  return id === undefined ? { name: need(settings, "username"), domain: domain(settings, "user") } : { id };
}

/** @throws {SettingsError} for more than one, as keystoneauth does */
function scope(settings: Settings): KeystoneScope | undefined {
  const { project_id, project_name, system_scope, trust_id } = settings;
  const project: KeystoneScope | undefined =
    project_id !== undefined
      ? { project: { id: project_id } }
      : project_name !== undefined
        ? { project: { name: project_name, domain: domain(settings, "project") } }
        : undefined;
  if (system_scope !== undefined && system_scope !== "all") {
    throw new SettingsError(`system_scope ${system_scope} is not understood`, { hint: "the only one there is is all" });
  }
  const scopes = Object.entries({
    project,
    system_scope: system_scope === undefined ? undefined : ({ system: { all: true } } as const),
    trust_id: trust_id === undefined ? undefined : { "OS-TRUST:trust": { id: trust_id } },
  }).filter(([, each]) => each !== undefined);
  if (scopes.length > 1) {
    throw new SettingsError(`the OpenStack settings have ${scopes.map(([key]) => key).join(" and ")} at once`, {
      hint: "a token has one scope: leave one of them",
    });
  }
  return scopes[0]?.[1] ?? domainScope(settings);
}

/** With a project, `domain_*` says whose domain it is for short; alone, it is the scope. */
function domainScope({ domain_id: id, domain_name: name }: Settings): KeystoneScope | undefined {
  if (id !== undefined) return { domain: { id } };
  return name === undefined ? undefined : { domain: { name } };
}

function domain(settings: Settings, whose: "user" | "project"): NamedOrId {
  const [id, name] = [settings[`${whose}_domain_id`], settings[`${whose}_domain_name`]];
  if (id !== undefined) return { id };
  if (name !== undefined) return { name };
  const short = settings.project_id ?? settings.project_name;
  if (short !== undefined && settings.domain_id !== undefined) return { id: settings.domain_id };
  if (short !== undefined && settings.domain_name !== undefined) return { name: settings.domain_name };
  return { id: settings.default_domain_id ?? settings.default_domain ?? "default" };
}

function need(settings: Settings, key: string): string {
  const value = settings[key];
  if (value !== undefined) return value;
  throw new SettingsError(`the OpenStack settings have no ${key}`, {
    hint: `set OS_${key.toUpperCase()}, or ${key} in clouds.yaml`,
  });
}

function yes(value: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(value ?? "");
}

function no(value: string | undefined): boolean {
  return /^(false|no|off|0)$/i.test(value ?? "");
}

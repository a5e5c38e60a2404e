import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { httpBasic, type IronicAuth, noAuth } from "./auth";
import { KeystoneError } from "./errors";
import type { HttpOptions } from "./http";
import { type KeystoneSettings, keystone, type NamedOrId } from "./keystone";

/** How to reach an Ironic, as OpenStack's own tools are told: `OS_*` variables, or an entry of clouds.yaml. */
export interface CloudSettings extends HttpOptions {
  readonly auth: IronicAuth;
  /** Where the settings name it; else the service catalog does. */
  readonly url: string | undefined;
}

type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings: the cloud that is named here or by `OS_CLOUD`, with `OS_*` variables for what it leaves out.
 * @throws {KeystoneError} when they are incomplete
 */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  cloud?: string,
): CloudSettings | undefined {
  const name = cloud ?? environment.OS_CLOUD;
  const variables = Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) =>
      key.startsWith("OS_") && value ? [[key.slice(3).toLowerCase(), value]] : [],
    ),
  );
  const settings: Settings = { ...variables, ...(name === undefined ? {} : readCloud(name, environment)) };
  const type = settings.auth_type ?? (settings.auth_url ? "password" : settings.endpoint ? "none" : undefined);
  if (type === undefined) return undefined;
  const common = {
    url: settings.endpoint ?? settings.endpoint_override ?? settings.baremetal_endpoint_override,
    cacert: settings.cacert,
    insecure: settings.insecure === "true" || settings.verify === "false",
  };
  if (type === "none" || type === "noauth") return { ...common, auth: noAuth() };
  if (type === "http_basic") {
    return { ...common, auth: httpBasic(need(settings, "username"), need(settings, "password")) };
  }
  return { ...common, auth: keystone(keystoneSettings(type, settings, common)) };
}

function keystoneSettings(type: string, settings: Settings, common: HttpOptions): KeystoneSettings {
  const userDomain = domain(settings, "user");
  const shared = {
    ...common,
    authUrl: need(settings, "auth_url"),
    region: settings.region_name,
    interface: settings.interface,
  };
  if (/application_?credential/.test(type)) {
    const { application_credential_id: id, application_credential_name: name, username } = settings;
    const secret = need(settings, "application_credential_secret");
    if (id === undefined && name === undefined) need(settings, "application_credential_id");
    return { ...shared, method: { kind: "applicationCredential", id, name, secret, username, userDomain } };
  }
  if (!/password$/.test(type)) {
    throw new KeystoneError(`auth_type ${type} is not understood`, {
      hint: "use password, v3applicationcredential, http_basic or none",
    });
  }
  const { user_id: userId, system_scope: systemScope } = settings;
  const username = userId === undefined ? need(settings, "username") : undefined;
  const project = settings.project_id !== undefined ? { id: settings.project_id } : named(settings.project_name);
  const projectDomain = domain(settings, "project");
  const password = need(settings, "password");
  return {
    ...shared,
    method: { kind: "password", username, userId, password, userDomain, project, projectDomain, systemScope },
  };
}

function domain(settings: Settings, whose: "user" | "project"): NamedOrId {
  const id = settings[`${whose}_domain_id`] ?? settings.default_domain_id ?? settings.default_domain;
  const name = settings[`${whose}_domain_name`] ?? settings.domain_name;
  return name !== undefined ? { name } : { id: id ?? "default" };
}

function named(name: string | undefined): NamedOrId | undefined {
  return name === undefined ? undefined : { name };
}

function need(settings: Settings, key: string): string {
  const value = settings[key];
  if (value !== undefined) return value;
  throw new KeystoneError(`the OpenStack settings have no ${key}`, {
    hint: `set OS_${key.toUpperCase()}, or ${key} in clouds.yaml`,
  });
}

/** One cloud of the first clouds.yaml there is, its `auth` section lifted; secure.yaml beside it adds to it. */
function readCloud(name: string, environment: Readonly<Record<string, string | undefined>>): Settings {
  const places = environment.OS_CLIENT_CONFIG_FILE
    ? [environment.OS_CLIENT_CONFIG_FILE]
    : [".", join(environment.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "openstack"), "/etc/openstack"].map(
        (folder) => join(folder, "clouds.yaml"),
      );
  const path = places.find((place) => existsSync(place));
  if (path === undefined)
    throw new KeystoneError(`there is no clouds.yaml for cloud ${name}`, { hint: `looked for ${places.join(", ")}` });
  const cloud = cloudIn(path, name);
  if (!cloud) throw new KeystoneError(`${path} has no cloud ${name}`);
  const secure = path.replace(/clouds\.yaml$/, "secure.yaml");
  return { ...cloud, ...(secure !== path && existsSync(secure) ? cloudIn(secure, name) : {}) };
}

function cloudIn(path: string, name: string): Settings | undefined {
  // Loaded here, for those who have such a file: a provider is to start quickly.
  const { parse } = require("yaml") as typeof import("yaml");
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8"));
  } catch {
    // The parser quotes the text around the fault, which may be a password.
    throw new KeystoneError(`${path} is not YAML`);
  }
  const cloud = (content as { clouds?: Record<string, Record<string, unknown>> } | undefined)?.clouds?.[name];
  if (!cloud) return undefined;
  const { auth, ...rest } = cloud;
  const flat = { ...rest, ...(typeof auth === "object" && auth !== null ? auth : {}) };
  return Object.fromEntries(
    Object.entries(flat).map(([key, value]) => [
      key,
      value === null || value === undefined ? undefined : String(value),
    ]),
  );
}

/**
 * How to reach an Ironic, as OpenStack's own tools are told: by an entry of clouds.yaml, or by `OS_*` variables.
 *
 * An entry names an identity service (`auth_url`), credentials of a type (`auth_type`) and a scope, and for several regions the
 * values that differ; it may build on a vendor's profile (`profile`, in clouds-public.yaml), and its secrets may stand in a file of
 * their own (secure.yaml). A variable `OS_X` is the setting `x`; together they are a cloud called `envvars`.
 *
 * What openstacksdk makes of the same files is the measure: test/ironic/clouds-cases.ts holds cases, with what it made of each.
 * Three things differ on purpose. Scalars keep the form in which they are written. A secret that an entry leaves out is taken from
 * its variable, and `OS_REGION_NAME` chooses among an entry's regions, as it does for the `openstack` and `baremetal` commands.
 * And what is not supported, or not found, is an error instead of a warning.
 */
import { homedir } from "node:os";
import type { Environment } from "../../net";
import type { IronicAuth } from "../auth";
import { SettingsError } from "../errors";
import type { HttpOptions } from "../http";
import { authOf, impliedType } from "./auth";
import { type CloudFile, folders, isSection, readFirst, type Section, section } from "./files";
import { type ResolvedCloud, resolveCloud } from "./resolve";

/** How to reach an Ironic. */
export interface CloudSettings extends Omit<HttpOptions, "environment"> {
  readonly auth: IronicAuth;
  /** Where the settings name it; else the service catalog does. */
  readonly url: string | undefined;
  /** `baremetal_default_microversion`. */
  readonly microversion: string | undefined;
}

/** What goes before the settings of the cloud. */
export interface CloudOverrides {
  readonly region?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Variables that choose settings, and are none. */
const SELECTORS = ["OS_CLOUD", "OS_REGION_NAME", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLOUD_NAME"];

/**
 * Reads the settings: of the cloud that is named here or by `OS_CLOUD`, else of the `OS_*` variables, else of the one cloud that
 * clouds.yaml has. Files and variables are not mixed, but for a secret that the cloud's entry leaves out and for the region.
 * @returns undefined when nothing says how to authorize
 * @throws {SettingsError} when the settings are incomplete, or not supported
 */
export function fromEnvironment(
  environment: Environment,
  cloud?: string,
  overrides: CloudOverrides = {},
): CloudSettings | undefined {
  const found = readCloud(environment, cloud, overrides.region);
  if (found === undefined) return undefined;
  const { name, resolved } = found;
  const authType = resolved.authType ?? impliedType(resolved);
  if (authType === undefined) {
    if (name === undefined) return undefined;
    throw new SettingsError(`cloud ${name} says neither auth_type nor auth_url`, {
      hint: "set auth_url for Keystone, or auth_type to http_basic or none",
    });
  }
  const path = (value: string | undefined) => value?.replace(/^~(?=\/|$)/, environment.HOME || homedir());
  const { cacert, cert } = overrides;
  const http = {
    cacert: cacert ?? path(resolved.cacert),
    cert: cert ?? path(resolved.cert),
    key: overrides.key ?? (cert === undefined ? path(resolved.key) : undefined),
    insecure: resolved.insecure,
  };
  // Only Keystone's client gets the environment, which holds secrets: settings may end up in a log.
  const auth = authOf(resolved, authType, { ...http, environment });
  return { ...http, auth, url: resolved.endpoint, microversion: resolved.microversion };
}

/**
 * The settings of a cloud as they were found.
 * @returns its name, undefined for variables; undefined when there are no settings at all
 */
export function readCloud(
  environment: Environment,
  cloud: string | undefined,
  region: string | undefined,
): { readonly name: string | undefined; readonly resolved: ResolvedCloud } | undefined {
  const variables = variablesOf(environment);
  const asCloud = environment.OS_CLOUD_NAME || "envvars";
  const name = cloud || environment.OS_CLOUD || undefined;
  const profiles = () => section(readFirst("clouds-public", environment)?.content["public-clouds"]);
  if (variables !== undefined && (name === undefined || name === asCloud)) {
    // An argument goes before a variable.
    const { region_name: own, ...others } = variables;
    const entry = region === undefined && own !== undefined ? { ...others, region_name: own } : others;
    return { name: undefined, resolved: resolveCloud({ name: asCloud, entry, profiles }, region) };
  }
  const files = [readFirst("clouds", environment), readFirst("secure", environment)].filter(
    (file) => file !== undefined,
  );
  const clouds = files.reduce((all: Section, { content }) => mergeDeep(all, section(content.clouds)), {});
  const chosen = name ?? onlyOne(clouds);
  if (chosen === undefined) return undefined;
  if (!Object.hasOwn(clouds, chosen)) throw notFound(chosen, files, clouds, environment);
  const source = { name: chosen, entry: section(clouds[chosen]), profiles };
  const resolved = resolveCloud(source, region ?? (environment.OS_REGION_NAME || undefined));
  return { name: chosen, resolved: withSecret(resolved, environment) };
}

/** Settings of the variables; undefined when there are none but those that choose others. */
function variablesOf(environment: Environment): Readonly<Record<string, string>> | undefined {
  const all = Object.entries(environment).filter(
    ([key, value]) => key.startsWith("OS_") && !/^OS_(TEST|STD|LOG)/.test(key) && value,
  );
  if (all.every(([key]) => SELECTORS.includes(key))) return undefined;
  return Object.fromEntries(
    all.flatMap(([key, value]) =>
      value && !/^OS_(CLOUD|CLIENT_.*_FILE|CLOUD_NAME)$/.test(key) ? [[key.slice(3).toLowerCase(), value]] : [],
    ),
  );
}

function onlyOne(clouds: Section): string | undefined {
  const names = Object.keys(clouds);
  return names.length === 1 ? names[0] : undefined;
}

/** The secret that fits, where the entry leaves it out: many keep it out of files. */
function withSecret(resolved: ResolvedCloud, environment: Environment): ResolvedCloud {
  const { auth, authType = "" } = resolved;
  const isCredential = auth.application_credential_id ?? auth.application_credential_name;
  const name = isCredential ? "application_credential_secret" : authType.includes("token") ? "token" : "password";
  const secret = environment[`OS_${name.toUpperCase()}`];
  return secret && auth[name] === undefined ? { ...resolved, auth: { ...auth, [name]: secret } } : resolved;
}

/** Sections are merged inside, anything else is replaced. */
function mergeDeep(older: Section, newer: Section): Section {
  const merged = Object.entries(newer).map(([key, value]) => {
    const before = Object.hasOwn(older, key) ? older[key] : undefined;
    const both = isSection(before) && isSection(value);
    return [key, both ? mergeDeep(before, value) : value] as const;
  });
  return { ...older, ...Object.fromEntries(merged) };
}

function notFound(name: string, files: readonly CloudFile[], clouds: Section, environment: Environment): SettingsError {
  if (files.length === 0) {
    return new SettingsError(`there is no clouds.yaml for cloud ${name}`, {
      hint: `looked in ${folders(environment).join(", ")}; OS_CLIENT_CONFIG_FILE names another file`,
    });
  }
  const known = Object.keys(clouds);
  return new SettingsError(`${files.map(({ path }) => path).join(" and ")}: no cloud ${name}`, {
    hint: known.length > 0 ? `there is: ${known.join(", ")}` : "there is none at all: clouds are entries of `clouds:`",
  });
}

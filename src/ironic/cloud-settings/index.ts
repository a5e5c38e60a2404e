/**
 * OpenStack's client configuration: an entry of clouds.yaml, or `OS_*` variables. Imports src/net and its parent's files.
 *
 * An entry names an identity service (`auth_url`), credentials of a type (`auth_type`) and a scope, and for several regions the
 * values that differ; it may extend a vendor's profile (`profile`, in clouds-public.yaml), and its secrets may be in a separate
 * file (secure.yaml). A variable `OS_X` is the setting `x`; together they are a cloud named `envvars`.
 *
 * openstacksdk is the reference: test/ironic/clouds-cases.ts holds cases with its results. Three things differ on purpose. Scalars
 * keep the form in which they are written. A secret that an entry lacks is read from its variable, and `OS_REGION_NAME` chooses
 * among an entry's regions, as for the `openstack` and `baremetal` commands. Unsupported settings and missing names are errors
 * instead of warnings.
 */
import { type Environment, homeFolder } from "../../net";
import type { IronicAuth } from "../auth";
import { SettingsError } from "../errors";
import type { HttpOptions } from "../http";
import { authOf, impliedType } from "./auth";
import { type CloudFile, folders, isSection, readFirst, type Section, section } from "./files";
import { type ResolvedCloud, resolveCloud } from "./resolve";

/** Endpoint, authorization and TLS files of an Ironic. */
export interface CloudSettings extends Omit<HttpOptions, "environment"> {
  readonly auth: IronicAuth;
  /** The API's root; undefined where the service catalog names it. */
  readonly url: string | undefined;
  /** `baremetal_default_microversion`. */
  readonly microversion: string | undefined;
}

/** Arguments that take precedence over the cloud's settings. */
export interface CloudOverrides {
  readonly region?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Variables that select settings and are not settings themselves. */
const SELECTORS = ["OS_CLOUD", "OS_REGION_NAME", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLOUD_NAME"];

/**
 * Reads the settings of the cloud `cloud` or `OS_CLOUD`, else of the `OS_*` variables, else of the only cloud in
 * clouds.yaml. Files and variables are not mixed, except for a secret that the cloud's entry lacks, and for the region.
 * @returns undefined without settings for an authorization
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
    throw new SettingsError(`cloud ${name} has neither auth_type nor auth_url`, {
      hint: "set auth_url for Keystone, or auth_type to http_basic or none",
    });
  }
  const path = (value: string | undefined) => value?.replace(/^~(?=\/|$)/, homeFolder(environment));
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
 * The settings of a cloud before they are checked.
 * @returns `name` is undefined for variables; undefined without any settings
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
    // An argument takes precedence over a variable.
    const { region_name: variable, ...others } = variables;
    const entry = region === undefined && variable !== undefined ? { ...others, region_name: variable } : others;
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

/** The settings in variables; undefined without any, or with selecting ones only. */
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

/** Adds the secret from its variable where the entry lacks it: many users keep secrets out of files. */
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
      hint: `searched in ${folders(environment).join(", ")}; OS_CLIENT_CONFIG_FILE names another file`,
    });
  }
  const known = Object.keys(clouds);
  return new SettingsError(`${files.map(({ path }) => path).join(" and ")}: no cloud ${name}`, {
    hint: known.length > 0 ? `there is: ${known.join(", ")}` : "there is none at all: clouds are entries of `clouds:`",
  });
}

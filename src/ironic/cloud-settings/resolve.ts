import { SettingsError } from "../errors";
import { isSection, type Section, section, type Value } from "./files";

/** One cloud's settings in one region, resolved as by openstacksdk; keystoneauth's names, in lower case with `_`. */
export interface ResolvedCloud {
  /** Options of the auth plugin, `auth_type` left out. */
  readonly auth: Readonly<Record<string, string>>;
  readonly authType: string | undefined;
  readonly region: string | undefined;
  /** The interface of the catalog's endpoint: `public`, … */
  readonly interface: string;
  /** Of the bare-metal service in the catalog. */
  readonly serviceType: string;
  readonly serviceName: string | undefined;
  /** Set where the settings name the endpoint, instead of the catalog. */
  readonly endpoint: string | undefined;
  readonly microversion: string | undefined;
  readonly cacert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly insecure: boolean;
}

export interface CloudSource {
  readonly name: string;
  readonly entry: Section;
  /** The vendor profiles of clouds-public.yaml; read only where the entry names one. */
  readonly profiles: () => Section;
}

/** An entry merged with its profile, keys normalized. */
type Config = { readonly [key: string]: Value } & { readonly auth: Section };

/**
 * Resolves a cloud's settings for one region.
 * Source: openstack.config.loader, `OpenStackConfig.get_one`; openstack.config.cloud_region.
 * @param wanted the region's name. Default: the entry's first region
 * @throws {SettingsError} for a region or profile that does not exist or can't be read
 */
export function resolveCloud(source: CloudSource, wanted: string | undefined): ResolvedCloud {
  const profile = profileOf(source);
  const base = merge(merge({ auth: {} }, profile), source.entry);
  const region = regionOf(source, profile, wanted);
  const { regions: _all, ...config } = merge(base, region.values);
  return toResolvedCloud({
    ...config,
    auth: section(config.auth),
    ...(region.name !== undefined && { region_name: region.name }),
  });
}

/** The newer one takes precedence; inside `auth` key by key. */
function merge(older: Section, newer: Section): Section {
  const { auth, ...others } = normalized(newer);
  const merged = { ...normalized(older), ...others };
  return isSection(auth) ? { ...merged, auth: { ...section(merged.auth), ...auth } } : merged;
}

function normalized(config: Section): Section {
  const entries = Object.entries(config).map(([key, value]) => [
    key.replaceAll("-", "_"),
    isSection(value) ? normalized(value) : value,
  ]);
  return Object.fromEntries(entries) as Section;
}

/** @throws {SettingsError} for a profile that no file has; openstacksdk's built-in profiles are not known here */
function profileOf({ name, entry, profiles }: CloudSource): Section {
  const wanted = text(entry.profile) ?? text(entry.cloud);
  if (wanted === undefined) return {};
  const known = profiles();
  if (Object.hasOwn(known, wanted)) {
    const { profile: _nested, ...profile } = section(known[wanted]);
    return profile;
  }
  throw new SettingsError(`cloud ${name} has the profile ${wanted}, which is not in any clouds-public.yaml here`, {
    hint: `the built-in profiles of openstacksdk are not known here: write the settings of ${wanted} into the cloud's entry, or as public-clouds: ${wanted}: into clouds-public.yaml`,
  });
}

interface Region {
  readonly name: string | undefined;
  readonly values: Section;
}

function regionOf(source: CloudSource, profile: Section, wanted: string | undefined): Region {
  const known =
    knownRegions(normalized(source.entry), source.name) ?? knownRegions(normalized(profile), source.name) ?? [];
  const [first] = known;
  if (first === undefined) return { name: wanted, values: {} };
  if (wanted === undefined) return first;
  const found = known.find(({ name }) => name === wanted);
  if (found) return found;
  throw new SettingsError(`cloud ${source.name} has no region ${wanted}`, {
    hint: `it has ${known.map(({ name }) => name).join(", ")}; names are case sensitive, and the region argument takes precedence over OS_REGION_NAME`,
  });
}

/** undefined where the settings name none. */
function knownRegions({ regions, region_name: name }: Section, cloud: string): readonly Region[] | undefined {
  if (Array.isArray(regions))
    return regions.length > 0 ? regions.map((each: Value) => toRegion(each, cloud)) : undefined;
  if (Array.isArray(name)) return name.map((each: Value) => toRegion(each, cloud));
  const names = text(name)?.split(",");
  return names?.map((each) => ({ name: each.trim(), values: {} }));
}

function toRegion(region: Value, cloud: string): Region {
  if (typeof region === "string") return { name: region, values: {} };
  const { name, values, ...others } = section(region);
  const isValues = values === undefined || values === null || isSection(values);
  if (typeof name === "string" && isValues && Object.keys(others).length === 0)
    return { name, values: section(values) };
  throw new SettingsError(`cloud ${cloud} has a region that can't be read`, {
    hint: "a region is a name, or a name and values: {name: one, values: {…}}",
  });
}

/**
 * Options with names of other releases and tools, which may be inside `auth` or beside it. The last name that is set takes
 * precedence, and beside `auth` over inside (`OpenStackConfig._fix_backwards_project`).
 */
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  domain_id: ["domain_id"],
  domain_name: ["domain_name"],
  user_domain_id: ["user_domain_id"],
  user_domain_name: ["user_domain_name"],
  project_domain_id: ["project_domain_id"],
  project_domain_name: ["project_domain_name"],
  token: ["auth_token", "token"],
  project_id: ["tenant_id", "project_id"],
  project_name: ["tenant_name", "project_name"],
};

/** Other options of auth plugins, which may be in both places, too; inside `auth` takes precedence. By name: older names. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  auth_url: [],
  username: ["user_name"],
  user_id: [],
  password: [],
  application_credential_id: [],
  application_credential_name: [],
  application_credential_secret: [],
  system_scope: [],
  trust_id: [],
  default_domain_id: ["default_domain"],
  default_domain_name: [],
  endpoint: ["url"],
};

function toResolvedCloud(config: Config): ResolvedCloud {
  const auth = shareDomain(authOf(config));
  const plain = Object.fromEntries(Object.entries(config).flatMap(([key, value]) => entryOf(key, text(value))));
  const expand = (value: string | undefined) =>
    value?.replace(/\{(\w+)\}/g, (whole, name: string) => plain[name] ?? whole);
  /** A setting of the bare-metal service, by either of its names in the catalog. */
  const ofService = (name: string) => plain[`baremetal_${name}`] ?? plain[`bare_metal_${name}`];
  const { auth_url: url } = auth;
  return {
    auth: { ...auth, ...entryObject("auth_url", expand(url)) },
    authType: plain.auth_type,
    region: ofService("region_name") ?? plain.region_name,
    interface:
      ofService("interface") ?? ofService("endpoint_type") ?? plain.interface ?? plain.endpoint_type ?? "public",
    serviceType: ofService("service_type") ?? "baremetal",
    serviceName: ofService("service_name"),
    endpoint: expand(
      ofService("endpoint_override") ?? ofService("endpoint") ?? plain.endpoint_override ?? auth.endpoint,
    ),
    microversion: ofService("default_microversion"),
    cacert: expand(plain.cacert),
    cert: expand(plain.cert),
    key: expand(plain.key),
    insecure: isTrue(plain.insecure) || isFalse(plain.verify),
  };
}

function authOf(config: Config): Record<string, string> {
  const renamed = Object.entries(RENAMED).flatMap(([name, names]) => {
    const last = names
      .flatMap((each) => [text(config.auth[each]), text(config[each])])
      .findLast((value) => value !== undefined);
    return entryOf(name, last);
  });
  const options = Object.entries(OPTIONS).flatMap(([name, older]) => {
    const names = [name, ...older];
    const found = [config.auth, config]
      .flatMap((place) => names.map((each) => text(place[each])))
      .find((value) => value !== undefined);
    return entryOf(name, found);
  });
  return Object.fromEntries([...renamed, ...options]);
}

/** With a project, `domain_*` is the domain of both user and project; alone, it is the scope. */
function shareDomain(auth: Record<string, string>): Record<string, string> {
  if (auth.project_id === undefined && auth.project_name === undefined) return auth;
  const { domain_id: id, domain_name: name, ...others } = auth;
  return {
    ...entryObject("user_domain_id", id),
    ...entryObject("project_domain_id", id),
    ...entryObject("user_domain_name", name),
    ...entryObject("project_domain_name", name),
    ...others,
  };
}

function entryOf(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

function entryObject(name: string, value: string | undefined): Record<string, string> {
  return Object.fromEntries(entryOf(name, value));
}

/** Lists and sections are settings of other services; "" counts as not set. */
function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isTrue(value: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(value ?? "");
}

function isFalse(value: string | undefined): boolean {
  return /^(false|no|off|0)$/i.test(value ?? "");
}

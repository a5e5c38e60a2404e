import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SettingsError } from "../../src/ironic";
import { fromEnvironment, readCloud } from "../../src/ironic/cloud-settings";

/** Files and variables, and which cloud and region of them. */
export interface CloudCase {
  readonly name: string;
  /** By their paths below the home folder; the working folder is `work`. */
  readonly files?: Readonly<Record<string, string>>;
  /** `HOME` stands for the home folder's path in a value. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cloud?: string;
  readonly region?: string;
  /** A difference to openstacksdk on purpose: the differing settings or the error, and the reason. */
  readonly differs?: { readonly why: string; readonly settings?: Partial<Settings>; readonly error?: string };
}

/** The result of a case in a common form; unset values are left out, and `HOME` replaces the home folder's path. */
export interface Settings {
  readonly auth_type: string;
  readonly auth: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly interface: string;
  readonly service_type: string;
  readonly service_name?: string;
  readonly endpoint?: string;
  readonly microversion?: string;
  /** The authorities' file, or whether certificates are checked at all. */
  readonly verify: string | boolean;
  readonly cert?: string | readonly string[];
}

export type Outcome = { readonly settings: Settings } | { readonly error: string };

const yaml = (...lines: string[]) => `${lines.join("\n")}\n`;
/** One cloud, `rack`, by its YAML lines. */
const rack = (...lines: string[]) => yaml("clouds:", "  rack:", ...lines.map((line) => `    ${line}`));
const AUTH = ["auth:", "  auth_url: http://k:5000", "  username: u", "  password: p"];
const inWork = (content: string) => ({ "work/clouds.yaml": content });
const REGIONS = [
  "regions:",
  "  - one",
  "  - name: two",
  "    values:",
  "      auth:",
  "        auth_url: http://two:5000",
  "      baremetal_endpoint_override: http://two:6385",
  "      interface: internal",
  "  - name: three",
];
const ENV = { OS_AUTH_URL: "http://k:5000", OS_USERNAME: "u", OS_PASSWORD: "p" };
const PROFILE = yaml(
  "public-clouds:",
  "  vendor:",
  "    auth:",
  "      auth_url: http://vendor:5000",
  "      project_domain_id: vd",
  "    regions: [east, west]",
  "    interface: internal",
);

export const CASES: readonly CloudCase[] = [
  { name: "a password", cloud: "rack", files: inWork(rack(...AUTH, "  project_name: r")) },
  {
    name: "options beside auth",
    cloud: "rack",
    files: inWork(rack("auth_url: http://k", "username: u", "password: p")),
  },
  {
    name: "options beside auth and in it",
    cloud: "rack",
    files: inWork(rack(...AUTH, "username: beside", "password: beside", "auth_url: http://beside")),
  },
  {
    name: "dashes",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project-name: r", "region-name: one")),
  },
  { name: "a tenant", cloud: "rack", files: inWork(rack(...AUTH, "  tenant_name: t")) },
  {
    name: "a tenant and a project",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  tenant_name: t", "  project_name: p")),
  },
  {
    name: "projects in and beside auth",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project_name: inside", "project_name: beside", "user_domain_id: beside")),
  },
  { name: "a domain for both", cloud: "rack", files: inWork(rack(...AUTH, "  project_name: p", "  domain_name: d")) },
  {
    name: "a domain for both, beside auth",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project_id: p", "domain_id: d")),
  },
  {
    name: "a domain for both, and one for the user",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project_id: p", "  domain_id: d", "  user_domain_id: u")),
  },
  { name: "a domain as the scope", cloud: "rack", files: inWork(rack(...AUTH, "domain_id: d")) },
  {
    name: "default domains",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project_name: p", "  default_domain_name: d")),
  },
  { name: "system scope", cloud: "rack", files: inWork(rack(...AUTH, "  system_scope: all")) },
  { name: "a trust", cloud: "rack", files: inWork(rack(...AUTH, "  trust_id: t")) },
  {
    name: "an older name of the user",
    cloud: "rack",
    files: inWork(rack("auth:", "  auth_url: http://k", "  user_name: u", "  password: p")),
  },

  { name: "regions: the first", cloud: "rack", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "regions: one with values", cloud: "rack", region: "two", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "regions: one without", cloud: "rack", region: "three", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "regions: none of them", cloud: "rack", region: "four", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "regions: in another case", cloud: "rack", region: "Two", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "regions and region_name", cloud: "rack", files: inWork(rack(...AUTH, ...REGIONS, "region_name: three")) },
  { name: "no regions at all", cloud: "rack", files: inWork(rack(...AUTH, "regions: []")), region: "any" },
  { name: "a region that is a number", cloud: "rack", files: inWork(rack(...AUTH, "region_name: 7")) },
  { name: "a region_name, and that", cloud: "rack", region: "one", files: inWork(rack(...AUTH, "region_name: one")) },
  {
    name: "a region_name, and another",
    cloud: "rack",
    region: "two",
    files: inWork(rack(...AUTH, "region_name: one")),
  },
  { name: "a region where none is named", cloud: "rack", region: "two", files: inWork(rack(...AUTH)) },
  {
    name: "region_name as a list",
    cloud: "rack",
    region: "two",
    files: inWork(rack(...AUTH, "region_name: [one, two]")),
  },
  {
    name: "region_name with commas",
    cloud: "rack",
    region: "two",
    files: inWork(rack(...AUTH, "region_name: one,two")),
  },
  {
    name: "a region of the service's own",
    cloud: "rack",
    region: "two",
    files: inWork(rack(...AUTH, "baremetal_region_name: metal")),
  },
  { name: "a region without a name", cloud: "rack", files: inWork(rack(...AUTH, "regions: [{values: {}}]")) },
  { name: "a region with something else", cloud: "rack", files: inWork(rack(...AUTH, "regions: [{name: one, x: 1}]")) },

  {
    name: "a profile",
    cloud: "rack",
    files: {
      ...inWork(rack("profile: vendor", "auth:", "  username: u", "  password: p")),
      ".config/openstack/clouds-public.yaml": PROFILE,
    },
  },
  {
    name: "a profile, and one of its regions",
    cloud: "rack",
    region: "west",
    files: { ...inWork(rack("profile: vendor", ...AUTH, "interface: admin")), "work/clouds-public.yml": PROFILE },
  },
  {
    name: "a profile, and none of its regions",
    cloud: "rack",
    region: "north",
    files: { ...inWork(rack("profile: vendor", ...AUTH)), "work/clouds-public.yaml": PROFILE },
  },
  {
    name: "a profile, and regions of the entry's own",
    cloud: "rack",
    region: "mine",
    files: { ...inWork(rack("profile: vendor", ...AUTH, "regions: [mine]")), "work/clouds-public.yaml": PROFILE },
  },
  {
    name: "a profile by its old keyword",
    cloud: "rack",
    files: { ...inWork(rack("cloud: vendor", ...AUTH)), "work/clouds-public.yaml": PROFILE },
  },
  {
    name: "a profile that no file has",
    cloud: "rack",
    files: { ...inWork(rack("profile: unknown", ...AUTH)), "work/clouds-public.yaml": PROFILE },
    differs: { why: "openstacksdk warns and goes on without it", error: "the profile unknown" },
  },
  {
    name: "a profile that openstacksdk brings along",
    cloud: "rack",
    files: inWork(rack("profile: catalyst", ...AUTH)),
    differs: { why: "its profiles are not known here", error: "the profile catalyst" },
  },

  {
    name: "secrets in a file of their own",
    cloud: "rack",
    files: {
      ...inWork(rack("auth:", "  auth_url: http://k", "  username: u", "region_name: one")),
      ".config/openstack/secure.yaml": rack("auth:", "  password: secure"),
    },
  },
  {
    name: "secrets that go before the entry's",
    cloud: "rack",
    files: {
      ...inWork(rack(...AUTH)),
      "work/secure.yml": rack("auth:", "  password: secure", "  project_name: secure"),
    },
  },
  { name: "a cloud in the file of secrets alone", cloud: "rack", files: { "work/secure.yaml": rack(...AUTH) } },
  {
    name: "regions replaced by the file of secrets",
    cloud: "rack",
    region: "mine",
    files: { ...inWork(rack(...AUTH, ...REGIONS)), "work/secure.yaml": rack("regions: [mine]") },
  },

  {
    name: "anchors and merge keys",
    cloud: "rack",
    files: inWork(
      yaml(
        "common: &common",
        "  region_name: one",
        "  auth: &auth {auth_url: http://k, username: u}",
        "clouds:",
        "  rack:",
        "    <<: *common",
        "    auth:",
        "      <<: *auth",
        "      password: p",
      ),
    ),
  },
  {
    name: "equal keys: the last",
    cloud: "rack",
    files: inWork(rack("auth: {auth_url: http://k, username: a, username: b, password: p}")),
  },
  {
    name: "numbers",
    cloud: "rack",
    files: inWork(rack("auth: {auth_url: http://k, username: 1, password: 2, project_id: 42}")),
  },
  {
    name: "a number in octal",
    cloud: "rack",
    files: inWork(rack("auth: {auth_url: http://k, username: u, password: 0123}")),
    differs: {
      why: "scalars stay as they are written",
      settings: { auth: { auth_url: "http://k", username: "u", password: "0123" } },
    },
  },
  {
    name: "nothing, as YAML spells it",
    cloud: "rack",
    files: inWork(rack(...AUTH, "  project_name: ~", "  trust_id: null", "cacert: Null")),
    differs: {
      why: "openstacksdk makes the text None of it",
      settings: { auth: { auth_url: "http://k:5000", username: "u", password: "p" } },
    },
  },
  {
    name: "words that mean nothing, in quotes",
    cloud: "rack",
    files: inWork(rack("auth: {auth_url: http://k, username: 'null', password: '~'}")),
  },
  {
    name: "JSON",
    cloud: "rack",
    files: {
      "work/clouds.json": JSON.stringify({
        clouds: { rack: { auth: { auth_url: "http://k", username: "u", password: "p" }, verify: false } },
      }),
    },
  },
  { name: "an empty file", cloud: "rack", files: inWork("") },
  { name: "a list", cloud: "rack", files: inWork("[]\n") },
  { name: "no YAML", cloud: "rack", files: inWork("clouds: [\n") },
  { name: "two documents", cloud: "rack", files: inWork(`${rack(...AUTH)}---\n${rack(...AUTH)}`) },

  { name: "verify: false", cloud: "rack", files: inWork(rack(...AUTH, "verify: false")) },
  { name: "verify: no", cloud: "rack", files: inWork(rack(...AUTH, "verify: no")) },
  { name: "insecure: true", cloud: "rack", files: inWork(rack(...AUTH, "insecure: true", "cacert: /ca.pem")) },
  { name: "insecure: 'True'", cloud: "rack", files: inWork(rack(...AUTH, "insecure: 'True'")) },
  { name: "insecure: false", cloud: "rack", files: inWork(rack(...AUTH, "insecure: false", "cacert: /ca.pem")) },
  {
    name: "certificates",
    cloud: "rack",
    files: inWork(rack(...AUTH, "cacert: ~/ca.pem", "cert: ~/c.pem", "key: ~/k.pem")),
  },
  { name: "a certificate with its key", cloud: "rack", files: inWork(rack(...AUTH, "cert: /both.pem")) },

  {
    name: "auth_type: v3password",
    cloud: "rack",
    files: inWork(rack("auth_type: v3password", ...AUTH, "  user_domain_id: d")),
  },
  {
    name: "an application credential",
    cloud: "rack",
    files: inWork(
      rack(
        "auth_type: v3applicationcredential",
        "auth: {auth_url: http://k, application_credential_id: i, application_credential_secret: s}",
      ),
    ),
  },
  {
    name: "a token",
    cloud: "rack",
    files: inWork(rack("auth_type: token", "auth: {auth_url: http://k, token: t, project_id: p}")),
    differs: {
      why: "openstacksdk makes the text None of a token inside auth",
      settings: { auth: { auth_url: "http://k", token: "t", project_id: "p" } },
    },
  },
  {
    name: "a token by its old name",
    cloud: "rack",
    files: inWork(rack("auth_type: v3token", "auth_token: t", "auth: {auth_url: http://k}")),
  },
  {
    name: "a token for the API itself",
    cloud: "rack",
    files: inWork(rack("auth_type: admin_token", "auth: {endpoint: http://i, token: t}")),
    differs: {
      why: "openstacksdk makes the text None of a token inside auth, and leaves the API's URL to the plugin",
      settings: { endpoint: "http://i", auth: { endpoint: "http://i", token: "t" } },
    },
  },
  { name: "none", cloud: "rack", files: inWork(rack("auth_type: none", "auth: {endpoint: http://i}")) },
  {
    name: "http_basic",
    cloud: "rack",
    files: inWork(rack("auth_type: http_basic", "auth: {username: u, password: p, endpoint: http://i}")),
    differs: { why: "the API's URL is told as that, and not as the plugin's", settings: { endpoint: "http://i" } },
  },
  { name: "a type that nobody knows", cloud: "rack", files: inWork(rack("auth_type: nonsense", ...AUTH)) },
  { name: "no auth_url", cloud: "rack", files: inWork(rack("auth: {username: u, password: p}")) },

  { name: "an interface", cloud: "rack", files: inWork(rack(...AUTH, "interface: internal")) },
  { name: "an endpoint type", cloud: "rack", files: inWork(rack(...AUTH, "endpoint_type: internal")) },
  {
    name: "the service's own interface, type, name and microversion",
    cloud: "rack",
    files: inWork(
      rack(
        ...AUTH,
        "interface: public",
        "baremetal_interface: admin",
        "baremetal_service_type: baremetal-2",
        "baremetal_service_name: ironic-2",
        "baremetal_default_microversion: '1.80'",
      ),
    ),
  },
  {
    name: "a URL that is named",
    cloud: "rack",
    files: inWork(rack(...AUTH, "baremetal_endpoint_override: http://i", "baremetal_endpoint: http://not")),
  },
  { name: "a URL by its other name", cloud: "rack", files: inWork(rack(...AUTH, "baremetal_endpoint: http://i")) },
  {
    name: "a URL by the service's older type",
    cloud: "rack",
    files: inWork(rack(...AUTH, "bare_metal_endpoint_override: http://i")),
  },
  {
    name: "URLs with the region in them",
    cloud: "rack",
    region: "two",
    files: inWork(
      rack(
        "auth: {auth_url: 'http://{region_name}.k', username: u, password: p}",
        "regions: [one, two]",
        "baremetal_endpoint_override: http://{region_name}.i",
      ),
    ),
  },

  { name: "variables", env: { ...ENV, OS_PROJECT_NAME: "r", OS_USER_DOMAIN_NAME: "d", OS_REGION_NAME: "one" } },
  {
    name: "variables, and what chooses",
    env: { ...ENV, OS_INTERFACE: "internal", OS_BAREMETAL_ENDPOINT_OVERRIDE: "http://i" },
  },
  { name: "variables before a file", env: ENV, files: inWork(rack("auth_type: none", "auth: {endpoint: http://i}")) },
  {
    name: "a cloud before variables",
    env: { ...ENV, OS_CLOUD: "rack" },
    files: inWork(rack(...AUTH, "  project_name: r")),
  },
  { name: "variables by the name of their cloud", env: { ...ENV, OS_CLOUD: "envvars" }, files: inWork(rack(...AUTH)) },
  {
    name: "variables by a name of their own",
    env: { ...ENV, OS_CLOUD: "mine", OS_CLOUD_NAME: "mine" },
    files: inWork(rack(...AUTH)),
  },
  {
    name: "variables of tests and logs",
    env: { OS_TEST_X: "1", OS_LOG_Y: "1", OS_STDOUT_CAPTURE: "1" },
    files: inWork(rack(...AUTH)),
  },
  { name: "the one cloud that there is", files: inWork(rack(...AUTH)) },
  { name: "the one cloud that there is, in a region", region: "two", files: inWork(rack(...AUTH, ...REGIONS)) },
  { name: "one of two clouds", files: inWork(`${rack(...AUTH)}  other: {}\n`) },
  { name: "a cloud that is not there", cloud: "other", files: inWork(rack(...AUTH)) },
  { name: "a cloud by variable", env: { OS_CLOUD: "rack" }, files: inWork(`${rack(...AUTH)}  other: {}\n`) },

  {
    name: "the working folder first",
    cloud: "rack",
    files: {
      ...inWork(rack(...AUTH, "region_name: work")),
      ".config/openstack/clouds.yaml": rack(...AUTH, "region_name: home"),
    },
  },
  { name: "the home folder", cloud: "rack", files: { ".config/openstack/clouds.yaml": rack(...AUTH) } },
  {
    name: "XDG_CONFIG_HOME before the home folder",
    cloud: "rack",
    env: { XDG_CONFIG_HOME: "HOME/xdg" },
    files: {
      "xdg/openstack/clouds.yml": rack(...AUTH, "region_name: xdg"),
      ".config/openstack/clouds.yaml": rack(...AUTH, "region_name: home"),
    },
  },
  {
    name: "XDG_CONFIG_DIRS",
    cloud: "rack",
    env: { XDG_CONFIG_DIRS: "HOME/site" },
    files: {
      "site/openstack/clouds.json":
        '{"clouds": {"rack": {"auth": {"auth_url": "http://k", "username": "u", "password": "p"}}}}',
    },
  },
  {
    name: "OS_CLIENT_CONFIG_FILE before all",
    cloud: "rack",
    env: { OS_CLIENT_CONFIG_FILE: "HOME/mine.yaml" },
    files: { ...inWork(rack(...AUTH, "region_name: work")), "mine.yaml": rack(...AUTH, "region_name: mine") },
  },
  {
    name: "OS_CLIENT_SECURE_FILE before all",
    cloud: "rack",
    env: { OS_CLIENT_SECURE_FILE: "HOME/mine.yaml" },
    files: {
      ...inWork(rack(...AUTH)),
      "work/secure.yaml": rack("auth: {password: work}"),
      "mine.yaml": rack("auth: {password: mine}"),
    },
  },
];

/** Puts a case's files below a folder. */
export function write({ files = {} }: CloudCase, home: string): void {
  mkdirSync(join(home, "work"), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
}

/** The variables of a case. */
export function variables({ env = {} }: CloudCase, home: string): Record<string, string> {
  const all = Object.entries(env).map(([name, value]) => [name, value.replace("HOME", home)] as const);
  return { HOME: home, ...Object.fromEntries(all) };
}

/** This package's result of a case. */
export function read(each: CloudCase): Outcome {
  const home = mkdtempSync(join(tmpdir(), "cloud-"));
  const back = process.cwd();
  try {
    write(each, home);
    process.chdir(join(home, "work"));
    const environment = variables(each, home);
    const settings = fromEnvironment(environment, each.cloud, { region: each.region });
    const found = readCloud(environment, each.cloud, each.region);
    if (settings === undefined || found === undefined) return { error: "no settings" };
    const { resolved } = found;
    const { cacert, cert, key, insecure } = settings;
    const text = JSON.stringify({
      auth_type: resolved.authType ?? "password",
      auth: resolved.auth,
      region: resolved.region,
      interface: resolved.interface,
      service_type: resolved.serviceType,
      service_name: resolved.serviceName,
      endpoint: resolved.endpoint,
      microversion: resolved.microversion,
      verify: insecure ? false : (cacert ?? true),
      cert: cert && key ? [cert, key] : cert,
    });
    return { settings: JSON.parse(text.replaceAll(home, "HOME")) as Settings };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { error: error.message };
  } finally {
    process.chdir(back);
    rmSync(home, { recursive: true });
  }
}

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../net";
import { SettingsError } from "./errors";

/** Names as in clouds.yaml, the `auth` section lifted. */
export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * One cloud's entry, as openstacksdk finds it ("Configuring OpenStack SDK Applications"): in the first clouds.yaml of the
 * working folder, the user's and the machine's configuration folders, or in the file that `OS_CLIENT_CONFIG_FILE` names.
 * secure.yaml is looked for in the same places on its own (`OS_CLIENT_SECURE_FILE`), and what it says goes.
 * @throws {SettingsError}
 */
export function readCloud(name: string, environment: Environment): Settings {
  const places = [
    find("clouds", environment.OS_CLIENT_CONFIG_FILE, environment),
    find("secure", environment.OS_CLIENT_SECURE_FILE, environment),
  ];
  const files = places.filter((path) => path !== undefined).map((path) => ({ path, clouds: cloudsIn(path) }));
  const entries = files.filter(({ clouds }) => Object.hasOwn(clouds, name)).map(({ clouds }) => flat(clouds[name]));
  if (entries.length > 0) return Object.assign({}, ...entries) as Settings;
  if (files.length === 0) {
    throw new SettingsError(`there is no clouds.yaml for cloud ${name}`, {
      hint: `looked in ${folders(environment).join(", ")}; OS_CLIENT_CONFIG_FILE names another file`,
    });
  }
  const known = new Set(files.flatMap(({ clouds }) => Object.keys(clouds)));
  throw new SettingsError(`${files.map(({ path }) => path).join(" and ")}: no cloud ${name}`, {
    hint:
      known.size > 0 ? `there is: ${[...known].join(", ")}` : "there is none at all: clouds are entries of `clouds:`",
  });
}

/** Working folder, user, machine. */
function folders(environment: Environment): string[] {
  const home = environment.HOME ?? homedir();
  const users = [environment.XDG_CONFIG_HOME || join(home, ".config"), join(home, ".config")];
  return [".", ...users.map((folder) => join(folder, "openstack")), "/etc/openstack"].filter(
    (folder, index, all) => all.indexOf(folder) === index,
  );
}

function find(what: "clouds" | "secure", named: string | undefined, environment: Environment): string | undefined {
  if (named) {
    if (existsSync(named)) return named;
    throw new SettingsError(`${named} does not exist`, {
      hint: `OS_CLIENT_${what === "clouds" ? "CONFIG" : "SECURE"}_FILE names it`,
    });
  }
  const names = folders(environment).flatMap((folder) =>
    [".yaml", ".yml", ".json"].map((suffix) => join(folder, `${what}${suffix}`)),
  );
  return names.find((path) => existsSync(path));
}

function cloudsIn(path: string): Readonly<Record<string, unknown>> {
  // Loaded here, for those who have such a file: a provider is to start quickly.
  const { parse } = require("yaml") as typeof import("yaml");
  let content: unknown;
  try {
    // Without types: a password of digits stays as it was written.
    content = parse(readFileSync(path, "utf8"), { schema: "failsafe" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The parser's own message quotes the text around the fault, which may be a password.
    throw new SettingsError(/^E[A-Z]+$/.test(code ?? "") ? `${path} can't be read (${code})` : `${path} is not YAML`);
  }
  return section(section(content).clouds);
}

function flat(cloud: unknown): Settings {
  const { auth, regions, ...rest } = section(cloud);
  const [region] = Array.isArray(regions) ? (regions as unknown[]) : [];
  const regionName = typeof region === "string" ? region : section(region).name;
  const settings = Object.entries({
    ...(regionName !== undefined && { region_name: regionName }),
    ...rest,
    ...section(auth),
  });
  return Object.fromEntries(
    settings.flatMap(([key, value]) =>
      // Nothing, as YAML may spell it; lists and sections are about other services.
      typeof value === "string" && !["", "~", "null"].includes(value) ? [[key.replaceAll("-", "_"), value]] : [],
    ),
  );
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

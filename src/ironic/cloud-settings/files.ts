import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CONTENT_FOR_PATH, type Environment, homeFolder, isFileContent } from "../../net";
import { SettingsError } from "../errors";

/** A value of a file: scalars as they are written, null for empty ones. */
export type Value = string | null | readonly Value[] | Section;
export interface Section {
  readonly [key: string]: Value;
}

/** A file and its top-level mapping. */
export interface CloudFile {
  readonly path: string;
  readonly content: Section;
}

/** `clouds`: the entries; `secure`: the secrets that belong to them; `clouds-public`: vendor profiles. */
export type FileKind = "clouds" | "secure" | "clouds-public";

/** Variables that name a file, which has to exist and takes precedence over all others. */
const NAMED_BY: Readonly<Partial<Record<FileKind, string>>> = {
  clouds: "OS_CLIENT_CONFIG_FILE",
  secure: "OS_CLIENT_SECURE_FILE",
};

/**
 * The folders that openstacksdk searches, in its order: the working folder, the user's, the machine's.
 * Source: openstack.config.loader, CONFIG_SEARCH_PATH; platformdirs.
 */
export function folders(environment: Environment, platform: string = process.platform): string[] {
  const home = homeFolder(environment);
  const unix = join(environment.SNAP_REAL_HOME || home, ".config", "openstack");
  const [user, site] =
    platform === "darwin"
      ? [[join(home, "Library", "Application Support")], ["/Library/Application Support"]]
      : [
          [environment.XDG_CONFIG_HOME || join(home, ".config")],
          (environment.XDG_CONFIG_DIRS || "/etc/xdg").split(delimiter),
        ];
  const below = (parents: readonly string[]) => parents.map((parent) => join(parent, "openstack"));
  return [...new Set([".", ...below(user), unix, ...below(site), "/etc/openstack"])];
}

/**
 * The first existing file of a kind that this user may read; undefined where there is none.
 * @throws {SettingsError} when it can't be read, or when the file that a variable names does not exist
 */
export function readFirst(kind: FileKind, environment: Environment): CloudFile | undefined {
  const variable = NAMED_BY[kind];
  const named = variable && environment[variable];
  if (named) {
    if (existsSync(named)) return read(named);
    const shown = isFileContent(named) ? CONTENT_FOR_PATH : named;
    throw new SettingsError(`${shown} does not exist`, { hint: `${variable} names it` });
  }
  for (const folder of folders(environment)) {
    for (const suffix of [".yaml", ".yml", ".json"]) {
      const path = join(folder, `${kind}${suffix}`);
      const file = existsSync(path) ? readPermitted(path) : undefined;
      if (file) return file;
    }
  }
  return undefined;
}

/** A file that this user may not read is skipped, as in openstacksdk. */
function readPermitted(path: string): CloudFile | undefined {
  try {
    return read(path);
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === "EACCES") return undefined;
    throw error;
  }
}

function read(path: string): CloudFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError(`${path} can't be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
  return { path, content: section(parse(text, path)) };
}

/**
 * The part of YAML 1.1 that these files use: anchors, merge keys, the last of equal keys. Scalars keep the form in which
 * they are written, so that a password of digits is kept; PyYAML reads 0123 as 83. JSON is YAML, too.
 */
function parse(text: string, path: string): Value {
  // Loaded only where such a file exists, so that the provider starts quickly.
  const { parseDocument, visit } = require("yaml") as typeof import("yaml");
  const fault = () => new SettingsError(`${path} is not YAML`);
  try {
    const document = parseDocument(text, { schema: "failsafe", merge: true, uniqueKeys: false, logLevel: "error" });
    // The parser's own messages quote the text around the fault, which may be a password.
    if (document.errors.length > 0) throw fault();
    visit(document, {
      Scalar(key, node) {
        if (key !== "key" && node.type === "PLAIN" && /^(?:~|null|Null|NULL|)$/.test(node.source ?? ""))
          node.value = null;
      },
    });
    return (document.toJS() ?? null) as Value;
  } catch {
    throw fault();
  }
}

export function section(value: Value | undefined): Section {
  return isSection(value) ? value : {};
}

export function isSection(value: Value | undefined): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

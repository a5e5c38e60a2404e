import { IronicOciError } from "../../../reference";

/** One configuration file, as oslo.config would read it. */
export interface ConfigurationFile {
  /** For messages only. */
  readonly path: string;
  readonly text: string;
}

/** A configuration file that oslo.config refuses, or a value of the wrong type. The message never holds a value. */
export class ConductorConfigurationError extends IronicOciError {
  readonly code = "CONDUCTOR_CONFIGURATION";

  constructor(
    /** The file, and the line where there is one: `ironic.conf:12`. */
    readonly where: string,
    what: string,
    hint?: string,
  ) {
    super(`${where}: ${what}`, hint === undefined ? {} : { hint });
  }
}

interface Assignment {
  readonly where: string;
  readonly value: string;
}

/**
 * Configuration files in the dialect of oslo.config: sections, `key = value` or `key: value`, continuation lines that start with
 * white space, quotes around a value, `$name`, `${name}` and `${group.name}` substituted, `$$` and `\$` for a dollar sign.
 * The last assignment of a key counts, and a later file's before an earlier one's.
 *
 * Source: oslo.config, `iniparser.BaseParser.parse`, `cfg.ConfigParser` and `cfg.ConfigOpts._substitute`.
 */
export class OsloConfiguration {
  readonly #assignments = new Map<string, Assignment>();

  /** @throws {ConductorConfigurationError} */
  constructor(files: readonly ConfigurationFile[]) {
    for (const file of files) this.#parse(file);
  }

  has(group: string, option: string): boolean {
    return this.#assignments.has(keyOf(group, option));
  }

  /**
   * The value of an option with everything substituted, and where it is set; undefined when no file sets it.
   * @throws {ConductorConfigurationError} for a reference to an option that no file sets
   */
  get(group: string, option: string): Assignment | undefined {
    const found = this.#assignments.get(keyOf(group, option));
    return found && { where: found.where, value: this.#substitute(found, group, [keyOf(group, option)]) };
  }

  #parse({ path, text }: ConfigurationFile): void {
    let section: string | undefined;
    let open: { readonly key: string; readonly line: number; readonly lines: string[] } | undefined;
    const flush = () => {
      if (open === undefined || section === undefined) return;
      const where = `${path}:${open.line}`;
      this.#assignments.set(keyOf(section, open.key), { where, value: open.lines.join("\n") });
      open = undefined;
    };
    for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
      const line = raw.trimEnd();
      const fail = (what: string): never => {
        throw new ConductorConfigurationError(`${path}:${index + 1}`, what);
      };
      if (line === "") {
        flush();
      } else if (/^[ \t]/.test(line)) {
        if (open === undefined) fail("a continuation line continues nothing");
        open?.lines.push(line.trimStart());
      } else {
        flush();
        if (line.startsWith("[")) {
          if (!line.endsWith("]") || line.length < 3) fail("a section is written as [name]");
          section = line.slice(1, -1);
        } else if (!/^[#;]/.test(line)) {
          const at = line.search(/[:=]/);
          if (at < 0) fail("neither a section nor an assignment (key = value)");
          const key = line.slice(0, at).trim();
          if (key === "") fail("an assignment without a key");
          if (section === undefined) fail("an assignment before any section");
          open = { key, line: index + 1, lines: [unquote(line.slice(at + 1).trim())] };
        }
      }
    }
    flush();
  }

  #substitute({ where, value }: Assignment, group: string, seen: readonly string[]): string {
    const pattern = /\$(?:(\$)|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})/gi;
    return value
      .replaceAll("\\$", "$$$$")
      .replace(pattern, (_match, dollar?: string, bare?: string, braced?: string) => {
        if (dollar !== undefined) return "$";
        const name = bare ?? braced ?? "";
        const dot = name.indexOf(".");
        const keys =
          dot < 0 ? [keyOf(group, name), keyOf("DEFAULT", name)] : [keyOf(name.slice(0, dot), name.slice(dot + 1))];
        const key = keys.find((each) => this.#assignments.has(each));
        const target = key === undefined ? undefined : this.#assignments.get(key);
        if (key === undefined || target === undefined) {
          const hint = "write the value out, or give the file that sets it too; a dollar sign is written $$";
          throw new ConductorConfigurationError(where, `refers to $${name}, which no file sets`, hint);
        }
        if (seen.includes(key)) throw new ConductorConfigurationError(where, `$${name} refers to itself`);
        return this.#substitute(target, key.slice(0, key.indexOf("\0")), [...seen, key]);
      });
  }
}

/** Group names are matched in lower case, keys as they are written. */
function keyOf(group: string, option: string): string {
  return `${group === "DEFAULT" ? group : group.toLowerCase()}\0${option}`;
}

function unquote(value: string): string {
  return /^["']/.test(value) && value[0] === value.at(-1) ? value.slice(1, -1) : value;
}

import type { IronicRelease, TlsVersion } from "../../../selection";
import { ConductorConfigurationError, type ConfigurationFile, OsloConfiguration } from "./oslo-config";

/**
 * Whether a conductor checks certificates, or with which authorities: the path of a PEM file on the conductor. `refused`: the
 * release takes no path there, and fails for every OCI artifact.
 */
export type VerifyCa = boolean | "refused" | { readonly path: string };

/** The options of a conductor's configuration that decide whether an OCI artifact deploys, by Ironic's names. */
export interface ConductorSettings {
  /** `[oci]authentication_config`, a path on the conductor. */
  readonly authenticationConfig: string | undefined;
  /** `[oci]permit_fallback_to_http_transport`. */
  readonly permitHttpFallback: boolean;
  /** `[oci]verify_ca`, else `webserver_verify_ca`. */
  readonly verifyCa: VerifyCa;
  /** Which option {@link verifyCa} comes from. */
  readonly verifyCaOption: string;
  /** `webserver_tls_minimum_version`. Undefined where Python's default decides: TLS 1.2. */
  readonly tlsMinimum: TlsVersion | undefined;
  /** `[deploy]image_server_user` and `image_server_password`, where both are set and the release uses them for OCI. */
  readonly imageServer: { readonly username: string; readonly password: string } | undefined;
  /** `[agent]image_download_source`. */
  readonly imageDownloadSource: "http" | "local" | "swift";
  readonly forceRawImages: boolean;
  readonly streamRawImages: boolean;
  /** `[agent]memory_consumed_by_agent`, in MiB. */
  readonly memoryConsumedByAgent: number;
  readonly conductorAlwaysValidatesImages: boolean;
  readonly disableDeepImageInspection: boolean;
  readonly permittedImageFormats: readonly string[];
  /** `[deploy]http_url`: whether it is set; undefined when no file was given. */
  readonly hasHttpUrl: boolean | undefined;
  readonly defaultBootInterface: string | undefined;
  readonly defaultDeployInterface: string | undefined;
  /** Undefined when no file was given. */
  readonly enabledDeployInterfaces: readonly string[] | undefined;
  readonly autodetectDeployInterfaces: readonly string[];
  /** Notes on the files: options that the release does not have or use. They contain no values. */
  readonly remarks: readonly string[];
}

/** First releases of options that not every release has, or uses for OCI. */
const SINCE: readonly (readonly [group: string, option: string, major: number, what: string])[] = [
  ["oci", "permit_fallback_to_http_transport", 34, "is not known to"],
  ["oci", "verify_ca", 39, "is not known to"],
  ["DEFAULT", "webserver_tls_minimum_version", 37, "is not known to"],
  ["DEFAULT", "webserver_tls_ciphers", 37, "is not known to"],
  ["DEFAULT", "autodetect_deploy_interfaces", 35, "is not known to"],
  ["deploy", "image_server_user", 34, "is not used for OCI registries by"],
  ["deploy", "image_server_password", 34, "is not used for OCI registries by"],
];

/**
 * The first release that takes a path in `webserver_verify_ca` for OCI registries; earlier ones fail with a ValueError. The fix is in
 * the stable branch of 35.0 too, after 35.0.1.
 */
const FIRST_WITH_CA_PATH = 37;
const CA_PATH_BACKPORTED_TO = 35;

/**
 * Reads what counts of a conductor's configuration, with the defaults of the release.
 *
 * Sources: Ironic, `ironic/conf/{agent,conductor,default,deploy,oci}.py` of 29.0 to 39.0.
 * @param files in the order in which the conductor is given them; none: every option has its default
 * @throws {ConductorConfigurationError} for what oslo.config or the release refuses
 */
export function readSettings(files: readonly ConfigurationFile[], release: IronicRelease): ConductorSettings {
  const reader = new Reader(files, release);
  const remarks = reader.ignored();
  const verifyCa = readVerifyCa(reader, release);
  if (typeof verifyCa === "object" && release.major === CA_PATH_BACKPORTED_TO) {
    remarks.push("webserver_verify_ca is a path: up to 35.0.1 Ironic fails with that for every OCI artifact");
  }
  if (reader.text("DEFAULT", "webserver_tls_ciphers")) {
    remarks.push("[DEFAULT]webserver_tls_ciphers is set, and is not tried out: other ciphers may be used here");
  }
  const user = reader.text("deploy", "image_server_user");
  const password = reader.text("deploy", "image_server_password");
  const verifyCaOption = reader.text("oci", "verify_ca") === undefined ? "webserver_verify_ca" : "[oci]verify_ca";
  const given = files.length > 0;
  return {
    authenticationConfig: reader.text("oci", "authentication_config") || undefined,
    permitHttpFallback: reader.flag("oci", "permit_fallback_to_http_transport", false),
    verifyCa,
    verifyCaOption,
    tlsMinimum: readTlsMinimum(reader, release),
    imageServer: user && password ? { username: user, password } : undefined,
    imageDownloadSource: reader.choice("agent", "image_download_source", ["http", "local", "swift"], "http"),
    forceRawImages: reader.flag("DEFAULT", "force_raw_images", true),
    streamRawImages: reader.flag("agent", "stream_raw_images", true),
    memoryConsumedByAgent: reader.integer("agent", "memory_consumed_by_agent", 0),
    conductorAlwaysValidatesImages: reader.flag("conductor", "conductor_always_validates_images", false),
    disableDeepImageInspection: reader.flag("conductor", "disable_deep_image_inspection", false),
    permittedImageFormats: reader.list("conductor", "permitted_image_formats") ?? ["raw", "gpt", "qcow2", "iso"],
    hasHttpUrl: given ? Boolean(reader.text("deploy", "http_url")) : undefined,
    defaultBootInterface: reader.text("DEFAULT", "default_boot_interface") || undefined,
    defaultDeployInterface: reader.text("DEFAULT", "default_deploy_interface") || undefined,
    enabledDeployInterfaces: given
      ? (reader.list("DEFAULT", "enabled_deploy_interfaces") ?? defaultInterfaces(release))
      : undefined,
    autodetectDeployInterfaces: reader.list("DEFAULT", "autodetect_deploy_interfaces") ?? [
      "ramdisk",
      "bootc",
      "direct",
    ],
    remarks,
  };
}

/** `autodetect` and `bootc` are enabled by default from 35.0 on. */
export function defaultInterfaces({ major }: IronicRelease): readonly string[] {
  return major < 35 ? ["direct", "ramdisk"] : ["autodetect", "direct", "ramdisk", "bootc"];
}

/** Typed access to what the release knows; an option that it does not know is as good as not set. */
class Reader {
  readonly #configuration: OsloConfiguration;
  readonly #release: IronicRelease;

  constructor(files: readonly ConfigurationFile[], release: IronicRelease) {
    this.#configuration = new OsloConfiguration(files);
    this.#release = release;
  }

  ignored(): string[] {
    return SINCE.filter(([group, option, major]) => {
      return this.#release.major < major && this.#configuration.has(group, option);
    }).map(([group, option, major, what]) => {
      return `[${group}]${option} ${what} Ironic ${this.#release.version}, and is ignored: it came with ${major}.0`;
    });
  }

  find(group: string, option: string) {
    const since = SINCE.find((row) => row[0] === group && row[1] === option)?.[2] ?? 0;
    return this.#release.major < since ? undefined : this.#configuration.get(group, option);
  }

  text(group: string, option: string): string | undefined {
    return this.find(group, option)?.value;
  }

  flag(group: string, option: string, fallback: boolean): boolean {
    const found = this.find(group, option);
    if (found === undefined) return fallback;
    const value = found.value.toLowerCase();
    if (["true", "1", "on", "yes"].includes(value)) return true;
    if (["false", "0", "off", "no"].includes(value)) return false;
    throw wrong(found.where, group, option, "true or false");
  }

  integer(group: string, option: string, fallback: number): number {
    const found = this.find(group, option);
    if (found === undefined) return fallback;
    if (!/^\s*[+-]?\d+\s*$/.test(found.value)) throw wrong(found.where, group, option, "a whole number");
    return Number(found.value);
  }

  choice<const T extends string>(group: string, option: string, choices: readonly T[], fallback: T): T {
    const found = this.find(group, option);
    if (found === undefined) return fallback;
    const chosen = choices.find((choice) => choice === found.value);
    if (chosen === undefined) throw wrong(found.where, group, option, choices.join(" or "));
    return chosen;
  }

  list(group: string, option: string): string[] | undefined {
    const value = this.text(group, option)?.trim().replace(/,+$/, "");
    return value === "" ? [] : value?.split(",").map((item) => item.trim());
  }
}

function readTlsMinimum(reader: Reader, release: IronicRelease): TlsVersion | undefined {
  if (reader.text("DEFAULT", "webserver_tls_minimum_version") === undefined) return release.tlsMinimum;
  return reader.choice("DEFAULT", "webserver_tls_minimum_version", ["1.2", "1.3"], "1.3") === "1.2"
    ? "TLSv1.2"
    : "TLSv1.3";
}

/** Source: `OciImageService.__init__`; oslo.utils, `strutils.bool_from_string`. */
function readVerifyCa(reader: Reader, release: IronicRelease): VerifyCa {
  const own = reader.find("oci", "verify_ca");
  const found = own ?? reader.find("DEFAULT", "webserver_verify_ca");
  if (found === undefined) return true;
  const value = found.value.trim().toLowerCase();
  if (["1", "t", "true", "on", "y", "yes"].includes(value)) return true;
  if (["0", "f", "false", "off", "n", "no"].includes(value)) return false;
  const takesPath = release.major >= FIRST_WITH_CA_PATH || release.major === CA_PATH_BACKPORTED_TO;
  if (!takesPath) return "refused";
  // An empty value is not a path; Python's requests then does not verify at all.
  return found.value === "" ? false : { path: found.value };
}

function wrong(where: string, group: string, option: string, expected: string): ConductorConfigurationError {
  return new ConductorConfigurationError(where, `[${group}]${option} is ${expected}, and nothing else`);
}

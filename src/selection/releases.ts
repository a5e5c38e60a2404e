import { IronicOciError, printable } from "../reference";

/**
 * The selection profiles, each named after the first Ironic release that selects by it.
 *
 * - `ironic-29`: up to 33 (2025.1 and 2025.2). A candidate without a disktype is a disk image of unknown format.
 * - `ironic-34`: from 34 on (2026.1). A candidate without a disktype and without artifact marks is a bootc container.
 */
export const SELECTION_PROFILES = ["ironic-29", "ironic-34"] as const;
/** The rules of selection of a range of releases, named after the first one. */
export type SelectionProfile = (typeof SELECTION_PROFILES)[number];

/** A TLS protocol version, as Node's `tls` module spells it. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** One Ironic release, as far as OCI images are concerned. */
export interface IronicRelease {
  /** The first version of the release, such as `39.0`. */
  readonly version: string;
  readonly major: number;
  /** The OpenStack series that ships it, such as `2026.2`; undefined for a release between two series. */
  readonly series: string | undefined;
  /** The series' code name, such as `Hibiscus`. */
  readonly codeName: string | undefined;
  /** The newest API microversion of its first version. */
  readonly api: string;
  readonly profile: SelectionProfile;
  /** The lowest TLS version that its conductor speaks to a registry; undefined where Python's default decides. */
  readonly tlsMinimum: TlsVersion | undefined;
  /** The changes for OCI images, in one line for the documentation. */
  readonly changes: string | undefined;
}

type Row = Pick<IronicRelease, "version" | "api"> &
  Partial<Pick<IronicRelease, "series" | "codeName" | "tlsMinimum" | "changes">>;

/**
 * Every Ironic release that understands `oci://`, oldest first.
 *
 * Sources: Ironic's `ironic/common/release_mappings.py` (versions, series, API) and its release notes (changes). The tables in
 * the documentation are generated from this one.
 */
const ROWS: readonly Row[] = [
  {
    version: "29.0",
    series: "2025.1",
    codeName: "Epoxy",
    api: "1.96",
    changes: "OCI support, `bootc` deploy interface",
  },
  { version: "30.0", api: "1.99" },
  { version: "31.0", api: "1.99" },
  { version: "32.0", series: "2025.2", codeName: "Flamingo", api: "1.101" },
  { version: "33.0", api: "1.104" },
  {
    version: "34.0",
    api: "1.109",
    changes:
      "images without a disktype and artifact marks are bootc containers; `user:password` pull secrets; basic authentication; HTTP fallback; `[deploy]image_server_user`",
  },
  {
    version: "35.0",
    series: "2026.1",
    codeName: "Gazpacho",
    api: "1.111",
    changes: "`autodetect` and `bootc` deploy interfaces are enabled by default",
  },
  { version: "36.0", api: "1.112" },
  { version: "37.0", api: "1.112", tlsMinimum: "TLSv1.2", changes: "registries must speak TLS 1.2 or newer" },
  {
    version: "38.0",
    api: "1.113",
    tlsMinimum: "TLSv1.3",
    changes: "registries must speak TLS 1.3, unless configured otherwise",
  },
  {
    version: "39.0",
    series: "2026.2",
    codeName: "Hibiscus",
    api: "1.115",
    tlsMinimum: "TLSv1.3",
    changes: "`[oci]verify_ca`",
  },
];

/** The first release whose selection knows bootc containers. */
const FIRST_WITH_BOOTC_CLASS = 34;

/** Up to 33 a bootc container can't be told from a disk image: a clause for errors and the documentation. */
export const BOOTC_SUPPORT = `this package supports bootc containers for Ironic ${FIRST_WITH_BOOTC_CLASS}.0 and later`;

export const RELEASES: readonly IronicRelease[] = ROWS.map(
  ({ version, api, series, codeName, tlsMinimum, changes }) => {
    const major = Number.parseInt(version, 10);
    const profile = major < FIRST_WITH_BOOTC_CLASS ? "ironic-29" : "ironic-34";
    return { version, major, series, codeName, api, profile, tlsMinimum, changes };
  },
);

/** The release that is assumed where none is configured. */
export const NEWEST_RELEASE = RELEASES.at(-1) as IronicRelease;

/** An Ironic release that is not known. Lists the known ones: a guess would pin another digest. */
export class UnknownReleaseError extends IronicOciError {
  readonly code = "UNKNOWN_RELEASE";

  constructor(
    /** The release as it was given. */
    readonly release: string,
  ) {
    const older = olderThanKnown(release);
    super(
      older
        ? `Ironic ${release.trim()} does not support OCI images: they came with 29.0 (2025.1)`
        : `${JSON.stringify(printable(release))} is not a known Ironic release`,
      { hint: `use one of ${RELEASES.map(describeRelease).join(", ")}; further digits such as 29.0.5 are fine` },
    );
  }
}

/**
 * The release that a string names: a version (`29.0.5`, `39`), an OpenStack series (`2025.1`) or its code name (`epoxy`), with or
 * without a leading `v`.
 * @throws {UnknownReleaseError}
 */
export function parseRelease(text: string): IronicRelease {
  // A program without types, and a context in JSON, may have a number here.
  const written = String(text);
  const name = written
    .trim()
    .toLowerCase()
    .replace(/^v(?=\d)/, "");
  const named = RELEASES.find(({ series, codeName }) => name === series || name === codeName?.toLowerCase());
  if (named) return named;
  const major = /^(\d{1,3})(?:\.\d+){0,3}$/.exec(name)?.[1];
  const numbered = major === undefined ? undefined : RELEASES.find((release) => release.major === Number(major));
  if (numbered) return numbered;
  throw new UnknownReleaseError(written);
}

/**
 * The selection profile of a release; the newest where none is configured.
 * @throws {UnknownReleaseError}
 */
export function profileFor(release: string | undefined): SelectionProfile {
  return (release === undefined ? NEWEST_RELEASE : parseRelease(release)).profile;
}

/** `39.0 (2026.2, Hibiscus)`. */
export function describeRelease({ version, series, codeName }: IronicRelease): string {
  return series === undefined ? version : `${version} (${series}, ${codeName})`;
}

/** Whether a string names a version or series from before OCI support. */
function olderThanKnown(release: string): boolean {
  const [, first, second] = /^v?(\d+)(?:\.(\d+))?/.exec(release.trim().toLowerCase()) ?? [];
  if (first === undefined) return false;
  const number = Number(first);
  // Series are named after their year, and no version comes near one.
  if (number >= 2000) return second !== undefined && Number(`${first}.${second}`) < 2025.1;
  return number < (RELEASES[0] as IronicRelease).major;
}

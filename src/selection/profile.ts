/**
 * Ironic's two ways of choosing, named after the first release that has them.
 *
 * - `ironic-29`: up to 33 (stable 2025.1 and 2025.2). A candidate without a disktype is a disk image of unknown format.
 * - `ironic-34`: from 34 on (2026.1). A candidate without a disktype and without artifact marks is a bootc container.
 */
export type SelectionProfile = "ironic-29" | "ironic-34";

export const NEWEST_PROFILE: SelectionProfile = "ironic-34";

/** The OpenStack series whose Ironic is older than 34; newer series have 34 or later. */
const FIRST_SERIES_FROM_34 = 2026.1;

/**
 * The profile of an Ironic release: a version (`29.0.5`, `39.0`) or an OpenStack series (`2025.1`). An unknown or unset
 * release means the newest profile.
 */
export function profileFor(release: string | undefined): SelectionProfile {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.\d+)*$/.exec(release?.trim() ?? "");
  if (!match) return NEWEST_PROFILE;
  const major = Number(match[1]);
  // Series are named after the year, and no release number comes near one.
  if (major >= 2000) return Number(`${major}.${match[2] ?? 0}`) < FIRST_SERIES_FROM_34 ? "ironic-29" : "ironic-34";
  return major < 34 ? "ironic-29" : "ironic-34";
}

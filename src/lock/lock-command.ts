import { printable } from "../reference";
import { DEFAULT_LOCK_FILE } from "./mode";
import type { PinQuery } from "./query";

/** The command that locks a query. */
export function lockCommand(query: PinQuery, path: string): string {
  const { reference, role, architecture, imageDownloadSource, profile, expect } = query;
  const options = [
    role !== "image" && `--role ${role}`,
    architecture !== undefined && `--arch ${architecture}`,
    role === "image" && imageDownloadSource !== undefined && `--download-source ${imageDownloadSource}`,
    role === "image" && expect === "bootc" && "--expect bootc",
    role === "image" && `--ironic-release ${FIRST_RELEASES[profile]}`,
    path !== DEFAULT_LOCK_FILE && `--lock-file ${path}`,
  ];
  return printable(["ironic-oci lock", reference.canonical(), ...options.filter(Boolean)].join(" "));
}

/** A release of each profile. */
const FIRST_RELEASES: Readonly<Record<PinQuery["profile"], string>> = { "ironic-29": "29.0", "ironic-34": "34.0" };

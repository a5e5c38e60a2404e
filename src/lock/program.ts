import { dirname, relative, resolve } from "node:path";

/** The user of what `ironic-oci lock REF` has locked. No folder is called that. */
export const COMMAND_LINE = "ironic-oci lock";

/** Prefix of a Terraform configuration's name: a CDKTF program in the same folder is another user. */
const CONFIGURATION = "terraform ";

/** A program as a user of pins: the folder that it runs in, relative to the lock file, which is the same on every machine. */
export function programName(lockFile: string, folder: string = process.cwd()): string {
  return relative(dirname(resolve(lockFile)), folder).replaceAll("\\", "/") || ".";
}

/** A Terraform configuration as a user of pins: `terraform` and the folder that it runs in. */
export function configurationName(lockFile: string, folder: string = process.cwd()): string {
  return CONFIGURATION + programName(lockFile, folder);
}

/** The folder of a recorded user, relative to the lock file; undefined for the command line. */
export function folderOf(user: string): string | undefined {
  if (user === COMMAND_LINE) return undefined;
  return user.startsWith(CONFIGURATION) ? user.slice(CONFIGURATION.length) : user;
}

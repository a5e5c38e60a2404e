/** The subcommands of `ironic-oci` that do something, as a user writes them. */
export const COMMANDS = [
  "resolve",
  "lock",
  "outdated",
  "update",
  "doctor",
  "push",
  "annotate",
  "copy",
  "bundle write",
  "bundle load",
  "verify",
  "provider install",
  "provider import-blocks",
  "provider publish",
];

/** Packages that the command line requires on first use: what shows help or a version needs none of them. */
export const CLI_PACKAGES = ["undici", "yaml", "zod", "sigstore"];

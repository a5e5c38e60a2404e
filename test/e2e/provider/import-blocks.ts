import { join } from "node:path";
import { runToEnd } from "../../support/run";
import { succeeded } from "./project";

const CLI = join(__dirname, "..", "..", "..", "dist", "cli", "ironic-oci.js");

/** What the built `ironic-oci provider import-blocks` writes of an Ironic. */
export async function importBlocks(
  url: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const argv = [process.execPath, CLI, "provider", "import-blocks", ...options];
  const finished = await runToEnd(argv, { env: { PATH: process.env.PATH, IRONIC_ENDPOINT: url, ...env } });
  return succeeded(finished).stdout;
}

import { join } from "node:path";

/** Compiled, this file is dist/scripts/release/tools.js. */
export const ROOT = join(__dirname, "..", "..", "..");

/** The path of a file in a package of scripts/release/tools, which are installed for a release only. */
export function tool(name: string, file: string): string {
  return join(ROOT, "scripts", "release", "tools", "node_modules", name, file);
}

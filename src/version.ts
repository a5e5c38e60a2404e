import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Set by the build where this file goes into a bundle that has no package.json beside it. */
declare const BUNDLED_VERSION: string | undefined;

/** This package's version. Compiled, this file is dist/src/version.js; in tests it is src/version.ts. */
export const version: string = typeof BUNDLED_VERSION === "string" ? BUNDLED_VERSION : readVersion();

function readVersion(): string {
  for (const up of ["..", join("..", "..")]) {
    try {
      const manifest = JSON.parse(readFileSync(join(__dirname, up, "package.json"), "utf8")) as Record<string, unknown>;
      if (manifest.name === "cdktf-ironic-oci" && typeof manifest.version === "string") return manifest.version;
    } catch {
      // Not this folder: the next one up.
    }
  }
  return "0.0.0";
}

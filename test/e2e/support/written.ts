import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every file that was written below a folder, but the provider's own. */
export function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.includes("terraform-provider-ironic"))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

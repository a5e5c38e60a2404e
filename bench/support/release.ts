import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipPackage } from "../../src/delivery";
import { version } from "../../src/version";
import { dist } from "./run";

/** Unpacks the executable of a program from `npm run release` for Linux into a folder; undefined without a release. */
export function releasedExecutable(
  program: "terraform-provider-ironic" | "ironic-oci",
  folder: string,
): string | undefined {
  const zip = join(dist, "release", `${program}_${version}_linux_amd64.zip`);
  if (!existsSync(zip)) {
    console.log(`no executable of ${program}: npm run release makes it\n`);
    return undefined;
  }
  const [{ name, content } = { name: "", content: "" }] = unzipPackage(readFileSync(zip));
  writeFileSync(join(folder, name), content, { mode: 0o755 });
  return join(folder, name);
}

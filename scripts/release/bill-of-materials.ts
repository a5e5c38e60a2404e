// The bill of materials of a release, in CycloneDX: what npm installs for the project, and the Nodes inside of the executables.
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeBinary } from "./node-binaries";
import { ROOT, tool } from "./tools";

/** A part of CycloneDX 1.6. */
interface Bill {
  readonly components: readonly { readonly "bom-ref": string; readonly name: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
};

export function billOfMaterials(nodes: readonly NodeBinary[]): object {
  const omitted = ["dev", "optional", "peer"].flatMap((type) => ["--omit", type]);
  const argv = [...omitted, "--output-reproducible", "--output-format", "JSON", "--output-file", "-"];
  const cyclonedx = tool("@cyclonedx/cyclonedx-npm", "bin/cyclonedx-npm-cli.js");
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  };
  const bill = JSON.parse(execFileSync(process.execPath, [cyclonedx, ...argv], options)) as Bill;
  // Users bring them along; cyclonedx-npm finds them because the project's own tests need them, too.
  const peers = bill.components
    .filter(({ name }) => Object.hasOwn(peerDependencies, name))
    .map((each) => each["bom-ref"]);
  const isPeer = (ref: string) => peers.includes(ref);
  const versions = [...new Set(nodes.map(({ version }) => version))].sort();
  return {
    ...bill,
    components: [...bill.components.filter((each) => !isPeer(each["bom-ref"])), ...versions.map(nodeComponent)],
    dependencies: bill.dependencies
      .filter(({ ref }) => !isPeer(ref) && !peers.some((peer) => ref.startsWith(`${peer}|`)))
      .map((each) => ({ ...each, dependsOn: each.dependsOn?.filter((ref) => !isPeer(ref)) })),
  };

  function nodeComponent(version: string): object {
    const platforms = nodes.filter((node) => node.version === version).map(({ platform }) => platform);
    return {
      type: "platform",
      name: "node",
      version,
      "bom-ref": `node@${version}`,
      description: `Inside of the executables for ${platforms.join(", ")}`,
      licenses: [{ license: { id: "MIT" } }],
      purl: `pkg:generic/node@${version}`,
      cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    };
  }
}

// docs/: the provider's documentation as Terraform's registry shows it, made from its schema, from examples/ and from the table of
// Ironic releases, which docs/guides/selection.md shows too. With --check, fails if a committed page differs from the generated one.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ironicProvider } from "../src/provider";
import { BOOTC_SUPPORT, type IronicRelease, NEWEST_RELEASE, RELEASES } from "../src/selection";
import type { AttributeSpec, CtyType, ProviderFunction, Schema } from "../src/tfplugin";
import { writeOrCheck } from "./generated-files";

const ROOT = join(__dirname, "..", "..");
const DOCS = join(ROOT, "docs");
const SELECTION = join("docs", "guides", "selection.md");

function pages(): ReadonlyMap<string, string> {
  const { schema, resources = {}, dataSources = {}, functions = {} } = ironicProvider({}).options;
  const all = new Map([["index.md", page("ironic Provider", "the provider", schema, example("provider/provider.tf"))]]);
  for (const [type, { schema }] of Object.entries(resources)) {
    const usage = example(`resources/${type}/resource.tf`) + importing(`resources/${type}/import.sh`);
    all.set(join("resources", `${short(type)}.md`), page(`${type} (Resource)`, type, schema, usage));
  }
  for (const [type, { schema }] of Object.entries(dataSources)) {
    const usage = example(`data-sources/${type}/data-source.tf`);
    all.set(join("data-sources", `${short(type)}.md`), page(`${type} (Data Source)`, type, schema, usage));
  }
  for (const [name, declared] of Object.entries(functions)) {
    all.set(join("functions", `${name}.md`), functionPage(name, declared));
  }
  all.set(join("guides", "ironic-releases.md"), releasesGuide());
  return all;
}

/** The guide to selection, with the table of releases between its markers. */
function selectionGuide(): string {
  const text = readFileSync(join(ROOT, SELECTION), "utf8");
  const [begin, end] = ["<!-- releases: made by npm run docs -->", "<!-- /releases -->"];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${SELECTION} has no ${begin} … ${end}`);
  // Named series, and releases that changed something.
  const rows = RELEASES.filter(({ series, changes }) => series !== undefined || changes !== undefined);
  return `${text.slice(0, start)}${begin}\n${releaseTable(rows)}${text.slice(stop)}`;
}

function releaseTable(releases: readonly IronicRelease[]): string {
  const head = "| release | series | API | selects as | what changes |\n|---|---|---|---|---|\n";
  return (
    head +
    releases
      .map(({ version, series, codeName, api, profile, changes = "" }) => {
        const name = series === undefined ? "–" : `${series} (${codeName})`;
        return `| ${version} | ${name} | ${api} | \`${profile}\` | ${changes} |\n`;
      })
      .join("")
  );
}

function releasesGuide(): string {
  return `---
page_title: "Ironic releases"
description: "The Ironic releases that understand OCI images, and what each of them chooses."
---

<!-- Made by npm run docs from src/selection/releases.ts. -->

# Ironic releases

One tag can mean two digests on two releases, and one digest two things: say which release you run, as \`ironic_release\` of the
provider, \`ironicRelease\` of the constructs or \`--ironic-release\` of the command line. A version (\`29.0.5\`, \`39\`), a series
(\`2025.1\`) and a code name (\`epoxy\`) are understood, with or without a leading \`v\`; anything else is an error. Without a
release, ${NEWEST_RELEASE.version} is assumed, and the output says so.

${releaseTable(RELEASES)}
| selects as | by tag | by digest |
|---|---|---|
| \`ironic-29\` | an artifact without a disktype is a disk image of unknown format | everything is a disk image of unknown format |
| \`ironic-34\` | an artifact without a disktype and without artifact marks is a bootc container | a manifest without artifact marks is a bootc container, whatever its disktype |

The artifact marks are an \`artifactType\`, or the configuration \`application/vnd.oci.empty.v1+json\`. A tag's marks are looked for on the
index's entry, a digest's on the manifest itself. So that both agree on every release, a disk image is published with one layer, the
empty configuration, an \`artifactType\`, and the annotation \`disktype\` on the manifest and on its entry in an index:

\`\`\`shell
oras push --artifact-type application/vnd.example.disk --annotation disktype=qcow2 registry.example/images/os:1.0 disk.qcow2
\`\`\`

## bootc containers

With \`expect = "bootc"\` a container is pinned like a disk image; the node needs the deploy interface \`bootc\`, or \`autodetect\`. The machine
is then installed from a digest, and **\`bootc upgrade\` on it never finds anything newer**: move the pin and rebuild, or use \`bootc
switch\` on the machine to follow a tag from there on. Up to release 33 a bootc container can't be told from a disk image: ${BOOTC_SUPPORT}.

\`instance_info\` may hold \`bootc_authorized_keys\`, the text of root's \`authorized_keys\`, and \`bootc_tpm2_luks\`, for a root file system
encrypted with a key that the TPM keeps. \`instance_info\` holds strings, and the agent takes any string for true: leave
\`bootc_tpm2_luks\` out where it is not wanted.
`;
}

/** `ironic_node_v1` → `node_v1`: pages are named so. */
function short(type: string): string {
  return type.slice(type.indexOf("_") + 1);
}

function page(title: string, subject: string, schema: Schema, usage: string): string {
  const { description } = schema;
  const text = `---
page_title: ${JSON.stringify(title)}
description: ${JSON.stringify(description)}
---

<!-- Made by npm run docs from the schema of ${subject}. -->

# ${title}

${description}

${usage}
## Schema

${sections(schema)}`;
  return `${text.trimEnd()}\n`;
}

/** A function's page, in the layout that terraform-plugin-docs gives it. */
function functionPage(name: string, { summary, description, parameters, returns }: ProviderFunction): string {
  const signature = parameters.map((each) => `${each.name} ${signatureType(each.type)}`).join(", ");
  const lines = parameters.map((each, i) => `${i + 1}. \`${each.name}\` (${typeName(each.type)}) ${each.description}`);
  return `---
page_title: ${JSON.stringify(`${name} (Function)`)}
description: ${JSON.stringify(summary)}
---

<!-- Made by npm run docs from the schema of ${name}. -->

# ${name} (Function)

${description}

Functions of providers need Terraform 1.8 or later. This one needs no \`provider\` block.

${example(`functions/${name}/function.tf`)}
## Signature

\`\`\`text
${name}(${signature}) ${signatureType(returns)}
\`\`\`

## Arguments

${lines.join("\n")}

## Return Type

The return type of \`${name}\` is ${returnType(returns)}
`;
}

/** A type in the notation of signatures: `string`, `list of string`. */
function signatureType(type: CtyType): string {
  return typeName(type).toLowerCase();
}

function returnType(type: CtyType): string {
  if (type.kind !== "object") return `${signatureType(type)}.`;
  const members = Object.entries(type.attributes).map(([name, member]) => `- \`${name}\` (${typeName(member)})`);
  return `an object with these attributes:\n\n${members.join("\n")}`;
}

function example(path: string): string {
  return `## Example Usage\n\n\`\`\`terraform\n${read(path)}\`\`\`\n`;
}

function importing(path: string): string {
  return `\n## Import\n\n\`\`\`shell\n${read(path)}\`\`\`\n`;
}

function read(path: string): string {
  return readFileSync(join(ROOT, "examples", path), "utf8");
}

function sections({ attributes, blocks }: Pick<Schema, "attributes" | "blocks">): string {
  const named = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? "" : `### ${title}\n\n${lines.join("\n")}\n\n`;
  const lines = (wanted: (attribute: AttributeSpec) => boolean) =>
    named.filter(([, attribute]) => wanted(attribute)).map(([name, attribute]) => line(name, attribute));
  const blockLines = Object.entries(blocks).map(
    ([name, { description, fields }]) =>
      `- \`${name}\` (Block) ${description}\n${Object.entries(fields.attributes)
        .map(([inner, attribute]) => `  ${line(inner, attribute)}`)
        .join("\n")}`,
  );
  return (
    section(
      "Required",
      lines(({ required }) => required),
    ) +
    section("Optional", [...lines(({ optional }) => optional), ...blockLines]) +
    section(
      "Read-Only",
      lines(({ required, optional }) => !required && !optional),
    )
  );
}

function line(name: string, { type, nested, sensitive, writeOnly, deprecated, description }: AttributeSpec): string {
  const flags = [typeName(type), sensitive && "Sensitive", writeOnly && "Write-only", deprecated && "Deprecated"];
  const text = [description, deprecated].filter(Boolean).join(" ");
  const inner = Object.entries(nested?.fields.attributes ?? {}).map(
    ([each, attribute]) => `\n  ${line(each, attribute)}`,
  );
  return `- \`${name}\` (${flags.filter(Boolean).join(", ")})${text && ` ${text}`}${inner.join("")}`;
}

function typeName(type: CtyType): string {
  switch (type.kind) {
    case "list":
    case "set":
    case "map": {
      const of = type.element.kind === "object" ? "Object" : typeName(type.element);
      return `${type.kind[0]?.toUpperCase()}${type.kind.slice(1)} of ${of}`;
    }
    case "bool":
      return "Boolean";
    default:
      return `${type.kind[0]?.toUpperCase()}${type.kind.slice(1)}`;
  }
}

/** The pages that this program made earlier: docs/ holds others as well. */
function committed(): string[] {
  if (!existsSync(DOCS)) return [];
  const names = readdirSync(DOCS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return names.filter((name) =>
    /^<!-- Made by npm run docs from (?:the schema|src\/selection)/m.test(readFileSync(join(DOCS, name), "utf8")),
  );
}

function main(): void {
  const made = pages();
  const stale = committed()
    .filter((name) => !made.has(name))
    .map((name) => join("docs", name));
  const all = [...made].map(([name, text]): [string, string] => [join("docs", name), text]);
  writeOrCheck(ROOT, "docs", new Map([...all, [SELECTION, selectionGuide()]]), stale);
}

main();

// docs/: the provider's documentation as Terraform's registry shows it, made from its schema and from examples/. With --check,
// fails where what is committed is not what would be made.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ironicProvider } from "../src/provider";
import type { AttributeSpec, CtyType, Schema } from "../src/tfplugin";

const ROOT = join(__dirname, "..", "..");
const DOCS = join(ROOT, "docs");

function pages(): ReadonlyMap<string, string> {
  const { schema, resources = {}, dataSources = {} } = ironicProvider({}).options;
  const all = new Map([["index.md", page("ironic Provider", "the provider", schema, example("provider/provider.tf"))]]);
  for (const [type, { schema }] of Object.entries(resources)) {
    const usage = example(`resources/${type}/resource.tf`) + importing(`resources/${type}/import.sh`);
    all.set(join("resources", `${short(type)}.md`), page(`${type} (Resource)`, type, schema, usage));
  }
  for (const [type, { schema }] of Object.entries(dataSources)) {
    const usage = example(`data-sources/${type}/data-source.tf`);
    all.set(join("data-sources", `${short(type)}.md`), page(`${type} (Data Source)`, type, schema, usage));
  }
  return all;
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

function committed(): Set<string> {
  if (!existsSync(DOCS)) return new Set();
  const names = readdirSync(DOCS, { recursive: true, encoding: "utf8" });
  return new Set(names.filter((name) => name.endsWith(".md")));
}

function main(): void {
  const made = pages();
  const stale = [...committed()].filter((name) => !made.has(name));
  const changed = [...made].filter(([name, text]) => {
    const path = join(DOCS, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  if (process.argv.includes("--check")) {
    for (const name of [...stale, ...changed.map(([each]) => each)]) console.error(`docs/${name} is out of date`);
    if (stale.length + changed.length === 0) return;
    console.error("run npm run docs, and commit what it makes");
    process.exitCode = 1;
    return;
  }
  for (const name of stale) rmSync(join(DOCS, name));
  for (const [name, text] of changed) {
    mkdirSync(dirname(join(DOCS, name)), { recursive: true });
    writeFileSync(join(DOCS, name), text);
  }
  console.log(`docs: ${changed.length} written, ${stale.length} removed`);
}

main();

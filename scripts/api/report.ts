import type { Declarations, EntryPoint, PublicExport } from "./declarations";

/**
 * The API report: all that users can import, as text. It is committed, so that each change of the public face is part of a
 * change's diff. Docstrings are left out; so are errors' constructors, which this package alone calls.
 */
export function report(
  declarations: Declarations,
  { specifier, exports }: EntryPoint,
  elsewhere: ReadonlyMap<PublicExport["symbol"], string> = new Map(),
): string {
  const here = exports.filter(({ symbol }) => !elsewhere.has(symbol));
  const again = exports.filter(({ symbol }) => elsewhere.has(symbol));
  const reexports = [...new Set(again.map(({ symbol }) => elsewhere.get(symbol)))].map((from) => {
    const names = again.filter(({ symbol }) => elsewhere.get(symbol) === from).map(({ name }) => `  ${name},\n`);
    return `export {\n${names.join("")}} from "${from}";\n`;
  });
  const texts = here.map((each) => `// ${each.name}\n${declarations.print(each)}\n`);
  return `<!-- Made by npm run docs from the built declarations. -->

# The public face of \`${specifier}\`

\`\`\`ts
${[...reexports, ...texts].join("\n")}\`\`\`
`;
}

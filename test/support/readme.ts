import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The first block of a page, by default of README.md, that is fenced as this language. */
export function firstBlock(language: string, page = "README.md"): string {
  const text = readFileSync(join(__dirname, "..", "..", page), "utf8");
  const [, block] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(text) ?? [];
  if (block === undefined) throw new Error(`${page} has no block of ${language}`);
  return block;
}

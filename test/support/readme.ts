import { readFileSync } from "node:fs";
import { join } from "node:path";

const README = join(__dirname, "..", "..", "README.md");

/** The first block of README.md that is fenced as this language. */
export function firstBlock(language: string): string {
  const text = readFileSync(README, "utf8");
  const [, block] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(text) ?? [];
  if (block === undefined) throw new Error(`README.md has no block of ${language}`);
  return block;
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OPTIONS } from "../../src/reference";
import { cli } from "../support/cli";

/** Hints name an option as each surface spells it, because the same error reaches all of them. */
const ROOT = join(__dirname, "..", "..");
const SOURCES = ["src/registry", "src/resolver", "src/selection", "src/lock", "src/reference", "src/net"].flatMap(
  (folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
);

/** A file's string literals, as far as they hold sentences; comments are left out. */
function texts(path: string): string[] {
  const code = readFileSync(join(ROOT, path), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)].map(([text]) => text);
}

test.each(Object.entries(OPTIONS))("%s is named for the command line and for a program", (name, text) => {
  expect(text).toMatch(name === "frozen" ? /IRONIC_OCI_LOCK/ : /on the command line/);
  expect(text).toMatch(/in a program/);
});

test("every option of the command line that is named is one of resolve's", async () => {
  const { out } = await cli("resolve", "--help");
  const named = Object.values(OPTIONS).flatMap((text) => text.match(/--[a-z-]+/g) ?? []);
  expect(named.length).toBeGreaterThan(2);
  for (const option of named) expect(out).toContain(option);
});

test.each(["plainHttp", "extraChecks", "concurrency", "timeout", "lockMode"])(
  "%s is named in a hint by way of OPTIONS only",
  (option) => {
    // As prose has it: quoted, or with a value. `${…}` is code, not text.
    const quoted = new RegExp(`\\\\?\`${option}\\b|\\b${option}: \\{`);
    expect(`list it in \`${option}\``).toMatch(quoted);
    const found = SOURCES.filter((path) => !path.endsWith("option-names.ts")).flatMap((path) =>
      texts(path)
        .map((text) => text.slice(1, -1).replace(/\$\{[^}]*\}/g, ""))
        .filter((text) => / /.test(text) && quoted.test(text))
        .map((text) => `${path}: ${text}`),
    );
    expect(found).toEqual([]);
  },
);

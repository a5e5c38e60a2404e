import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InProcessRegistry } from "../../src/testing/registry";
import { pushSeedArtifacts } from "../../src/testing/seed-artifacts";
import { cli } from "../support/cli";
import { COMMANDS } from "../support/commands";
import { firstBlock } from "../support/readme";

const ROOT = join(__dirname, "..", "..");
const GUIDES = join("docs", "guides");
const help = async (command: string) => (await cli(...command.split(" "), "--help")).out;

test("the guide shows what ironic-oci resolve prints", async () => {
  const registry = await InProcessRegistry.start();
  try {
    pushSeedArtifacts(registry, "1");
    const reference = `oci://${registry.host}/images/cirros:0.6.3`;
    const options = ["--arch", "x86_64", "--download-source", "local"];
    const { code, out } = await cli("resolve", reference, ...options, "--plain-http", registry.host);
    expect(code).toBe(0);
    const [command, ...shown] = firstBlock("console", join(GUIDES, "command-line.md")).split("\n");
    expect(command).toBe(`$ ironic-oci resolve oci://registry.example/images/cirros:0.6.3 ${options.join(" ")}`);
    expect(out.replaceAll(registry.host, "registry.example")).toBe(shown.join("\n"));
  } finally {
    await registry.stop();
  }
});

test.each(["README.md", ...readdirSync(join(ROOT, GUIDES)).map((name) => join(GUIDES, name))])(
  "the commands in %s have the options that they are shown with",
  async (page) => {
    const text = readFileSync(join(ROOT, page), "utf8").replaceAll("\\\n", " ");
    for (const [line, command = "", rest = ""] of text.matchAll(
      /^\$ (?:npx )?ironic-oci ((?:provider|bundle) [\w-]+|\w+)(.*)$/gm,
    )) {
      expect([line, COMMANDS]).toEqual([line, expect.arrayContaining([command])]);
      const known = await help(command);
      const [typed = ""] = rest.split(" #");
      for (const [option] of typed.matchAll(/--[a-z-]+/g))
        expect([line, known]).toEqual([line, expect.stringContaining(option)]);
    }
  },
);

test("every command has a row in the guide", () => {
  const text = readFileSync(join(ROOT, GUIDES, "command-line.md"), "utf8");
  for (const command of COMMANDS) expect(text).toMatch(new RegExp(`^\\| \`ironic-oci ${command}\\b`, "m"));
});

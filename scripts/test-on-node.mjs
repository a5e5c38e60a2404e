// Runs the tests on another Node than the machine's: npm run test:on-node -- 22 [jest's arguments].
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeProgram, VERSIONS } from "./node-program.mjs";

const [major = "", ...jestArguments] = process.argv.slice(2);
const program = nodeProgram(major);
if (program === undefined) {
  console.error(`usage: npm run test:on-node -- <${Object.keys(VERSIONS).join("|")}> [jest's arguments]`);
  process.exit(2);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
console.error(`node ${VERSIONS[major]}`);
const path = `${dirname(program)}:${process.env.PATH}`;
const jest = join(root, "node_modules", "jest", "bin", "jest.js");
run(program, [jest, ...jestArguments], { cwd: root, env: { ...process.env, PATH: path } });

function run(command, argv, options) {
  const { status, error } = spawnSync(command, argv, { stdio: "inherit", ...options });
  if (status === 0) return;
  console.error(error?.message ?? `${command} ended with ${status}`);
  process.exit(status ?? 1);
}

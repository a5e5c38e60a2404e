import { tmpdir } from "node:os";
import { Shell } from "../../scripts/demo/shell";

const PROGRAM = 'console.log("one"); console.error("two"); console.log("three"); process.exit(Number(process.argv[1]))';
const argv = (code: number) => ["-e", PROGRAM, String(code)];

let logged: jest.SpyInstance;
let failed: jest.SpyInstance;
beforeEach(() => {
  logged = jest.spyOn(console, "log").mockImplementation(() => {});
  failed = jest.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => jest.restoreAllMocks());
const printed = (spy: jest.SpyInstance) => spy.mock.calls.flat().join("\n");

test("of a command that succeeds, the demo shows the lines of the story", async () => {
  await expect(new Shell(tmpdir(), {}).node(argv(3), { allowed: [3], shows: /^t/ })).resolves.toBe(3);
  expect(printed(logged).split("\n").sort()).toEqual(["  three", "  two"]);
  expect(printed(failed)).toBe("");
});

test("of a command that fails, all lines, and the exit code", async () => {
  await expect(new Shell(tmpdir(), {}).node(argv(1), { shows: /^t/ })).rejects.toThrow("ended with 1");
  for (const line of ["one", "two", "three"]) expect(printed(failed)).toContain(line);
  expect(printed(logged)).toBe("");
});

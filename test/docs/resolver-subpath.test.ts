import { join } from "node:path";
import { runToEnd } from "../support/run";

// With the packed package and without the two in node_modules: scripts/check-package.mjs.
const ROOT = join(__dirname, "..", "..");
const WITHOUT_CDKTF = `
const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (/^(?:@cdktf|cdktf|cdktn|constructs)(?:\\/|$)/.test(request)) throw new Error("not installed: " + request);
  return resolve.call(this, request, ...rest);
};
`;

const run = (program: string) => runToEnd([process.execPath, "-e", WITHOUT_CDKTF + program], { cwd: ROOT });

test("cdktf-ironic-oci/resolver runs where neither cdktf nor constructs is installed", async () => {
  const program = `
    const { OciResolver, Reference, TagNotFoundError, LockFrozenError, UnknownReleaseError } = require("cdktf-ironic-oci/resolver");
    const errors = [TagNotFoundError, LockFrozenError, UnknownReleaseError].map(({ name }) => name);
    const resolver = new OciResolver({ ironicRelease: "epoxy" });
    console.log(JSON.stringify([Reference.parse("oci://registry.example/os:1").canonical(), resolver.profile, errors]));
    resolver.close();
  `;
  const { code, stdout, stderr } = await run(program);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual([
    "oci://registry.example/os:1",
    "ironic-29",
    ["TagNotFoundError", "LockFrozenError", "UnknownReleaseError"],
  ]);
});

test("the hook of this test does keep cdktf away", async () => {
  const { code, stderr } = await run('require("cdktf-ironic-oci")');
  expect(code).toBe(1);
  expect(stderr).toMatch(/not installed: (?:cdktf|constructs)/);
});

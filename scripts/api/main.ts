// The public face: api/ (the API report of each entry point), docs/errors.md and docs/constructs.md, made from the built
// declarations, and the JSON schema of the policy file. With --check, fails where what is committed is not what would be made. Either run fails where an export or a
// member has no docstring, or names a type that is not exported.
import { join } from "node:path";
import * as z from "zod";
import { PolicyContent } from "../../src/signing/policy-schema";
import { writeOrCheck } from "../generated-files";
import { apiFaults } from "./check";
import { constructsPage } from "./constructs-page";
import { Declarations } from "./declarations";
import { errorsPage } from "./errors-page";
import { report } from "./report";

const ROOT = join(__dirname, "..", "..", "..");
const PACKAGE = "cdktf-ironic-oci";
const INDEX = "dist/src/index.d.ts";
const RESOLVER = "dist/src/resolver-entry.d.ts";

function main(): void {
  const declarations = new Declarations(ROOT, [INDEX, RESOLVER]);
  const index = declarations.entryPoint(PACKAGE, INDEX);
  const resolver = declarations.entryPoint(`${PACKAGE}/resolver`, RESOLVER);
  const faults = apiFaults(declarations, [index, resolver]);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;

  const isBinding = ({ name }: { readonly name: string }) => name.startsWith("ironic.");
  const elsewhere = new Map(resolver.exports.map(({ symbol }) => [symbol, resolver.specifier]));
  const made = new Map([
    [
      "api/cdktf-ironic-oci.api.md",
      report(declarations, { ...index, exports: index.exports.filter((each) => !isBinding(each)) }, elsewhere),
    ],
    [
      "api/ironic.api.md",
      report(declarations, { specifier: `${PACKAGE}, namespace ironic`, exports: index.exports.filter(isBinding) }),
    ],
    ["api/resolver.api.md", report(declarations, resolver)],
    ["docs/constructs.md", constructsPage(index)],
    ["docs/errors.md", errorsPage(ROOT)],
    ["docs/policy.schema.json", policySchema()],
  ]);
  writeOrCheck(ROOT, "api", made);
}

function policySchema(): string {
  const schema = { title: "ironic-oci.policy.json", ...z.toJSONSchema(PolicyContent) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

main();

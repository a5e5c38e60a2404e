import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiFaults } from "../../scripts/api/check";
import { Declarations } from "../../scripts/api/declarations";
import { errorsPage } from "../../scripts/api/errors-page";
import { report } from "../../scripts/api/report";

// That this package's own declarations pass is a step of npm run lint.
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "api-check-"));
  mkdirSync(join(folder, "dist"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    // A comment that shares a line with the token before it belongs to that token.
    writeFileSync(join(folder, "dist", name), text.replaceAll("/**", "\n/**"));
  }
  const declarations = new Declarations(folder, ["dist/index.d.ts"]);
  return { declarations, entryPoint: declarations.entryPoint("package", "dist/index.d.ts") };
}

const faultsOf = (files: Record<string, string>) => {
  const { declarations, entryPoint } = read(files);
  return apiFaults(declarations, [entryPoint, entryPoint]);
};

test.each([
  ["an interface", "export interface A {}", ["A has no docstring"]],
  ["a property", "/** A. */ export interface A { b: string; /** C. */ c: string }", ["A.b has no docstring"]],
  ["a method", "/** A. */ export declare class A { b(): void }", ["A.b has no docstring"]],
  ["an accessor", "/** A. */ export declare class A { get b(): string }", ["A.b has no docstring"]],
  ["a constructor", "/** A. */ export declare class A { constructor(b: string) }", ["A.constructor has no docstring"]],
  ["a function", "export declare function a(): void;", ["a has no docstring"]],
  ["a constant's member", "/** A. */ export declare const A: { readonly b: 1 };", ["A.b has no docstring"]],
  ["an @internal tag alone", "/** @internal */ export type A = 1;", ["A has no docstring"]],
  [
    "an error's constructor is not for users",
    "/** E. */ export declare class IronicOciError { constructor(a: string) }\n/** F. */ export declare class F extends IronicOciError { constructor(b: string) }",
    [],
  ],
  ["what is private", "/** A. */ export declare class A { #private; private b; private constructor() }", []],
  [
    "a member that the base documents",
    "/** A. */ export interface A { /** B. */ b: 1 }\n/** C. */ export declare class C implements A { b: 1 }",
    [],
  ],
])("docstrings: %s", (_what, text, faults) => {
  expect(faultsOf({ "index.d.ts": text })).toEqual(faults);
});

test("a type that is named has to be exported, from any file; what private members name has not", () => {
  const files = {
    "index.d.ts": 'export { A } from "./a";\n',
    "a.d.ts": `import type { B } from "./b";
interface Hidden { c: 1 }
/** A. */
export declare class A { #private; private d: Hidden; /** E. */ e: readonly B[]; /** F. */ f<T>(g: T): T }
`,
    "b.d.ts": "export interface B { h: 1 }\n",
  };
  expect(faultsOf(files)).toEqual(["A names the type B, which is not exported"]);
});

test("the report has signatures, and neither comments nor private members", () => {
  const { declarations, entryPoint } = read({
    "index.d.ts":
      "/** A. */ export declare class A { #private; private b; /** C. */ c(d: string): void }\n/** E. */ export type E = 1 | 2;\n",
  });
  expect(report(declarations, entryPoint)).toContain(
    "```ts\n// A\nclass A {\n  c(d: string): void;\n}\n\n// E\ntype E = 1 | 2;\n```",
  );
});

test("each error class with a code has a row, and a new one without a remedy is an error", () => {
  const root = join(__dirname, "..", "..");
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  expect(errorsPage(root)).toBe(page);
  expect(page.match(/^\| `[A-Z_]+` \|/gm)?.length).toBeGreaterThan(45);
  for (const part of ["src", "constructs"]) mkdirSync(join(folder, part));
  mkdirSync(join(folder, "src/net"));
  writeFileSync(
    join(folder, "src/net/new.ts"),
    '/** New. */\nexport class NewError extends IronicOciError { readonly code = "NEW"; }\n',
  );
  expect(() => errorsPage(folder)).toThrow("NewError (NEW): no remedy");
  writeFileSync(
    join(folder, "src/net/new.ts"),
    'export class NewError extends IronicOciError { readonly code = "TAG_NOT_FOUND"; }\n',
  );
  expect(() => errorsPage(folder)).toThrow("NewError: no docstring");
});

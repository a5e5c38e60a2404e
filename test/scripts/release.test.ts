import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPreconditions } from "../../scripts/release/preconditions";
import { ReleaseError } from "../../scripts/release/release-error";

// What `npm run release` refuses before it deletes or makes anything.
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "release-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const check =
  (platforms: readonly string[] = ["linux_amd64"], key?: string) =>
  () =>
    checkPreconditions(folder, platforms, key);
const files = (...names: readonly string[]) => {
  for (const name of names) writeFileSync(join(folder, name), "");
};

test("a folder that is empty or holds a release of any version, finished or not, is taken", () => {
  expect(check()).not.toThrow();
  files("terraform-provider-ironic_0.0.9_linux_amd64.zip", "ironic-oci_0.0.9_linux_amd64.zip");
  expect(check()).not.toThrow();
  files("terraform-provider-ironic_0.0.9_SHA256SUMS", "terraform-provider-ironic_0.0.9_SHA256SUMS.sig");
  files("terraform-provider-ironic_0.0.9_manifest.json", "index.json", "0.0.9.json");
  mkdirSync(join(folder, "docs"));
  expect(check()).not.toThrow();
});

test("a folder with anything else is not emptied", () => {
  files("index.json", "thesis.odt");
  expect(check()).toThrow(
    new ReleaseError(`${folder} holds more than a release (thesis.odt), and would be emptied: name another folder`),
  );
  expect(readdirSync(folder)).toEqual(["index.json", "thesis.odt"]);
});

test("an unknown platform is named, with those that there are", () => {
  expect(check(["linux_amd64", "plan9_amd64"])).toThrow(
    /^unknown platform plan9_amd64: a release is for linux_amd64, linux_arm64, .*windows_amd64/,
  );
});

test("a key that gpg does not have is found before minutes of work", () => {
  expect(check(undefined, "nobody@registry.example")).toThrow(/GPG_FINGERPRINT/);
  expect(check(undefined, "")).not.toThrow();
});

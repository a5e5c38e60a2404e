import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../src/version";
import { cli } from "../support/cli";
import { packageFor, writeRelease } from "../support/release";

// What is installed is in test/delivery; that Terraform takes it, in test/e2e/delivery.

let folder: string;
let release: string;
let hashes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "provider-install-"));
  release = join(folder, "release");
  hashes = Object.values(writeRelease(release, ["linux_amd64", "windows_amd64"])).flat();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = () => join(folder, "target");
const install = (...argv: string[]) => cli("provider", "install", ...argv);

test("a filesystem mirror of executables, and Terraform's setting for it, which OpenTofu reads alike", async () => {
  const result = await install("--self-contained", release, "--mirror", target(), "--platform", "windows_amd64");
  const [{ name } = { name: "" }] = packageFor("windows_amd64");
  expect(result.out.split("\n")).toEqual([
    ...["registry.terraform.io", "registry.opentofu.org"].map((host) =>
      join(target(), host, "cdktf-ironic-oci", "ironic", version, "windows_amd64", name),
    ),
    "",
  ]);
  expect(result.err).toContain(
    `  filesystem_mirror {\n    path    = "${target()}"\n    include = ["cdktf-ironic-oci/ironic"]\n`,
  );
});

test("a network mirror of all platforms of the release, and its setting", async () => {
  const { out, err } = await install("--self-contained", release, "--network-mirror", target());
  for (const file of out.trim().split("\n")) expect(readFileSync(file).length).toBeGreaterThan(0);
  expect(out.match(/_(linux|windows)_amd64\.zip$/gm)).toHaveLength(4);
  expect(err).toMatch(/ {2}network_mirror {\n {4}url {5}= "https:\/\/mirror\.example\/providers\/"/);
});

test("--json has the checksums for the dependency lock", async () => {
  const { out } = await install(
    "--self-contained",
    release,
    "--mirror",
    target(),
    "--platform",
    "linux_amd64",
    "--json",
  );
  const json = JSON.parse(out) as { readonly hashes: string[]; readonly files: string[] };
  expect([...json.hashes].sort()).toEqual([...hashes].sort());
  expect(json.files).toHaveLength(2);
});

test.each([
  [["--mirror", "a", "--network-mirror", "b"], 2, "cannot be used with"],
  [["--platform", "windows_amd64", "--mirror", "a"], 2, "self-contained executable"],
  [["--self-contained", "nowhere", "--mirror", "a"], 1, "the release of the Terraform provider can't be used"],
])("%j is refused: exit %d", async (argv, code, message) => {
  const paths = argv.map((each) => (/^[a-z]+$/.test(each) ? join(folder, each) : each));
  const result = await install(...paths);
  expect(result).toMatchObject({ code, out: "" });
  expect(result.err).toContain(message);
  expect(readdirSync(folder)).toEqual(["release"]);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate } from "../../src/tfplugin/transport/certificate";
import { runToEnd } from "../support/run";

// The built provider as Terraform starts it, where it can't start. Terraform shows what it writes to stderr.

const PROVIDER = join(__dirname, "../../dist/provider/terraform-provider-ironic");
const STARTED: Readonly<Record<string, string>> = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
  PLUGIN_CLIENT_CERT: createCertificate().pem,
};

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "start-"));
  file = join(folder, "file");
  writeFileSync(file, "");
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each<[string, () => Readonly<Record<string, string | undefined>>, RegExp]>([
  [
    "a TMPDIR that does not exist",
    () => ({ TMPDIR: join(folder, "none") }),
    /can't be made in .*none \(ENOENT\)\. Set TMPDIR to/,
  ],
  ["a TMPDIR that is a file", () => ({ TMPDIR: file }), /can't be made in .*file \(ENOTDIR\)\. Set TMPDIR to/],
  [
    "a socket folder that does not exist",
    () => ({ PLUGIN_UNIX_SOCKET_DIR: file }),
    /\(ENOTDIR\)\. Set PLUGIN_UNIX_SOCKET_DIR/,
  ],
  ["no certificate of Terraform", () => ({ PLUGIN_CLIENT_CERT: undefined }), /PLUGIN_CLIENT_CERT is not set/],
  ["a certificate that is none", () => ({ PLUGIN_CLIENT_CERT: "garbage" }), /PLUGIN_CLIENT_CERT is not a certificate/],
  [
    "another protocol",
    () => ({ PLUGIN_PROTOCOL_VERSIONS: "4,5" }),
    /speaks plugin protocol 6, and this Terraform speaks 4,5/,
  ],
  ["no Terraform", () => ({ TF_PLUGIN_MAGIC_COOKIE: undefined }), /It is not run by hand/],
])("%s is a sentence on stderr, and exit code 1", async (_, changed, sentence) => {
  const { code, stdout, stderr } = await runToEnd([process.execPath, PROVIDER], {
    env: { PATH: process.env.PATH, ...STARTED, ...changed() },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^[^\n]*provider "ironic"[^\n]*\n(To attach [^\n]*\n)?$/);
});

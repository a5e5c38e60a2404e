import { generateKeyPairSync } from "node:crypto";
import { isFileContent } from "../../src/text";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

test.each([
  ["a private key", pem],
  ["a private key in one line", pem.replaceAll("\n", "")],
  ["a private key behind a folder", `keys/${pem}`],
  ["a private key in base64", Buffer.from(pem).toString("base64")],
  ["a private key in base64url", privateKey.export({ type: "pkcs8", format: "der" }).toString("base64url")],
  ["a credentials file", '{"auths": {}}'],
  ["lines", "user: a\npassword: b"],
])("%s is the content of a file", (_name, text) => {
  expect(isFileContent(text)).toBe(true);
});

test.each([
  "cosign.pub",
  "/etc/pki/tls/certs/ca bundle.crt",
  "C:\\keys\\cosign.pub",
  "{a}.json",
  "./[a]/b",
  `/${"deep/".repeat(50)}cosign.key`,
])("%s is a path", (path) => {
  expect(isFileContent(path)).toBe(false);
});

import { ironicProvider } from "../../src/provider";
import { type TfValue, Unknown } from "../../src/tfplugin";
import { callFunction } from "../support/plugin/call-function";
import { InProcessPlugin } from "../support/plugin/client";

// The functions, of a provider that is not configured: they need neither an Ironic nor a registry.
const provider = ironicProvider({});
const plugin = new InProcessPlugin(provider);
const call = (name: string, ...args: TfValue[]) => callFunction(plugin, provider, name, args);

const SHA256 = `sha256:${"a1".repeat(32)}`;
const SHA512 = `sha512:${"b2".repeat(64)}`;

describe("parse_reference", () => {
  test.each([
    ["oci://Registry.example/os", "registry.example", "os", null, null, "oci://registry.example/os"],
    ["oci://r.example:5000/a/b:1.0", "r.example:5000", "a/b", "1.0", null, "oci://r.example:5000/a/b:1.0"],
    [`oci://r.example/os@${SHA256}`, "r.example", "os", null, SHA256, `oci://r.example/os@${SHA256}`],
    [`oci://[::1]:5000/os:1@${SHA512}`, "[::1]:5000", "os", "1", SHA512, `oci://[::1]:5000/os:1@${SHA512}`],
    // The form of Ironic's manual.
    [`oci://r.example/os:@${SHA256}`, "r.example", "os", null, SHA256, `oci://r.example/os@${SHA256}`],
  ])("%s", async (reference, registry, repository, tag, digest, url) => {
    expect(await call("parse_reference", reference)).toEqual({ result: { registry, repository, tag, digest, url } });
  });

  test.each([
    ["", /^must be an OCI reference: a reference starts with oci:\/\/$/],
    ["Quay.io/podman/machine-os:5.5", /\(did you mean oci:\/\/…\?\)$/],
    ["https://r.example/os.qcow2", /other image URLs need no pinning/],
    ["oci://r.example", /the repository is missing/],
    ["oci://r.example/OS", /a repository is written in lower case$/],
    [`oci://r.example/os@${SHA256}0`, /a sha256 digest has 64 hexadecimal characters, this one has 65$/],
  ])("refuses %j, with the reason and the hint", async (reference, text) => {
    expect(await call("parse_reference", reference)).toEqual({
      text: expect.stringMatching(text),
      functionArgument: 0,
    });
  });
});

describe("pin_url", () => {
  test.each([
    ["oci://r.example/os", SHA256, `oci://r.example/os@${SHA256}`],
    ["oci://r.example:5000/os:1.0", SHA512, `oci://r.example:5000/os@${SHA512}`],
    [`oci://r.example/os:1.0@${SHA256}`, SHA256, `oci://r.example/os@${SHA256}`],
  ])("%s with %s", async (reference, digest, result) => {
    expect(await call("pin_url", reference, digest)).toEqual({ result });
  });

  test("refuses another digest than that of the reference", async () => {
    expect(await call("pin_url", `oci://r.example/os@${SHA256}`, SHA512)).toEqual({
      text: "is not the digest that the reference has already; leave that one out, or use it",
      functionArgument: 1,
    });
  });

  test.each([
    ["", /^must be a digest: a digest needs an algorithm/],
    ["a1".repeat(32), /a digest needs an algorithm/],
    [`md5:${"a1".repeat(16)}`, /must be sha256 or sha512/],
    [SHA256.toUpperCase().replace("SHA", "sha"), /is lower-case hexadecimal$/],
    [SHA256.slice(0, -1), /has 64 hexadecimal characters, this one has 63$/],
  ])("refuses the digest %j", async (digest, text) => {
    expect(await call("pin_url", "oci://r.example/os", digest)).toEqual({
      text: expect.stringMatching(text),
      functionArgument: 1,
    });
  });

  test("refuses what is wrong although the other argument is not known yet", async () => {
    expect(await call("pin_url", "r.example", new Unknown())).toMatchObject({ functionArgument: 0 });
    expect(await call("pin_url", new Unknown(), "latest")).toMatchObject({ functionArgument: 1 });
  });

  test("says of an unknown URL what is certain", async () => {
    const unknown = (prefix: string) => ({ unknown: { isNull: false, prefix } });
    expect(await call("pin_url", "oci://r.example/os:1", new Unknown())).toEqual(unknown("oci://r.example/os@"));
    expect(await call("pin_url", new Unknown(), SHA256)).toEqual(unknown("oci://"));
  });
});

// A configuration may mark an argument as sensitive, and Terraform does not say so.
test.each([
  ["parse_reference", "oci://user:a-secret-password@r.example/os"],
  ["parse_reference", "R.example/a-secret:1"],
  ["parse_reference", "oci://r.example/A-secret"],
  ["pin_url", "R.example/a-secret:1", SHA256],
  ["pin_url", "oci://r.example/os", "sha256:a-secret"],
  ["pin_url", `oci://r.example/a-secret@${SHA512}`, SHA256],
])("no error of %s quotes an argument (%#)", async (name, ...args) => {
  const outcome = await call(name, ...args);
  expect(outcome).toHaveProperty("functionArgument");
  expect(JSON.stringify([outcome, plugin.logs])).not.toMatch(/a-secret|a1a1|b2b2/i);
});

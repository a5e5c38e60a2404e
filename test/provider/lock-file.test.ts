import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ironicProvider } from "../../src/provider";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import { type Schema, type TfValue, unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { configOf, decode, diagnosticsOf, encode, type Plugin, startPlugin } from "../support/plugin-client";

// ironic_oci_image with a lock file: the rules of `synthesize`, in HCL. test/e2e/provider/images.e2e.ts shows it with the real Terraform.

const { schema: providerSchema, dataSources = {} } = ironicProvider({}).options;
const { schema } = dataSources.ironic_oci_image as { readonly schema: Schema };

let plugin: Plugin;
let registry: InProcessRegistry;
let folder: string;
let path: string;
beforeEach(async () => {
  for (const name of ["CI", "IRONIC_OCI_LOCK"]) delete process.env[name];
  folder = mkdtempSync(join(tmpdir(), "lock-file-"));
  path = join(folder, "ironic-oci.lock.json");
  registry = await InProcessRegistry.start();
  plugin = await startPlugin(ironicProvider({}), "error");
});
afterEach(async () => {
  for (const name of ["CI", "IRONIC_OCI_LOCK"]) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
  await plugin.stop();
  await registry.stop();
});

const push = (content: string, tag = "tag") =>
  pushIndex(registry.store, "images/one", tag, [
    {
      ...pushArtifact(registry.store, "images/one", { files: [{ content }], artifactType: "application/vnd.example" }),
      disktype: "qcow2",
    },
  ]);

/** A plan of one image, by a provider that has just been started. */
async function read(configured: TfObject = { lock_file: path }, provider: TfObject = {}) {
  await plugin.stop();
  plugin = await startPlugin(ironicProvider({}), "error");
  const settings = configOf(providerSchema, { plain_http: [registry.host], ...provider });
  await plugin.client.call("ConfigureProvider", {
    terraformVersion: "1.11.4",
    config: encode(providerSchema, settings),
  });
  const config = encode(schema, configOf(schema, { source: `oci://${registry.host}/images/one:tag`, ...configured }));
  const { state, diagnostics } = await plugin.client.call("ReadDataSource", { typeName: "ironic_oci_image", config });
  const found = state ? decode(schema, state) : null;
  return { found, digest: found?.digest, diagnostics: diagnosticsOf(diagnostics) };
}

test("the pin of the first plan stays when the tag moves, and needs no registry", async () => {
  push("old");
  const unlocked = await read({});
  const first = await read();
  expect(first.diagnostics).toEqual([]);
  // All but what the lock file does not keep: the other candidates.
  expect({ ...first.found, lock_file: null, locked: false, considered: unlocked.found?.considered }).toEqual(
    unlocked.found,
  );
  expect(first.found).toMatchObject({ locked: true, considered: [{ digest: first.digest, outcome: "won" }] });
  push("new");
  expect((await read({})).digest).not.toBe(first.digest);
  const from = registry.requests.length;
  expect(await read()).toMatchObject({ digest: first.digest, diagnostics: [] });
  expect(registry.requests).toHaveLength(from);
});

test("the provider's lock file is that of every image, unless an image has another or none", async () => {
  push("disk");
  const settings = { lock_file: path };
  expect((await read({}, settings)).found).toMatchObject({ locked: true });
  expect(existsSync(path)).toBe(true);
  const other = join(folder, "other.json");
  expect((await read({ lock_file: other }, settings)).found).toMatchObject({ locked: true });
  expect(existsSync(other)).toBe(true);
  expect((await read({ lock_file: "" }, settings)).found).toMatchObject({ locked: false });
});

test("a lock file of the provider that is not known yet is an error, and not an image without a lock", async () => {
  push("disk");
  const settings = { lock_file: unknown as TfValue };
  expect((await read({}, settings)).diagnostics).toMatchObject([{ summary: "lock_file of the provider is unknown" }]);
  expect(registry.requests).toHaveLength(0);
  expect((await read({ lock_file: path }, settings)).found).toMatchObject({ locked: true });
});

test("images that are read at once are all locked, with the folder that uses them", async () => {
  push("disk");
  const settings = configOf(providerSchema, { plain_http: [registry.host], lock_file: path });
  await plugin.client.call("ConfigureProvider", {
    terraformVersion: "1.11.4",
    config: encode(providerSchema, settings),
  });
  const architectures = Array.from({ length: 20 }, (_, index) => `arch${index}`);
  const source = `oci://${registry.host}/images/one:tag`;
  await Promise.all(
    architectures.map(async (architecture) => {
      const config = encode(schema, configOf(schema, { source, role: "image", architecture }));
      const { diagnostics } = await plugin.client.call("ReadDataSource", { typeName: "ironic_oci_image", config });
      expect(diagnosticsOf(diagnostics).filter(({ severity }) => severity === "error")).toEqual([]);
    }),
  );
  const text = readFileSync(path, "utf8");
  for (const architecture of architectures) expect(text).toContain(`"${architecture}"`);
  expect(text).toContain("usedBy");
});

describe("the mode", () => {
  test("is frozen in CI where there is a lock file: a missing pin is an error that names it, without a request", async () => {
    push("disk");
    process.env.CI = "true";
    // There is none yet.
    expect((await read()).diagnostics).toEqual([]);
    const before = readFileSync(path, "utf8");
    const from = registry.requests.length;
    const { diagnostics } = await read({ lock_file: path, architecture: "aarch64" });
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        detail: expect.stringMatching(/is frozen and has no pin for:.*aarch64.*IRONIC_OCI_LOCK=prefer/s),
      },
    ]);
    expect((await read()).diagnostics).toEqual([]);
    expect(registry.requests).toHaveLength(from);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("update moves the pin", async () => {
    push("old");
    const first = await read();
    push("new");
    process.env.IRONIC_OCI_LOCK = "update";
    const second = await read();
    expect(second.digest).not.toBe(first.digest);
    delete process.env.IRONIC_OCI_LOCK;
    expect((await read()).digest).toBe(second.digest);
  });

  test("that is none is an error", async () => {
    process.env.IRONIC_OCI_LOCK = "always";
    expect((await read()).diagnostics).toMatchObject([
      { severity: "error", detail: expect.stringContaining("always") },
    ]);
  });
});

test.each([
  ["a damaged lock file", "{", "LOCK"],
  ["a lock file in a folder that does not exist", undefined, "nowhere"],
])("%s is an error with its path", async (_name, text, part) => {
  push("disk");
  const file = text === undefined ? join(folder, "nowhere", "lock.json") : path;
  if (text !== undefined) require("node:fs").writeFileSync(path, text);
  const { diagnostics } = await read({ lock_file: file });
  expect(diagnostics).toMatchObject([{ severity: "error" }]);
  expect(`${diagnostics[0]?.summary} ${diagnostics[0]?.detail}`.toLowerCase()).toContain(part.toLowerCase());
});

test("a locked image of another class than expected is an error", async () => {
  push("disk");
  await read();
  const { diagnostics } = await read({ lock_file: path, expect: "bootc" });
  expect(diagnostics).toMatchObject([{ severity: "error" }]);
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/reference";
import { InProcessRegistry } from "../../src/testing/registry";
import { version } from "../../src/version";
import { cli } from "../support/cli";
import { writeRelease } from "../support/release";

// That oras reads it back from a real registry is in test/e2e/delivery.

const PLATFORMS = ["linux_amd64", "windows_amd64"];
const REPOSITORY = "tofu/cdktf-ironic-oci/ironic";
let folder: string;
let registry: InProcessRegistry;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "provider-publish-"));
  registry = await InProcessRegistry.start();
  writeRelease(folder, PLATFORMS);
});
afterEach(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

const publish = (reference: string, ...argv: string[]) =>
  cli("provider", "publish", `oci://${registry.host}/${reference}`, "--plain-http", registry.host, ...argv);
const stored = () => registry.store.find(REPOSITORY);
const manifest = (digest = "") =>
  JSON.parse(
    stored()
      ?.manifests.get(digest as never)
      ?.bytes.toString() ?? "{}",
  );

test("a release is an index of the version, with a manifest of one zip for each platform", async () => {
  const { code, out } = await publish(REPOSITORY, "--self-contained", folder, "--json");
  expect(code).toBe(0);
  const published = JSON.parse(out) as { readonly digest: string; readonly manifests: Record<string, string> };
  expect(stored()?.tags.get(version)).toBe(published.digest);
  const index = manifest(published.digest);
  expect(index).toMatchObject({ schemaVersion: 2, artifactType: "application/vnd.opentofu.provider" });
  expect(index.manifests.map((each: Record<string, unknown>) => [each.artifactType, each.platform])).toEqual([
    ["application/vnd.opentofu.provider-target", { os: "linux", architecture: "amd64" }],
    ["application/vnd.opentofu.provider-target", { os: "windows", architecture: "amd64" }],
  ]);
  for (const [at, platform] of PLATFORMS.entries()) {
    const { digest, size } = index.manifests[at];
    expect([digest, size]).toEqual([published.manifests[platform], stored()?.manifests.get(digest)?.bytes.length]);
    const target = manifest(digest);
    expect(target.artifactType).toBe("application/vnd.opentofu.provider-target");
    const zip = readFileSync(join(folder, `terraform-provider-ironic_${version}_${platform}.zip`));
    expect(target.layers).toEqual([
      expect.objectContaining({ mediaType: "archive/zip", digest: digestOf(zip), size: zip.length }),
    ]);
    expect(stored()?.blobs.get(digestOf(zip))?.equals(zip)).toBe(true);
    expect(stored()?.blobs.has(target.config.digest)).toBe(true);
  }
});

test("the same again changes nothing, and the script is published likewise", async () => {
  const digestAt = async (...argv: string[]) =>
    JSON.parse((await publish(`${REPOSITORY}:${version}`, "--json", ...argv)).out).digest;
  const released = await digestAt("--self-contained", folder);
  expect(await digestAt("--self-contained", folder)).toBe(released);
  const script = await digestAt("--platform", "linux_arm64");
  expect(script).not.toBe(released);
  expect(manifest(script).manifests).toHaveLength(1);
  expect(stored()?.tags.get(version)).toBe(script);
});

test.each([
  [":latest", [], `the tag has to be ${version}`],
  [`@sha256:${"0".repeat(64)}`, [], `the tag has to be ${version}`],
  ["", ["--platform", "windows_amd64"], "--platform: "],
])("%j with %j is refused before anything is sent", async (suffix, argv, message) => {
  const { code, err } = await publish(`${REPOSITORY}${suffix}`, ...argv);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  expect(stored()).toBeUndefined();
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../../src/version";
import { writeRelease } from "../../support/release";
import { succeeded } from "../provider/project";
import { User } from "../support/cli";
import { type RealRegistry, startRegistry } from "../support/registry";
import { Oras } from "../support/tools";

/** A release in Debian's docker-registry, published by the built `ironic-oci` and read back by the real oras. */
const PLATFORMS = ["linux_amd64", "windows_amd64"];
const REPOSITORY = "tofu/cdktf-ironic-oci/ironic";
let registry: RealRegistry;
let folder: string;
beforeAll(async () => {
  registry = await startRegistry("htpasswd");
  folder = mkdtempSync(join(tmpdir(), "publish-e2e-"));
});
afterAll(async () => {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("oras finds the version as OpenTofu does, and pulls the zip of each platform", async () => {
  writeRelease(join(folder, "release"), PLATFORMS);
  const oras = new Oras(registry);
  await oras.login();
  const user = new User(folder, registry, oras.dockerConfig);
  const reference = `oci://${registry.host}/${REPOSITORY}`;
  const { stdout } = succeeded(
    await user.cli("provider", "publish", reference, "--self-contained", "release", "--json"),
  );
  const published = JSON.parse(stdout) as { readonly digest: string; readonly manifests: Record<string, string> };
  expect(await oras.tags(REPOSITORY)).toEqual([version]);
  expect(await oras.resolve(`${REPOSITORY}:${version}`)).toBe(published.digest);
  for (const platform of PLATFORMS) {
    const pulled = await oras.pull(`${REPOSITORY}@${published.manifests[platform]}`, `pulled-${platform}`);
    const name = `terraform-provider-ironic_${version}_${platform}.zip`;
    expect(readdirSync(pulled)).toEqual([name]);
    expect(readFileSync(join(pulled, name)).equals(readFileSync(join(folder, "release", name)))).toBe(true);
  }
});

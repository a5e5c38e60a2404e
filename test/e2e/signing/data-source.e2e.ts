import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InProcessIronic } from "../../../src/testing/ironic";
import { type Project, Projects } from "../provider/project";
import { Cosign } from "../support/cosign";
import { type RealRegistry, startRegistry } from "../support/registry";
import { type PushedDisk, pushDisk } from "./push-disk";

/** The data source in the real Terraform, with a real registry and what the real cosign has signed. */
let registry: RealRegistry;
let cosign: Cosign;
let ironic: InProcessIronic;
let projects: Projects;
beforeAll(async () => {
  projects = await Projects.install();
  ironic = await InProcessIronic.start();
  [registry, cosign] = await Promise.all([startRegistry("open", { plainHttp: true }), Cosign.start()]);
});
afterAll(async () => {
  cosign?.stop();
  await registry?.stop();
  await ironic?.stop();
  projects?.remove();
});

const configuration = ({ reference }: PushedDisk, verification: string) => `
provider "ironic" {
  plain_http = ["${registry.host}"]
}
data "ironic_oci_image" "os" {
  source = "${reference.toString()}"
  verification {
    ${verification}
  }
}
output "image" { value = { url = data.ironic_oci_image.os.url, by = data.ironic_oci_image.os.verified_by } }
`;

async function image(project: Project): Promise<unknown> {
  const { stdout } = await project.terraform.run(["output", "-json", "image"]);
  return JSON.parse(stdout);
}

test("an image that is signed by the key is pinned; another image and another key are errors that name what is required", async () => {
  const signed = await pushDisk(registry.host, "disks/signed");
  await cosign.sign(`${signed.reference.name}@${signed.tagDigest}`, {}, ...cosign.byKey);
  const key = `key = "${cosign.publicKey}"`;
  const project = await projects.project(ironic, configuration(signed, key));
  await project.apply();
  expect(await image(project)).toEqual({
    url: `oci://${signed.reference.name}@${signed.digest}`,
    by: expect.stringMatching(/^key sha256:[0-9a-f]{64}$/),
  });
  expect(await project.planned()).toEqual([]);

  const rules = [{ repositories: [`${registry.host}/*`], signedBy: [{ key: cosign.publicKey }] }];
  writeFileSync(join(project.terraform.dir, "signers.json"), JSON.stringify({ rules }));
  const policy = 'policy_file = "signers.json"';
  project.write(configuration(signed, policy));
  expect(await project.planned()).toEqual([]);

  const unsigned = await pushDisk(registry.host, "disks/unsigned");
  const other = await Cosign.start();
  for (const [subject, verification] of [
    [unsigned, key],
    [unsigned, policy],
    [signed, `key = "${other.publicKey}"`],
    [signed, 'certificate_identity = "alice@example.com"\n    certificate_oidc_issuer = "https://accounts.example"'],
  ] as const) {
    project.write(configuration(subject, verification));
    const { code, stderr } = await project.terraform.plan();
    expect(code).toBe(1);
    expect(stderr).toContain(join("disks", subject === signed ? "signed" : "unsigned"));
    expect(stderr).toMatch(/sign/);
  }
  other.stop();
});

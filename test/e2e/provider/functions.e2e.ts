import { flat, Projects, succeeded } from "./project";

// The provider's functions through the real Terraform, without an Ironic and without a provider block.
const DIGEST = `sha256:${"a1".repeat(32)}`;
const NO_IRONIC = { url: "", credentials: undefined };

let projects: Projects;
beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());

test("a reference is taken apart, and put together with a digest", async () => {
  const { terraform } = await projects.project(
    NO_IRONIC,
    `
output "parts" {
  value = provider::ironic::parse_reference("oci://Registry.example/images/os:1.0")
}
output "pinned" {
  value = provider::ironic::pin_url("oci://registry.example/images/os:1.0", "${DIGEST}")
}
`,
  );
  succeeded(await terraform.apply());
  const { parts, pinned } = (await terraform.show()).values?.outputs ?? {};
  expect(parts?.value).toEqual({
    registry: "registry.example",
    repository: "images/os",
    tag: "1.0",
    digest: null,
    url: "oci://registry.example/images/os:1.0",
  });
  expect(pinned?.value).toBe(`oci://registry.example/images/os@${DIGEST}`);
});

test("an invalid reference is an error of the plan, although the digest is not known yet", async () => {
  const configuration = (reference: string) => `
resource "terraform_data" "digest" {
  input = "${DIGEST}"
}
output "pinned" {
  value = provider::ironic::pin_url("${reference}", terraform_data.digest.output)
}
`;
  const project = await projects.project(NO_IRONIC, configuration("registry.example/os:1.0"));
  const { code, stderr } = await project.terraform.plan();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain(
    'Invalid value for "reference" parameter: must be an OCI reference: a reference starts with oci:// (did you mean oci://…?).',
  );
  project.write(configuration("oci://registry.example/os:1.0"));
  await project.apply();
  const { pinned } = (await project.terraform.show()).values?.outputs ?? {};
  expect(pinned?.value).toBe(`oci://registry.example/os@${DIGEST}`);
});

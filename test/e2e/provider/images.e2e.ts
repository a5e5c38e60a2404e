import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IronicClient } from "../../../src/ironic";
import { InProcessIronic } from "../../../src/testing/ironic";
import { InProcessRegistry, pushArtifact } from "../../../src/testing/registry";
import { flat, type Project, Projects, succeeded } from "./project";

const LOGIN = { username: "rack", password: "registry-hunter6" };

let projects: Projects;
let ironic: InProcessIronic;
let client: IronicClient;
let registry: InProcessRegistry;

beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url });
  registry = await InProcessRegistry.start({ auth: { mode: "basic", ...LOGIN } });
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
  await registry.stop();
});

const push = (content: string, more: readonly string[] = []) =>
  pushArtifact(registry.store, "fcos", { tag: "stable", files: [content, ...more].map((content) => ({ content })) });

const provider = () => `provider "ironic" {\n  plain_http = ["${registry.host}"]\n}\n`;
const image = (source: string, more = "") => `data "ironic_oci_image" "fcos" {\n  source = "${source}"\n  ${more}\n}\n`;
const rack = (source: string) => `${provider()}${image(source)}
resource "ironic_node_v1" "n" {
  name      = "booted"
  driver    = "fake-hardware"
  available = true
}
resource "ironic_deployment" "d" {
  node_uuid     = ironic_node_v1.n.id
  instance_info = { image_source = data.ironic_oci_image.fcos.url }
}
`;

/** A project whose user has done `docker login`, unless told otherwise. */
async function loggedIn(configuration: string, login = LOGIN): Promise<Project> {
  const project = await projects.project(ironic, configuration);
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  mkdirSync(join(project.terraform.dir, ".docker"), { recursive: true });
  writeFileSync(
    join(project.terraform.dir, ".docker", "config.json"),
    JSON.stringify({ auths: { [registry.host]: { auth } } }),
  );
  return project;
}

test("a tag is pinned in the plan already, and a moved tag is rebuilt in place by the next", async () => {
  const first = push("image 1");
  const source = `oci://${registry.host}/fcos:stable`;
  const project = await loggedIn(rack(source));
  const { "ironic_deployment.d": planned } = await project.terraform.changes();
  const pinned = `oci://${registry.host}/fcos@${first.digest}`;
  expect(planned).toMatchObject({ actions: ["create"], after: { instance_info: { image_source: pinned } } });
  await project.apply();
  expect(await client.getNode("booted")).toMatchObject({ instance_info: { image_source: pinned } });
  expect(await project.planned()).toEqual([]);

  const second = push("image 2");
  expect(await project.planned()).toEqual(["update ironic_deployment.d"]);
  await project.apply();
  expect(await client.getNode("booted")).toMatchObject({
    provision_state: "active",
    instance_info: { image_source: `oci://${registry.host}/fcos@${second.digest}` },
  });
  expect(await project.planned()).toEqual([]);
  expect(await project.everythingWritten()).not.toContain(LOGIN.password);
});

test("everything that is known of the image can be used", async () => {
  const { digest } = push("some bytes");
  const project = await loggedIn(provider() + image(`oci://${registry.host}/fcos:stable`, 'architecture = "x86_64"'));
  await project.apply();
  const { "data.ironic_oci_image.fcos": pin } = await project.terraform.resources();
  expect(pin?.values).toMatchObject({ digest, tag_digest: digest, size: 10, considered: [{ digest, outcome: "won" }] });
});

test("what the resolver warns of is a warning", async () => {
  const { digest } = push("disk", ["another disk"]);
  const project = await loggedIn(provider() + image(`oci://${registry.host}/fcos@${digest}`));
  const { code, stdout } = await project.terraform.plan();
  expect(code).toBe(0);
  expect(flat(stdout)).toContain("Warning: Image warning");
  expect(flat(stdout)).toContain("this manifest has 2 layers");
});

describe("what is refused", () => {
  const NOWHERE = `sha256:${"9".repeat(64)}`;
  const refused = async (configuration: string, login = LOGIN) => {
    push("image 1");
    const project = await loggedIn(configuration, login);
    const { code, stdout, stderr } = await project.terraform.plan();
    expect(code).toBe(1);
    return flat(stdout + stderr);
  };

  test("a digest that the registry does not have", async () => {
    const said = await refused(rack(`oci://${registry.host}/fcos@${NOWHERE}`));
    expect(said).toContain("Error: The registry does not have this digest");
    expect(said).toContain(NOWHERE);
    expect(said).toContain("with data.ironic_oci_image.fcos");
  });

  test("a tag that the registry does not have", async () => {
    const said = await refused(rack(`oci://${registry.host}/fcos:unstable`));
    expect(said).toContain("Error: The registry does not have this tag");
  });

  test("a wrong password, which is not shown", async () => {
    const said = await refused(rack(`oci://${registry.host}/fcos:stable`), { ...LOGIN, password: "wrong-hunter7" });
    expect(said).toContain("Error: The registry refused the credentials");
    expect(said).not.toContain("hunter7");
  });

  test("what is no reference", async () => {
    expect(await refused(provider() + image("fcos:stable"))).toContain(
      'The argument "source" must be an OCI reference: a reference starts with oci://',
    );
  });

  test("a registry that does not answer", async () => {
    const said = await refused(
      `provider "ironic" {\n  plain_http = ["127.0.0.1:9"]\n}\n${image("oci://127.0.0.1:9/fcos:stable")}`,
    );
    expect(said).toContain("Error: The registry does not answer");
  });

  test("a digest that only Ironic finds missing, while it deploys", async () => {
    push("image 1");
    // As Ironic's OCI client says it (ironic.common.oci_registry, ironic.common.exception.ImageRefValidationFailed).
    const fault = `Validation of image href oci://${registry.host}/fcos@${NOWHERE} failed, reason: manifest unknown`;
    ironic.fail = (_node, verb) => (verb === "active" ? fault : undefined);
    const project = await loggedIn(
      rack(`oci://${registry.host}/fcos:stable`).replace(
        "data.ironic_oci_image.fcos.url",
        `"oci://${registry.host}/fcos@${NOWHERE}"`,
      ),
    );
    const { code, stderr } = await project.terraform.apply();
    expect(code).toBe(1);
    expect(flat(stderr)).toContain("reason: manifest unknown");
    expect(await project.planned()).toEqual(["create ironic_deployment.d"]);
  });
});

test("a registry that is gone does not keep a rack from being destroyed: the error names the way", async () => {
  push("image 1");
  const project = await loggedIn(rack(`oci://${registry.host}/fcos:stable`));
  await project.apply();
  registry.intercept = (_request, response) => {
    response.writeHead(403).end();
    return true;
  };
  // Terraform reads data sources before it plans a destroy.
  const refused = await project.terraform.plan("-destroy");
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toContain("To destroy without the image: terraform destroy -refresh=false");
  expect((await project.terraform.plan("-destroy", "-refresh=false")).code).toBe(2);
  succeeded(await project.terraform.destroy("-refresh=false"));
  expect(await client.listNodes()).toEqual([]);
});

test("with a lock file, a moved tag changes nothing, and a rack is planned and destroyed without the registry", async () => {
  const first = push("image 1");
  const lock = 'lock_file = "ironic-oci.lock.json"';
  const configuration = rack(`oci://${registry.host}/fcos:stable`).replace(
    "\n  plain_http",
    `\n  ${lock}\n  plain_http`,
  );
  const project = await loggedIn(configuration);
  await project.apply();
  push("image 2");
  registry.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  expect(await project.planned()).toEqual([]);
  expect((await client.getNode("booted")).instance_info.image_source).toContain(first.digest);
  const text = readFileSync(join(project.terraform.dir, "ironic-oci.lock.json"), "utf8");
  expect(text).toContain(first.digest);
  // In CI, what is not locked is an error, and nothing is written.
  project.write(configuration.replace("fcos:stable", "fcos:next"));
  const refused = await project.terraform.run(["plan", "-no-color"], { CI: "true" });
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toContain("Error: The image is not in the lock file");
  expect(readFileSync(join(project.terraform.dir, "ironic-oci.lock.json"), "utf8")).toBe(text);
  project.write(configuration);
  succeeded(await project.terraform.destroy());
  expect(await client.listNodes()).toEqual([]);
});

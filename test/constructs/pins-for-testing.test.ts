import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Fn, TerraformOutput, TerraformStack, Testing } from "cdktf";
import { BareMetalNode, CONTEXT, OciImage, pinsForTesting, synthesize, type TestPins } from "cdktf-ironic-oci";

const OS = "oci://registry.example/images/os:1";
const KERNEL = "oci://registry.example/ipa:kernel";
const DIGEST = `sha256:${"a".repeat(64)}` as const;
/** printf oci://registry.example/ipa:kernel | sha256sum */
const KERNEL_DIGEST = "sha256:0c3b5e815c05e09090d527a6f8b6e5c8e5ef90f67cc84346a11cca235d647fe9";

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pins-for-testing-"));
  home = process.cwd();
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

function stackOf(app: App): TerraformStack {
  const stack = new TerraformStack(app, "rack-1");
  const image = new OciImage(stack, "os", { source: OS });
  new BareMetalNode(stack, "node-0", { driver: "redfish", image, deployKernel: KERNEL });
  new TerraformOutput(stack, "facts", {
    value: [image.digest, image.size, image.fileName, image.asPinnedKind].join(" "),
  });
  return stack;
}

function triggers(json: string): Record<string, string> {
  return JSON.parse(json).resource.null_resource["node-0"].triggers;
}

test("Testing.synth needs no registry and no lock file; what is not listed has the same digest each time", () => {
  const app = Testing.app();
  pinsForTesting(app, { [OS]: DIGEST });
  const json = Testing.synth(stackOf(app), true);
  expect(triggers(json)).toMatchObject({
    "instance_info.image_source": `oci://registry.example/images/os@${DIGEST}`,
    "driver_info.deploy_kernel": `oci://registry.example/ipa@${KERNEL_DIGEST}`,
  });
  expect(JSON.parse(json).output.facts.value).toBe(`${DIGEST} 0  disk`);
});

test("a pin has the facts that it is given, and the tag's canonical form counts", () => {
  const app = Testing.app();
  const pin = { digest: DIGEST, size: 7, fileName: "os.qcow2", diskFormat: "qcow2" } as const;
  pinsForTesting(app, { "oci://REGISTRY.example/images/os:1": pin });
  expect(JSON.parse(Testing.synth(stackOf(app), true)).output.facts.value).toBe(`${DIGEST} 7 os.qcow2 disk`);
});

test("a digest reference is pinned to itself, and a bootc container is one", () => {
  const app = Testing.app();
  pinsForTesting(app);
  const stack = new TerraformStack(app, "rack-1");
  const image = new OciImage(stack, "os", { source: `oci://registry.example/os@${DIGEST}`, expect: "bootc" });
  new TerraformOutput(stack, "facts", { value: `${image.url} ${image.asPinnedKind} ${image.diskFormat}` });
  expect(JSON.parse(Testing.synth(stack)).output.facts.value).toBe(`oci://registry.example/os@${DIGEST} bootc bootc`);
});

test("synthesize and app.synth take them as well, and write no lock file, even a frozen one", async () => {
  const app = new App({ outdir: join(folder, "out"), context: { [CONTEXT.target]: "null" } });
  pinsForTesting(app, { [OS]: DIGEST });
  stackOf(app);
  await synthesize(app, { lockMode: "frozen" });
  expect(existsSync(join(folder, "out/stacks/rack-1/cdk.tf.json"))).toBe(true);
  app.synth();
  expect(readdirSync(folder)).toEqual(["out"]);
});

test("other apps keep their lock file", () => {
  pinsForTesting(Testing.app());
  expect(() => Testing.synth(stackOf(Testing.app()), true)).toThrow("is not in ironic-oci.lock.json");
});

test.each<[string, TestPins, string]>([
  ["a key that is not a reference", { "registry.example/os": DIGEST }, "INVALID_REFERENCE"],
  ["a digest that is not one", { [OS]: "sha256:abc" }, "INVALID_DIGEST"],
  ["such a digest among facts", { [OS]: { digest: "sha256:abc" } }, "INVALID_DIGEST"],
])("%s is an error", (_what, pins, code) => {
  expect(() => pinsForTesting(Testing.app(), pins)).toThrow(expect.objectContaining({ code }));
});

test("a pinned value is a literal inside Terraform's expressions, and is never evaluated as a template", () => {
  const app = Testing.app();
  // What a registry may say of a file.
  pinsForTesting(app, { [OS]: { digest: DIGEST, fileName: `\${file("/etc/passwd")}-%{if true}"x"` } });
  const stack = new TerraformStack(app, "rack-1");
  const image = new OciImage(stack, "os", { source: OS });
  const url = `oci://registry.example/images/os@${DIGEST}`;
  const outputs = {
    alone: [image.url, url],
    inText: [`a ${image.url} z`, `a ${url} z`],
    function: [Fn.upper(image.url), `\${upper("${url}")}`],
    list: [Fn.join(" ", [image.url, "b"]), `\${join(" ", ["${url}", "b"])}`],
    object: [Fn.jsonencode({ a: image.url }), `\${jsonencode({"a" = "${url}"})}`],
    textInFunction: [Fn.upper(`a ${image.digest} z`), `\${upper("a \${"${DIGEST}"} z")}`],
    name: [image.fileName, `$\${file("/etc/passwd")}-%%{if true}"x"`],
    nameInFunction: [Fn.upper(image.fileName), `\${upper("$\${file(\\"/etc/passwd\\")}-%%{if true}\\"x\\"")}`],
  } as const;
  for (const [id, [value]] of Object.entries(outputs)) new TerraformOutput(stack, id, { value });
  const { output } = JSON.parse(Testing.synth(stack, true));
  const values = Object.fromEntries(Object.keys(outputs).map((id) => [id, output[id].value]));
  expect(values).toEqual(Object.fromEntries(Object.entries(outputs).map(([id, [, expected]]) => [id, expected])));
});

import { Toys } from "../support/toy";

// What a user sees, and what state holds, when a provider goes wrong or is interrupted.
let toys: Toys;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => toys.remove());

const secret = "correct-horse-battery";
const thing = (name: string, misbehave?: string) => `
resource "toy_thing" "${name}" {
  name      = "${name}"
  secret_wo = "${secret}"
  password  = "${secret}"
  ${misbehave === undefined ? "" : `misbehave = "${misbehave}"`}
}
`;

/** Terraform wraps what it prints, with a bar at the left of every line. */
const flat = (text: string) => text.replaceAll(/\s*\n[│╷╵ ]*/g, " ");

describe.each([
  ["throw", "TypeError: no such thing as (sensitive value)"],
  ["timer", "RangeError: thrown beside the call"],
  ["reject", "RangeError: rejected beside the call"],
])("a bug in the provider: %s", (misbehave, error) => {
  test("is told, keeps its secrets, and harms nothing beside it", async () => {
    const project = await toys.project(thing("bad", misbehave) + thing("good"));
    const { code, stdout, stderr } = await project.terraform.apply();
    expect(code).toBe(1);
    expect(flat(stderr)).toContain("Error: Fault in the provider with toy_thing.bad,");
    expect(flat(stderr)).toContain("The provider failed to create toy_thing.");
    expect(flat(stderr)).toContain(error);
    expect(stderr).not.toContain("plugin did not respond");
    expect(stdout + stderr).not.toContain(secret);
    expect(Object.keys(await project.terraform.resources())).toEqual(["toy_thing.good"]);
  });
});

test("what was saved before an error is in state, tainted, and is destroyed", async () => {
  const project = await toys.project(thing("half", "fail-after-save"));
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: Half done");
  expect(flat(stderr)).toContain("The thing exists, its secret (sensitive value) not.");
  const { "toy_thing.half": half } = await project.terraform.resources();
  expect(half).toMatchObject({ tainted: true, values: { name: "half", color: null } });
  expect(Object.keys(project.service.things)).toEqual([half?.values.id]);
  expect(await project.terraform.destroy()).toMatchObject({ code: 0 });
  expect(project.service.things).toEqual({});
});

test("a value left unknown is told, and the thing is not lost", async () => {
  const project = await toys.project(thing("odd", "unknown"));
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain('After it was applied, "color" is still unknown.');
  expect((await project.terraform.resources())["toy_thing.odd"]).toMatchObject({ tainted: true });
});

test("a failed update leaves what was; a failed destruction too", async () => {
  const project = await toys.project(thing("a"));
  expect(await project.terraform.apply()).toMatchObject({ code: 0 });
  project.write(thing("a", "throw"));
  const update = await project.terraform.apply();
  expect(flat(update.stderr)).toContain("The provider failed to update toy_thing.");
  expect((await project.terraform.resources())["toy_thing.a"]?.values.misbehave).toBeNull();
  project.write(thing("a", "keep"));
  expect(await project.terraform.apply()).toMatchObject({ code: 0 });
  const destroy = await project.terraform.destroy();
  expect(flat(destroy.stderr)).toContain("Error: Not today");
  expect(Object.keys(await project.terraform.resources())).toEqual(["toy_thing.a"]);
});

test("Ctrl-C in the middle of a long create: it ends soon, and what was saved is in state", async () => {
  const project = await toys.project(thing("slow", "wait"));
  const { finished, until, interrupt } = project.terraform.start(["apply", "-auto-approve", "-no-color"]);
  await until(() => project.file("marker") !== "");
  interrupt();
  const { code, stdout, stderr } = await finished;
  expect(code).toBe(1);
  expect(stdout).toContain("Interrupt received.");
  expect(project.file("marker")).toBe("started\ncancelled\n");
  expect(flat(stderr)).toContain("Error: Interrupted");
  expect(flat(stderr)).toContain("Terraform was interrupted while the provider was about to create toy_thing.");
  const { "toy_thing.slow": slow } = await project.terraform.resources();
  expect(slow).toMatchObject({ tainted: true, values: { name: "slow" } });
  expect(Object.keys(project.service.things)).toEqual([slow?.values.id]);
});

test("Ctrl-C with many at a time: each ends, and Node has nothing to warn of", async () => {
  const project = await toys.project(`
resource "toy_thing" "slow" {
  count     = 20
  name      = "slow"
  misbehave = "wait"
}`);
  const apply = ["apply", "-auto-approve", "-no-color", "-parallelism=20"];
  const { finished, until, interrupt } = project.terraform.start(apply, {
    TF_LOG: "debug",
    TF_LOG_PATH: "terraform.log",
  });
  const marks = (text: string) =>
    project
      .file("marker")
      .split("\n")
      .filter((line) => line === text).length;
  await until(() => marks("started") === 20);
  interrupt();
  expect((await finished).code).toBe(1);
  expect(marks("cancelled")).toBe(20);
  expect(Object.keys(await project.terraform.resources())).toHaveLength(20);
  expect(project.file("terraform.log")).toContain("terraform-provider-toy_v1.2.3");
  expect(project.file("terraform.log")).not.toContain("Warning");
});

test("a refused configuration is told at its attribute, without the password", async () => {
  const project = await toys.project(`
provider "toy" {
  password = "wrong-password"
}
${thing("a")}`);
  const { code, stdout, stderr } = await project.terraform.plan();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: The service refused");
  expect(flat(stderr)).toContain("the password (sensitive value) was refused");
  // Terraform itself quotes the line of the configuration, and nothing else holds it.
  const lines = (stdout + stderr).split("\n").filter((line) => line.includes("wrong-password"));
  expect(lines).toEqual([expect.stringMatching(/^[│ ]+\d+: +password = "wrong-password"$/)]);
});

describe("the log", () => {
  /** The provider's own lines. */
  const logged = async (env: Record<string, string>) => {
    const project = await toys.project(thing("a"));
    const log = { TF_LOG_PATH: "terraform.log", ...env };
    expect(await project.terraform.run(["apply", "-auto-approve", "-no-color"], log)).toMatchObject({ code: 0 });
    const file = project.file("terraform.log");
    expect(file).not.toContain(secret);
    return file.split("\n").filter((line) => line.includes("provider.terraform-provider-toy_v1.2.3: "));
  };

  test("has the provider's lines at their levels, with secrets masked", async () => {
    expect(await logged({ TF_LOG: "info" })).toEqual([
      expect.stringMatching(/\[INFO\] +provider\.\S+ creating: .*name=a/),
    ]);
    const [line] = await logged({ TF_LOG_PROVIDER: "info" });
    expect(line).toContain('password="(sensitive value)"');
    expect(line).toContain('secret="(sensitive value)"');
    expect((await logged({ TF_LOG: "trace" })).join("\n")).toMatch(
      /\[TRACE\] +provider\.\S+ served: .*tf_rpc=ApplyResourceChange/,
    );
  });

  test("has no more than was asked for", async () => {
    expect(await logged({ TF_LOG_PROVIDER: "warn" })).toEqual([]);
    // The provider's own threshold, which Terraform does not know.
    expect(await logged({ TF_LOG: "trace", TF_LOG_PROVIDER_TOY: "error" })).toEqual([]);
  });
});

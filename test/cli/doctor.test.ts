import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuthMode, faults } from "../../src/testing/registry";
import { pushOne, serve } from "../registry/support";
import { cli } from "../support/cli";

const SECRET = "c2VjcmV0LWh1bnRlcjI";
const TOKENS: AuthMode = { mode: "bearer", username: "", password: SECRET };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env.IRONIC_OCI_INSTANCE_SECRET;
  delete process.env.IRONIC_OCI_DRIVER_SECRET;
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A registry over plain HTTP, and a doctor for a conductor that may speak it. */
async function serveOne(auth: AuthMode = TOKENS) {
  const registry = await serve({ auth });
  const pushed = pushOne(registry);
  const { host } = registry;
  const reference = `oci://${host}/images/one:tag`;
  const doctor = (...argv: string[]) =>
    cli("doctor", reference, "--plain-http", host, "--permit-http-fallback", ...argv);
  return { registry, pushed, reference, doctor };
}

test("a yes is exit code 0, with the way and all the others", async () => {
  const { registry, reference, doctor } = await serveOne();
  // An editor's newline at the end is no part of the secret.
  const { code, out, err } = await doctor("--driver-secret-file", write("secret", `${SECRET}\n`));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(`${reference}
  → the conductor can pull this, with driver_info.image_pull_secret; for a disk image as ironic-34 does it
       WAY                              GIVEN  WORKS  REASON
       instance_info.image_pull_secret  no     -      not given
    *  driver_info.image_pull_secret    yes    yes    accepted
       [oci]authentication_config       no     -      not given
       anonymously                      yes    no     the registry gives the list of tags to nobody without credentials (401); without [oci]authentication_config Ironic fetches no anonymous token
`);
  expect(registry.requests.some(({ headers }) => headers.authorization?.startsWith("Bearer "))).toBe(true);
});

test("a no is exit code 4, and --json has it all for a program", async () => {
  const { reference, doctor } = await serveOne();
  const { code, out, err } = await doctor("--instance-secret-file", write("secret", "wrong"), "--json");
  expect({ code, err }).toEqual({ code: 4, err: "" });
  expect(JSON.parse(out)).toEqual([
    {
      reference,
      role: "image",
      profile: "ironic-34",
      canPull: false,
      way: "instance_info",
      ways: [
        { way: "instance_info", given: true, works: false, reason: expect.stringContaining("refuses it (401)") },
        { way: "driver_info", given: false, reason: "not given" },
        { way: "authentication_config", given: false, reason: "not given" },
        { way: "anonymous", given: true, works: false, reason: expect.any(String) },
      ],
      notes: [],
    },
  ]);
});

test("a registry that can't be asked is exit code 1: that is no verdict", async () => {
  const { registry, reference, doctor } = await serveOne();
  await registry.stop();
  const { code, out, err } = await doctor();
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("no connection (ECONNREFUSED)");
  const json = await doctor("--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toEqual([
    { reference, error: expect.objectContaining({ code: "REGISTRY_UNAVAILABLE" }) },
  ]);
});

test("the environment holds secrets where no file does", async () => {
  const { doctor } = await serveOne();
  process.env.IRONIC_OCI_INSTANCE_SECRET = SECRET;
  expect(await doctor()).toMatchObject({ code: 0, out: expect.stringContaining("with instance_info") });
  const wrong = write("wrong", "wrong");
  expect((await doctor("--instance-secret-file", wrong)).code).toBe(4);
  process.env.IRONIC_OCI_DRIVER_SECRET = SECRET;
  const kernel = await doctor("--role", "kernel");
  expect(kernel).toMatchObject({ code: 0, out: expect.stringContaining("with driver_info") });
  expect(kernel.err).toContain("note: Ironic takes a kernel by digest only");
});

test("the conductor's own file, and its release", async () => {
  const { registry, doctor } = await serveOne();
  const file = write("auth.json", JSON.stringify({ auths: { [registry.host]: { auth: SECRET } } }));
  const pulled = await doctor("--conductor-auth-file", file);
  expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining("with [oci]authentication_config") });
  const old = await doctor("--conductor-auth-file", file, "--ironic-release", "2025.2");
  expect(old).toMatchObject({ code: 4, out: expect.stringContaining("as ironic-29 does it") });
});

test("the user's own credentials are none of the conductor's", async () => {
  const { registry, doctor } = await serveOne({ mode: "basic", username: "u", password: "p" });
  const before = process.env.DOCKER_CONFIG;
  try {
    process.env.DOCKER_CONFIG = folder;
    write("config.json", JSON.stringify({ auths: { [registry.host]: { auth: "dTpw" } } }));
    expect((await doctor()).code).toBe(4);
    const resolved = await cli("resolve", `oci://${registry.host}/images/one:tag`, "--plain-http", registry.host);
    expect(resolved.code).toBe(0);
  } finally {
    process.env.DOCKER_CONFIG = before;
  }
});

test.each([
  ["no such file", "none", undefined, "can't be read (ENOENT)"],
  ["what the API shows instead", "secret", "******", "holds what Ironic's API shows in a secret's place"],
  ["more than a line", "secret", "one\ntwo\n", "holds more than one line"],
])("a secret's file with %s is wrong usage", async (_what, name, content, message) => {
  if (content !== undefined) write(name, content);
  const outcome = await cli("doctor", "oci://r.example/a:b", "--driver-secret-file", join(folder, name));
  expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
});

test("nothing that is printed holds a secret, whatever comes of it", async () => {
  const { registry, doctor } = await serveOne();
  const files = [
    ...["--instance-secret-file", write("one", "user:hunter2")],
    ...["--driver-secret-file", write("two", "hunter3")],
    ...["--conductor-auth-file", write("three", JSON.stringify({ auths: { [registry.host]: { auth: "hunter4" } } }))],
  ];
  const printed = [await doctor(...files), await doctor(...files, "--json")];
  registry.intercept = faults.on(/token/, faults.redirect("ftp://elsewhere.example/"));
  printed.push(await doctor(...files), await doctor(...files, "--json"));
  for (const { code, out, err } of printed) {
    expect(code).not.toBe(0);
    expect(out + err).not.toMatch(/hunter|aHVudGVy|dXNlcjpodW50ZXIy/);
  }
});

test("a password in a reference is no part of the JSON, and nothing in that is obeyed by a terminal", async () => {
  const { code, out, err } = await cli(
    "doctor",
    "oci://rack:hunter2@registry.test/images/one",
    "oci://a\u009b31m",
    "--json",
  );
  expect({ code, err }).toEqual({ code: 1, err: "" });
  const [one, two] = JSON.parse(out);
  expect([one.reference, two.reference]).toEqual(["oci://…@registry.test/images/one", "oci://a\u009b31m"]);
  expect(out).not.toMatch(/hunter2|\u009b/);
});

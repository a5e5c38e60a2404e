import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../src/resolver";
import { type AuthMode, faults, pushArtifact } from "../../src/testing/registry";
import { pushOne, serve } from "../registry/support";
import { cli } from "../support/cli";

const SECRET = "c2VjcmV0LWh1bnRlcjI";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
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
  const byDigest = reference.replace(":tag", `@${registry.store.find("images/one")?.tags.get("tag")}`);
  const doctorByDigest = (...argv: string[]) =>
    cli("doctor", byDigest, "--plain-http", host, "--permit-http-fallback", ...argv);
  return { registry, pushed, reference, doctor, doctorByDigest };
}

test("a yes is exit code 0, with the way and all the others", async () => {
  const { registry, reference, doctor } = await serveOne();
  // An editor's newline at the end is no part of the secret.
  const { code, out, err } = await doctor("--driver-secret-file", write("secret", `${SECRET}\n`));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(`${reference}
  → the conductor can pull this, with driver_info.image_pull_secret; for a disk image
  → the deploy interface direct deploys it, with image_download_source http
  → as Ironic 39.0 (2026.2, Hibiscus), which is assumed: --ironic-release was not given
       WAY                              GIVEN  WORKS  REASON
       instance_info.image_pull_secret  no     -      not given
    *  driver_info.image_pull_secret    yes    yes    accepted, over plain HTTP
       [deploy]image_server_user        no     -      not given
       [oci]authentication_config       no     -      not given
       anonymously                      yes    no     the registry refuses anonymous access to the list of tags (401); without [oci]authentication_config Ironic fetches no anonymous token
      CHECK   RESULT   REASON
      class   ok       a disk image
      format  ok       the conductor compares no formats with image_download_source http
      memory  warning  the agent holds the whole image in memory (less than 1 MiB): the node needs more than that
  next: use image_download_source local: the conductor then makes it raw, which the agent streams
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
      ironicRelease: "39.0",
      releaseAssumed: true,
      deployInterface: "direct",
      deployedBy: "direct",
      imageDownloadSource: "http",
      canPull: false,
      way: "instance_info",
      ways: [
        { way: "instance_info", given: true, works: false, reason: expect.stringContaining("refuses it (401)") },
        { way: "driver_info", given: false, reason: "not given" },
        { way: "image_server", given: false, reason: "not given" },
        { way: "authentication_config", given: false, reason: "not given" },
        { way: "anonymous", given: true, works: false, reason: expect.any(String) },
      ],
      willDeploy: false,
      checks: [{ check: "registry", outcome: "fails", reason: expect.stringContaining("refuses it (401)") }],
      notes: [],
    },
  ]);
});

test("what can be pulled and won't deploy is exit code 4 too", async () => {
  const { registry, reference, doctor } = await serveOne({ mode: "none" });
  const digest = registry.store.find("images/one")?.tags.get("tag");
  const named = reference.replace(":tag", `@${digest}`);
  const args = ["--plain-http", registry.host, "--permit-http-fallback", "--download-source", "local"];
  expect(await cli("doctor", named, ...args)).toMatchObject({ code: 0, err: "" });
  const refused = await cli("doctor", named, ...args, "--image-disk-format", "none");
  expect(refused).toMatchObject({ code: 4, err: "" });
  expect(refused.out).toContain("can pull this");
  expect(refused.out).toContain("the deploy interface direct does not deploy it, with image_download_source local");
  expect(refused.out).toMatch(/format {2}fails {3}by digest Ironic calls the format unknown/);
  expect(refused.out).toContain("next: send image_disk_format raw along");
  expect((await doctor("--memory-mb", "64")).code).toBe(0);
  expect((await doctor("--memory-mb", "64", "--ironic-release", "39.0")).code).toBe(0);
});

describe("the conductor's own configuration", () => {
  const permitted = "[oci]\npermit_fallback_to_http_transport = true\n";

  /** A doctor that is told what a conductor's files say. */
  async function serveWithConf(auth: AuthMode = TOKENS) {
    const { registry, reference } = await serveOne(auth);
    const doctor = (...argv: string[]) => cli("doctor", reference, "--plain-http", registry.host, ...argv);
    return { registry, doctor };
  }

  test("says what options would, and later files win", async () => {
    const { registry, doctor } = await serveWithConf();
    const auth = write("auth.json", JSON.stringify({ auths: { [registry.host]: { auth: SECRET } } }));
    const one = write("one.conf", `${permitted}authentication_config = ${join(folder, "none.json")}\n`);
    const two = write("two.conf", `[oci]\nauthentication_config = ${auth}\n`);
    const pulled = await doctor("--ironic-conf", one, "--ironic-conf", two);
    expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining("with [oci]authentication_config") });
    mkdirSync(join(folder, "conf.d"));
    write("conf.d/10.conf", `[oci]\nauthentication_config = ${auth}\n`);
    write("conf.d/20.txt", "no configuration at all");
    const folded = await doctor("--ironic-conf", one, "--ironic-conf", join(folder, "conf.d"));
    expect(folded).toMatchObject({ code: 0, out: expect.stringContaining("with [oci]authentication_config") });
  });

  test("holds a user and a password, which are shown to nobody but the registry", async () => {
    const { doctor } = await serveWithConf({ mode: "bearer", username: "user", password: "hunter2" });
    const text = `${permitted}[deploy]\nimage_server_user = user\nimage_server_password = hunter2\n`;
    const pulled = await doctor("--ironic-conf", write("ironic.conf", text));
    expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining("with [deploy]image_server_user") });
    const refused = await doctor("--ironic-conf", write("ironic.conf", text.replace("hunter2", "hunter3")), "--json");
    expect(refused.code).toBe(4);
    for (const { out, err } of [pulled, refused]) expect(out + err).not.toMatch(/hunter/);
  });

  test("what the release does not know is told", async () => {
    const { doctor } = await serveWithConf({ mode: "none" });
    const conf = write("ironic.conf", permitted);
    const old = await doctor("--ironic-conf", conf, "--ironic-release", "2025.2");
    expect(old.code).toBe(4);
    expect(old.err).toContain(
      "note: [oci]permit_fallback_to_http_transport is not known to Ironic 32.0, and is ignored: it came with 34.0",
    );
    const flag = await doctor("--permit-http-fallback", "--ironic-release", "2025.2");
    expect(flag).toMatchObject({ code: 4, err: expect.stringContaining("--permit-http-fallback is ignored") });
  });

  test("names the default deploy and boot interfaces", async () => {
    const { doctor } = await serveWithConf({ mode: "none" });
    const conf = (text: string) => ["--ironic-conf", write("ironic.conf", `${permitted}[DEFAULT]\n${text}\n`)];
    const auto = await doctor(...conf("default_deploy_interface = autodetect"));
    expect(auto).toMatchObject({ code: 0, out: expect.stringContaining("the deploy interface autodetect") });
    const own = await doctor(...conf("default_deploy_interface = autodetect"), "--deploy-interface", "direct");
    expect(own.out).toContain("the deploy interface direct");
    const other = await doctor(...conf("default_deploy_interface = ansible"));
    expect(other.err).toContain("default_deploy_interface is ansible, which doctor can't predict");
    const kernel = await doctor(...conf("default_boot_interface = ipxe"), "--role", "kernel");
    expect(kernel.err).toContain("boot interface ipxe ([DEFAULT]default_boot_interface)");
  });

  test.each([
    ["a file that is not there", "[oci]", "none.conf", /none\.conf can't be read \(ENOENT\)/],
    ["a file that is none", "hunter2", "ironic.conf", /ironic\.conf:1: neither a section nor an assignment/],
    ["a wrong value", "[DEFAULT]\nforce_raw_images = hunter2", "ironic.conf", /force_raw_images is true or false/],
    ["a reference to nothing", "[oci]\nauthentication_config = $nothing", "ironic.conf", /refers to \$nothing/],
    [
      "an authentication_config that is elsewhere",
      "[oci]\nauthentication_config = /nonexistent/auth.json",
      "ironic.conf",
      /\/nonexistent\/auth\.json can't be read \(ENOENT\); .* give a copy with --conductor-auth-file/,
    ],
    [
      "authorities that are elsewhere",
      "[oci]\nverify_ca = /nonexistent/ca.pem",
      "ironic.conf",
      /\/nonexistent\/ca\.pem can't be read \(ENOENT\); \[oci\]verify_ca refers to it/,
    ],
  ])("%s is wrong usage, before anything is asked", async (_what, text, name, message) => {
    write("ironic.conf", text);
    const outcome = await cli("doctor", "oci://registry.example/a:b", "--ironic-conf", join(folder, name));
    expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
    expect(outcome.err).not.toMatch(/hunter2/);
  });

  test("a copy of the authentication file takes the place of the one that is elsewhere", async () => {
    const { registry, doctor } = await serveWithConf();
    const conf = write("ironic.conf", `${permitted}authentication_config = /nonexistent/auth.json\n`);
    const copy = write("auth.json", JSON.stringify({ auths: { [registry.host]: { auth: SECRET } } }));
    expect((await doctor("--ironic-conf", conf, "--conductor-auth-file", copy)).code).toBe(0);
  });
});

test.each([
  ["--memory-mb", "0"],
  ["--memory-mb", "4 GB"],
  ["--deploy-interface", "ansible"],
  ["--ironic-release", "banana"],
])("%s %s is wrong usage", async (option, value) => {
  expect(await cli("doctor", "oci://registry.example/a:b", option, value)).toMatchObject({ code: 2, out: "" });
});

test("a bootc container: what the conductor detects and what the agent can pull are told apart", async () => {
  const { registry, reference, doctor } = await serveOne({ mode: "none" });
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: { mediaType: IMAGE_CONFIG }, layers: [] };
  registry.store.putManifest("images/one", OCI_MANIFEST, JSON.stringify(manifest), "tag");
  const detected = await doctor("--deploy-interface", "autodetect", "--json");
  expect(detected.code).toBe(4);
  const [diagnosis] = JSON.parse(detected.out);
  expect(diagnosis).toMatchObject({ reference, canPull: true, willDeploy: false });
  expect(diagnosis.checks.map(({ check, outcome }: Check) => [check, outcome])).toEqual([
    ["registry", "ok"],
    ["detection", "ok"],
    // The agent reads nothing; the conductor does.
    ["class", "ok"],
    // podman speaks no plain HTTP by itself.
    ["agent's pull", "fails"],
  ]);
  const bootc = await doctor("--deploy-interface", "bootc");
  expect(bootc.out).toMatch(/agent's pull +fails +without a secret: the registry speaks plain HTTP/);
  expect(bootc.out).toContain("next: serve the registry over TLS, or build the ramdisk with an entry of insecure");
  expect(bootc.out).not.toContain("auth string");
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

test.each(["kernel", "ramdisk"])("a %s by tag does not deploy, and what pins it is named", async (role) => {
  const { reference, doctor, doctorByDigest } = await serveOne({ mode: "none" });
  const byTag = await doctor("--role", role, "--arch", "x86_64");
  expect(byTag.code).toBe(4);
  expect(byTag.out).toContain(
    `Ironic will not deploy a ${role} by tag; pin it (what the tag names, the conductor can pull, anonymously)`,
  );
  expect(byTag.out).toContain(`next: pin it: ironic-oci resolve ${reference} --role ${role} --arch x86_64 prints`);
  const json = JSON.parse((await doctor("--role", role, "--json")).out);
  expect(json).toMatchObject([{ canPull: true, willDeploy: false }]);
  expect((await doctorByDigest("--role", role)).code).toBe(0);
});

test("the environment holds secrets where no file does", async () => {
  const { doctor, doctorByDigest } = await serveOne();
  process.env.IRONIC_OCI_INSTANCE_SECRET = SECRET;
  expect(await doctor()).toMatchObject({ code: 0, out: expect.stringContaining("with instance_info") });
  const wrong = write("wrong", "wrong");
  expect((await doctor("--instance-secret-file", wrong)).code).toBe(4);
  process.env.IRONIC_OCI_DRIVER_SECRET = SECRET;
  const pinned = await doctorByDigest("--role", "kernel", "--boot-interface", "ipxe");
  expect(pinned).toMatchObject({ code: 0, err: "", out: expect.stringContaining("with driver_info") });
  const media = await doctorByDigest("--role", "kernel");
  expect(media).toMatchObject({ code: 4, out: expect.stringContaining("can't pull this, anonymously; for a kernel") });
  expect(media.err).toContain("note: boot interface redfish-virtual-media (assumed): it ignores driver_info's secret");
});

test("the conductor's own file, and its release", async () => {
  const { registry, doctor } = await serveOne();
  const file = write("auth.json", JSON.stringify({ auths: { [registry.host]: { auth: SECRET } } }));
  const pulled = await doctor("--conductor-auth-file", file);
  expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining("with [oci]authentication_config") });
  const old = await doctor("--conductor-auth-file", file, "--ironic-release", "2025.2");
  expect(old).toMatchObject({ code: 4, out: expect.stringContaining("as Ironic 32.0 (2025.2, Flamingo)\n") });
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
  ["what the API shows instead", "secret", "******", "holds the mask that Ironic's API returns instead of the secret"],
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
  expect({ code, err }).toEqual({ code: 2, err: "" });
  const [one, two] = JSON.parse(out);
  expect([one.reference, two.reference]).toEqual(["oci://…@registry.test/images/one", "oci://a\u009b31m"]);
  expect(out).not.toMatch(/hunter2|\u009b/);
});

describe("what is said of the image is what its deploy interface takes it for", () => {
  test.each([
    ["direct", "for a disk image", /the deploy interface direct deploys it, with image_download_source http\n/],
    ["bootc", "for a bootc container", /the deploy interface bootc does not deploy it\n/],
    [
      "autodetect",
      "for a disk image",
      /the deploy interface autodetect, which becomes direct, deploys it, with image_download_source http\n/,
    ],
  ])("%s: %s", async (deployInterface, kind, verdict) => {
    const { doctor } = await serveOne({ mode: "none" });
    const { out } = await doctor("--deploy-interface", deployInterface);
    expect(out).toContain(`anonymously; ${kind}\n`);
    expect(out).toMatch(verdict);
  });
});

test("an error of several lines keeps its lines, each below the first", async () => {
  const { registry, reference, doctor } = await serveOne({ mode: "none" });
  pushArtifact(registry.store, "images/one", {
    tag: "tag",
    files: [{ content: "x" }],
    annotations: { disktype: "vmdk" },
  });
  const { code, out } = await doctor();
  expect({ code, reference: out.startsWith(reference) }).toEqual({ code: 4, reference: true });
  expect(out).not.toContain("?");
  const lines = out.split("\n");
  const at = lines.findIndex((line) => /class +fails/.test(line));
  const column = lines[at]?.search(/(?<=fails +)\S/) ?? -1;
  expect(lines[at + 1]?.search(/\S/)).toBe(column + 2);
  expect(lines[at + 1]).toContain("sha256:");
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { User } from "./support/cli";
import { IMAGE, pushRack } from "./support/rack";
import { type RealRegistry, startRegistry, USER } from "./support/registry";
import { Oras, skopeoDigest } from "./support/tools";

/**
 * The main job on real input: Debian's docker-registry over TLS with basic authentication, filled by the real oras as
 * the Ironic manual's upload section does it.
 */
let registry: RealRegistry;
let oras: Oras;
let user: User;
let pushed: Record<string, string>;

const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
const stack = () => readFileSync(join(user.folder, "cdktf.out/stacks/rack-1/cdk.tf.json"), "utf8");
const lock = () => readFileSync(join(user.folder, "ironic-oci.lock.json"), "utf8");

beforeAll(async () => {
  registry = await startRegistry("htpasswd");
  oras = new Oras(registry);
  await oras.login();
  user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), registry, oras.dockerConfig);
  pushed = await pushRack(oras, "1");
});
afterAll(async () => {
  await registry?.stop();
  if (user) rmSync(user.folder, { recursive: true, force: true });
});

async function resolve(reference: string, ...argv: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await user.cli("resolve", `oci://${registry.host}/${reference}`, "--json", ...argv);
  if (code !== 0) throw new Error(`resolve ended with ${code}: ${stderr}${stdout}`);
  return (JSON.parse(stdout) as Record<string, unknown>[])[0] as Record<string, unknown>;
}

test("resolve agrees with what oras printed and with what skopeo computes", async () => {
  for (const role of ["kernel", "ramdisk"]) {
    const pin = await resolve(`ipa/x86_64:${role}`, "--role", role);
    expect(pin).toMatchObject({
      digest: pushed[`x86_64 ${role}`],
      mediaType: "application/vnd.oci.image.layer.v1.tar",
    });
    expect(pin.digest).toBe(await oras.resolve(`ipa/x86_64:${role}`));
    expect(pin.digest).toBe(await skopeoDigest(registry, `ipa/x86_64:${role}`));
  }
  const image = await resolve(IMAGE, "--arch", "x86_64", "--download-source", "local");
  expect(image).toMatchObject({
    digest: pushed["x86_64 qcow2"],
    diskFormat: "qcow2",
    fileName: "cirros-0.6.3-x86_64-disk.qcow2",
    size: "x86_64 qcow2 1".length,
    tagDigest: await skopeoDigest(registry, IMAGE),
  });
  expect((await resolve(IMAGE, "--arch", "aarch64")).digest).toBe(pushed["aarch64 raw"]);
});

test("the digest URLs of the manual resolve to themselves, with and without its empty tag", async () => {
  for (const form of ["@", ":@"]) {
    const pin = await resolve(`ipa/x86_64${form}${pushed["x86_64 kernel"]}`, "--role", "kernel");
    expect(pin.url).toBe(`oci://${registry.host}/ipa/x86_64@${pushed["x86_64 kernel"]}`);
  }
});

test("a single image that names another architecture in its configuration is refused", async () => {
  oras.write({ name: "image-config.json", content: '{"architecture":"arm64","os":"linux"}' });
  const disk = { name: "cirros.img", content: "arm64 bytes" };
  const configured = ["-a", "disktype=qcow2", "--config", `image-config.json:${IMAGE_CONFIG}`];
  const digest = await oras.push("images/single:tag", disk, ...configured);
  const refused = await user.cli("resolve", `oci://${registry.host}/images/single:tag`, "--arch", "x86_64");
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the image is for "arm64", the node is x86_64'),
  });
  // A configuration of one's own leaves no artifact mark: up to release 33 that makes no difference.
  const old = await resolve("images/single:tag", "--arch", "aarch64", "--ironic-release", "2025.2");
  expect(old).toMatchObject({ digest, asPinned: { kind: "disk", diskFormat: "unknown" } });
});

test("what oras pushes with a configuration is a disk image by tag and a container by digest: refused, with both readings", async () => {
  const refused = await user.cli("resolve", `oci://${registry.host}/images/single:tag`, "--arch", "aarch64");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /a disk image is expected, and pinned it is a bootc container.*\n {2}by its tag: a disk image, because it has disktype qcow2\n {2}by its digest sha256:/,
  );
  // The command of the hint, as it stands there.
  const [, argv = ""] = /\(oras push (.*) HOST\/PATH:TAG FILE\)/.exec(refused.stderr) ?? [];
  const digest = await oras.push("images/as-hinted:tag", { name: "disk.qcow2", content: "a disk" }, ...argv.split(" "));
  for (const release of ["29.0.5", "39.0"]) {
    const asPinned = { kind: "disk", diskFormat: "unknown" };
    const pin = await resolve("images/as-hinted:tag", "--arch", "aarch64", "--ironic-release", release);
    expect(pin).toMatchObject({ digest, diskFormat: "qcow2", asPinned, warnings: [] });
    expect(await resolve(`images/as-hinted@${digest}`, "--ironic-release", release)).toMatchObject({
      asPinned,
      warnings: [],
    });
  }
});

test("wrong credentials, a missing tag, an untrusted CA and plain HTTP each say what is wrong", async () => {
  const reference = `oci://${registry.host}/${IMAGE}`;
  const anonymous = new User(user.folder, registry, user.folder);
  expect((await anonymous.cli("resolve", reference)).stderr).toContain(
    "requires credentials and none are configured for it",
  );
  expect((await user.cli("resolve", `oci://${registry.host}/images/cirros:nope`)).stderr).toMatch(
    /no tag "nope" in this repository \(the registry responded with 404 MANIFEST_UNKNOWN\)/,
  );
  const distrusting = new User(
    user.folder,
    { ...registry, tls: { ...registry.tls, ca: "/dev/null" } },
    oras.dockerConfig,
  );
  expect((await distrusting.cli("resolve", reference)).stderr).toContain("the certificate's issuer is not trusted");
  expect((await user.cli("resolve", reference, "--plain-http", registry.host)).stderr).toMatch(
    /responded with 400|no connection/,
  );
});

describe("a rack, from tags to Terraform JSON, over time", () => {
  let first: string;

  test("synthesizes with every digest pinned and no secret anywhere", async () => {
    const summary = /^pinned 6 artifacts: 6 resolved and locked \(\S+\)\nnote: rack-1\/node-0, .* deploys nothing.*\n$/;
    expect(await user.example("rack")).toMatchObject({ code: 0, stderr: expect.stringMatching(summary) });
    first = stack();
    for (const [name, digest] of Object.entries(pushed)) {
      // Every node of the example takes its image from the conductor, which prefers qcow2.
      if (!name.endsWith(" raw")) expect(first).toContain(digest);
    }
    for (const text of [first, lock()]) {
      expect(text).not.toContain(USER.password);
      expect(text).not.toContain(Buffer.from(`${USER.name}:${USER.password}`).toString("base64"));
    }
    expect(first).toContain('"driver_info.image_pull_secret": "var.pull_secret"');
  });

  test("the tag moves: outdated reports it, prefer and frozen hold", async () => {
    expect((await user.cli("outdated")).code).toBe(0);
    pushed = await pushRack(oras, "2");
    const outdated = await user.cli("outdated", "--json");
    expect(outdated.code).toBe(3);
    const moved = JSON.parse(outdated.stdout) as { reference: string; current: string; outdated: boolean }[];
    expect(moved).toHaveLength(5);
    expect(moved.find(({ reference }) => reference.endsWith("/ipa/x86_64:kernel"))).toMatchObject({
      outdated: true,
      current: await oras.resolve("ipa/x86_64:kernel"),
    });
    for (const env of [{}, { CI: "true" }, { IRONIC_OCI_LOCK: "frozen", REGISTRY_IS_NOT_ASKED: "1" }]) {
      expect(await user.example("rack", env)).toMatchObject({ code: 0 });
      expect(stack()).toBe(first);
    }
  });

  test("update moves it", async () => {
    expect(await user.cli("update")).toMatchObject({ code: 0, stderr: expect.stringContaining("6 changed") });
    expect((await user.example("rack", { CI: "true" })).code).toBe(0);
    expect(stack()).not.toBe(first);
    expect(stack()).toContain(pushed["x86_64 kernel"]);
  });

  test("oras tag moves a tag back to what it was, and outdated sees that too", async () => {
    const tags = await oras.tags("ipa/x86_64");
    expect(tags.sort()).toEqual(["kernel", "ramdisk"]);
    await oras.tag("ipa/x86_64:ramdisk", "kernel");
    const { code, stdout } = await user.cli("outdated");
    expect({ code, named: stdout.includes("/ipa/x86_64:kernel") }).toEqual({ code: 3, named: true });
  });

  test("frozen asks no registry: it holds when there is none", async () => {
    const frozen = stack();
    await registry.service.stop();
    expect((await user.example("rack", { CI: "true" })).code).toBe(0);
    expect(stack()).toBe(frozen);
    const unreachable = await user.cli("outdated", "--timeout", "2");
    expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringContaining("no connection (ECONNREFUSED)") });
  });
});

import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  MIRROR_VERSION,
  type MirrorVersion,
  packageHash,
  unzipPackage,
  writeNetworkMirror,
  zipHash,
} from "../../../src/delivery";
import { version } from "../../../src/version";
import { codeDirectory } from "../../support/mach-o";
import { type Finished, runToEnd } from "../../support/run";
import { succeeded } from "../provider/project";
import { makeCa, readPem, type TestCa } from "../support/ca";
import { User } from "../support/cli";
import { startIronic } from "../support/ironic";
import { IMAGE, pushRack } from "../support/rack";
import { startRegistry } from "../support/registry";
import { inRoot, inRootOrFail, SharedFolder } from "../support/root";
import { NO_NETWORK } from "../support/terraform";
import { Oras } from "../support/tools";

/**
 * What `npm run release` makes, in a Debian root that has no Node: the real Terraform and the executables run there, on this
 * machine's kernel and loopback.
 */
jest.setTimeout(600_000);
const ROOT = join(__dirname, "..", "..", "..");
const PLATFORMS = ["linux_amd64", "windows_amd64", "darwin_arm64"] as const;
const zipOf = (program: string, platform: string) => `${program}_${version}_${platform}.zip`;
const provider = (platform: string) => zipOf("terraform-provider-ironic", platform);
const CONFIGURATION = `
terraform {
  required_providers {
    ironic = {
      source  = "cdktf-ironic-oci/ironic"
      version = "${version}"
    }
  }
}
output "url" {
  value = provider::ironic::pin_url("oci://registry.example/os:1", "sha256:${"0".repeat(64)}")
}
`;

let shared: SharedFolder;
let release: string;
/** A path of the shared folder, as programs in the root have it. */
const inside = (path: string) => path.replace(shared.outside, shared.inside);

const build = (folder: string, ...platforms: readonly string[]) =>
  runToEnd([process.execPath, join(ROOT, "dist", "scripts", "release", "main.js"), folder, ...platforms], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GNUPGHOME: join(shared.outside, "gnupg"),
      GPG_FINGERPRINT: KEY,
    },
  });
/** The key of the release's signature: the only one in its folder. */
const KEY = "release@registry.example";

beforeAll(async () => {
  shared = new SharedFolder("release");
  release = join(shared.outside, "release");
  const { stdout: terraform } = succeeded(await runToEnd(["which", "terraform"]));
  copyFileSync(terraform.trim(), join(shared.outside, "terraform"));
  mkdirSync(join(shared.outside, "gnupg"), { mode: 0o700 });
  succeeded(
    await runToEnd([
      "gpg",
      "--homedir",
      join(shared.outside, "gnupg"),
      "--batch",
      "--passphrase",
      "",
      "--quick-gen-key",
      KEY,
      "rsa2048",
      "sign",
    ]),
  );
  succeeded(await build(release, ...PLATFORMS));
  mkdirSync(join(shared.outside, "bin"));
  for (const { name, content } of unpack(zipOf("ironic-oci", "linux_amd64"))) {
    writeFileSync(join(shared.outside, "bin", name), content, { mode: 0o755 });
  }
});
/** The command line's executable, as the root has it. */
const cli = () => inside(join(shared.outside, "bin", "ironic-oci"));
afterAll(async () => {
  if (shared === undefined) return;
  // The key's agent would go on.
  await runToEnd(["gpgconf", "--homedir", join(shared.outside, "gnupg"), "--kill", "all"]);
  shared.remove();
});

/** The real Terraform in the root, whose PATH has no Node. */
class RootTerraform {
  constructor(
    readonly dir: string,
    readonly env: Readonly<Record<string, string>> = {},
  ) {
    mkdirSync(dir, { recursive: true });
  }

  run(...argv: string[]): Promise<Finished> {
    const env = { ...NO_NETWORK, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", HOME: inside(this.dir), ...this.env };
    return inRoot(inside(join(shared.outside, "terraform")), argv, { cwd: inside(this.dir), env });
  }

  init(...more: string[]): Promise<Finished> {
    return this.run("init", "-input=false", "-no-color", ...more);
  }

  get lock(): string {
    return readFileSync(join(this.dir, ".terraform.lock.hcl"), "utf8");
  }
}

const unpack = (name: string) => unzipPackage(readFileSync(join(release, name)));
const described = () => JSON.parse(readFileSync(join(release, MIRROR_VERSION), "utf8")) as MirrorVersion;

test("the root has no Node", async () => {
  expect((await inRoot("sh", ["-c", "command -v node nodejs"])).stdout).toBe("");
});

test("the files are what registries take, each with its checksum, and the checksums are signed", async () => {
  const files = readdirSync(release).filter((name) => name !== "docs");
  const sums = `terraform-provider-ironic_${version}_SHA256SUMS`;
  expect(files.sort()).toEqual(
    [
      ...PLATFORMS.flatMap((platform) => [provider(platform), zipOf("ironic-oci", platform)]),
      ...["manifest.json", "sbom.cdx.json"].map((name) => `terraform-provider-ironic_${version}_${name}`),
      ...["index.json", MIRROR_VERSION, sums, `${sums}.sig`],
    ].sort(),
  );
  succeeded(await runToEnd(["sha256sum", "--check", "--strict", sums], { cwd: release }));
  const listed = readFileSync(join(release, sums), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.slice(66));
  expect(listed).toEqual(files.filter((name) => !name.startsWith(sums)));
  const gpg = ["gpg", "--homedir", join(shared.outside, "gnupg"), "--verify", `${sums}.sig`, sums];
  succeeded(await runToEnd(gpg, { cwd: release }));
  for (const page of ["index.md", "resources/node_v1.md", "data-sources/oci_image.md", "guides/provider.md"]) {
    expect(readFileSync(join(release, "docs", page))).toEqual(readFileSync(join(ROOT, "docs", page)));
  }
});

test("each zip has the program, and the licences of this project, of its packages and of Node", () => {
  for (const platform of PLATFORMS) {
    const suffix = platform.startsWith("windows") ? ".exe" : "";
    for (const [name, program] of [
      [provider(platform), `terraform-provider-ironic_v${version}${suffix}`],
      [zipOf("ironic-oci", platform), `ironic-oci${suffix}`],
    ] as const) {
      const files = unpack(name);
      expect(files.map((file) => file.name)).toEqual([program, "LICENSE.txt", "NOTICES.txt"]);
      const notices = Buffer.from(files[2]?.content ?? []).toString();
      for (const part of ["undici 7", "Node.js is licensed for use as follows", "OpenSSL, located at deps/openssl"]) {
        expect(notices).toContain(part);
      }
    }
  }
});

test("the program for Windows is one, and does not claim a signature; the one for Apple's processors has one that holds", () => {
  const [windows] = unpack(provider("windows_amd64"));
  const pe = Buffer.from(windows?.content ?? []);
  const header = pe.readUInt32LE(0x3c);
  expect([pe.toString("latin1", 0, 2), pe.toString("latin1", header, header + 4)]).toEqual(["MZ", "PE\0\0"]);
  expect([pe.readUInt16LE(header + 4), pe.readUInt16LE(header + 24)]).toEqual([0x8664, 0x20b]);
  expect(pe.readBigUInt64LE(header + 24 + 112 + 32)).toBe(0n);

  const [darwin] = unpack(provider("darwin_arm64"));
  const macho = Buffer.from(darwin?.content ?? []);
  expect([macho.readUInt32LE(0), macho.readUInt32LE(4), macho.readUInt32LE(12)]).toEqual([0xfeedfacf, 0x100000c, 2]);
  expect(codeDirectory(macho)).toEqual({
    flags: 0x20002,
    identifier: `terraform-provider-ironic_v${version}`,
    holds: true,
  });
  // Whether there is a program in it: Node's mark ends in 1.
  for (const executable of [pe, macho]) {
    const mark = executable.indexOf("NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:");
    expect(executable.toString("latin1", mark + 47, mark + 48)).toBe("1");
  }
});

test("the same sources make the same bytes, in any folder: no path of this machine is in them", async () => {
  for (const program of ["terraform-provider-ironic", "ironic-oci"]) {
    for (const platform of PLATFORMS) {
      const [executable] = unpack(zipOf(program, platform));
      expect(Buffer.from(executable?.content ?? []).includes(`${ROOT}/`)).toBe(false);
    }
  }
  const again = join(shared.outside, "again");
  succeeded(await build(again, "linux_amd64"));
  for (const name of [provider("linux_amd64"), zipOf("ironic-oci", "linux_amd64")]) {
    expect(readFileSync(join(again, name)).equals(readFileSync(join(release, name)))).toBe(true);
  }
  rmSync(again, { recursive: true });
});

test("download, terraform init, done: the zip as it is, where Terraform looks first", async () => {
  const home = join(shared.outside, "downloaded");
  const plugins = join(home, ".terraform.d/plugins/registry.terraform.io/cdktf-ironic-oci/ironic");
  mkdirSync(plugins, { recursive: true });
  copyFileSync(join(release, provider("linux_amd64")), join(plugins, provider("linux_amd64")));
  const terraform = new RootTerraform(join(home, "work"), { HOME: inside(home) });
  writeFileSync(join(terraform.dir, "main.tf"), CONFIGURATION);
  succeeded(await terraform.init());
  succeeded(await terraform.run("validate", "-no-color"));
  expect(terraform.lock).toContain(described().archives.linux_amd64?.hashes.find((hash) => hash.startsWith("h1:")));
});

test("the demo's rack is carried to a real Ironic", async () => {
  const registry = await startRegistry("open");
  const ironic = await startIronic("noauth");
  try {
    const oras = new Oras(registry);
    const pushed = await pushRack(oras, "1");
    const user = new User(join(shared.outside, "rack"), registry, oras.dockerConfig);
    const context = { "cdktf-ironic-oci:target": "ironic", "cdktf-ironic-oci:selfContained": release };
    const synthesized = await user.example("rack", {
      CDKTF_CONTEXT_JSON: JSON.stringify(context),
      DRIVER: "fake-hardware",
      PULL_SECRET_VERSION: "1",
    });
    succeeded(synthesized);
    const terraform = new RootTerraform(join(user.folder, "cdktf.out", "stacks", "rack-1"), {
      TF_VAR_pull_secret: "rack:pull",
      IRONIC_ENDPOINT: ironic.url,
    });
    const before = terraform.lock;
    // The state's path is of this machine.
    const init = succeeded(await terraform.init(`-backend-config=path=${inside(user.folder)}/rack.tfstate`));
    expect(init.stdout).not.toMatch(/Incomplete lock file|has made some changes/);
    expect(terraform.lock).toBe(before);
    succeeded(await terraform.run("apply", "-input=false", "-no-color", "-auto-approve"));
    for (const name of ["node-0", "node-1", "node-2"]) {
      expect(await ironic.baremetal("node", "show", name)).toMatchObject({
        provision_state: "active",
        instance_info: { image_source: expect.stringMatching(/^oci:\/\/.*@sha256:/) },
      });
    }
    expect((await terraform.run("plan", "-input=false", "-no-color", "-detailed-exitcode")).code).toBe(0);

    expect(await inRootOrFail(cli(), ["--version"])).toBe(`${version}\n`);
    const withoutRelease = await inRoot(cli(), ["provider", "install"]);
    expect(withoutRelease).toMatchObject({ code: 1, stderr: expect.stringContaining("--self-contained") });
    copyFileSync(registry.tls.ca, join(shared.outside, "registry.pem"));
    const resolve = ["resolve", `oci://${registry.host}/${IMAGE}`, "--arch", "x86_64", "--download-source", "local"];
    const env = { SSL_CERT_FILE: inside(join(shared.outside, "registry.pem")) };
    expect(await inRootOrFail(cli(), resolve, { env })).toContain(pushed["x86_64 qcow2"]);
  } finally {
    await ironic.stop();
    await registry.stop();
  }
});

describe("a network mirror over TLS", () => {
  let ca: TestCa;
  beforeAll(async () => {
    ca = await makeCa(shared);
  });

  /** Serves the folder as a web server with common content types does. */
  async function served<T>(folder: string, work: (url: string, requests: readonly string[]) => Promise<T>): Promise<T> {
    const requests: string[] = [];
    const server = createServer({ cert: readPem(ca.cert), key: readPem(ca.key) }, ({ url = "" }, response) => {
      requests.push(url);
      try {
        const content = readFileSync(join(folder, url.replace("/providers/", "")));
        response.setHeader("content-type", url.endsWith(".json") ? "application/json" : "application/zip").end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await work(`https://localhost:${(server.address() as AddressInfo).port}/providers/`, requests);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  const using = (url: string, name: string) => {
    const terraform = new RootTerraform(join(shared.outside, name), {
      NO_PROXY: "localhost,127.0.0.1",
      SSL_CERT_FILE: inside(ca.ca),
      TF_CLI_CONFIG_FILE: inside(join(shared.outside, name, "terraformrc")),
    });
    writeFileSync(join(terraform.dir, "main.tf"), CONFIGURATION);
    writeFileSync(
      join(terraform.dir, "terraformrc"),
      `provider_installation {\n  network_mirror {\n    url = "${url}"\n  }\n}\n`,
    );
    return terraform;
  };

  test("terraform init takes the executable from it; its lock holds for the folders, and theirs for it", async () => {
    const mirror = join(shared.outside, "mirror");
    writeNetworkMirror(mirror, { selfContained: release });
    await served(mirror, async (url, requests) => {
      const terraform = using(url, "from-mirror");
      succeeded(await terraform.init());
      expect(requests.some((each) => each.endsWith(provider("linux_amd64")))).toBe(true);
      const { archives } = described();
      // Terraform checks the zip's checksum, and locks the folder's: of what a mirror says it believes nothing more.
      expect(terraform.lock).toContain(archives.linux_amd64?.hashes.find((hash) => hash.startsWith("h1:")));
      succeeded(await terraform.run("apply", "-input=false", "-no-color", "-auto-approve"));
      expect((await terraform.run("output", "-raw", "url")).stdout).toBe(
        `oci://registry.example/os@sha256:${"0".repeat(64)}`,
      );

      // With that lock, from the user's own plugins, which the command line installs without a Node.
      const home = join(shared.outside, "home");
      mkdirSync(home);
      await inRootOrFail(cli(), ["provider", "install", "--self-contained", inside(release)], {
        env: { HOME: inside(home) },
      });
      const local = new RootTerraform(join(shared.outside, "from-folder"), { HOME: inside(home) });
      for (const name of ["main.tf", ".terraform.lock.hcl"]) cpSync(join(terraform.dir, name), join(local.dir, name));
      succeeded(await local.init("-lockfile=readonly"));
      // And the other way round: all that the mirror describes is enough.
      rmSync(join(local.dir, ".terraform.lock.hcl"));
      succeeded(await local.init());
      rmSync(join(terraform.dir, ".terraform"), { recursive: true });
      writeFileSync(join(terraform.dir, ".terraform.lock.hcl"), local.lock);
      succeeded(await terraform.init("-lockfile=readonly"));
    });
  });

  test("what synthesis locks holds for it: of the executables, and of the script", async () => {
    for (const selfContained of [release, undefined]) {
      const name = selfContained === undefined ? "script" : "executables";
      const mirror = join(shared.outside, `mirror-of-${name}`);
      const { hashes } = writeNetworkMirror(mirror, { selfContained });
      await served(mirror, async (url) => {
        const terraform = using(url, `locked-${name}`);
        // The h1: checksum of the script is all that a stack of an earlier version has.
        const locked = selfContained === undefined ? hashes.filter((hash) => hash.startsWith("h1:")) : hashes;
        const lines = [...locked].sort().map((hash) => `    "${hash}",\n`);
        writeFileSync(
          join(terraform.dir, ".terraform.lock.hcl"),
          `provider "registry.terraform.io/cdktf-ironic-oci/ironic" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n${lines.join("")}  ]\n}\n`,
        );
        const before = terraform.lock;
        succeeded(await terraform.init("-lockfile=readonly"));
        expect(terraform.lock).toBe(before);
      });
    }
  });

  test("the checksums of a release are those of its zips", () => {
    for (const [platform, { url, hashes }] of Object.entries(described().archives)) {
      expect(url).toBe(provider(platform));
      expect(hashes).toEqual([packageHash(unpack(url)), zipHash(readFileSync(join(release, url)))]);
    }
  });
});

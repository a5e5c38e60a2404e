import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipPackage } from "../../../src/delivery";
import { createCertificate } from "../../../src/tfplugin/transport/certificate";
import { version } from "../../../src/version";
import { PluginClient } from "../../support/plugin/client";
import { runToEnd } from "../../support/run";
import { succeeded } from "../provider/project";
import { IMAGE, pushRack } from "../support/rack";
import { type RealRegistry, startRegistry } from "../support/registry";
import { debianRoot, inRootOrFail, type RunOptions, SharedFolder } from "../support/root";
import { Service } from "../support/service";
import { Oras } from "../support/tools";

/**
 * The executables for other platforms than this machine's, which run here all the same: those for arm64 under qemu's user emulation,
 * those for Windows under wine. Those for macOS don't run anywhere but there.
 */
jest.setTimeout(600_000);
const ROOT = join(__dirname, "..", "..", "..");
const SUITE = "platforms";
const PLATFORMS = [
  { platform: "linux_arm64", suffix: "", run: ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"] },
  { platform: "windows_amd64", suffix: ".exe", run: ["/usr/lib/wine/wine64"] },
] as const;

let shared: SharedFolder;
let registry: RealRegistry;
let pushed: Readonly<Record<string, string>>;
beforeAll(async () => {
  shared = new SharedFolder("platforms", SUITE);
  const release = join(shared.outside, "release");
  const chosen = PLATFORMS.map(({ platform }) => platform);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const build = [process.execPath, join(ROOT, "dist", "scripts", "release", "main.js"), release, ...chosen];
  succeeded(await runToEnd(build, { env }));
  for (const platform of chosen) {
    mkdirSync(join(shared.outside, platform));
    for (const program of ["ironic-oci", "terraform-provider-ironic"]) {
      const zip = readFileSync(join(release, `${program}_${version}_${platform}.zip`));
      for (const { name, content } of unzipPackage(zip)) {
        writeFileSync(join(shared.outside, platform, name), content, { mode: 0o755 });
      }
    }
  }
  registry = await startRegistry("open");
  pushed = await pushRack(new Oras(registry), "1");
  writeFileSync(join(shared.outside, "registry.pem"), readFileSync(registry.tls.ca));
});
afterAll(async () => {
  await registry?.stop();
  shared?.remove();
});

describe.each(PLATFORMS)("$platform", ({ platform, suffix, run }) => {
  const folder = () => join(shared.outside, platform);
  const options = (env: Readonly<Record<string, string>> = {}): RunOptions => {
    const home = join(shared.inside, platform);
    return {
      suite: SUITE,
      cwd: home,
      env: { HOME: home, WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=", ...env },
    };
  };
  // Node takes no pipe of Unix from wine: the output goes to a file.
  const command = (program: string, ...argv: string[]) => {
    const line = '"$@" >stdout 2>stderr </dev/null; code=$?; cat stdout; cat stderr >&2; echo $code >code; exit $code';
    return ["-c", line, "sh", ...run, `./${program}${suffix}`, ...argv];
  };
  const cli = (argv: readonly string[], env?: Readonly<Record<string, string>>) =>
    inRootOrFail("sh", command("ironic-oci", ...argv), options(env));

  test("ironic-oci starts, and resolves a tag of a registry over TLS", async () => {
    expect(await cli(["--version"])).toBe(`${version}\n`);
    const resolve = ["resolve", `oci://${registry.host}/${IMAGE}`, "--arch", "x86_64", "--download-source", "local"];
    const output = await cli(resolve, { SSL_CERT_FILE: `${shared.inside}/registry.pem` });
    expect(output).toContain(pushed["x86_64 qcow2"]);
  });

  test("the provider is started as Terraform does, shows its schema and ends when it is told to", async () => {
    const certificate = createCertificate();
    const environment = {
      TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
      PLUGIN_PROTOCOL_VERSIONS: "5,6",
      PLUGIN_CLIENT_CERT: certificate.pem,
    };
    const [stdout, code] = [join(folder(), "stdout"), join(folder(), "code")];
    writeFileSync(stdout, "");
    const service = new Service("sh", command(`terraform-provider-ironic_v${version}`), options(environment));
    try {
      await service.until(async () => readFileSync(stdout, "utf8").endsWith("\n"));
      const [, protocol, network, address = "", transport, server = ""] = readFileSync(stdout, "utf8")
        .trim()
        .split("|");
      expect([protocol, network, transport]).toEqual(["6", suffix === "" ? "unix" : "tcp", "grpc"]);
      const client = new PluginClient(network === "unix" ? `unix:${debianRoot(SUITE)}${address}` : address, {
        own: certificate,
        server: new X509Certificate(Buffer.from(server, "base64")).toString(),
      });
      const { resourceSchemas } = await client.call("GetProviderSchema", {});
      expect(Object.keys(resourceSchemas ?? {})).toContain("ironic_node_v1");
      await client.raw("/plugin.GRPCController/Shutdown", Buffer.alloc(0), () => undefined);
      client.close();
      await service.until(async () => existsSync(code) && readFileSync(code, "utf8") === "0\n");
    } finally {
      service.kill();
    }
  });
});

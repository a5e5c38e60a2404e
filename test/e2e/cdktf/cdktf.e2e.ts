import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { firstBlock } from "../../support/readme";
import { succeeded } from "../provider/project";
import { type RealIronic, startIronic } from "../support/ironic";
import { type RealRegistry, startRegistry } from "../support/registry";
import { NO_NETWORK, Terraform } from "../support/terraform";
import { Oras } from "../support/tools";
import { everythingIn } from "../support/written";
import { type CdktfCli, CdktfProject } from "./project";

/**
 * What README.md shows first, as its reader types it: the program and the cdktf.json from the page, the real cdktf and cdktn, with
 * no other option than --auto-approve, Debian's docker-registry filled by the real oras, and Debian's Ironic.
 */
jest.setTimeout(300_000);

const SECRETS = { TF_VAR_bmc_password: "bmc-hunter2", TF_VAR_quay_pull_secret: "rack:pull-hunter3" };

let registry: RealRegistry;
let oras: Oras;
let ironic: RealIronic;
beforeAll(async () => {
  registry = await startRegistry("open");
  oras = new Oras(registry);
  ironic = await startIronic("noauth");
});
afterAll(async () => {
  await ironic?.stop();
  await registry?.stop();
});

/** A machine-os as podman publishes it, and an agent; gives the digest of each by its name. */
async function push(build: string): Promise<Record<"image" | "kernel" | "ramdisk", string>> {
  const digests: Record<string, string> = {};
  const entries: unknown[] = [];
  for (const architecture of ["x86_64", "aarch64"]) {
    for (const disktype of ["applehv", "hyperv", "qemu", "wsl"]) {
      const tag = `podman/machine-os:${architecture}-${disktype}`;
      const file = { name: `podman-machine.${architecture}.${disktype}.qcow2.zst`, content: `${tag} ${build}` };
      digests[`${architecture} ${disktype}`] = await oras.push(tag, file, "-a", `disktype=${disktype}`);
      const platform = { architecture, os: "linux" };
      entries.push({ ...(await oras.descriptor(tag)), platform, annotations: { disktype } });
    }
  }
  await oras.pushIndex("podman/machine-os:5.5", entries);
  const [kernel, ramdisk] = [
    await oras.push("ipa:kernel", { name: "ipa.kernel", content: `kernel ${build}` }),
    await oras.push("ipa:ramdisk", { name: "ipa.initramfs", content: `ramdisk ${build}` }),
  ];
  return { image: digests["x86_64 qemu"] ?? "", kernel, ramdisk };
}

/** README's program with the test's registry, and with Ironic's hardware for tests in the place of a machine. */
function program(change: (text: string) => string = (text) => text): string {
  const replaced = [
    ["quay.io", registry.host],
    ["registry.example", registry.host],
    ['driver: "redfish"', 'driver: "fake-hardware"'],
  ].reduce((text, [from = "", to = ""]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, firstBlock("ts"));
  return change(replaced);
}

function project(cli: CdktfCli, text: string, env: Readonly<Record<string, string>> = {}): CdktfProject {
  const made = new CdktfProject(cli, {
    ...SECRETS,
    ...{ IRONIC_ENDPOINT: ironic.url, NODE_EXTRA_CA_CERTS: registry.tls.ca, ...env },
  });
  made.write("main.ts", text);
  made.write("cdktf.json", firstBlock("json"));
  return made;
}

/** What a command printed, on one line: what surrounds it differs between the two, and Terraform wraps lines. */
const printed = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  `${stdout}\n${stderr}`.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").replace(/\s+/g, " ");

const url = (path: string, digest: string) => `oci://${registry.host}/${path}@${digest}`;

describe.each(["cdktf", "cdktn"] as const)("README's first program, with %s", (cli) => {
  let rack: CdktfProject;
  let digests: Awaited<ReturnType<typeof push>>;
  beforeAll(async () => {
    digests = await push(`1 for ${cli}`);
    rack = project(cli, program());
  });
  afterAll(() => rack?.remove());

  const deployed = async () => (await ironic.baremetal("node", "show", "node-0")) as Record<string, unknown>;
  const lockFile = () => readFileSync(join(rack.stack(), ".terraform.lock.hcl"), "utf8");

  test("synth: tags have become digests, and Terraform's lock file knows the provider", async () => {
    succeeded(await rack.cdktf("synth"));
    expect(lockFile()).toContain('provider "registry.terraform.io/cdktf-ironic-oci/ironic" {');
  });

  test("diff, without a question to Terraform's registry", async () => {
    const locked = lockFile();
    const said = printed(succeeded(await rack.cdktf("diff")));
    expect(said).toContain("Plan: 3 to add, 0 to change, 0 to destroy.");
    expect(said).not.toContain("Incomplete lock file information");
    expect(lockFile()).toBe(locked);
  });

  test("deploy: what was pushed is what Ironic boots", async () => {
    succeeded(await rack.cdktf("deploy", "--auto-approve"));
    expect(await deployed()).toMatchObject({
      provision_state: "active",
      driver_info: {
        deploy_kernel: url("ipa", digests.kernel),
        deploy_ramdisk: url("ipa", digests.ramdisk),
        redfish_password: "******",
      },
      instance_info: { image_source: url("podman/machine-os", digests.image), image_pull_secret: "******" },
    });
    expect(printed(succeeded(await rack.cdktf("diff")))).toContain("No changes.");
  });

  test("list and output", async () => {
    expect(printed(succeeded(await rack.cdktf("list")))).toContain("rack-1");
    succeeded(await rack.cdktf("output"));
  });

  test("a moved tag: nothing, until ironic-oci update; then the machine is rebuilt", async () => {
    const { uuid } = await deployed();
    const moved = await push(`2 for ${cli}`);
    expect(printed(succeeded(await rack.cdktf("diff")))).toContain("No changes.");
    succeeded(await rack.ironicOci("update"));
    succeeded(await rack.cdktf("deploy", "--auto-approve"));
    expect(await deployed()).toMatchObject({
      ...{ uuid, provision_state: "active" },
      instance_info: { image_source: url("podman/machine-os", moved.image) },
    });
  });

  test("destroy leaves nothing, and no secret was written anywhere", async () => {
    succeeded(await rack.cdktf("destroy", "--auto-approve"));
    expect(await ironic.baremetal("node", "list")).toEqual([]);
    const written = [
      everythingIn(rack.stack()),
      rack.read("terraform.rack-1.tfstate"),
      rack.read("ironic-oci.lock.json"),
    ];
    expect(written.join("\n")).not.toMatch(/hunter[23]/);
  });
});

/** Other providers need their registry, or what stands for it: here it is a folder of the user's, and that has no packages to lock. */
describe.each(["cdktf", "cdktn"] as const)("other providers, with %s", (cli) => {
  let rack: CdktfProject;
  beforeAll(() => push("1"));
  afterEach(() => rack?.remove());

  const withNull = (text: string) =>
    text.replace(
      "synthesize(app)",
      'new BareMetalNode(rack, "shadow", { driver: "redfish", target: new NullTarget() });\n$&',
    );

  test("a stack with the null provider too: diff and deploy at once, as in CI, and again", async () => {
    rack = project(cli, program(withNull).replace("BareMetalNode,", "BareMetalNode, NullTarget,"));
    await rack.installNullProvider();
    expect(printed(succeeded(await rack.cdktf("diff")))).toContain("Plan: 4 to add");
    const locked = readFileSync(join(rack.stack(), ".terraform.lock.hcl"), "utf8");
    expect(locked.match(/^provider "[^"]+"/gm)).toEqual([
      'provider "registry.terraform.io/cdktf-ironic-oci/ironic"',
      'provider "registry.terraform.io/hashicorp/null"',
    ]);
    succeeded(await rack.cdktf("deploy", "--auto-approve"));
    expect(readFileSync(join(rack.stack(), ".terraform.lock.hcl"), "utf8")).toBe(locked);
    succeeded(await rack.cdktf("destroy", "--auto-approve"));
  });

  test("a stack of the null target alone: its lock file is Terraform's own", async () => {
    rack = project(cli, program());
    await rack.installNullProvider();
    rack.write("cdktf.json", firstBlock("json").replace('"cdktf-ironic-oci:target": "ironic", ', ""));
    succeeded(await rack.cdktf("synth"));
    expect(existsSync(join(rack.stack(), ".terraform.lock.hcl"))).toBe(false);
    // cdktf locks for Linux what Terraform has locked for this machine, and asks the registry for it, unless it is there.
    const terraform = new Terraform(rack.stack(), { env: { ...NO_NETWORK, HOME: rack.home } });
    succeeded(await terraform.init());
    expect(printed(succeeded(await rack.cdktf("diff")))).toContain("Plan: 1 to add");
    succeeded(await rack.cdktf("deploy", "--auto-approve"));
    succeeded(await rack.cdktf("destroy", "--auto-approve"));
  });
});

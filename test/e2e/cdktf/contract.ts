import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { firstBlock } from "../../support/readme";
import type { Finished } from "../../support/run";
import { succeeded } from "../provider/project";
import { type RealIronic, startIronic } from "../support/ironic";
import { type RealRegistry, startRegistry } from "../support/registry";
import { NO_NETWORK, Terraform } from "../support/terraform";
import { Oras } from "../support/tools";
import { everythingIn } from "../support/written";
import { type CdktfCli, CdktfProject } from "./project";

const SECRETS = { TF_VAR_bmc_password: "bmc-hunter2", TF_VAR_quay_pull_secret: "rack:pull-hunter3" };

/**
 * What README.md shows first, as its reader types it: the program and the cdktf.json from the page, the real command line with no
 * option but --auto-approve, Debian's docker-registry filled by the real oras, and Debian's Ironic.
 *
 * In the program, the registries' hosts are replaced by the test's, and the hardware type by Ironic's own for tests. Ironic's address
 * and the secrets are in the environment, as README has them.
 */
export function cdktfContract(cli: CdktfCli): void {
  jest.setTimeout(300_000);
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

  let rack: CdktfProject;
  const setUp = (text: string) => {
    rack = new CdktfProject(cli, {
      ...SECRETS,
      ...{ IRONIC_ENDPOINT: ironic.url, NODE_EXTRA_CA_CERTS: registry.tls.ca },
    });
    rack.write("main.ts", text);
    rack.write("cdktf.json", firstBlock("json"));
  };
  const program = () =>
    [
      ["quay.io", registry.host],
      ["registry.example", registry.host],
      ['driver: "redfish"', 'driver: "fake-hardware"'],
    ].reduce((text, [from = "", to = ""]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, to);
    }, firstBlock("ts"));
  const cdktf = async (...argv: string[]) => printed(succeeded(await rack.cdktf(...argv)));
  const lockPath = () => join(rack.stack(), ".terraform.lock.hcl");
  const locked = () => readFileSync(lockPath(), "utf8");
  const url = (path: string, digest: string) => `oci://${registry.host}/${path}@${digest}`;

  describe("README's first program", () => {
    let digests: Pushed;
    beforeAll(async () => {
      digests = await push(oras, "1");
      setUp(program());
    });
    afterAll(() => rack?.remove());

    const deployed = async () => (await ironic.baremetal("node", "show", "node-0")) as Record<string, unknown>;

    test("synth: tags have become digests, and Terraform's lock file has the provider", async () => {
      await cdktf("synth");
      expect(readFileSync(join(rack.stack(), "cdk.tf.json"), "utf8")).toContain(
        url("podman/machine-os", digests.image),
      );
      expect(locked()).toContain('provider "registry.terraform.io/cdktf-ironic-oci/ironic" {');
    });

    test("diff asks no registry of Terraform's, and init finds nothing incomplete", async () => {
      const before = locked();
      const output = await cdktf("diff");
      expect(output).toContain(withoutSpace("Plan: 3 to add, 0 to change, 0 to destroy."));
      expect(output).not.toContain(withoutSpace("Incomplete lock file information"));
      expect(locked()).toBe(before);
    });

    test("deploy: what was pushed is what Ironic boots", async () => {
      await cdktf("deploy", "--auto-approve");
      expect(await deployed()).toMatchObject({
        provision_state: "active",
        driver_info: {
          deploy_kernel: url("ipa", digests.kernel),
          deploy_ramdisk: url("ipa", digests.ramdisk),
          redfish_password: "******",
        },
        instance_info: { image_source: url("podman/machine-os", digests.image), image_pull_secret: "******" },
      });
      expect(await cdktf("diff")).toContain(withoutSpace("No changes."));
    });

    test("list and output", async () => {
      expect(await cdktf("list")).toContain(withoutSpace("rack-1"));
      expect(await cdktf("output")).toContain(withoutSpace(`boots = ${url("podman/machine-os", digests.image)}`));
    });

    test("a moved tag changes nothing until ironic-oci update; then the node is rebuilt", async () => {
      const { uuid } = await deployed();
      const moved = await push(oras, "2");
      expect(await cdktf("diff")).toContain(withoutSpace("No changes."));
      succeeded(await rack.ironicOci("update"));
      await cdktf("deploy", "--auto-approve");
      expect(await deployed()).toMatchObject({
        ...{ uuid, provision_state: "active" },
        instance_info: { image_source: url("podman/machine-os", moved.image) },
      });
    });

    test("destroy leaves no node, and no secret is in any file", async () => {
      await cdktf("destroy", "--auto-approve");
      expect(await ironic.baremetal("node", "list")).toEqual([]);
      const files = ["terraform.rack-1.tfstate", "ironic-oci.lock.json"].map((name) => rack.read(name));
      const written = [everythingIn(join(rack.folder, "cdktf.out")), ...files].join("\n");
      expect(written).toContain("node-0");
      expect(written).not.toMatch(/hunter[23]/);
    });
  });

  describe("a program", () => {
    beforeAll(() => push(oras, "1"));
    afterEach(() => rack?.remove());

    test("whose stack has the null provider too: diff in a fresh clone, then deploy", async () => {
      const shadow = 'new BareMetalNode(rack, "shadow", { driver: "redfish", target: new NullTarget() });';
      setUp(
        program().replace("BareMetalNode,", "BareMetalNode, NullTarget,").replace("synthesize(app)", `${shadow}\n$&`),
      );
      await rack.installNullProvider();
      expect(await cdktf("diff")).toContain(withoutSpace("Plan: 4 to add"));
      const before = locked();
      expect(before.match(/^provider "[^"]+"/gm)).toEqual([
        'provider "registry.terraform.io/cdktf-ironic-oci/ironic"',
        'provider "registry.terraform.io/hashicorp/null"',
      ]);
      await cdktf("deploy", "--auto-approve");
      expect(locked()).toBe(before);
      await cdktf("destroy", "--auto-approve");
    });

    test("for the null target alone: the lock file is Terraform's own, and stays", async () => {
      setUp(program());
      rack.write("cdktf.json", firstBlock("json").replace('"cdktf-ironic-oci:target": "ironic", ', ""));
      await rack.installNullProvider();
      await cdktf("synth");
      expect(existsSync(lockPath())).toBe(false);
      // Without it, cdktf would run `terraform providers lock`, and the registry that has the null provider is not within reach here.
      succeeded(await new Terraform(rack.stack(), { env: { ...NO_NETWORK, HOME: rack.home } }).init());
      const before = locked();
      expect(await cdktf("diff")).toContain(withoutSpace("Plan: 1 to add"));
      await cdktf("deploy", "--auto-approve");
      await cdktf("destroy", "--auto-approve");
      expect(locked()).toBe(before);
    });

    test("that can't be pinned: the command waits for it, fails, and prints why", async () => {
      setUp(program().replace("machine-os:5.5", "machine-os:none"));
      const finished = await rack.cdktf("diff");
      expect(finished.code).toBe(1);
      expect(printed(finished)).toContain(withoutSpace(`oci://${registry.host}/podman/machine-os:none`));
      expect(existsSync(rack.stack())).toBe(false);
    });
  });
}

type Pushed = Readonly<Record<"image" | "kernel" | "ramdisk", string>>;

/** A machine-os, marked as podman publishes it, and an agent; gives the digests of what the program pins. */
async function push(oras: Oras, build: string): Promise<Pushed> {
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
  return {
    image: digests["x86_64 qemu"] ?? "",
    kernel: await oras.push("ipa:kernel", { name: "ipa.kernel", content: `kernel ${build}` }),
    ramdisk: await oras.push("ipa:ramdisk", { name: "ipa.initramfs", content: `ramdisk ${build}` }),
  };
}

/** What a command printed, without colours and white space: cdktf breaks lines at 80 columns, in the middle of words too. */
function printed({ stdout, stderr }: Finished): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return withoutSpace(`${stdout}${stderr}`.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ""));
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, "");
}

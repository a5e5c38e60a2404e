import { join } from "node:path";
import { LocalBackend, TerraformOutput, type TerraformStack, TerraformVariable } from "cdktf";
import {
  BareMetalDeployment,
  BareMetalNode,
  type BareMetalNodeProps,
  CONTEXT,
  IronicTarget,
  OciImage,
  PullSecret,
  type SynthesizeOptions,
  synthesize,
} from "cdktf-ironic-oci";
import { httpBasic, IronicClient } from "../../../src/ironic";
import { pushArtifact } from "../../../src/testing/registry";
import type { IronicUnderTest } from "../../ironic/contract";
import { Bench } from "../../support/rack";
import { succeeded } from "../provider/project";
import { NO_NETWORK, Terraform } from "../support/terraform";
import { everythingIn } from "../support/written";

const SECRETS = {
  bmc_password: "bmc-hunter2",
  deploy_secret: "ipa:pull-hunter3",
  image_secret: "rack:pull-hunter4",
} as const;

/** A CDKTF program whose stack the real Terraform carries to an Ironic: on the stand-in and on a real one alike. */
export function constructsContract(name: string, start: () => Promise<IronicUnderTest>): void {
  describe(name, () => {
    let ironic: IronicUnderTest;
    let client: IronicClient;
    let bench: Bench;
    beforeAll(async () => {
      ironic = await start();
      const { url, credentials } = ironic;
      client = new IronicClient({
        url,
        ...(credentials && { auth: httpBasic(credentials.username, credentials.password) }),
      });
    });
    afterAll(async () => {
      await client?.close();
      await ironic?.stop();
    });
    beforeEach(async () => {
      bench = await Bench.start();
    });
    afterEach(() => bench.stop());

    /** The folder that the program's stack was synthesized into, as `cdktf deploy` would enter it. */
    const terraform = () =>
      new Terraform(join(bench.folder, "cdktf.out", "stacks", "rack-1"), {
        env: {
          ...NO_NETWORK,
          ...Object.fromEntries(Object.entries(SECRETS).map(([name, value]) => [`TF_VAR_${name}`, value])),
          ...{ TF_LOG_PROVIDER: "TRACE", TF_LOG_PATH: "terraform.log", IRONIC_ENDPOINT: ironic.url },
          ...(ironic.credentials && {
            IRONIC_AUTH_STRATEGY: "http_basic",
            IRONIC_HTTP_BASIC_USERNAME: ironic.credentials.username,
            IRONIC_HTTP_BASIC_PASSWORD: ironic.credentials.password,
          }),
        },
      });
    const synthesized = async (build: (stack: TerraformStack) => void, options: SynthesizeOptions = {}) => {
      const app = bench.app(
        (stack) => {
          // Otherwise CDKTF has the state in the working directory.
          new LocalBackend(stack, { path: join(bench.folder, "terraform.tfstate") });
          build(stack);
        },
        { [CONTEXT.target]: "ironic" },
      );
      await synthesize(app, bench.options(options));
    };
    const planned = async () => {
      const changes = Object.entries(await terraform().changes());
      return changes
        .filter(([, { actions }]) => !actions.includes("no-op"))
        .map(([address, { actions }]) => `${actions.join(" then ")} ${address}`)
        .sort();
    };

    let number = 0;
    /** Names are an Ironic's own, and so are MAC addresses. */
    const fresh = () => {
      number += 1;
      return { name: `rack-node-${number}`, address: `52:54:00:aa:cc:0${number}` };
    };

    const props = (stack: TerraformStack, name: string, address: string, version = 1): BareMetalNodeProps => ({
      name,
      driver: "fake-hardware",
      driverInfo: {
        redfish_address: "https://bmc-0.example",
        redfish_verify_ca: false,
        redfish_password: PullSecret.fromVariable(stack, "bmc_password", { version }),
      },
      properties: { local_gb: 100 },
      cpuArch: "x86_64",
      capabilities: { secure_boot: "true", boot_mode: "uefi" },
      rootDevice: { size: 100, rotational: false },
      bootInterface: "fake",
      resourceClass: "baremetal",
      traits: ["CUSTOM_SSD", "CUSTOM_GPU"],
      extra: { rack: "r1", position: 4, tested: true, owner: { team: "metal", floors: [1, 2] } },
      ports: [
        { address, pxeEnabled: false, physicalNetwork: "provisioning" },
        { address: `${address.slice(0, -2)}ff` },
      ],
      image: new OciImage(stack, "cirros", { source: bench.ref("images/cirros:0.6") }),
      imageDownloadSource: "local",
      deployKernel: bench.ref("ipa:kernel"),
      deployRamdisk: bench.ref("ipa:ramdisk"),
      imagePullSecret: PullSecret.fromVariable(stack, "image_secret", { version }),
      deployPullSecret: PullSecret.fromVariable(stack, "deploy_secret", { version }),
    });

    test("a rack: init without a network, validate, apply, no changes, a moved tag, a rotated secret, destroy", async () => {
      const { name, address } = fresh();
      const build = (version?: number) => (stack: TerraformStack) => {
        const node = new BareMetalNode(stack, "node-0", props(stack, name, address, version));
        new TerraformOutput(stack, "uuid", { value: node.resource.getStringAttribute("id") });
        IronicTarget.resourcesOf(node)?.deployment?.putTimeouts({ create: "10m" });
      };
      await synthesized(build());
      succeeded(await terraform().init());
      expect(await terraform().validated()).toMatchObject({ valid: true, diagnostics: [] });
      succeeded(await terraform().apply());
      const before = await client.getNode(name);
      expect(before).toMatchObject({
        provision_state: "active",
        driver_info: { redfish_verify_ca: "false", redfish_password: "******", image_pull_secret: "******" },
        properties: {
          cpu_arch: "x86_64",
          capabilities: "boot_mode:uefi,secure_boot:true",
          root_device: { size: "100", rotational: "false" },
        },
        extra: { position: "4", owner: '{"team":"metal","floors":[1,2]}' },
        instance_info: { image_download_source: "local", image_pull_secret: "******" },
      });
      expect((await client.listPorts(before.uuid)).map(({ pxe_enabled }) => pxe_enabled).sort()).toEqual([false, true]);
      expect((await terraform().show()).values?.outputs?.uuid?.value).toBe(before.uuid);
      expect(await planned()).toEqual([]);

      bench.push("two");
      await synthesized(build(), { lockMode: "update" });
      expect(await planned()).toEqual(["update ironic_deployment.node-0", "update ironic_node_v1.node-0"]);
      succeeded(await terraform().apply());
      expect(await planned()).toEqual([]);
      const after = await client.getNode(name);
      expect(after).toMatchObject({ uuid: before.uuid, provision_state: "active" });
      expect(after.instance_info.image_source).not.toBe(before.instance_info.image_source);
      expect(after.driver_info.deploy_kernel).not.toBe(before.driver_info.deploy_kernel);

      await synthesized(build(2));
      expect(await planned()).toEqual(["update ironic_deployment.node-0", "update ironic_node_v1.node-0"]);
      succeeded(await terraform().apply());
      expect(await planned()).toEqual([]);

      const written = everythingIn(bench.folder);
      for (const known of ["ironic_deployment", "redfish_password", before.uuid]) expect(written).toContain(known);
      expect(written).not.toMatch(/hunter[234]/);
      expect(JSON.stringify(await terraform().show("changes.tfplan"))).not.toMatch(/hunter[234]/);
      succeeded(await terraform().destroy());
      await expect(client.getNode(name)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
    });

    test("a bootc container's own fields reach Ironic as they are meant, and a second plan is empty", async () => {
      const { name, address } = fresh();
      pushArtifact(bench.registry.store, "os", { tag: "1", files: [{ content: "os" }], artifactType: null });
      const keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpBJxX0 one",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpBJxX1 two",
      ];
      await synthesized((stack) => {
        const { image: _disk, imageDownloadSource: _source, ...rest } = props(stack, name, address);
        const image = new OciImage(stack, "os", { source: bench.ref("os:1"), expect: "bootc" });
        // The interface of a conductor without hardware; left out, it would be bootc.
        const bootc = { image, deployInterface: "fake", bootcAuthorizedKeys: keys, bootcTpm2Luks: true };
        new BareMetalNode(stack, "node-0", { ...rest, ...bootc });
      });
      succeeded(await terraform().init());
      succeeded(await terraform().apply());
      const { instance_info } = await client.getNode(name);
      expect(instance_info).toMatchObject({ bootc_authorized_keys: keys.join("\n"), bootc_tpm2_luks: "true" });
      expect(await planned()).toEqual([]);
      succeeded(await terraform().destroy());
    });

    test("a node gets an image, and loses it again, with its ports in the node meanwhile or without", async () => {
      const { name, address } = fresh();
      const build = (image: boolean) => (stack: TerraformStack) => {
        const { imagePullSecret, image: cirros, imageDownloadSource, ...rest } = props(stack, name, address);
        const target = new IronicTarget({ withoutImage: "available" });
        const more = { imagePullSecret, image: cirros, imageDownloadSource } as BareMetalNodeProps;
        new BareMetalNode(stack, "node-0", { ...rest, target, ...(image && more) });
      };
      const states: string[] = [];
      for (const image of [false, true, false]) {
        await synthesized(build(image));
        succeeded(await terraform().init());
        succeeded(await terraform().apply());
        expect([image, await planned()]).toEqual([image, []]);
        const { provision_state, uuid } = await client.getNode(name);
        states.push(provision_state);
        expect(await client.listPorts(uuid)).toHaveLength(2);
      }
      expect(states).toEqual(["available", "active", "available"]);
      succeeded(await terraform().destroy());
    });

    test("a bond, network data from a variable, and an image on a node that an allocation chooses", async () => {
      const [one, other] = [fresh(), fresh()];
      const build = (stack: TerraformStack) => {
        const node = props(stack, one.name, one.address);
        const links = new TerraformVariable(stack, "links", { default: [{ id: "bond0", type: "bond" }] });
        new BareMetalNode(stack, "bonded", {
          ...{ ...node, ports: [{ address: one.address }] },
          portGroups: [
            {
              ...{ name: `${one.name}-bond0`, mode: "802.3ad", properties: { miimon: 100 } },
              ports: [{ address: `${one.address.slice(0, -2)}e0`, pxeEnabled: false }],
            },
          ],
          networkData: { links: links.value, networks: [] },
          timeouts: { node: { create: "5m" }, deployment: { create: "10m", update: "10m" } },
        });
        const free = new BareMetalNode(stack, "free", {
          ...{ name: other.name, driver: "fake-hardware", cpuArch: "x86_64", resourceClass: "baremetal" },
          ...{ traits: ["CUSTOM_GPU"], target: new IronicTarget({ withoutImage: "available" }) },
        });
        new BareMetalDeployment(stack, "worker", {
          allocation: {
            name: `${other.name}-worker`,
            resourceClass: "baremetal",
            traits: ["CUSTOM_GPU"],
            candidateNodes: [free.resource.getStringAttribute("id")],
          },
          ...{ cpuArch: "x86_64", image: bench.ref("images/cirros:0.6"), imageDownloadSource: "local" },
          userData: { ignition: { version: "3.4.0" } },
        });
      };
      await synthesized(build);
      succeeded(await terraform().init());
      expect(await terraform().validated()).toMatchObject({ valid: true, diagnostics: [] });
      succeeded(await terraform().apply());
      expect(await planned()).toEqual([]);
      const bonded = await client.getNode(one.name);
      expect(bonded.provision_state).toBe("active");
      const ports = await client.listPorts(bonded.uuid);
      expect(ports.map(({ portgroup_uuid: group }) => typeof group).sort()).toEqual(["object", "string"]);
      expect(await client.getNode(other.name)).toMatchObject({
        provision_state: "active",
        instance_info: { image_source: expect.stringContaining("@sha256:") },
      });
      succeeded(await terraform().destroy());
    });
  });
}

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "../e2e/support/terraform";
import type { Finished } from "../support/run";
import { readSettings } from "./settings";
import { AGENT, Chain, DEPLOYED, IMAGES, SECRETS, SERVICED } from "./support/chain";
import { Checks } from "./support/checks";
import { awaitMarker } from "./support/console";
import { compareDisk, fileOnDisk } from "./support/disk";
import type { ShownNode } from "./support/ironic";
import { prepareNetwork } from "./support/network";
import { masked, printReport, type Report, type VariantReport, writeReport } from "./support/report";
import { tail } from "./support/root";
import { startWorld, type World } from "./support/world";
import { selectVariants, type Variant } from "./variants";

/** Bounds of a deployment, in seconds; under software emulation on a busy machine it takes a few minutes. */
const DEPLOYMENT = 1500;
const BOOT = 300;

const settings = readSettings();
const variants = selectVariants(settings.variants);
const report: Report = { started: new Date().toISOString(), phases: [...settings.phases], variants: [] };

let world: World | undefined;

beforeAll(() => {
  prepareNetwork(Object.values(settings.roots)[0] ?? "/");
});

afterAll(async () => {
  await world?.stop();
  const path = join(settings.results, "report.json");
  writeReport(report, path);
  say(`${printReport(report)}report: ${path}`);
}, 60_000);

describe.each(variants)("$name, Ironic $release.version", (variant) => {
  const entry: VariantReport = { name: variant.name, ironic: variant.release.version, ...nothingYet() };
  report.variants.push(entry);
  let services: World;
  let chain: Chain;
  const checks = new Checks(entry, {
    onStart: (name) => say(`${new Date().toISOString().slice(11, 19)} ${variant.name}: ${name}`),
    async onFailure(name, error, goesOn) {
      if (!goesOn) chain.abort();
      await keepLogs(services, variant.name, `${name}: ${error.message}`);
    },
  });

  beforeAll(async () => {
    services = await servicesFor(variant);
    await services.redfish.machine.renew();
    chain = new Chain(join(settings.folder, variant.name), services, variant);
  }, 300_000);
  afterAll(() => chain?.abort());

  /** Gives the digest of the manifest that the node should get. */
  const publish = async (image: "a" | "b"): Promise<string> => {
    const { format, name } = variant;
    if (variant.publisher === "ironic-oci") {
      const formats = ["qcow2", "raw"].map((each) => [each, artifact(`${image}.${each}`)]);
      return String((await chain.push(Object.fromEntries(formats)))[format]);
    }
    const zstd = format === "zstd";
    return services.registries.push(`${IMAGES}:${name}`, artifact(`${image}.${zstd ? "raw.zst" : format}`), {
      disktype: zstd ? "raw" : format,
      mediaType: zstd ? "application/vnd.example.disk+zstd" : "application/octet-stream",
      withoutMarks: variant.course === "refuse",
    });
  };

  const pinned = () => {
    checks.step("synthesize pins the tag of image a", 120, async () => {
      const digest = await publish("a");
      succeeded(await chain.synthesize());
      expect(chain.lockedDigest()).toBe(digest);
    });
    checks.step("terraform init needs no network", 120, async () => {
      succeeded(await chain.terraform.init());
    });
  };

  /** Lock file, Ironic, console and disk agree, and Terraform has nothing left to do. */
  const booted = (image: "a" | "b", what: string) => {
    let [asked, recorded, uuid] = ["", "", ""];
    checks.step(`Ironic has the digest of image ${image} that was asked for, and is done with it`, 60, async () => {
      const node = await services.ironic.node(chain.node);
      asked = chain.lockedDigest();
      recorded = String(node.instance_info.oci_image_manifest_url).split("@")[1] ?? "";
      uuid = node.uuid;
      expect(node).toMatchObject({ provision_state: "active", last_error: null, maintenance: false });
      expect(recorded).toBe(asked);
    });
    checks.observe(`the console shows the marker of image ${image}`, BOOT, async () => {
      const marker = (await awaitMarker(services.redfish.machine.console, BOOT - 10)) ?? "none";
      entry.machines.push({ what, node: uuid, asked, recorded, marker });
      expect(marker).toBe(readFileSync(artifact(`${image}.marker`), "utf8").trim());
    });
    checks.observe(`the disk holds the bytes of image ${image}'s layer`, 120, async () => {
      const layer = await services.registries.layer(IMAGES, asked);
      const disk = await compareDisk(services.root, services.redfish.machine, layer.bytes, variant.format);
      expect(disk.programOnDisk).toBe(disk.programInImage);
      expect(disk.differing).toBe(0);
    });
    checks.observe("a further plan is empty", 120, async () => {
      expect(await chain.planned()).toEqual([]);
    });
  };

  /** Applies; the run that goes on once the node is in a state. */
  const applyUntil = async (met: (node: ShownNode) => boolean): Promise<Running> => {
    const apply = chain.apply("-lock=false");
    const polling = new AbortController();
    const early = apply.finished.then((finished) => {
      succeeded(finished);
      throw new Error("terraform was done too early");
    });
    const reached = services.ironic.until(chain.node, met, DEPLOYMENT - 60, polling.signal);
    await Promise.race([reached, early]).finally(() => polling.abort());
    return apply;
  };

  /** How often the machine has booted the agent: each deployment, cleaning and servicing begins with its medium. */
  const agentBoots = (): number => {
    const log = readFileSync(services.redfish.log, "utf8").split("a new machine").at(-1) ?? "";
    return log.match(/ inserted /g)?.length ?? 0;
  };

  const destroyed = () => {
    checks.step("terraform destroy leaves no node, and the machine off", 600, async () => {
      succeeded(await chain.terraform.destroy());
      expect(await services.ironic.nodes()).toEqual([]);
      expect(services.redfish.machine.isOn).toBe(false);
    });
  };

  const courses: Readonly<Record<Variant["course"], () => void>> = {
    deploy() {
      pinned();
      checks.step("terraform apply deploys image a", DEPLOYMENT, async () => {
        succeeded(await chain.apply().finished);
      });
      booted("a", "deployed");
      destroyed();
    },

    rebuild() {
      pinned();
      checks.step("terraform apply deploys image a", DEPLOYMENT, async () => {
        succeeded(await chain.apply().finished);
      });
      booted("a", "deployed");
      checks.step("the tag moves to image b: the lock file holds, nothing is planned", 180, async () => {
        const locked = chain.lockedDigest();
        expect(await publish("b")).not.toBe(locked);
        succeeded(await chain.synthesize());
        expect(chain.lockedDigest()).toBe(locked);
        expect(await chain.planned()).toEqual([]);
      });
      checks.step("ironic-oci update moves the lock file; an update in place is planned", 180, async () => {
        const locked = chain.lockedDigest();
        succeeded(await chain.cli("update"));
        expect(chain.lockedDigest()).not.toBe(locked);
        succeeded(await chain.synthesize());
        expect(await chain.planned()).toEqual([
          `update ironic_deployment.${chain.node} (disk_written_by, instance_info)`,
        ]);
      });
      checks.step("terraform apply rebuilds the machine with image b", DEPLOYMENT, async () => {
        succeeded(await chain.apply().finished);
      });
      booted("b", "rebuilt");
      checks.observe("it is the same node", 60, async () => {
        expect(new Set(entry.machines.map(({ node }) => node)).size).toBe(1);
      });
      destroyed();
    },

    steps() {
      pinned();
      checks.step(
        "one terraform apply cleans the node by steps, deploys image a, and services it",
        DEPLOYMENT,
        async () => {
          succeeded(await chain.apply().finished);
          expect(await services.ironic.node(chain.node)).toMatchObject({ provision_state: "active", last_error: null });
        },
      );
      checks.observe("the agent was booted for each, and ran the steps", 60, async () => {
        expect(agentBoots()).toBe(3);
        const log = readFileSync(services.ironic.log, "utf8");
        for (const step of ["erase_devices_metadata", "inject_files"]) expect(log).toContain(`'step': '${step}'`);
      });
      checks.observe("the service step has left its file on the disk, and the image boots again", BOOT, async () => {
        expect(await fileOnDisk(services.root, services.redfish.machine, "SERVICED.TXT")).toBe(SERVICED);
        const marker = (await awaitMarker(services.redfish.machine.console, BOOT - 10)) ?? "none";
        expect(marker).toBe(readFileSync(artifact("a.marker"), "utf8").trim());
      });
      checks.observe("a further plan is empty", 120, async () => {
        expect(await chain.planned()).toEqual([]);
      });
      checks.step(
        "another image and a deploy step are planned as a rebuild, and a further servicing",
        180,
        async () => {
          await publish("b");
          succeeded(await chain.cli("update"));
          succeeded(await chain.synthesize({ deployed: DEPLOYED }));
          expect(await chain.planned()).toEqual([
            `update ironic_deployment.${chain.node} (deploy_steps, disk_written_by, instance_info)`,
            "update ironic_node_servicing_v1.servicing (triggers)",
          ]);
        },
      );
      checks.step(
        "one terraform apply rebuilds the machine with image b and the step, and services it",
        DEPLOYMENT,
        async () => {
          succeeded(await chain.apply().finished);
          expect(agentBoots()).toBe(5);
        },
      );
      checks.observe("the disk of image b has the files of both steps, and boots", BOOT, async () => {
        expect(await fileOnDisk(services.root, services.redfish.machine, "DEPLOYED.TXT")).toBe(DEPLOYED);
        expect(await fileOnDisk(services.root, services.redfish.machine, "SERVICED.TXT")).toBe(SERVICED);
        const marker = (await awaitMarker(services.redfish.machine.console, BOOT - 10)) ?? "none";
        expect(marker).toBe(readFileSync(artifact("b.marker"), "utf8").trim());
      });
      checks.observe("a further plan is empty after the rebuild", 120, async () => {
        expect(await chain.planned()).toEqual([]);
      });
      destroyed();
    },

    interrupt() {
      pinned();
      checks.step("Ctrl-C while the agent writes the image ends terraform and taints nothing", DEPLOYMENT, async () => {
        const apply = await applyUntil(isWriting);
        apply.interrupt();
        const { code } = await apply.finished;
        expect(code).not.toBe(0);
        const resources = await chain.terraform.resources();
        expect(Object.keys(resources)).toContain(`ironic_deployment.${chain.node}`);
        expect(Object.values(resources).filter(({ tainted }) => tainted === true)).toEqual([]);
      });
      checks.step("a further apply ends in the same deployment", DEPLOYMENT, async () => {
        succeeded(await chain.apply().finished);
        expect(agentBoots()).toBe(1);
      });
      booted("a", "deployed, with Ctrl-C and a second apply");
      destroyed();
    },

    kill() {
      pinned();
      const killed = async (when: (node: ShownNode) => boolean) => {
        const apply = await applyUntil(when);
        apply.killProviders();
        apply.kill();
        await apply.finished;
      };
      let uuid = "";
      checks.step("Terraform and its provider are killed while the node is enrolled", 300, async () => {
        await killed(({ provision_state }) => provision_state !== "");
        uuid = (await services.ironic.node(chain.node)).uuid;
        expect(Object.keys(await chain.terraform.resources())).toEqual([]);
      });
      checks.step("the next apply continues, and is killed while the agent writes the image", DEPLOYMENT, async () => {
        await killed(isWriting);
        const resources = Object.keys(await chain.terraform.resources());
        expect(resources).toContain(`ironic_node_v1.${chain.node}`);
        expect(resources).not.toContain(`ironic_deployment.${chain.node}`);
      });
      checks.step("a third apply ends in the same deployment of the same node", DEPLOYMENT, async () => {
        succeeded(await chain.apply("-lock=false").finished);
        expect(await services.ironic.nodes()).toEqual([uuid]);
        expect(agentBoots()).toBe(1);
      });
      booted("a", "deployed, killed twice, by the third apply");
      destroyed();
    },

    // By digest and with http the agent (10.2 to 13.0) is not told that an image is raw. It finds "gpt", and asks qemu-img for that
    // (disk_utils.populate_image); [conductor]conductor_always_validates_images changes nothing.
    fail() {
      pinned();
      checks.step("terraform apply fails where the agent can't write the image", DEPLOYMENT, async () => {
        const { code, stderr } = await chain.apply().finished;
        expect(code).toBe(1);
        expect(stderr).toContain("deploy failed");
        const { uuid } = await services.ironic.node(chain.node);
        expect((await services.ironic.history(uuid)).join("\n")).toContain("Unknown driver 'gpt'");
      });
      checks.observe("nothing is tainted, and the next apply would continue", 60, async () => {
        expect(Object.values(await chain.terraform.resources()).filter(({ tainted }) => tainted)).toEqual([]);
        expect(await chain.planned()).toEqual([`create ironic_deployment.${chain.node}`]);
      });
      destroyed();
    },

    refuse() {
      checks.step("synthesize refuses an image that is a bootc container by digest", 120, async () => {
        await publish("a");
        const { code, stderr } = await chain.synthesize();
        expect(code).not.toBe(0);
        expect(stderr).toContain("bootc");
        expect(stderr).toContain(chain.image);
        expect(existsSync(chain.path("cdktf.out/stacks/metal/cdk.tf.json"))).toBe(false);
      });
      checks.step("terraform plan refuses it as well", 180, async () => {
        const mirror = chain.path("mirror");
        succeeded(await chain.cli("provider", "install", "--mirror", mirror));
        const terraform = chain.terraformIn("hcl", { NODE_EXTRA_CA_CERTS: services.tls.ca });
        terraform.write(dataSource(chain.image, variant.release.version));
        succeeded(await terraform.init(`-plugin-dir=${mirror}`));
        const { code, stderr } = await terraform.plan();
        expect(code).toBe(1);
        expect(stderr).toContain("bootc");
      });
      checks.step("no node was made", 60, async () => {
        expect(await services.ironic.nodes()).toEqual([]);
      });
    },
  };
  courses[variant.course]();
});

/** The services of a variant's release: those that run, unless a variant that failed has left a node in them. */
async function servicesFor({ release }: Variant): Promise<World> {
  if (world?.release === release && (await world.ironic.nodes()).length === 0) return world;
  await world?.stop();
  const started = Date.now();
  world = await startWorld(settings, release);
  for (const { reference, file } of Object.values(AGENT)) await world.registries.push(reference, artifact(file));
  const name = `services with Ironic ${release.version}, agent pushed`;
  report.phases.push({ name, seconds: (Date.now() - started) / 1000 });
  return world;
}

function nothingYet(): Omit<VariantReport, "name" | "ironic"> {
  return { checks: 0, phases: [], machines: [], passed: [], failures: [] };
}

function isWriting({ deploy_step, provision_state }: ShownNode): boolean {
  return deploy_step.step === "write_image" && provision_state === "wait call-back";
}

function artifact(name: string): string {
  return join(settings.artifacts, name);
}

/** On the terminal at once, whatever jest keeps to itself. */
function say(text: string): void {
  process.stderr.write(`${masked(text, SECRETS)}\n`);
}

function dataSource(source: string, release: string): string {
  return `
terraform {
  required_providers {
    ironic = { source = "cdktf-ironic-oci/ironic" }
  }
}
provider "ironic" {
  ironic_release = "${release}"
}
data "ironic_oci_image" "os" {
  source                = "${source}"
  architecture          = "x86_64"
  image_download_source = "local"
}
output "url" { value = data.ironic_oci_image.os.url }
`;
}

function succeeded({ code, stdout, stderr }: Finished): void {
  const printed = `${stdout.slice(-3000)}\n${stderr.slice(-3000)}`;
  if (code !== 0) throw new Error(masked(`ended with ${code}:\n${printed}`, SECRETS));
}

/** What happened until a failure: the end of each log on the terminal, all of it beside the report. */
async function keepLogs(services: World, name: string, message: string): Promise<void> {
  const folder = join(settings.results, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`\n${name}: ${message}`);
  const uuids = await services.ironic.nodes().catch(() => []);
  const events = await Promise.all(uuids.map((uuid) => services.ironic.history(uuid).catch(String)));
  say(`\n-- Ironic's history of the node\n${events.flat().join("\n")}`);
  const logs = {
    "console.log": services.redfish.machine.console,
    "ironic.log": services.ironic.log,
    "redfish.log": services.redfish.log,
  };
  for (const [log, file] of Object.entries(logs)) {
    say(`\n-- the last lines of ${log}\n${tail(file, 25, /INFO (ironic\.api|eventlet\.wsgi\.server) .*GET /)}`);
    // A machine that was never switched on has no console yet.
    if (existsSync(file)) writeFileSync(join(folder, log), masked(readFileSync(file, "latin1"), SECRETS), "latin1");
  }
  say(`\nlogs: ${folder}`);
}

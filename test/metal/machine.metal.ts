import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finished } from "../support/run";
import { readSettings } from "./settings";
import { AGENT, Chain, IMAGES, SECRETS } from "./support/chain";
import { awaitMarker } from "./support/console";
import { compareDisk } from "./support/disk";
import { prepareNetwork } from "./support/network";
import { masked, printReport, type Report, type VariantReport, writeReport } from "./support/report";
import { tail } from "./support/root";
import { startWorld, type World } from "./support/world";
import { type Release, selectVariants } from "./variants";

const settings = readSettings();
const variants = selectVariants(settings.variants);
const releases = [...new Set(variants.map(({ release }) => release))];
const report: Report = { started: new Date().toISOString(), phases: [...settings.phases], variants: [] };

/** On the terminal at once, whatever jest keeps to itself. */
const say = (text: string) => process.stderr.write(`${masked(text, SECRETS)}\n`);
const artifact = (name: string) => join(settings.artifacts, name);
const markerOf = (name: string) => readFileSync(artifact(`${name}.marker`), "utf8").trim();

beforeAll(() => {
  prepareNetwork();
});

afterAll(() => {
  const path = join(settings.results, "report.json");
  writeReport(report, path);
  say(`${printReport(report)}report: ${path}`);
});

describe.each(releases.map((release) => [release.version, release] as const))(
  "Ironic %s",
  (version, release: Release) => {
    let world: World;

    beforeAll(async () => {
      const started = Date.now();
      world = await startWorld(settings, release);
      for (const { reference, file } of Object.values(AGENT)) await world.registries.push(reference, artifact(file));
      report.phases.push({
        name: `services of Ironic ${version}, agent pushed`,
        seconds: (Date.now() - started) / 1000,
      });
    }, 300_000);
    afterAll(() => world?.stop(), 60_000);

    describe.each(variants.filter((variant) => variant.release === release))("$name", (variant) => {
      const entry: VariantReport = { name: variant.name, ironic: version, phases: [], machines: [], failures: [] };
      let chain: Chain;
      /** The node's UUID after the first deployment. */
      let uuid: string;

      beforeAll(async () => {
        report.variants.push(entry);
        await world.redfish.machine.renew();
        chain = new Chain(join(settings.folder, variant.name), world, variant);
      });
      afterAll(() => chain?.abort());

      /** One check, bounded; those behind one that failed fail as well, at once. */
      const check = (name: string, seconds: number, work: () => Promise<void>) => {
        test(
          name,
          async () => {
            if (blocked !== undefined) throw notReached(blocked);
            const started = Date.now();
            say(`${new Date().toISOString().slice(11, 19)} ${variant.name}: ${name}`);
            try {
              await within(seconds, work());
            } catch (error) {
              entry.failures.push(name);
              chain.abort();
              keepLogs(world, variant.name, error as Error);
              throw error;
            } finally {
              entry.phases.push({ name, seconds: (Date.now() - started) / 1000 });
            }
          },
          (seconds + 30) * 1000,
        );
      };

      const observe = (name: string, seconds: number, work: () => Promise<void>) =>
      check(name, seconds, work, "observation");

    const publish = (image: "a" | "b") => {
        const { format, name } = variant;
        const zstd = format === "zstd";
        return world.registries.push(`${IMAGES}:${name}`, artifact(`${image}.${zstd ? "raw.zst" : format}`), {
          disktype: zstd ? "raw" : format,
          mediaType: zstd ? "application/vnd.example.disk+zstd" : "application/octet-stream",
          withoutMarks: variant.course === "refuse",
        });
      };

      /** Ironic, the console and the disk agree with the lock file. */
      const bootedChecks = (image: "a" | "b", what: string) => {
        let [asked, recorded] = ["", ""];
        check(`Ironic has the digest of image ${image} that was asked for, and is done with it`, 60, async () => {
          const node = await world.ironic.node(chain.node);
          asked = chain.lockedDigest();
          recorded = String(node.instance_info.image_source).split("@")[1] ?? "";
          expect(node).toMatchObject({ provision_state: "active", last_error: null, maintenance: false });
          expect(recorded).toBe(asked);
          uuid ??= node.uuid;
          expect(node.uuid).toBe(uuid);
        });
        observe(`the console shows the marker of image ${image}`, 300, async () => {
          const marker = await awaitMarker(world.redfish.machine.console, 290);
          entry.machines.push({ what, asked, recorded, marker });
          expect(marker).toBe(markerOf(image));
        });
        observe(`the disk holds the bytes of image ${image}'s layer`, 120, async () => {
          const layer = await world.registries.layer(IMAGES, asked);
          const compared = await compareDisk(world.root, world.redfish.machine, layer.bytes, variant.format);
          expect(compared).toEqual({
            programInImage: compared.programOnDisk,
            programOnDisk: compared.programInImage,
            differing: 0,
          });
        });
        observe("a further plan is empty", 120, async () => {
          expect(await chain.planned()).toEqual([]);
        });
      };

      const synthesizeAndInit = () => {
        let digest: string;
        check("synthesize pins the tag of image a", 120, async () => {
          digest = await publish("a");
          succeeded(await chain.synthesize());
          expect(chain.lockedDigest()).toBe(digest);
        });
        check("terraform init needs no network", 120, async () => {
          succeeded(await chain.terraform.init());
        });
      };

      const destroyed = () => {
        check("terraform destroy leaves no node, and the machine off", 600, async () => {
          succeeded(await chain.terraform.destroy());
          expect(await world.ironic.nodes()).toEqual([]);
          expect(world.redfish.machine.isOn).toBe(false);
        });
      };

      if (variant.course === "rebuild" || variant.course === "deploy") {
        synthesizeAndInit();
        check("terraform apply deploys image a", 1500, async () => {
          succeeded(await chain.apply().finished);
        });
        bootedChecks("a", "deployed");
        if (variant.course === "rebuild") {
          check("the tag moves to image b: the lock file holds, nothing is planned", 180, async () => {
            const locked = chain.lockedDigest();
            expect(await publish("b")).not.toBe(locked);
            succeeded(await chain.synthesize());
            expect(chain.lockedDigest()).toBe(locked);
            expect(await chain.planned()).toEqual([]);
          });
          check("ironic-oci update moves the lock file; one update in place is planned", 180, async () => {
            const locked = chain.lockedDigest();
            succeeded(await chain.cli("update"));
            expect(chain.lockedDigest()).not.toBe(locked);
            succeeded(await chain.synthesize());
            expect(await chain.planned()).toEqual([`update ironic_deployment.${chain.node} (instance_info)`]);
          });
          check("terraform apply rebuilds the machine with image b", 1500, async () => {
            succeeded(await chain.apply().finished);
          });
          bootedChecks("b", "rebuilt");
        }
        destroyed();
      }

      if (variant.course === "interrupt") {
        synthesizeAndInit();
        check("Ctrl-C while the agent writes the image ends terraform and taints nothing", 1500, async () => {
          const apply = chain.apply();
          const writing = (node: { deploy_step: { step?: string }; provision_state: string }) =>
            node.deploy_step.step === "write_image" && node.provision_state === "wait call-back";
          await world.ironic.until(chain.node, writing, 1400);
          apply.interrupt();
          const { code } = await apply.finished;
          expect(code).not.toBe(0);
          const resources = await chain.terraform.resources();
          expect(Object.keys(resources)).toContain(`ironic_deployment.${chain.node}`);
          expect(Object.values(resources).filter(({ tainted }) => tainted === true)).toEqual([]);
        });
        check("a further apply ends the same deployment, without a new one", 1500, async () => {
          succeeded(await chain.apply().finished);
          const inserted = readFileSync(world.redfish.log, "utf8")
            .split("a new machine")
            .at(-1)
            ?.match(/ inserted /g);
          expect(inserted).toHaveLength(1);
        });
        bootedChecks("a", "deployed, with Ctrl-C and a second apply");
        destroyed();
      }

      if (variant.course === "refuse") {
        check("synthesize refuses an image that is a bootc container by digest", 120, async () => {
          await publish("a");
          const { code, stderr } = await chain.synthesize();
          expect(code).not.toBe(0);
          expect(stderr).toMatch(/bootc/);
          expect(stderr).toContain(`${chain.node}`);
        });
        check("terraform plan refuses it as well", 180, async () => {
          const mirror = chain.path("mirror");
          succeeded(await chain.cli("provider", "install", "--mirror", mirror));
          const terraform = chain.terraformIn("hcl", { NODE_EXTRA_CA_CERTS: world.tls.ca });
          terraform.write(dataSource(chain.image, version));
          succeeded(await terraform.init(`-plugin-dir=${mirror}`));
          const { code, stderr } = await terraform.plan();
          expect(code).toBe(1);
          expect(stderr).toMatch(/bootc/);
        });
        check("no node was made", 60, async () => {
          expect(await world.ironic.nodes()).toEqual([]);
        });
      }
    });
  },
);

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
  if (code !== 0)
    throw new Error(masked(`ended with ${code}:\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`, SECRETS));
}

/** Without a stack: jest would print the code around it once for each check. */
function notReached(cause: string): Error {
  const error = new Error(`not reached: "${cause}" failed`);
  error.stack = error.message;
  return error;
}

async function within(seconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What happened until the failure: its end on the terminal, all of it beside the report. */
function keepLogs(world: World, name: string, error: Error): void {
  const folder = join(settings.results, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`\n${name}: ${error.message}`);
  const logs = {
    "console.log": world.redfish.machine.console,
    "ironic.log": world.ironic.log,
    "redfish.log": world.redfish.log,
  };
  for (const [log, file] of Object.entries(logs)) {
    say(`\n-- the last lines of ${log}\n${tail(file, 25)}`);
    // A machine that was never switched on has no console yet.
    if (existsSync(file)) writeFileSync(join(folder, log), masked(readFileSync(file, "latin1"), SECRETS), "latin1");
  }
  writeFileSync(join(folder, "error.txt"), masked(error.stack ?? error.message, SECRETS));
  say(`\nlogs: ${folder}`);
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IronicClient } from "../../../../src/ironic";
import type { IronicUnderTest } from "../../../ironic/contract";
import type { ShownChange } from "../../support/terraform";
import { ADDRESS, type Project, Projects, succeeded } from "../project";
import { oldCases } from "./cases";
import { OLD_ADDRESS, oldState } from "./state";
import { rebuildWorld } from "./world";

type Changes = Readonly<Record<string, ShownChange["change"]>>;

/** Everything that the old provider's block could say, with the microversion that was its default. */
const providerBlock = (url: string) => `provider "ironic" {
  url                = "${url}/v1/"
  microversion       = "1.52"
  timeout            = 30
  auth_strategy      = "noauth"
  ironic_username    = ""
  ironic_password    = ""
  inspector          = "http://127.0.0.1:5050/v1"
  inspector_username = ""
  inspector_password = ""
}
`;

const instances = oldCases.flatMap((each) => each.instances);
const changing = oldCases.flatMap(({ name, instances, change }) => (change ? [{ name, instances, change }] : []));

/** Users of the old provider change `source`, run `terraform state replace-provider`, and go on: all cases in one state. */
export function takeoverContract(name: string, start: () => Promise<IronicUnderTest>): void {
  describe(`states of openshift-metal3/ironic, on ${name}`, () => {
    let ironic: IronicUnderTest;
    let client: IronicClient;
    let projects: Projects;
    let project: Project;
    const plans: Record<"with refresh" | "without refresh", Changes> = { "with refresh": {}, "without refresh": {} };

    beforeAll(async () => {
      projects = await Projects.install();
      ironic = await start();
      client = new IronicClient({ url: ironic.url });
      for (const each of oldCases) await rebuildWorld(client, each.instances);
      const configuration = oldCases.map(({ configuration }) => configuration).join("");
      project = await projects.project({ url: "" }, providerBlock(ironic.url) + configuration);
      const { terraform } = project;
      writeFileSync(join(terraform.dir, "terraform.tfstate"), oldState(instances));
      succeeded(await terraform.run(["state", "replace-provider", "-auto-approve", OLD_ADDRESS, ADDRESS]));
      succeeded(await terraform.init());
      plans["with refresh"] = await terraform.changes();
      plans["without refresh"] = await terraform.changes("-refresh=false");
    }, 600_000);
    afterAll(async () => {
      await client?.close();
      await ironic?.stop();
      projects?.remove();
    });

    describe.each(["with refresh", "without refresh"] as const)("no changes, %s", (plan) => {
      test.each(oldCases)("$name", ({ instances }) => {
        const addresses = instances.map(address);
        const planned = Object.entries(plans[plan]).filter(([each]) => addresses.includes(each));
        expect(planned.map(([each]) => each).sort()).toEqual([...addresses].sort());
        for (const [each, change] of planned)
          expect({ [each]: change }).toMatchObject({ [each]: { actions: ["no-op"] } });
      });
    });

    describe("the first change, and nothing beside it", () => {
      beforeAll(async () => {
        project.write(
          providerBlock(ironic.url) +
            oldCases.map(({ configuration, change }) => change?.configuration ?? configuration).join(""),
        );
      });

      test("is planned", async () => {
        expect((await project.planned()).sort()).toEqual(changing.flatMap(({ change }) => change.planned).sort());
      });

      test("is carried out, and what was left as it is stays so", async () => {
        const untouched = oldCases.filter(({ change }) => !change).flatMap(nodesOf);
        const before = await Promise.all(untouched.map((uuid) => client.getNode(uuid)));
        await project.apply();
        const after = await Promise.all(untouched.map((uuid) => client.getNode(uuid)));
        expect(after.map(({ updated_at, ...node }) => node)).toEqual(before.map(({ updated_at, ...node }) => node));
        expect(await project.planned()).toEqual([]);
      });

      test.each(changing)("$name", async ({ instances, change }) => {
        const [uuid = ""] = nodesOf({ instances });
        expect(await client.getNode(uuid)).toMatchObject(change.holds);
      });

      test("a port that was taken out is gone, and the others are what they were", async () => {
        const [uuid = ""] = nodesOf(oldCases.find(({ name }) => name.startsWith("ports,")) ?? { instances: [] });
        const ports = (await client.listPorts(uuid)).map(({ address, pxe_enabled }) => `${address} ${pxe_enabled}`);
        expect(ports.sort()).toEqual(["52:54:00:20:00:02 false", "52:54:00:20:00:aa true"]);
      });
    });

    test("all of it can be destroyed", async () => {
      await project.destroy();
      expect(await client.listNodes()).toEqual([]);
    });
  });
}

function address({ type, name, index }: (typeof instances)[number]): string {
  return `${type}.${name}${index === undefined ? "" : `[${JSON.stringify(index)}]`}`;
}

function nodesOf({ instances: all }: Pick<(typeof oldCases)[number], "instances">): string[] {
  return all.filter(({ type }) => type === "ironic_node_v1").map(({ attributes }) => String(attributes.id));
}

import type { IncomingMessage } from "node:http";
import { IronicClient } from "../../../src/ironic";
import { InProcessIronic } from "../../../src/testing/ironic";
import { ApiProxy } from "../support/api-proxy";
import { startIronic } from "../support/ironic";
import type { Running } from "../support/terraform";
import { flat, type Project, Projects } from "./project";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const MAC = "52:54:00:70:00:01";
const RACK = `
provider "ironic" {
  lock_timeout = 0
}
resource "ironic_node_v1" "n" {
  name      = "sweep"
  driver    = "fake-hardware"
  traits    = ["CUSTOM_FAST"]
  available = true
}
resource "ironic_port_v1" "p" {
  node_uuid = ironic_node_v1.n.id
  address   = "${MAC}"
}
resource "ironic_deployment" "d" {
  node_uuid     = ironic_port_v1.p.node_uuid
  instance_info = { image_source = "${IMAGE}" }
  user_data     = "#cloud-config"
}
`;

/** How a run ends early. */
type End = "the network fails" | "the provider is killed" | "Terraform is killed";
/** Which requests end a run, in turn. */
type Requests = "every request" | "every change";

let projects: Projects;
beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());

/** Applies, and ends that at one of its requests; false where the run has fewer of them. */
async function endAt(
  index: number,
  { end, requests, done }: Sweep,
  project: Project,
  proxy: ApiProxy,
): Promise<boolean> {
  const run: Running = project.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve"]);
  let [at, last, over] = [-1, "", false];
  const isNext = ({ method, url = "" }: IncomingMessage): boolean => {
    // The number of polls depends on time: the first of them stands for all.
    const isRepeated = method === "GET" && last === url;
    last = method === "GET" ? url : "";
    if (isRepeated || (requests === "every change" && method === "GET")) return false;
    at += 1;
    return at === index;
  };
  let ending: IncomingMessage | undefined;
  proxy.passes = (request, isDone) => {
    if (over) return false;
    if (!isDone && isNext(request)) ending = request;
    if (request !== ending || isDone !== done) return true;
    over = true;
    if (end === "the provider is killed") run.killProviders();
    if (end === "Terraform is killed") {
      run.killProviders();
      run.kill();
    }
    return false;
  };
  await run.finished;
  proxy.passes = () => true;
  return over;
}

/** Applies until the rack is there; a creation whose last response was lost is imported, as its error says. */
async function finish(project: Project): Promise<void> {
  const { code, stderr } = await project.terraform.apply("-lock=false");
  if (code === 0) return;
  expect(flat(stderr)).toContain("terraform import");
  expect(flat(stderr)).toContain("with ironic_deployment.d,");
  expect(await project.terraform.import("ironic_deployment.d", "sweep", "-lock=false")).toMatchObject({ code: 0 });
  await project.apply("-lock=false");
}

interface Sweep {
  readonly end: End;
  readonly requests: Requests;
  readonly done: boolean;
}

function sweep(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>, table: readonly Sweep[]): void {
  let ironic: Awaited<ReturnType<typeof start>>;
  let proxy: ApiProxy;
  let client: IronicClient;
  beforeAll(async () => {
    ironic = await start();
    proxy = await ApiProxy.start(ironic.url);
    client = new IronicClient({ url: ironic.url });
  });
  afterAll(async () => {
    await client.close();
    await proxy.stop();
    await ironic.stop();
  });

  test.each(table)(
    "$end at $requests of a rack's creation, carried out: $done: the next apply finishes it",
    async (each) => {
      const project = await projects.project({ url: proxy.url, credentials: undefined }, RACK);
      for (let index = 0; ; index += 1) {
        const isEnded = await endAt(index, each, project, proxy);
        if (isEnded) await finish(project);
        const [node, ...others] = await client.listNodes();
        expect(others).toEqual([]);
        expect(node).toMatchObject({ name: "sweep", provision_state: "active", traits: ["CUSTOM_FAST"] });
        expect(node?.instance_info).toMatchObject({ image_source: IMAGE });
        expect(node?.instance_info).not.toHaveProperty("terraform_unfinished");
        expect((await client.listPorts("sweep")).map(({ address }) => address)).toEqual([MAC]);
        expect({ index, ...(await project.terraform.plan("-lock=false")) }).toMatchObject({ index, code: 0 });
        await project.destroy();
        if (isEnded) continue;
        expect(index).toBeGreaterThan(each.requests === "every change" ? 6 : 14);
        return;
      }
    },
    600_000,
  );
}

describe("on the stand-in", () =>
  sweep(
    () => InProcessIronic.start({ work: 50 }),
    [
      { end: "the provider is killed", requests: "every request", done: false },
      { end: "the provider is killed", requests: "every request", done: true },
    ],
  ));

describe("on a real Ironic", () =>
  sweep(
    () => startIronic("noauth"),
    [
      { end: "the network fails", requests: "every change", done: true },
      { end: "the provider is killed", requests: "every change", done: true },
      { end: "Terraform is killed", requests: "every change", done: true },
    ],
  ));

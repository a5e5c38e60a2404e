import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessIronic } from "../../../src/testing/ironic";
import { InProcessRegistry } from "../../../src/testing/registry";
import { pushSeedArtifacts } from "../../../src/testing/seed-artifacts";
import { runToEnd } from "../../support/run";
import { succeeded } from "../provider/project";
import { NO_NETWORK, Terraform } from "../support/terraform";

// examples/operator.ts through the real Terraform: what an operator copies has to plan, apply, and do what its comments say.
const PROGRAM = join(__dirname, "..", "..", "..", "dist", "examples", "operator.js");

let ironic: InProcessIronic;
let registry: InProcessRegistry;
let folder: string;
beforeAll(async () => {
  ironic = await InProcessIronic.start({ newest: 115, work: 1 });
  registry = await InProcessRegistry.start();
  pushSeedArtifacts(registry, "1");
  folder = mkdtempSync(join(tmpdir(), "operator-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry.stop();
  await ironic.stop();
});

const terraform = (firmware: string) =>
  new Terraform(join(folder, "cdktf.out", "stacks", "rack-1"), {
    env: {
      ...{ ...NO_NETWORK, IRONIC_ENDPOINT: ironic.url },
      ...{ TF_VAR_bmc_password: "example-password", TF_VAR_bmc_firmware: firmware },
    },
  });

const changed = async (firmware: string) =>
  Object.entries(await terraform(firmware).changes())
    .filter(([, { actions }]) => !actions.includes("no-op"))
    .map(([address, { actions }]) => `${actions.join(" then ")} ${address}`)
    .sort();

/** Fake hardware has no service step for firmware (ironic.drivers.modules.fake): the runbook gets one that it has, with the same arguments. */
function onFakeHardware(): void {
  const path = join(folder, "cdktf.out", "stacks", "rack-1", "cdk.tf.json");
  const json = JSON.parse(readFileSync(path, "utf8")) as {
    resource: { ironic_runbook_v1: { firmware: { steps: Record<string, unknown>[] } } };
  };
  const [step] = json.resource.ironic_runbook_v1.firmware.steps;
  Object.assign(step ?? {}, { interface: "vendor", step: "log_passthrough" });
  writeFileSync(path, JSON.stringify(json));
}

test("operator: deploys, adopts and allocates; another firmware version runs the runbook and rebuilds nothing", async () => {
  const env = { ...process.env, DRIVER: "fake-hardware", REGISTRY: registry.host, PLAIN_HTTP: registry.host };
  const { code, stderr } = await runToEnd([process.execPath, PROGRAM], {
    cwd: folder,
    env: { ...env, DOCKER_CONFIG: folder },
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  onFakeHardware();
  succeeded(await terraform("7.20").init());
  succeeded(await terraform("7.20").apply());
  expect(await changed("7.20")).toEqual([]);
  const states = [...ironic.store.nodes.values()].map(({ name, provision_state: state }) => `${name}: ${state}`);
  expect(states.sort()).toEqual(["node-0: active", "node-1: active", "node-2: active"]);

  expect(await changed("7.30")).toEqual([
    "update ironic_node_servicing_v1.node-0-firmware",
    "update ironic_node_servicing_v1.node-1-firmware",
    "update ironic_runbook_v1.firmware",
  ]);
  const from = ironic.requests.length;
  succeeded(await terraform("7.30").apply());
  const verbs = ironic.requests
    .slice(from)
    .flatMap(({ url, body }) => (url.endsWith("/states/provision") ? [(body as { target: string }).target] : []));
  expect(verbs).toEqual(["service", "service"]);
  succeeded(await terraform("7.30").destroy());
});

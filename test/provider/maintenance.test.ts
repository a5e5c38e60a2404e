import type { TfObject } from "../../src/tfplugin/cty";
import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";
import type { ShownDiagnostic } from "../support/plugin/values";

const NODE = { driver: "fake-hardware", name: "n" };
const UNSET = "Once the cause is gone, run `baremetal node maintenance unset n`, and apply again.";

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

const inIronic = () => rig.node(node.state?.id);
const configuration = (figure = "a", more: TfObject = {}): TfObject => ({
  ...{ node_uuid: node.state?.id ?? null, ...more },
  instance_info: { image_source: image(figure) },
});
const maintain = (fault: string | null, maintenance_reason: string | null = "a fan is loud") =>
  Object.assign(inIronic(), { maintenance: true, maintenance_reason, fault });
const texts = (found: readonly ShownDiagnostic[]) =>
  found.map(({ severity, summary, detail }) => `${severity}: ${summary}: ${detail}`);

/** Ironic fails an operation, and sets the node to maintenance. */
const failing = (on: string, fault: string, reason = "the step erase_devices failed") => {
  rig.ironic.fail = (failed, verb) => {
    if (verb !== on) return undefined;
    Object.assign(failed, { maintenance: true, maintenance_reason: reason, fault });
    return reason;
  };
};

describe("an operation that fails, and after which Ironic sets the node to maintenance, is an error with what ends that", () => {
  const bios = JSON.stringify([{ name: "a", value: "b" }]);
  test.each<[string, string, string, () => Promise<ShownDiagnostic[]>]>([
    [
      "manage",
      "manage",
      "power failure",
      async () => {
        await node.applied(null);
        return node.apply({ ...NODE, manage: true });
      },
    ],
    [
      "provide",
      "provide",
      "clean failure",
      async () => {
        await node.applied({ ...NODE, available: false });
        return node.apply({ ...NODE, available: true });
      },
    ],
    [
      "clean",
      "clean",
      "clean failure",
      async () => {
        await node.applied({ ...NODE, available: false });
        return node.apply({ ...NODE, available: false, clean: true, bios_settings: bios });
      },
    ],
    [
      "inspect",
      "inspect",
      "power failure",
      async () => {
        await node.applied({ ...NODE, available: false });
        return node.apply({ ...NODE, available: false, inspect: true });
      },
    ],
    ["a first deployment", "active", "power failure", () => deployment.apply(configuration())],
    [
      "a rebuild",
      "rebuild",
      "power failure",
      async () => {
        await deployment.applied(configuration());
        return deployment.apply(configuration("b"));
      },
    ],
    [
      "an undeployment",
      "deleted",
      "clean failure",
      async () => {
        await deployment.applied(configuration());
        return deployment.apply(null);
      },
    ],
    [
      "the destruction of a node in use",
      "deleted",
      "clean failure",
      async () => {
        await deployment.applied(configuration());
        return node.apply(null);
      },
    ],
  ])("%s", async (_what, verb, fault, run) => {
    failing(verb, fault);
    const found = texts(await run()).join("\n");
    expect(found).toMatch(
      /error: The node did not reach the expected provision state: .*the step erase_devices failed/,
    );
    expect(found).toContain(`Node n is in maintenance (${fault}). `);
    expect(found).toContain(fault === "power failure" ? "Ironic ends that by itself" : UNSET);
    // The reason is in the error already, and the advice is there once.
    expect(found.split("is in maintenance")).toHaveLength(2);
    expect(found.split("erase_devices")).toHaveLength(2);
  });
});

test("a maintenance that follows the failed state under the same lock is waited for", async () => {
  rig.ironic.fail = (failed, verb) => {
    if (verb !== "rebuild") return undefined;
    failed.reservation = "conductor";
    return "";
  };
  await deployment.applied(configuration());
  const run = deployment.apply(configuration("b"));
  await rig.until(() => inIronic().provision_state === "deploy failed");
  const from = rig.ironic.requests.length;
  await rig.until(() => rig.ironic.requests.slice(from).some(({ url }) => url.includes("fields=")));
  maintain("clean failure", "a timeout");
  Object.assign(inIronic(), { reservation: null, last_error: "a timeout" });
  expect(texts(await run).join("\n")).toMatch(/: a timeout\..*\(clean failure\)\. Once the cause is gone/s);
});

describe("a node that is in maintenance already", () => {
  test.each<[string | null, string]>([
    ["clean failure", `Node n is in maintenance (clean failure): a fan is loud. ${UNSET}`],
    ["service failure", `Node n is in maintenance (service failure): a fan is loud. ${UNSET}`],
    ["rescue abort failure", `Node n is in maintenance (rescue abort failure): a fan is loud. ${UNSET}`],
    ["power failure", "Node n is in maintenance (power failure): a fan is loud. Ironic ends that by itself"],
    [null, "Node n is in maintenance: a fan is loud. Ironic has not set this itself."],
  ])(
    "%s: the advice follows the fault in plans of a deployment and a rebuild, and in the refusal",
    async (fault, text) => {
      maintain(fault);
      const summary = "warning: The node is in maintenance: ";
      expect(texts((await deployment.plan(configuration())).diagnostics)).toEqual([
        expect.stringContaining(summary + text),
      ]);
      const refused = texts(await deployment.apply(configuration()));
      expect(refused.join("\n")).toContain(text);
      expect(refused.join("\n")).toMatch(/error: The node is in maintenance/);
      Object.assign(inIronic(), { maintenance: false });
      await deployment.applied(configuration());
      maintain(fault);
      expect((await deployment.plan(configuration("a", { name: "x" }))).diagnostics).toEqual([]);
      expect(texts((await deployment.plan(configuration("b"))).diagnostics)).toEqual([
        expect.stringContaining(summary + text),
      ]);
      expect(texts(await deployment.apply(configuration("b"))).join("\n")).toContain(text);
    },
  );

  test("is not warned of in a plan that ends the maintenance before the deployment", async () => {
    await node.applied({ ...NODE, available: true, maintenance: true });
    expect((await deployment.plan(configuration())).diagnostics).toHaveLength(1);
    await node.plan({ ...NODE, available: true, maintenance: false });
    expect((await deployment.plan(configuration())).diagnostics).toEqual([]);
  });

  test("is warned of by its own apply, with the last error", async () => {
    const changed = { ...NODE, available: true, extra: { a: "1" } };
    Object.assign(maintain("clean failure"), { last_error: "cleaning failed" });
    expect(texts(await node.applied(changed))).toEqual([
      `warning: The node is in maintenance: Node n is in maintenance (clean failure): a fan is loud. ${UNSET} Last error in Ironic: Cleaning failed.`,
    ]);
    Object.assign(inIronic(), { maintenance: false, last_error: null });
    expect((await deployment.plan(configuration())).diagnostics).toEqual([]);
    expect(await node.applied({ ...changed, extra: { a: "2" } })).toEqual([]);
  });

  test("is not cleaned, and the refusal has the reason", async () => {
    await node.applied({ ...NODE, available: false });
    maintain("clean failure");
    const cleaned = {
      ...NODE,
      available: false,
      clean: true,
      bios_settings: JSON.stringify([{ name: "a", value: 1 }]),
    };
    expect(texts(await node.apply(cleaned))).toEqual([
      expect.stringMatching(
        /^error: The node is in maintenance: .*\n\nNode n is in maintenance \(clean failure\): a fan is loud\./s,
      ),
    ]);
  });
});

test("a power action that fails is followed by the warning", async () => {
  rig.ironic.intercept = ({ method, url }, response) => {
    if (method !== "PUT" || !url?.endsWith("/states/power")) return false;
    Object.assign(maintain("power failure", "no route to the BMC"), { power_state: "error", last_error: "no route" });
    response.writeHead(202).end();
    return true;
  };
  expect(texts(await node.apply({ ...NODE, available: true, target_power_state: "power on" }))).toEqual([
    expect.stringMatching(/^warning: .*\(power failure\): no route to the BMC\. Ironic ends that by itself/),
    expect.stringMatching(/^error: The node is not in power state "power on"/),
  ]);
});

test("a timeout, which does not mention it, is followed by the warning", async () => {
  Object.assign(inIronic(), { deploy_interface: "direct" });
  const run = deployment.apply(configuration("a", { timeouts: { create: "300ms", update: null, delete: null } }));
  await rig.until(() => inIronic().provision_state === "wait call-back");
  maintain(null);
  const found = texts(await run);
  expect(found).toContainEqual(
    expect.stringContaining("warning: The node is in maintenance: Node n is in maintenance: a fan"),
  );
  expect(found).toContainEqual(expect.stringContaining("error: The deployment took longer than 300ms"));
});

test("secrets and control characters in the reason are masked before they are shown", async () => {
  const secret = "correct horse battery";
  await node.applied({ ...NODE, available: true, driver_info: { redfish_password: secret } });
  maintain("clean failure", `login root:${secret} failed\u001b[2J`);
  const [shown = ""] = texts((await deployment.plan(configuration())).diagnostics);
  expect(shown).toContain("in maintenance (clean failure): login ");
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain("\u001b");
});

import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

const [IMAGE, NEW_IMAGE] = [image("a"), image("b")];

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
  rig.ironic.work = 300;
});
afterEach(() => rig.stop());

const configuration = (image_source = IMAGE, more = {}) => ({
  node_uuid: node.state?.id ?? "",
  instance_info: { image_source },
  ...more,
});
const theNode = () => rig.node(node.state?.id);
const rebuilds = () => rig.written().filter((each) => /rebuild|deleted/.test(each));

/** Applies, and is interrupted once the node is in a state. */
async function interrupted(configured: ReturnType<typeof configuration>, state: string) {
  const run = deployment.apply(configured);
  await rig.until(() => theNode().provision_state === state);
  await rig.interrupt();
  const told = await run;
  // Terraform starts the provider anew for each of its commands.
  await rig.configure();
  return told;
}

test("a first deployment is no error: state says how far it came, and the next apply waits for Ironic", async () => {
  rig.ironic.work = 60_000;
  const [told, ...others] = await interrupted(configuration(), "deploying");
  expect(others).toEqual([]);
  expect(told).toMatchObject({ severity: "warning", summary: "The deployment was interrupted" });
  expect(told?.detail).toBe(
    'Node n is in state "deploying", and Ironic continues the deployment. The next apply waits until that has ended, and continues from there.',
  );
  expect(deployment.state).toMatchObject({ id: node.state?.id, provision_state: "deploying", last_error: "" });

  await deployment.refresh();
  expect((await deployment.planned(configuration())).changes).toBe(true);
  const from = rig.ironic.requests.length;
  const applied = deployment.applied(configuration());
  // It waits for Ironic: polls come after the read of the node.
  await rig.until(() => rig.ironic.requests.slice(from).some(({ url }) => url.includes("fields=")));
  rig.ironic.endWork();
  await applied;
  // The mark of an unfinished deployment is removed.
  expect(rig.written(from)).toEqual(["PATCH nodes"]);
  expect(theNode()).toMatchObject({ provision_state: "active", instance_info: { image_source: IMAGE } });
  expect(deployment.state).toMatchObject({ provision_state: "active" });
  expect((await deployment.planned(configuration())).changes).toBe(false);
});

test("what has ended well meanwhile is done, and what Ironic wrote over it is no drift", async () => {
  const sum = { image_source: IMAGE, image_checksum: "asked for" };
  const configured = configuration(IMAGE, { instance_info: sum });
  rig.ironic.succeeded = (deployed) => Object.assign(deployed.instance_info as object, { image_checksum: null });
  await interrupted(configured, "deploying");
  await rig.until(() => theNode().provision_state === "active");
  await deployment.refresh();
  expect(await deployment.planned(configured)).toMatchObject({ changes: false });
  Object.assign(theNode().instance_info as object, { image_checksum: "by hand" });
  await deployment.refresh();
  expect(await deployment.planned(configured)).toMatchObject({ changes: true });
});

test("what failed meanwhile is tried again from there", async () => {
  rig.ironic.fail = (_node, verb) => (verb === "active" ? "the agent did not call back" : undefined);
  await interrupted(configuration(), "deploying");
  await rig.until(() => theNode().provision_state === "deploy failed");
  rig.ironic.fail = undefined;
  await deployment.refresh();
  const from = rig.ironic.requests.length;
  await deployment.applied(configuration());
  expect(rig.written(from)).toEqual(["PATCH nodes", "PUT nodes states provision active", "PATCH nodes"]);
  expect(theNode()).toMatchObject({ provision_state: "active", instance_info: { image_disk_format: "raw" } });
});

test("another image meanwhile is rebuilt, once the first is there", async () => {
  await interrupted(configuration(), "deploying");
  await deployment.refresh();
  await deployment.applied(configuration(NEW_IMAGE));
  expect(theNode()).toMatchObject({ provision_state: "active", instance_info: { image_source: NEW_IMAGE } });
  expect(rebuilds()).toEqual(["PUT nodes states provision rebuild"]);
});

test("before Ironic deploys anything, the next apply begins with it", async () => {
  await node.applied({ driver: "fake-hardware", name: "n", available: false });
  const [told] = await interrupted(configuration(), "cleaning");
  expect(told).toMatchObject({ severity: "warning" });
  expect(deployment.state).toMatchObject({ provision_state: "cleaning" });
  await deployment.refresh();
  expect(deployment.state).toBeNull();
  await rig.until(() => theNode().provision_state === "available");
  await deployment.applied(configuration());
  expect(theNode()).toMatchObject({ provision_state: "active" });
});

test("before anything is changed, there is nothing to keep", async () => {
  const { planned, plannedPrivate } = await deployment.plan(configuration());
  let asked = false;
  rig.ironic.intercept = ({ method }) => {
    // The answer never comes.
    asked ||= method === "GET";
    return true;
  };
  const run = deployment.carryOut(planned, configuration(), plannedPrivate);
  await rig.until(() => asked);
  await rig.interrupt();
  expect(await run).toMatchObject([{ severity: "error", summary: "Interrupted" }]);
  expect(deployment.state).toBeNull();
});

test("a request that was under way may have reached Ironic", async () => {
  const { planned, plannedPrivate } = await deployment.plan(configuration());
  let begun = false;
  rig.ironic.intercept = ({ method, url = "" }) => {
    if (method !== "PUT" || !url.endsWith("/states/provision")) return false;
    Object.assign(theNode(), { provision_state: "deploying", target_provision_state: "active" });
    begun = true;
    return true;
  };
  const run = deployment.carryOut(planned, configuration(), plannedPrivate);
  await rig.until(() => begun);
  await rig.interrupt();
  expect(await run).toMatchObject([{ severity: "warning", summary: "The deployment was interrupted" }]);
  expect(deployment.state).toMatchObject({ provision_state: "deploying" });
});

test("a rebuild that is interrupted is not begun anew when Ironic has ended it", async () => {
  await deployment.applied(configuration());
  const [told] = await interrupted(configuration(NEW_IMAGE), "deploying");
  expect(told).toMatchObject({ severity: "warning", summary: "The deployment was interrupted" });
  await deployment.refresh();
  await deployment.applied(configuration(NEW_IMAGE));
  expect(rebuilds()).toEqual(["PUT nodes states provision rebuild"]);
  expect(theNode()).toMatchObject({ provision_state: "active", instance_info: { image_source: NEW_IMAGE } });
  expect((await deployment.planned(configuration(NEW_IMAGE))).changes).toBe(false);
});

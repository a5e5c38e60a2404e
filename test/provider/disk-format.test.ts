import { unknown } from "../../src/tfplugin";
import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

const [IMAGE, NEW_IMAGE] = [image("a"), image("b")];
const TAG = "oci://registry.example/fcos:stable";

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

const configuration = (info: Record<string, string>, more = {}) => ({
  node_uuid: node.state?.id ?? "",
  instance_info: info,
  ...more,
});
const inIronic = () => rig.node(node.state?.id).instance_info;
/** What Ironic is asked to do by an apply. */
async function written(configured: ReturnType<typeof configuration>): Promise<string[]> {
  const from = rig.ironic.requests.length;
  await deployment.applied(configured);
  return rig.written(from);
}

test("a pinned image is sent along with what makes Ironic accept it, and state says what is configured", async () => {
  await deployment.applied(configuration({ image_source: IMAGE }));
  expect(inIronic()).toEqual({ image_source: IMAGE, image_disk_format: "raw" });
  expect(deployment.state?.instance_info).toEqual({ image_source: IMAGE });
  await deployment.refresh();
  expect((await deployment.planned(configuration({ image_source: IMAGE }))).changes).toBe(false);
});

test("an empty disk format is none", async () => {
  const configured = { image_source: IMAGE, image_disk_format: "" };
  expect(await deployment.validate(configuration(configured))).toEqual([]);
  await deployment.applied(configuration(configured));
  expect(inIronic()).toEqual({ image_source: IMAGE, image_disk_format: "raw" });
  expect(deployment.state?.instance_info).toEqual(configured);
  await deployment.refresh();
  expect((await deployment.planned(configuration(configured))).changes).toBe(false);
  expect(await written(configuration(configured, { name: "other" }))).not.toContain(
    "PUT nodes states provision rebuild",
  );
  expect(inIronic()).toEqual({ image_source: IMAGE, image_disk_format: "raw" });
});

test.each([
  ["capitals", IMAGE.replace("oci", "OCI"), /lower case/],
  ["a blank before it", ` ${IMAGE}`, /no space before it/],
  ["Docker's scheme", IMAGE.replace("oci", "docker"), /accepts only oci:/],
  ["Docker's scheme and a tag", TAG.replace("oci", "docker"), /accepts only oci:/],
])("an OCI image with %s is refused", async (_what, image_source, detail) => {
  const [refusal, ...others] = await deployment.validate(configuration({ image_source }));
  expect(others).toEqual([]);
  expect(refusal).toMatchObject({ severity: "error", summary: "image_source is not an OCI reference" });
  expect(refusal?.detail).toMatch(detail);
});

test("another digest is rebuilt in place, with the same", async () => {
  await deployment.applied(configuration({ image_source: IMAGE }));
  // What a conductor leaves behind that converted the image.
  Object.assign(inIronic() as object, { image_disk_format: "raw", image_os_hash_value: "of the old image" });
  const from = rig.ironic.requests.length;
  await deployment.applied(configuration({ image_source: NEW_IMAGE }));
  expect(rig.written(from)).toEqual(["PATCH nodes", "PUT nodes states provision rebuild", "PATCH nodes"]);
  expect(inIronic()).toEqual({ image_source: NEW_IMAGE, image_disk_format: "raw" });
  await deployment.refresh();
  expect((await deployment.planned(configuration({ image_source: NEW_IMAGE }))).changes).toBe(false);
});

test.each([
  ["what Ironic dropped", {}],
  ["what Ironic took for unknown", { image_disk_format: "unknown" }],
  ["what Ironic detected", { image_disk_format: "qcow2" }],
])("%s is no drift, whether it was configured or sent along", async (_what, left) => {
  for (const configured of [{ image_source: IMAGE }, { image_source: IMAGE, image_disk_format: "raw" }]) {
    rig.ironic.succeeded = (deployed) => {
      deployed.instance_info = { image_source: IMAGE, ...left };
    };
    await deployment.applied(configuration(configured));
    await deployment.refresh();
    expect(await deployment.planned(configuration(configured))).toMatchObject({ changes: false, diagnostics: [] });
    await deployment.apply(null);
  }
});

test("to configure raw, or to leave it out, is no change", async () => {
  const [short, long] = [{ image_source: IMAGE }, { image_source: IMAGE, image_disk_format: "raw" }];
  for (const [first, second] of [
    [short, long],
    [long, short],
  ] as const) {
    await deployment.applied(configuration(first));
    expect((await deployment.planned(configuration(second))).changes).toBe(false);
    expect((await deployment.planned(configuration(second, { on_change: "replace" }))).planned).toMatchObject({
      instance_info: first,
    });
    await deployment.apply(null);
  }
});

test("an image that is known only at apply is rebuilt for what it is, not for the format beside it", async () => {
  await deployment.applied(configuration({ image_source: IMAGE }));
  const { planned, plannedPrivate } = await deployment.plan({
    node_uuid: node.state?.id ?? "",
    instance_info: unknown,
  });
  const known = { image_source: IMAGE, image_disk_format: "raw" };
  const from = rig.ironic.requests.length;
  await deployment.carryOut({ ...planned, instance_info: known }, configuration(known), plannedPrivate);
  expect(rig.written(from)).toEqual([]);
});

describe("what else may deploy a node", () => {
  test.each([
    ["direct", {}, "raw"],
    ["bootc", {}, undefined],
    ["fake", { deploy_interface: "bootc" }, undefined],
    ["bootc", { deploy_interface: "direct" }, "raw"],
    ["fake", { deploy_interface: "ramdisk" }, undefined],
    ["fake", { deploy_interface: "custom-agent" }, undefined],
    ["fake", { deploy_interface: "noop" }, undefined],
    ["fake", { deploy_interface: "autodetect" }, "raw"],
    ["fake", { deploy_interface: "anaconda" }, "raw"],
    ["fake", { deploy_interface: "ansible" }, "raw"],
    ["fake", { deploy_interface: "a-vendors-own" }, "raw"],
  ])("deploy interface %s, and %j in instance_info: %s", async (deploy_interface, info, expected) => {
    Object.assign(rig.node(node.state?.id), { deploy_interface });
    const run = deployment.apply(configuration({ image_source: IMAGE, ...info }));
    await rig.until(() => rig.written().some((each) => each.endsWith("provision active")));
    const operations = rig.ironic.requests
      .filter(({ method }) => method === "PATCH")
      .flatMap(({ body }) => body as { readonly path: string; readonly value: unknown }[]);
    const sent = operations.find(({ path }) => path === "/instance_info/image_disk_format");
    expect(sent?.value).toBe(expected);
    await rig.interrupt();
    await run;
  });
});

describe("an image that is not pinned", () => {
  test.each([
    ["a tag", { image_source: TAG }, { allow_tag: true }],
    ["a tag with a format", { image_source: TAG, image_disk_format: "qcow2" }, { allow_tag: true }],
    ["a URL", { image_source: "https://images.example/disk", image_disk_format: "qcow2" }, {}],
    ["a file", { image_source: "file:///images/disk@sha256:0" }, {}],
    ["Glance's", { image_source: "0a4d0b5c-2bd0-4bc5-8f2c-90e3c1b3bd34" }, {}],
  ])("%s is sent as it is", async (_what, info, more) => {
    expect(await deployment.validate(configuration(info as never, more))).toEqual([]);
    await deployment.applied(configuration(info as never, more));
    expect(inIronic()).toEqual(info);
  });

  test.each([
    ["no download source", {}, ""],
    ["local", { image_download_source: "local" }, " --download-source local"],
    ["http", { image_download_source: "http" }, " --download-source http"],
    ["one that is not known yet", { image_download_source: unknown }, ""],
  ])("is refused with the command that pins what this node gets: %s", async (_what, more, option) => {
    const told = await deployment.validate(configuration({ image_source: TAG, ...more } as never));
    expect(told).toMatchObject([{ severity: "error", path: ["instance_info", "image_source"] }]);
    expect(told[0]?.detail).toContain(
      `  ironic-oci resolve ${TAG} --arch <cpu_arch>${option} --ironic-release <release>\n`,
    );
    expect(told[0]?.detail).toContain("(ironic_release of the provider)");
  });

  test("from a digest to a tag, nothing of it stays behind", async () => {
    await deployment.applied(configuration({ image_source: IMAGE }));
    await deployment.applied(configuration({ image_source: TAG }, { allow_tag: true }));
    expect(inIronic()).toEqual({ image_source: TAG });
  });
});

describe("another format beside a digest", () => {
  const wrong = { image_source: IMAGE, image_disk_format: "qcow2" };

  test.each(["qcow2", "RAW", "unknown"])("%j is refused at once, with what to do", async (image_disk_format) => {
    const [told, ...others] = await deployment.validate(configuration({ image_source: IMAGE, image_disk_format }));
    expect(others).toEqual([]);
    expect(told).toMatchObject({ severity: "error", path: ["instance_info", "image_disk_format"] });
    expect(told?.summary).toContain(`image_disk_format can't be ${JSON.stringify(image_disk_format)} beside a digest`);
    expect(told?.detail).toContain("The requested image is not valid for use");
    expect(told?.detail).toContain('Remove image_disk_format, or set it to "raw"');
  });

  test.each([
    ["the image", { image_source: unknown, image_disk_format: "qcow2" }],
    ["the format", { image_source: IMAGE, image_disk_format: unknown }],
    ["everything", unknown],
  ])("%s that is not known yet is let pass, and refused before anything is changed", async (_what, info) => {
    const open = { node_uuid: node.state?.id ?? "", instance_info: info };
    expect(await deployment.validate(open as never)).toEqual([]);
    const { planned, plannedPrivate } = await deployment.plan(open as never);
    const from = rig.ironic.requests.length;
    const known = configuration(wrong);
    const told = await deployment.carryOut({ ...planned, instance_info: wrong }, known, plannedPrivate);
    expect(told).toMatchObject([{ severity: "error", path: ["instance_info", "image_disk_format"] }]);
    expect(rig.written(from)).toEqual([]);
    expect(deployment.state).toBeNull();
  });

  test("a change to it is refused likewise, and state stays what it was", async () => {
    await deployment.applied(configuration({ image_source: IMAGE }));
    const before = deployment.state;
    const { planned, plannedPrivate } = await deployment.plan({
      node_uuid: node.state?.id ?? "",
      instance_info: unknown,
    });
    const from = rig.ironic.requests.length;
    const told = await deployment.carryOut({ ...planned, instance_info: wrong }, configuration(wrong), plannedPrivate);
    expect(told).toMatchObject([{ severity: "error" }]);
    expect(rig.written(from)).toEqual([]);
    expect(deployment.state).toEqual(before);
  });
});

describe("what is taken over", () => {
  const deployed = async (info: Record<string, string>) => {
    const client = rig.life("ironic_deployment");
    await client.applied(configuration({ image_source: IMAGE }));
    Object.assign(inIronic() as object, info);
  };

  test.each([{ image_source: IMAGE }, { image_source: IMAGE, image_disk_format: "raw" }])(
    "an import rebuilds nothing for %j",
    async (configured) => {
      await deployed({});
      await deployment.import("n");
      const from = rig.ironic.requests.length;
      await deployment.applied(configuration(configured));
      expect(rig.written(from)).toEqual([]);
      await deployment.refresh();
      expect((await deployment.planned(configuration(configured))).changes).toBe(false);
    },
  );

  test.each([
    [{}, {}],
    [{ image_disk_format: "raw" }, { image_disk_format: "raw" }],
    // It deployed with http, where Ironic overwrote it and did not look.
    [{ image_disk_format: "qcow2" }, {}],
  ])("the old provider's state with %j has nothing to do for %j", async (was, now) => {
    await deployed(was);
    const id = String(node.state?.id);
    await deployment.upgrade(0, {
      id,
      node_uuid: id,
      instance_info: { image_source: IMAGE, ...was },
      provision_state: "active",
    });
    await deployment.refresh();
    const configured = configuration({ image_source: IMAGE, ...now });
    expect((await deployment.planned(configured)).changes).toBe(false);
    expect(await written(configuration({ image_source: NEW_IMAGE }))).toContain("PUT nodes states provision rebuild");
    expect(inIronic()).toEqual({ image_source: NEW_IMAGE, image_disk_format: "raw" });
  });
});

import { BOOT_FILES } from "../../src/artifact-fields";
import type { TfObject } from "../../src/tfplugin/cty";
import { dynamic, unknown } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";

// Every oci:// reference that Ironic downloads, in every argument that can hold it: a tag is refused at plan, a digest is not.

let rig: ProviderRig;
beforeAll(async () => {
  rig = await ProviderRig.start();
});
afterAll(() => rig.stop());

const TAG = "oci://registry.example/files/one:tag";
const DIGEST = `oci://registry.example/files/one@sha256:${"a".repeat(64)}`;

interface Place {
  readonly what: string;
  readonly resource: "ironic_node_v1" | "ironic_deployment";
  readonly path: string;
  readonly role: string;
  readonly config: (value: string) => TfObject;
  /** Whether the error leaves the value out. */
  readonly isHidden?: boolean;
}

const node = (config: TfObject) => ({ driver: "fake-hardware", name: "n", ...config });
const deployment = (config: TfObject) => ({ node_uuid: "n", instance_info: {}, ...config });

const PLACES: readonly Place[] = BOOT_FILES.flatMap(({ field, key, role }): Place[] => {
  if (field === "instance_info") {
    const common = { resource: "ironic_deployment", role } as const;
    const typed = (value: string) => deployment({ instance_info_typed: dynamic({ [key]: value }) });
    return [
      {
        what: key,
        path: `instance_info.${key}`,
        config: (value) => deployment({ instance_info: { [key]: value } }),
        ...common,
      },
      { what: `${key}, typed`, path: `instance_info_typed.${key}`, config: typed, ...common },
    ];
  }
  const common = { resource: "ironic_node_v1", role } as const;
  const map = (argument: string, name: string) => ({
    ...{ what: `${name} in ${argument}`, path: `${argument}.${name}`, ...common },
    config: (value: string) =>
      node({ [argument]: { [name]: value }, ...(argument.endsWith("_wo") && { driver_info_wo_version: 1 }) }),
    isHidden: true,
  });
  return [
    map("driver_info", key),
    map("driver_info", `redfish_${key}`),
    map("driver_info_wo", key),
    {
      ...{ what: `${key}, typed`, path: `driver_info_typed.${key}`, ...common },
      config: (value) => node({ driver_info_typed: dynamic({ [key]: value }) }),
    },
    ...(key === "deploy_kernel" || key === "deploy_ramdisk"
      ? [{ what: `${key} by itself`, path: key, config: (value: string) => node({ [key]: value }), ...common }]
      : []),
  ];
});

const diagnostics = ({ resource }: Place, config: TfObject) => rig.resource(resource).validate(config);

test.each(PLACES)("$what: a tag is an error with the command that pins it", async (place) => {
  const all = await diagnostics(place, place.config(TAG));
  // Terraform has no paths inside of an argument of any type.
  const path = place.path.includes("typed") ? place.path.split(".").slice(0, 1) : place.path.split(".");
  expect(all).toMatchObject([{ severity: "error", path }]);
  const [{ summary = "", detail = "" } = {}] = all;
  expect(summary).toBe(`${place.path.split(".").at(-1)} is not pinned`);
  const shown = place.isHidden ? "REFERENCE" : TAG;
  expect(detail).toContain(`ironic-oci resolve ${shown} --role ${place.role} --arch`);
  expect(detail).toContain("set allow_tag = true");
  if (place.isHidden) expect(detail).not.toContain("registry.example");
});

test.each(PLACES)("$what: with allow_tag, the tag is a warning", async (place) => {
  const all = await diagnostics(place, { ...place.config(TAG), allow_tag: true });
  expect(all).toMatchObject([{ severity: "warning", detail: expect.stringContaining("does not boot") }]);
  expect(all[0]?.detail).not.toContain("allow_tag");
});

test.each(PLACES)("$what: a digest, another scheme, or a value that is not known yet, is none", async (place) => {
  const accepted = [
    DIGEST,
    "https://web.example/file",
    "file:///var/lib/ironic/file",
    "c1a8e9d0-5a5e-4b4c-8f5b-1d1f2e3a4b5c",
  ];
  for (const value of accepted) expect([value, await diagnostics(place, place.config(value))]).toEqual([value, []]);
  if (!place.path.includes("typed")) {
    expect(await diagnostics(place, place.config(unknown as unknown as string))).toEqual([]);
  }
});

test.each(PLACES)(
  "$what: what looks like a reference, and is none for Ironic, is an error with allow_tag as well",
  async (place) => {
    const wrong = [
      "docker://registry.example/a:b",
      " oci://registry.example/a:b",
      "OCI://registry.example/a:b",
      "oci://registry.example",
    ];
    for (const value of wrong) {
      const all = await diagnostics(place, { ...place.config(value), allow_tag: true });
      expect([value, all]).toMatchObject([
        value,
        [{ severity: "error", summary: expect.stringContaining("is not an OCI reference") }],
      ]);
    }
  },
);

test("all of them are reported at once", async () => {
  const all = await rig
    .resource("ironic_node_v1")
    .validate(node({ driver_info: { deploy_iso: TAG, bootloader: TAG, redfish_address: TAG }, deploy_kernel: TAG }));
  expect(all.map(({ path }) => path?.join("."))).toEqual([
    "driver_info.deploy_iso",
    "driver_info.bootloader",
    "deploy_kernel",
  ]);
});

test("a tag that is known at apply only changes nothing", async () => {
  const from = rig.ironic.requests.length;
  const resource = rig.resource("ironic_node_v1");
  const told = await resource.apply(node({ deploy_kernel: TAG }));
  expect(told).toMatchObject([{ severity: "error", summary: "deploy_kernel is not pinned" }]);
  expect(rig.writes(from)).toEqual([]);
});

test("an imported node with a tag gets allow_tag, without which its generated configuration is refused", async () => {
  rig.node({ name: "imported", driver_info: { deploy_kernel: TAG } });
  const resource = rig.resource("ironic_node_v1");
  expect(await resource.import("imported")).toEqual([]);
  expect(await resource.refresh()).toEqual([]);
  expect(resource.state).toMatchObject({ allow_tag: true, deploy_kernel: TAG });
});

const step = (more: TfObject) => JSON.stringify([{ priority: 10, ...more }]);
test.each([
  [
    "firmware.update",
    step({ interface: "firmware", step: "update", args: { settings: [{ component: "bmc", url: DIGEST }] } }),
    true,
  ],
  [
    "management.update_firmware",
    step({ interface: "management", step: "update_firmware", args: { firmware_images: [{ url: TAG }] } }),
    true,
  ],
  [
    "firmware.update over https",
    step({
      interface: "firmware",
      step: "update",
      args: { settings: [{ component: "bmc", url: "https://web.example/f" }] },
    }),
    false,
  ],
  ["another step", step({ interface: "deploy", step: "inject", args: { url: TAG } }), false],
])(
  "firmware at oci:// is refused, tag or digest, because no release downloads it: %s",
  async (_what, deploy_steps, refused) => {
    const all = await rig.resource("ironic_deployment").validate(deployment({ deploy_steps }));
    if (!refused) return expect(all).toEqual([]);
    return expect(all).toMatchObject([
      { severity: "error", detail: expect.stringContaining("has firmware at oci://, from which no release") },
    ]);
  },
);

test.each([
  ["ironic_deploy_template_v1", { name: "CUSTOM_A" }, { priority: 1 }],
  ["ironic_runbook_v1", { name: "CUSTOM_A" }, { order: 1 }],
  ["ironic_node_cleaning_v1", { node_uuid: "n" }, {}],
  ["ironic_node_servicing_v1", { node_uuid: "n" }, {}],
])("firmware at oci:// is refused in the steps of %s as well", async (type, config, more) => {
  const update = {
    interface: "firmware",
    step: "update",
    args: { settings: [{ component: "bmc", url: TAG }] },
    ...more,
  };
  const all = await rig.resource(type).validate({ ...config, steps: dynamic([update]) });
  expect(all).toMatchObject([{ severity: "error", detail: expect.stringContaining("has firmware at oci://") }]);
});

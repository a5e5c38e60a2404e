import { diff, MASK } from "../../../src/ironic";
import { nodeFields, type Secrets } from "../../../src/provider/node/fields";
import { INTERFACES, nodeSchema } from "../../../src/provider/node/schema";
import { unknown } from "../../../src/tfplugin";
import type { TfObject } from "../../../src/tfplugin/cty";

const EMPTY = Object.fromEntries(Object.keys(nodeSchema.type.attributes).map((name) => [name, null]));
const NO_SECRETS: Secrets = { driverInfo: undefined, pullSecret: undefined };
const planned = (more: TfObject = {}) => ({ ...EMPTY, driver: "redfish", ...more }) as never;
const IN_IRONIC = { uuid: "u", driver_info: {}, properties: {}, extra: {} };

describe("a new node", () => {
  test("is sent what is configured, and no more", () => {
    expect(nodeFields(planned(), NO_SECRETS, [])).toEqual({
      driver: "redfish",
      driver_info: {},
      properties: {},
      extra: {},
    });
    const unset = { name: "", owner: "", conductor_group: unknown, boot_interface: unknown, driver_info: {} };
    expect(nodeFields(planned(unset), NO_SECRETS, [])).toEqual({
      driver: "redfish",
      driver_info: {},
      properties: {},
      extra: {},
    });
  });

  test("is sent everything that can be configured", () => {
    const interfaces = Object.fromEntries(INTERFACES.map((name) => [name, "fake"]));
    const all = {
      ...{ name: "n", resource_class: "baremetal", conductor_group: "rack", owner: "project", ...interfaces },
      ...{ driver_info: { address: "a", gone: null }, deploy_kernel: "k", deploy_ramdisk: "r", extra: { a: "1" } },
      ...{ properties: { cpu_arch: "x86_64" }, root_device: { name: "/dev/sda" } },
    };
    const secrets = { driverInfo: { password: "p" }, pullSecret: "s" };
    expect(nodeFields(planned(all), secrets, [])).toEqual({
      ...{
        driver: "redfish",
        name: "n",
        resource_class: "baremetal",
        conductor_group: "rack",
        owner: "project",
        ...interfaces,
      },
      driver_info: { address: "a", deploy_kernel: "k", deploy_ramdisk: "r", password: "p", image_pull_secret: "s" },
      ...{ properties: { cpu_arch: "x86_64", root_device: { name: "/dev/sda" } }, extra: { a: "1" } },
    });
  });
});

describe("a change", () => {
  const patch = (
    node: object,
    state: TfObject,
    wanted: TfObject,
    { secrets = NO_SECRETS, kept = [] as string[], secretKeys = [] as string[] } = {},
  ) => {
    const found = { driver: "redfish", name: null, resource_class: null, ...IN_IRONIC, ...node };
    const before = { node: found, state: { ...EMPTY, ...state }, secretKeys } as never;
    return diff(found as never, nodeFields(planned(wanted), secrets, kept, before));
  };

  test("of nothing is no request", () => {
    const node = { driver_info: { address: "a", password: MASK }, properties: { cpus: 4 }, extra: { foreign: "x" } };
    const state = { driver_info: { address: "a" }, properties: { cpus: "4" } };
    expect(patch(node, state, state, { kept: ["password"] })).toEqual([]);
  });

  test("removes what is configured no more, and leaves what others wrote", () => {
    const node = {
      name: "n",
      extra: { a: "1", foreign: "x" },
      properties: { a: "1", found: 2, root_device: { name: "/dev/sda" } },
    };
    const state = { name: "n", extra: { a: "1" }, properties: { a: "1" }, root_device: { name: "/dev/sda" } };
    expect(patch(node, state, {})).toEqual(
      expect.arrayContaining([
        { op: "remove", path: "/name" },
        { op: "remove", path: "/extra/a" },
        { op: "remove", path: "/properties/a" },
        { op: "remove", path: "/properties/root_device" },
      ]),
    );
    expect(patch(node, state, {})).toHaveLength(4);
  });

  test("sends a secret only when it is given, and keeps one that was given before", () => {
    const node = { driver_info: { password: MASK, address: "a" } };
    const state = { driver_info: { address: "a" } };
    expect(patch(node, state, state, { secretKeys: ["password"], kept: ["password"] })).toEqual([]);
    expect(
      patch(node, state, state, {
        secretKeys: ["password"],
        secrets: { driverInfo: { password: "new" }, pullSecret: undefined },
      }),
    ).toEqual([expect.objectContaining({ path: "/driver_info/password", value: "new" })]);
    expect(patch(node, state, state, { secretKeys: ["password"] })).toEqual([
      { op: "remove", path: "/driver_info/password" },
    ]);
  });

  test.each([["text"], [{}]])("leaves a root_device that is %j to whoever wrote it", (root_device) => {
    expect(patch({ properties: { root_device } }, {}, {})).toEqual([]);
  });
});

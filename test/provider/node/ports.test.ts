import { IronicClient } from "../../../src/ironic";
import { applyPorts, checkPorts, readPorts, samePorts } from "../../../src/provider/node/ports";
import { InProcessIronic } from "../../../src/testing/ironic";
import { unknown } from "../../../src/tfplugin";
import { Diagnostics } from "../../../src/tfplugin/author/diagnostics";

const [A, B] = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"];

test.each<[string, unknown, [string, string][]]>([
  ["none", null, []],
  ["unknown ones", unknown, []],
  ["an unknown one", [unknown], []],
  [
    "all that there is",
    [
      {
        address: A,
        pxe_enabled: "true",
        is_smart_nic: "false",
        physical_network: "n",
        port_group_uuid: "6eb02b44-18a3-4659-8c0b-8d2802581ae4",
      },
    ],
    [],
  ],
  ["unknown fields of one", [{ address: unknown, pxe_enabled: unknown }], []],
  ["nulls", [{ address: A, pxe_enabled: null, other: null }], []],
  ["one without address", [{ pxe_enabled: "true" }], [["error", "A port without address"]]],
  ["an address that is none", [{ address: "x" }], [["error", "Not a MAC address"]]],
  ["a boolean that is none", [{ address: A, pxe_enabled: "yes" }], [["warning", "Not a boolean"]]],
  ["fields that don't reach Ironic", [{ address: A, extra: "x", name: "y" }], [["warning", "Unknown field of a port"]]],
  [
    "several mistakes",
    [{ address: "x", is_smart_nic: "1", z: "1" }, {}],
    [
      ["error", "Not a MAC address"],
      ["warning", "Not a boolean"],
      ["warning", "Unknown field of a port"],
      ["error", "A port without address"],
    ],
  ],
])("ports are checked: %s", (_, ports, expected) => {
  const diagnostics = new Diagnostics();
  checkPorts(ports as never, diagnostics);
  expect(diagnostics.all.map(({ severity, summary }) => [severity, summary])).toEqual(expected);
});

test.each<[string, object[], object[], boolean]>([
  ["none", [], [], true],
  ["another order", [{ address: A }, { address: B }], [{ address: B }, { address: A }], true],
  ["other letters", [{ address: A }], [{ address: "52-54-00-00-00-0A" }], true],
  ["a null more", [{ address: A, physical_network: null }], [{ address: A }], true],
  ["one more", [{ address: A }], [], false],
  ["another field", [{ address: A, pxe_enabled: "true" }], [{ address: A }], false],
])("the same ports: %s", (_, some, others, same) => {
  expect(samePorts(some as never, others as never)).toBe(same);
});

describe("as state holds them", () => {
  const found = (address: string, more: object = {}) =>
    ({
      uuid: address,
      node_uuid: "n",
      address,
      pxe_enabled: true,
      portgroup_uuid: null,
      local_link_connection: {},
      physical_network: null,
      is_smartnic: false,
      extra: {},
      ...more,
    }) as never;

  test.each<[string, object[] | null, unknown[], boolean, object[] | null]>([
    ["none", null, [found(A)], true, null],
    ["an empty list", [], [found(A)], true, []],
    [
      "as configured",
      [{ address: "52-54-00-00-00-0A", pxe_enabled: "true" }],
      [found(A)],
      true,
      [{ address: "52-54-00-00-00-0A", pxe_enabled: "true" }],
    ],
    [
      "changed in Ironic",
      [{ address: A, pxe_enabled: "true", physical_network: "one" }],
      [found(A, { pxe_enabled: false })],
      true,
      [{ address: A, pxe_enabled: "false", physical_network: "" }],
    ],
    [
      "empty for nothing",
      [{ address: A, physical_network: "" }],
      [found(A)],
      true,
      [{ address: A, physical_network: "" }],
    ],
    ["gone from Ironic", [{ address: A }, { address: B }], [found(B)], true, [{ address: B }]],
    ["unknown fields", [{ address: A, other: "x" }], [found(A)], true, [{ address: A, other: "x" }]],
    [
      "of the old provider, which sent no more than pxe_enabled",
      [{ address: A, physical_network: "one", pxe_enabled: "true" }],
      [found(A, { pxe_enabled: false })],
      false,
      [{ address: A, physical_network: "one", pxe_enabled: "false" }],
    ],
  ])("%s", (_, prior, now, ours, expected) => {
    expect(readPorts(prior as never, now as never, ours)).toEqual(expected);
  });
});

describe("in Ironic", () => {
  let ironic: InProcessIronic;
  let client: IronicClient;
  let node: string;
  beforeEach(async () => {
    ironic = await InProcessIronic.start();
    client = new IronicClient({ url: ironic.url });
    node = String(ironic.store.createNode({ driver: "fake-hardware" }).uuid);
  });
  afterEach(async () => {
    await client.close();
    await ironic.stop();
  });
  const apply = async (planned: object[] | null, before: object[] | null, ours = true) => {
    const from = ironic.requests.length;
    await applyPorts(client, node, planned as never, before as never, ours, new AbortController().signal);
    return ironic.requests.slice(from).flatMap(({ method }) => (method === "GET" ? [] : [method]));
  };
  const ports = () =>
    [...ironic.store.ports.values()].map(({ address, pxe_enabled, physical_network }) => ({
      address,
      pxe_enabled,
      physical_network,
    }));

  test("they are created, changed and removed; what does not change is left alone", async () => {
    expect(await apply([{ address: A, pxe_enabled: "true" }, { address: B }], null)).toEqual(["POST", "POST"]);
    expect(ports()).toEqual([
      { address: A, pxe_enabled: true, physical_network: null },
      { address: B, pxe_enabled: false, physical_network: null },
    ]);
    const before = [{ address: A, pxe_enabled: "true" }, { address: B }];
    expect(await apply(before, before)).toEqual([]);
    expect(await apply([{ address: A, pxe_enabled: "true", physical_network: "one" }, { address: B }], before)).toEqual(
      ["PATCH"],
    );
    expect(ports()[0]).toMatchObject({ physical_network: "one" });
    expect(await apply([{ address: B }], before)).toEqual(["DELETE"]);
    expect(await apply(null, [{ address: B }])).toEqual(["DELETE"]);
    expect(ports()).toEqual([]);
  });

  test("one that exists already is taken over; one that is gone already is fine", async () => {
    ironic.store.createPort({ node_uuid: node, address: A });
    expect(await apply([{ address: A, physical_network: "one" }], [{ address: B }])).toEqual(["PATCH"]);
    expect(ports()).toEqual([{ address: A, pxe_enabled: false, physical_network: "one" }]);
  });

  test("with the old provider's, all is sent again once something changes", async () => {
    ironic.store.createPort({ node_uuid: node, address: A });
    const before = [{ address: A, physical_network: "one" }];
    expect(await apply([...before, { address: B }], before, false)).toEqual(["PATCH", "POST"]);
    expect(ports()[0]).toMatchObject({ physical_network: "one" });
  });
});

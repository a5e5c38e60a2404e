import { ProviderRig } from "../support/provider-rig";

const NODE = { driver: "fake-hardware", name: "n" };
const withMicroversion = async (microversion: string) => {
  const rig = await ProviderRig.start();
  expect(await rig.configure({ url: rig.ironic.url, microversion })).toEqual([]);
  return rig;
};

test.each([
  ["owner", "1.49", "1.50"],
  ["conductor_group", "1.45", "1.46"],
  ["bios_interface", "1.39", "1.40"],
  ["firmware_interface", "1.85", "1.86"],
  ["rescue_interface", "1.37", "1.38"],
])(
  "%s at %s: the error names what is needed, and no request is sent for it",
  async (argument, microversion, needed) => {
    const rig = await withMicroversion(microversion);
    try {
      const node = rig.resource("ironic_node_v1");
      const told = await node.apply({ ...NODE, [argument]: "x" });
      expect(told).toMatchObject([
        {
          summary: "The API microversion is too old",
          detail: expect.stringContaining(
            `API microversion ${needed} is needed for ${argument} of nodes, and ${microversion} is configured`,
          ),
        },
      ]);
      expect(rig.writes()).toEqual([]);
      // An update, too.
      expect(await node.apply(NODE)).toEqual([]);
      const before = rig.ironic.requests.length;
      expect(await node.apply({ ...NODE, [argument]: "x" })).toMatchObject([
        { summary: "The API microversion is too old" },
      ]);
      expect(rig.writes(before)).toEqual([]);
    } finally {
      await rig.stop();
    }
  },
);

test("at the oldest one that resources can use, what Ironic does not show then is no difference", async () => {
  const rig = await ProviderRig.start();
  try {
    const node = rig.resource("ironic_node_v1");
    const configured = { ...NODE, owner: "o", conductor_group: "rack", bios_interface: "fake", traits: ["CUSTOM_A"] };
    expect(await node.apply(configured)).toEqual([]);
    await rig.configure({ url: rig.ironic.url, microversion: "1.34" });
    expect(await node.refresh()).toEqual([]);
    const from = rig.ironic.requests.length;
    expect(await node.apply(configured)).toEqual([]);
    expect(rig.writes(from)).toEqual([]);
    // A change would send what Ironic does not show.
    expect(await node.apply({ ...configured, traits: ["CUSTOM_B"] })).toMatchObject([
      { summary: "The API microversion is too old" },
    ]);
  } finally {
    await rig.stop();
  }
});

import { computed, nested, required, schema, t } from "../../tfplugin";
import { dataSource } from "../plugin";
import { nodeUuid } from "../shared/node-reference";
import { isIdentifier } from "../shared/validators";

const firmwareSchema = schema({
  description:
    "Firmware components of a node with their versions, as Ironic has cached them (microversion 1.86: Ironic 22.1 and later). A node whose firmware interface does not know its components, such as `no-firmware`, has none.",
  attributes: {
    node: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    id: computed(t.string, { description: "UUID of the node." }),
    versions: computed(t.map(t.string), { description: 'Current versions by component: `versions["bmc"]`.' }),
    components: computed(
      nested.list({
        component: computed(t.string, { description: "Component: `bios`, `bmc`, or `nic:` and an ID." }),
        current_version: computed(t.string, { description: "Current version." }),
        initial_version: computed(t.string, { description: "Version that Ironic has found first." }),
        last_version_flashed: computed(t.string, {
          description: "Version that Ironic has flashed last; null if it has flashed none.",
        }),
        vendor: computed(t.string, { description: "Vendor (microversion 1.114: Ironic 39 and later)." }),
        model: computed(t.string, { description: "Model (microversion 1.114)." }),
        serial_number: computed(t.string, { description: "Serial number (microversion 1.114)." }),
        updated_at: computed(t.string, { description: "Time of the last change; null before the first." }),
      }),
      { description: "Components in the order of their names." },
    ),
  },
});

export const nodeFirmware = dataSource(firmwareSchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const uuid = await nodeUuid(client, config.node, signal);
    const components = [...(await client.getFirmware(uuid, { signal }))].sort((one, other) =>
      one.component < other.component ? -1 : 1,
    );
    return {
      node: config.node,
      id: uuid,
      versions: Object.fromEntries(
        components.flatMap(({ component, current_version: current }) => (current ? [[component, current]] : [])),
      ),
      components: components.map(({ component, ...facts }) => ({
        component,
        current_version: facts.current_version ?? null,
        initial_version: facts.initial_version ?? null,
        last_version_flashed: facts.last_version_flashed ?? null,
        vendor: facts.vendor ?? null,
        model: facts.model ?? null,
        serial_number: facts.serial_number ?? null,
        updated_at: facts.updated_at ?? null,
      })),
    };
  },
});

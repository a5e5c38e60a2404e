import { type BiosSetting, MASK } from "../../ironic";
import { computed, nested, required, schema, t } from "../../tfplugin";
import { dataSource } from "../plugin";
import { nodeUuid } from "../shared/node-reference";
import { isIdentifier } from "../shared/validators";

const biosSchema = schema({
  description:
    "BIOS settings of a node, as Ironic has cached them (microversion 1.40): after verification, and after each cleaning or deployment that changes them. A node whose BIOS interface does not cache settings has none.",
  attributes: {
    node: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    id: computed(t.string, { description: "UUID of the node." }),
    values: computed(t.map(t.string), {
      description:
        'Values by name: `values["ProcVirtualization"]`. Passwords are masked; settings without a value are left out.',
    }),
    settings: computed(
      nested.list({
        name: computed(t.string, { description: "Name, which depends on the vendor." }),
        value: computed(t.string, { description: "Current value. A password is masked." }),
        attribute_type: computed(t.string, {
          description:
            "Type: `String`, `Integer`, `Enumeration`, `Boolean` or `Password`. This and what follows needs microversion 1.74, and a BMC with an attribute registry.",
        }),
        allowable_values: computed(t.list(t.string), { description: "Allowed values of an `Enumeration`." }),
        lower_bound: computed(t.integer, { description: "Lowest `Integer`." }),
        upper_bound: computed(t.integer, { description: "Highest `Integer`." }),
        min_length: computed(t.integer, { description: "Shortest `String`, in characters." }),
        max_length: computed(t.integer, { description: "Longest `String`, in characters." }),
        read_only: computed(t.bool, { description: "Whether the setting can't be changed." }),
        reset_required: computed(t.bool, { description: "Whether a change needs a reboot." }),
        unique: computed(t.bool, { description: "Whether the value is this machine's only, such as a serial number." }),
      }),
      { description: "Settings in the order of their names." },
    ),
  },
});

export const nodeBios = dataSource(biosSchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const uuid = await nodeUuid(client, config.node, signal);
    const settings = [...(await client.getBiosSettings(uuid, { signal }))]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(shown);
    return {
      node: config.node,
      id: uuid,
      values: Object.fromEntries(settings.flatMap(({ name, value }) => (value === null ? [] : [[name, value]]))),
      settings,
    };
  },
});

function shown(setting: BiosSetting) {
  const { name, value, attribute_type: type = null } = setting;
  // Not `PasswordStatus`, and a vendor may name no types.
  const isPassword = type === "Password" || (type === null && /password$/i.test(name));
  return {
    name,
    value: isPassword && value ? MASK : value,
    attribute_type: type,
    allowable_values: setting.allowable_values ?? null,
    lower_bound: setting.lower_bound ?? null,
    upper_bound: setting.upper_bound ?? null,
    min_length: setting.min_length ?? null,
    max_length: setting.max_length ?? null,
    read_only: setting.read_only ?? null,
    reset_required: setting.reset_required ?? null,
    unique: setting.unique ?? null,
  };
}

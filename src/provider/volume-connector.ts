import { type IronicVolumeConnector, type JsonObject, NotFoundError } from "../ironic";
import { computed, isUnknown, type PlannedState, required, schema, t } from "../tfplugin";
import { crudResource, type FieldsUpdate } from "./shared/crud";
import { nodeMember, planNodeMember } from "./shared/node-member";
import { sameNode } from "./shared/node-reference";
import { extraToSend, readExtra, userExtra } from "./shared/plain-object";
import { isIdentifier, lengthIfSet } from "./shared/validators";

const volumeConnectorSchema = schema({
  description: "A volume connector: the identity of a node on a storage network (microversion 1.32).",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the volume connector." }),
    node_uuid: required(t.string, {
      requiresReplace: true,
      description:
        "UUID or name of the node, which has to be powered off for a change and for the deletion; since Ironic 37, not for the deletion in `enroll` and `manageable`.",
      validate: isIdentifier,
    }),
    type: required(t.string, {
      description: "Type of `connector_id`: `iqn`, `ip`, `mac`, `wwnn`, `wwpn`, `port` or `portgroup`.",
      validate: lengthIfSet(1, 32),
    }),
    connector_id: required(t.string, {
      description:
        "Identifier of the connector, such as `iqn.2026-01.example:worker-0`; unique in Ironic with its type.",
      validate: lengthIfSet(1, 255),
    }),
    extra: userExtra(),
  },
});

type ConnectorSchema = typeof volumeConnectorSchema;

/** The types of Ironic's documentation of the API; the storage interface `cinder` reads `iqn`, `wwnn` and `wwpn`, and warns of others. */
const TYPES = ["iqn", "ip", "mac", "wwnn", "wwpn", "port", "portgroup"];

const member = nodeMember<ConnectorSchema, IronicVolumeConnector, never>({
  freeForm: [],
  fieldsOf,
  get: (client, id, signal) => client.volumeConnectors.get(id, { signal }),
  find:
    (client, { type, connector_id: id }, node, signal) =>
    async () => {
      const all = await client.volumeConnectors.list({ node }, { signal });
      const found = all.find((each) => each.type === type && each.connector_id === id);
      if (found) return found;
      throw new NotFoundError({ method: "GET", path: "/v1/volume/connectors" }, 404, `${type} ${id} is not of ${node}`);
    },
  post: (client, fields, signal) => client.volumeConnectors.create(fields, { signal }),
  patch: (client, id, patch, signal) => client.volumeConnectors.patch(id, patch, { signal }),
});

export const volumeConnector = crudResource<ConnectorSchema, IronicVolumeConnector>(
  volumeConnectorSchema,
  {
    ...member,
    name: "volume connector",
    importedBy: "UUID",
    legacyUnset: {},
    delete: (client, id, signal) => client.volumeConnectors.delete(id, { signal }),
    async read(client, { found, state }, signal) {
      const isSameNode = await sameNode(client, state.node_uuid, found.node_uuid, signal);
      return {
        id: found.uuid,
        node_uuid: isSameNode ? (state.node_uuid ?? found.node_uuid) : found.node_uuid,
        type: found.type,
        connector_id: found.connector_id,
        extra: readExtra(state.extra, found.extra),
      };
    },
    stateAfter: (found, planned) => ({ ...planned, id: found.uuid }),
  },
  {
    plan: planNodeMember,

    validate({ config: { type }, diagnostics }) {
      if (isUnknown(type) || type === null || TYPES.includes(type)) return;
      const detail = `Ironic accepts any text, and its storage interfaces ignore connectors of a type other than ${TYPES.join(", ")}.`;
      diagnostics.warning("Not a type of volume connectors", { detail, path: ["type"] });
    },
  },
);

function fieldsOf(
  { type, connector_id, extra }: PlannedState<ConnectorSchema>,
  update?: FieldsUpdate<ConnectorSchema, IronicVolumeConnector, never>,
): JsonObject {
  return { type, connector_id, extra: extraToSend(extra, update?.found.extra) };
}

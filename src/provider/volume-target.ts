import { type IronicVolumeTarget, isSecretField, type JsonObject, NotFoundError } from "../ironic";
import {
  between,
  computed,
  type KnownConfig,
  optional,
  type PlannedState,
  required,
  type State,
  schema,
  t,
} from "../tfplugin";
import { crudResource } from "./shared/crud";
import { type Entries, freeFormToSend } from "./shared/free-form";
import { planNodeMember } from "./shared/node-member";
import { nodeUuid, sameNode } from "./shared/node-reference";
import { changesOf, extraToSend, readExtra, userExtra } from "./shared/plain-object";
import { createOrTakeOver } from "./shared/take-over";
import { readJson, readTyped, secretPath, setsSecret, userJson } from "./shared/typed";
import { isIdentifier, lengthIfSet } from "./shared/validators";
import { isEmpty, withoutNulls } from "./shared/values";
import { requireVersion } from "./shared/write-only";

const volumeTargetSchema = schema({
  description: "A volume target: a remote volume that a node boots from, or uses (microversion 1.32).",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the volume target." }),
    node_uuid: required(t.string, {
      requiresReplace: true,
      description:
        "UUID or name of the node, which has to be powered off for a change and for the deletion; since Ironic 37, not for the deletion in `enroll` and `manageable`.",
      validate: isIdentifier,
    }),
    volume_type: required(t.string, {
      description: "Type of the volume, such as `iscsi` or `fibre_channel`.",
      validate: lengthIfSet(1, 64),
    }),
    volume_id: required(t.string, {
      description: "Identifier of the volume in the storage service.",
      validate: lengthIfSet(1, 36),
    }),
    boot_index: required(t.integer, {
      description: "Index of the volume among those of the node; the node boots from 0.",
      validate: between(0, 2 ** 31 - 1),
    }),
    properties: userJson({
      description:
        'How the volume is reached, with values of any type, such as `{ target_portal = "192.0.2.7:3260", target_iqn = "iqn.2026-01.example:os", target_lun = 1, auth_method = "CHAP", auth_username = "node" }`. Secrets are in `properties_wo`. Keys that are not configured are left unchanged.',
      validate: (value) => setsSecret(value, "properties_wo"),
    }),
    properties_wo: optional(t.map(t.string), {
      writeOnly: true,
      sensitive: true,
      description:
        "Secrets of `properties`, such as `{ auth_password = var.chap }`: write-only, never in a plan or in state. Needs `properties_wo_version`.",
      validate: areSecrets,
    }),
    properties_wo_version: optional(t.integer, {
      description: "Version of `properties_wo`: increase it to send new secrets. Without it, they are removed.",
    }),
    extra: userExtra(),
  },
});

type TargetSchema = typeof volumeTargetSchema;

export const volumeTarget = crudResource<TargetSchema, IronicVolumeTarget>(
  volumeTargetSchema,
  {
    name: "volume target",
    importedBy: "UUID",
    freeForm: { names: [] },
    legacyUnset: {},
    get: (client, id, signal) => client.volumeTargets.get(id, { signal }),

    async create(client, planned, { config, signal }) {
      const node_uuid = await nodeUuid(client, planned.node_uuid, signal);
      const { volume_id, boot_index } = planned;
      const requests = {
        create: () =>
          client.volumeTargets.create({ node_uuid, ...withoutNulls(fieldsOf(planned, config)) }, { signal }),
        find: async () => {
          const all = await client.volumeTargets.list({ node: node_uuid }, { signal });
          // Another volume of this index is not the planned one.
          const found = all.find((each) => each.boot_index === boot_index && each.volume_id === volume_id);
          if (found) return found;
          throw new NotFoundError(
            { method: "GET", path: "/v1/volume/targets" },
            404,
            `Volume ${volume_id} is none of ${node_uuid}`,
          );
        },
        patch: (found: IronicVolumeTarget) =>
          client.volumeTargets.patch(found.uuid, changesOf(found, fieldsOf(planned, config, found)), { signal }),
      };
      return createOrTakeOver(client, node_uuid, requests, signal);
    },

    update: (client, { found, planned, config, state }, signal) =>
      client.volumeTargets.patch(found.uuid, changesOf(found, fieldsOf(planned, config, found, state)), { signal }),

    delete: (client, id, signal) => client.volumeTargets.delete(id, { signal }),

    async read(client, { found, state, unread }, signal) {
      const now = shown(found.properties);
      const isSameNode = await sameNode(client, state.node_uuid, found.node_uuid, signal);
      return {
        id: found.uuid,
        node_uuid: isSameNode ? (state.node_uuid ?? found.node_uuid) : found.node_uuid,
        volume_type: found.volume_type,
        volume_id: found.volume_id,
        boot_index: found.boot_index,
        properties: unread ? readJson(state.properties, now) : readTyped(state.properties, now),
        properties_wo: null,
        properties_wo_version: state.properties_wo_version,
        extra: readExtra(state.extra, found.extra),
      };
    },

    stateAfter: (found, planned) => ({ ...planned, id: found.uuid }),
  },
  {
    plan: planNodeMember,
    validate: ({ config, diagnostics }) => requireVersion(config, ["properties_wo"], diagnostics),
  },
);

function fieldsOf(
  planned: PlannedState<TargetSchema>,
  config: KnownConfig<TargetSchema>,
  found?: IronicVolumeTarget,
  state?: State<TargetSchema>,
): JsonObject {
  const { volume_type, volume_id, boot_index, properties_wo_version: version } = planned;
  const before = state?.properties_wo_version ?? null;
  // Without secrets, such as an ephemeral variable that is unset, a new version changes nothing.
  const isKept = found !== undefined && (version === before || (version !== null && config.properties_wo === null));
  const secrets = isKept || version === null ? {} : withoutNulls(config.properties_wo ?? {});
  const replaced = isKept ? [] : Object.keys(found?.properties ?? {}).filter(isSecretField);
  // Keys that are not configured are left unchanged: the storage interface `cinder` writes its own.
  const [wanted, prior] = [planned.properties, state?.properties ?? null].map((typed) => ({ texts: null, typed }));
  const current = found?.properties ?? undefined;
  const properties = { ...freeFormToSend(wanted as Entries, current, prior as Entries, replaced), ...secrets };
  return {
    ...{ volume_type, volume_id, boot_index },
    properties: isEmpty(properties) ? (found?.properties ?? null) && {} : properties,
    extra: extraToSend(planned.extra, found?.extra),
  };
}

/** The properties of a volume that an argument may show: those without a secret, and without one in their value. */
function shown(properties: JsonObject | null): JsonObject {
  return Object.fromEntries(
    Object.entries(properties ?? {}).filter(([key, value]) => secretPath({ [key]: value }) === undefined),
  );
}

function areSecrets(secrets: Readonly<Record<string, string>>): string | undefined {
  const other = Object.keys(secrets).find((key) => !isSecretField(key));
  return other && `can't have the key ${other}, which names no secret: set it in properties`;
}

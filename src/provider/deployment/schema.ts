import {
  computed,
  oneOf,
  optional,
  optionalComputed,
  type PlannedState,
  required,
  type State,
  schema,
  t,
} from "../../tfplugin";
import { isJson } from "../node/schema";
import { SCHEMA_VERSION } from "../shared/legacy-state";
import { timeouts } from "../shared/timeouts";
import { isIdentifier } from "../shared/validators";

/** What is deployed on a node. All arguments of the old provider, and a few more; null means what the old one did. */
export const deploymentSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "What a node boots: deployed, and rebuilt in place when it changes. Destroying it takes the node back to `available`.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "The node's UUID." }),
    node_uuid: required(t.string, { requiresReplace: true, description: "The node.", validate: isIdentifier }),
    name: optionalComputed(t.string, { description: "A name for the deployment; Ironic does not see it." }),
    instance_info: required(t.map(t.string), {
      nullElements: true,
      description:
        'Ironic\'s `instance_info`. An `oci://` `image_source` must be pinned by digest, unless `allow_tag` is true. Beside a digest `image_disk_format` is left out, or `raw`: the provider sends `raw`, with which Ironic detects the format of a disk image, and without which it refuses one with `image_download_source = "local"`. `capabilities` is written `name:value,name:value`. Keys that are not named here are left alone.',
    }),
    allow_tag: optional(t.bool, { description: "Accept an `oci://` `image_source` with a tag. Default: false." }),
    on_change: optional(t.string, {
      description:
        "What a changed image, config drive or deploy step does: `rebuild` the node in place, which is the default, or `replace` the deployment, which takes the node back to `available` first and cleans it as Ironic is configured to.",
      validate: oneOf("rebuild", "replace"),
    }),
    image_pull_secret_wo: optional(t.string, {
      writeOnly: true,
      description:
        "The pull secret for the image, and for nothing else: `user:password` for Ironic 34 and later; before, and for a bootc container, the `auth` string of a Docker configuration (base64 of the same). Up to 33 Ironic has no way to answer a registry with basic authentication. Becomes `instance_info.image_pull_secret`, and is never kept in plan or state.",
    }),
    image_pull_secret_wo_version: optional(t.integer, {
      description: "Change it to send `image_pull_secret_wo` again. The node is not rebuilt for it.",
    }),
    deploy_steps: optionalComputed(t.string, { description: "JSON: Ironic's deploy steps.", validate: isJson }),
    user_data: optionalComputed(t.string, { description: "The config drive's user data: Ignition, cloud-init, …" }),
    user_data_url: optionalComputed(t.string, { description: "Where to fetch the user data from instead." }),
    user_data_url_ca_cert: optionalComputed(t.string, {
      description: "The CA of that URL's certificate, PEM in base64. Default: the system's CAs.",
    }),
    user_data_url_headers: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "Headers of that request.",
    }),
    network_data: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "The config drive's network data; lists and objects in it are written as JSON.",
    }),
    metadata: optionalComputed(t.map(t.string), { nullElements: true, description: "The config drive's metadata." }),
    provision_state: computed(t.string, { unknownOnUpdate: true, description: "The node's provision state." }),
    last_error: computed(t.string, { unknownOnUpdate: true, description: "Ironic's `last_error`." }),
  },
  blocks: { timeouts },
});

export type DeploymentSchema = typeof deploymentSchema;
export type DeploymentState = State<DeploymentSchema>;
export type DeploymentPlanned = PlannedState<DeploymentSchema>;

/** What the config drive is made from. */
export const CONFIG_DRIVE = [
  "user_data",
  "user_data_url",
  "user_data_url_ca_cert",
  "user_data_url_headers",
  "network_data",
  "metadata",
] as const;

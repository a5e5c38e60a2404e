import { computed, oneOf, optional, type PlannedState, required, type State, schema, t } from "../../tfplugin";
import { managedBool, userBool, userMap, userString } from "../shared/attributes";
import { SCHEMA_VERSION } from "../shared/legacy-state";
import { timeouts } from "../shared/timeouts";
import { userTyped } from "../shared/typed";
import { areDeploySteps, atMost, isIdentifier } from "../shared/validators";
import { isEmpty } from "../shared/values";
import { PULL_SECRET } from "../shared/write-only";

/** Default timeouts of the resource. */
export const DEPLOYMENT_TIMEOUTS = { create: "120m", update: "120m", delete: "120m" } as const;

/** The keys of `instance_info` that are texts, and are checked as such. */
const IN_TEXTS = {
  image_source: "instance_info",
  image_download_source: "instance_info",
  image_disk_format: "instance_info",
  deploy_interface: "instance_info",
  configdrive: "instance_info",
  [PULL_SECRET]: "image_pull_secret_wo",
};

/** A deployment. Arguments of `openshift-metal3/ironic` 0.3 keep their names; null keeps that provider's behaviour. */
export const deploymentSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "A deployment: the image and the config drive of a node. Changes rebuild the node in place; destroying the resource undeploys the node, back to provision state `available`.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the node." }),
    node_uuid: required(t.string, {
      requiresReplace: true,
      description: "UUID or name of the node.",
      validate: isIdentifier,
    }),
    name: userString({
      description: "Name of the deployment. Kept in state only; not sent to Ironic.",
    }),
    instance_info: required(t.map(t.string), {
      nullElements: true,
      description:
        'Image and settings of the deployment (Ironic\'s `instance_info`). An `image_source` with the scheme `oci://` must be pinned by digest, and so must `kernel`, `ramdisk` and `boot_iso`, unless `allow_tag` is `true`. With a digest, leave `image_disk_format` out or set it to `raw`: the provider sends `raw`, with which Ironic detects the format of a disk image, and without which it refuses the image with `image_download_source = "local"`. Format of `capabilities`: `name:value,name:value`. Keys that are not configured are left unchanged.',
    }),
    instance_info_typed: userTyped({ of: "instance_info", reserved: IN_TEXTS }),
    allow_tag: optional(t.bool, {
      description:
        "Accept `oci://` references of `instance_info` with a tag instead of a digest. Ironic resolves that of `image_source` only. Default: `false`.",
    }),
    adopt: userBool({
      description:
        "Take over a machine that runs already, instead of deploying it: Ironic makes the node `active` and neither writes its disk nor restarts it (microversion 1.17). The node is in provision state `enroll`, `manageable` or `adopt failed`. `instance_info` says what the machine runs; config drive and deploy steps are stored for the first rebuild. Has an effect at creation only: later changes rebuild the node, as those of any deployment.",
    }),
    on_change: optional(t.string, {
      description:
        "Action on a change of the image, the config drive or the deploy steps: `rebuild` the node in place, or `replace` the deployment, which undeploys the node first, with the automated cleaning that is configured in Ironic. `replace` counts a value that is unknown at plan as changed; `rebuild` compares at apply. Default: `rebuild`.",
      validate: oneOf("rebuild", "replace"),
    }),
    image_pull_secret_wo: optional(t.string, {
      writeOnly: true,
      description:
        "Pull secret for the image only. Format: `user:password` for Ironic 34 and later; for earlier releases, and for a bootc container, the `auth` string of a Docker configuration (base64 of the same). Ironic 33 and earlier do not support registries with basic authentication. Sent as `instance_info.image_pull_secret`; never stored in a plan or in state.",
    }),
    image_pull_secret_wo_version: optional(t.integer, {
      description:
        "Version of `image_pull_secret_wo`. Change it to send the value again; the node is not rebuilt for that.",
    }),
    protected: managedBool({
      description:
        "Whether Ironic refuses to undeploy, rebuild and delete the node once it is deployed (microversion 1.48). A destruction needs an apply with `false` before it; a rebuild, `false` in the same apply. Default: left unchanged.",
    }),
    protected_reason: userString({ description: "Reason why the node is protected.", validate: atMost(255) }),
    deploy_steps: userString({
      description: "Deploy steps as JSON, in the format of Ironic's API.",
      validate: areDeploySteps,
    }),
    user_data: userString({
      description: "User data of the config drive, such as Ignition or cloud-init.",
    }),
    user_data_url: userString({
      description:
        "URL from which the provider fetches the user data, instead of `user_data`: text in UTF-8, not compressed.",
    }),
    user_data_url_ca_cert: userString({
      description: "CA certificate for `user_data_url`, in PEM, encoded as base64. Default: the CAs of the system.",
    }),
    user_data_url_headers: userMap({
      description: "Headers of the request to `user_data_url`. A redirect to another origin does not get them.",
    }),
    network_data: userMap({
      description: "Network data of the config drive. Lists and objects are given as JSON.",
    }),
    metadata: userMap({ description: "Metadata of the config drive." }),
    metadata_typed: userTyped({ of: "metadata" }),
    disk_written_by: computed(t.string, {
      description:
        "What wrote the node's disk last: `deployment`, or `rebuild N:` with the changed arguments. A plan that changes it rewrites the disk; one in which it is known after the apply may do so. Null until the first rebuild of a deployment that was adopted, imported or is older than this attribute.",
    }),
    provision_state: computed(t.string, { description: "Current provision state of the node." }),
    last_error: computed(t.string, {
      meansUnset: isEmpty,
      description: "Last error of the node (Ironic's `last_error`).",
    }),
  },
  blocks: { timeouts: timeouts(DEPLOYMENT_TIMEOUTS) },
});

export type DeploymentSchema = typeof deploymentSchema;
export type DeploymentState = State<DeploymentSchema>;
export type DeploymentPlanned = PlannedState<DeploymentSchema>;

/** Values in state of `openshift-metal3/ironic` for arguments that were not configured. */
export const LEGACY_UNSET = {
  name: "",
  deploy_steps: "",
  user_data: "",
  user_data_url: "",
  user_data_url_ca_cert: "",
  user_data_url_headers: {},
  network_data: {},
  metadata: {},
};

/** The arguments from which the config drive is built. */
export const CONFIG_DRIVE = [
  "user_data",
  "user_data_url",
  "user_data_url_ca_cert",
  "user_data_url_headers",
  "network_data",
  "metadata",
  "metadata_typed",
] as const;

/** The arguments that a rebuild applies. */
export const REBUILT = ["instance_info", "instance_info_typed", "deploy_steps", ...CONFIG_DRIVE] as const;
export type Rebuilt = (typeof REBUILT)[number];

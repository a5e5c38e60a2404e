import { managedBool, userString } from "../shared/attributes";
import { userJson } from "../shared/typed";
import { atMost, isUuidOrUnset, lengthIfSet } from "../shared/validators";

/** The fields of details.ts as arguments. */
export const detailAttributes = {
  description: userString({ description: "Description of the node (microversion 1.51).", validate: atMost(4096) }),
  instance_name: userString({
    description:
      "Name of the instance on the node, such as its host name (microversion 1.104: Ironic 34 and later). Ironic clears it when the node is undeployed.",
    validate: lengthIfSet(1, 255),
  }),
  lessee: userString({
    description: "Project ID that uses the node; used by Ironic's RBAC policies (microversion 1.65).",
  }),
  shard: userString({
    description: "Shard of the node, by which services such as Nova divide nodes among them (microversion 1.82).",
    validate: atMost(255),
  }),
  chassis_uuid: userString({ description: "UUID of the chassis that holds the node.", validate: isUuidOrUnset }),
  parent_node: userString({
    description:
      "UUID of the node of which this one is a part, such as the server of a DPU (microversion 1.83). Lists leave out nodes with a parent, and allocations do not select them.",
    validate: isUuidOrUnset,
  }),
  automated_clean: managedBool({
    description:
      "Whether the node is cleaned before it becomes available, after each undeployment too (microversion 1.47). Default: `[conductor]automated_clean` of Ironic.",
  }),
  disable_power_off: managedBool({
    description:
      "Whether Ironic must not power the node off, such as one whose BMC gets its power from the machine: it reboots it instead (microversion 1.95).",
  }),
  retired: managedBool({
    description:
      "Whether the node is retired (microversion 1.61): it can be cleaned and used to its end, and does not become available again. An available node is moved back to `manageable`.",
  }),
  retired_reason: userString({ description: "Reason why the node is retired.", validate: atMost(255) }),
  protected: managedBool({
    description:
      "Whether Ironic refuses to undeploy, rebuild and delete the node (microversion 1.48). Ironic accepts it only while something is deployed on the node; `protected` of `ironic_deployment` sets it with the deployment.",
  }),
  protected_reason: userString({ description: "Reason why the node is protected.", validate: atMost(255) }),
  network_data: userJson({
    description:
      "Network configuration of the deploy agent, for a network without DHCP: `links`, `networks` and `services` as in OpenStack's `network_data.json` (microversion 1.66).",
  }),
};

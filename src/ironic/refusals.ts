/** Ironic's reason for a refusal, from the status and the fault. The advice follows it, never the status alone. */
export type RefusalReason =
  | "credentials"
  | "policy"
  | "protected"
  | "maintenance"
  | "retired"
  | "locked"
  | "transition"
  | "power"
  | "state"
  | "unchangeable"
  | "exists"
  | "owner"
  | "database"
  | "conductor"
  | "other";

export interface Refusal {
  readonly reason: RefusalReason;
  /** Next step for the user. */
  readonly hint?: string;
  /** Ironic has done nothing, and the cause is transient: requests of every method are retried. */
  readonly isTransient: boolean;
}

interface Rule {
  readonly reason: RefusalReason;
  readonly statuses?: readonly number[];
  /** The texts of `ironic.common.exception` and of the API's controllers, the same in Ironic 29 and 39. */
  readonly fault: RegExp;
  readonly hint?: string;
  readonly isTransient?: boolean;
}

/** The first match decides. Patterns are whole clauses, because faults quote names that users chose. */
const RULES: readonly Rule[] = [
  {
    reason: "locked",
    // NodeLocked, ParentNodeLocked, ChildNodeLocked.
    fault: /is (locked by host .*|presently locked and .*)please retry after the current operation is completed/is,
    statuses: [409],
    hint: "another operation works on this node: wait for it, or look at the node's reservation",
    isTransient: true,
  },
  {
    reason: "transition",
    // NodesController.patch, for any node with a target_provision_state, and while it is inspected.
    fault:
      /can ?not be updated while a state transition is in progress|^Cannot update node ".*" while it is in state /is,
    statuses: [409],
    hint: "Ironic works on this node: wait until its provision state is stable, or end the work with `baremetal node abort`, and apply again",
    isTransient: true,
  },
  {
    reason: "database",
    // SQLite, which Metal³ uses by default: the statement has failed, and the transaction with it.
    fault: /\bdatabase is locked\b/i,
    statuses: [500],
    hint: "Ironic's SQLite database is busy: apply again, with a lower -parallelism; a large installation needs another database",
    isTransient: true,
  },
  {
    reason: "conductor",
    // ironic.common.json_rpc.client, for every error that is not Ironic's own: the API does not show it. On SQLite it is nearly always
    // a locked database.
    fault: /^Unexpected error raised by RPC$/,
    statuses: [500],
    hint: "the conductor's log has the reason; where Ironic's database is SQLite, it may have been busy: apply again, with a lower -parallelism",
  },
  {
    reason: "protected",
    fault: /is protected and cannot be undeployed, rebuilt or deleted/i,
    hint: "the node's protected_reason may say why. Where a configuration has protected = true (ironic_deployment, ironic_node_v1), set it to false and apply first; otherwise `baremetal node unset --protected NODE` ends the protection",
  },
  {
    reason: "maintenance",
    fault: /can't be performed on node .* because it's in maintenance mode/is,
    hint: "see the node's maintenance_reason and last_error; once the cause is gone, `baremetal node maintenance unset NODE`, and apply again",
  },
  {
    reason: "retired",
    fault: /can't be performed on node .* because it is retired/is,
    hint: "a retired node is not deployed any more; `baremetal node unset --retired NODE` takes that back",
  },
  {
    reason: "power",
    // ironic.conductor.manager, update_volume_connector and its like.
    fault:
      /The requested action "volume (connector|target) (update|deletion)" can not be performed on node ".*" while it is in state /is,
    hint: "power the node off first. A deployment that uses the volume is to name it in depends_on: Terraform then removes the deployment, which powers the node off, before the volume",
  },
  {
    reason: "state",
    // InvalidStateRequested.
    fault: /The requested action ".*" can not be performed on node ".*" while it is in state /is,
    hint: "the node's state was changed by another client meanwhile: apply again, and the plan starts from there",
  },
  {
    reason: "unchangeable",
    // ironic.conductor.manager, update_node and update_port.
    fault: /can ?not have .+ updated unless/is,
    statuses: [409],
    hint: "move the node to one of the states in Ironic's message, or set it to maintenance where the message mentions that, and apply again",
  },
  {
    reason: "exists",
    // NodeAlreadyExists, DuplicateName, MACAlreadyExists and their like.
    fault: /\balready exists\.?$/i,
    statuses: [409],
    hint: "if that is the one which this configuration declares, `terraform import` takes it over; otherwise choose another name or address",
  },
  {
    reason: "owner",
    // NodesController.post and RunbooksController.post.
    fault: /^Cannot create a (node|runbook) as a project scoped admin with an owner other than your own project/i,
    statuses: [400],
    hint: "leave owner out, which makes the own project the owner, or use credentials with system scope",
  },
  {
    reason: "other",
    // NodeStatesController._handle_runbook.
    fault: /^This runbook has not been approved for use on this node |^Runbook .* has no traits configured/i,
    statuses: [400],
    hint: "the node needs a trait of the runbook: before Ironic 36 that is the runbook's name, later one of its traits. Set it in traits of ironic_node_v1 (and of ironic_runbook_v1)",
  },
  {
    reason: "policy",
    statuses: [403],
    fault: /^/,
    hint: "the credentials are good, but Ironic's policy does not allow this: use a user or application credential with the role that it needs (system or project scope, member or admin)",
  },
  {
    reason: "credentials",
    statuses: [401],
    fault: /^/,
    hint: "check the user name, password or token",
  },
];

/** @param fault Ironic's `faultstring` */
export function refusalOf(status: number, fault: string): Refusal {
  const rule = RULES.find(
    ({ statuses, fault: pattern }) => (statuses?.includes(status) ?? true) && pattern.test(fault),
  );
  if (!rule) return { reason: "other", isTransient: false };
  const { reason, hint, isTransient = false } = rule;
  return { reason, isTransient, ...(hint !== undefined && { hint }) };
}

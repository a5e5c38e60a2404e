import { Fault, type Thing } from "./fault";

/** The rules of ironic.conductor.manager for `protected` and `retired`. */
export function checkDetails(node: Thing, patched: Thing): void {
  const { uuid, provision_state: state } = node;
  if (patched.protected === null) patched.protected = false;
  for (const [flag, reason] of [
    ["protected", "protected_reason"],
    ["retired", "retired_reason"],
  ] as const) {
    if (node[flag] === true && patched[flag] !== true) patched[reason] = null;
    if (patched[flag] !== true && patched[reason] !== null) {
      throw new Fault(400, `The ${reason} field can only be set when ${flag} is True`);
    }
  }
  if (patched.protected === true && node.protected !== true && state !== "active" && state !== "rescue") {
    throw new Fault(
      409,
      `Node ${String(uuid)} can only be made protected in provision states 'active' or 'rescue', the current state is '${String(state)}'`,
    );
  }
  if (patched.retired === true && node.retired !== true && state === "available") {
    throw new Fault(
      409,
      `Node ${String(uuid)} can not have 'retired' set in provision state 'available', the current state is 'available'`,
    );
  }
}

/** Undeployment, rebuild and deletion of a protected node are refused. */
export function refuseProtected(node: Thing): void {
  if (node.protected !== true) return;
  throw new Fault(403, `Node ${String(node.uuid)} is protected and cannot be undeployed, rebuilt or deleted.`);
}

import type { IronicNode } from "../../ironic";
import { type Config, type Diagnostics, ProviderError } from "../../tfplugin";
import type { NodePlan, NodePlanned, NodeSchema } from "./schema";

// Ironic's rules for the fields of details.ts and maintenance.ts, so that a plan reports what an apply would run into.

type NodeConfig = Config<NodeSchema>;

/** Reports a retired node that is to be available. */
export function checkRetired({ retired, available }: NodeConfig, diagnostics: Diagnostics): void {
  if (retired !== true || available !== true) return;
  diagnostics.error("A retired node can't be available", {
    detail: "Ironic does not make a retired node available. Remove available, or set retired = false.",
    path: ["retired"],
  });
}

/**
 * Refuses the protection of a node that does not exist yet.
 * @throws {ProviderError}
 */
export function refuseProtected({ protected: isProtected }: Pick<NodePlan, "protected">): void {
  if (isProtected !== true) return;
  throw new ProviderError("A new node can't be protected", {
    detail:
      "Ironic protects a node only while something is deployed on it. Set protected = true in its ironic_deployment, which protects the node once it is deployed.",
    path: ["protected"],
  });
}

/** Whether an available node becomes retired, which Ironic accepts in other states only. */
export function retires({ retired }: NodePlanned, node: IronicNode): boolean {
  return retired === true && node.retired !== true && node.provision_state === "available";
}

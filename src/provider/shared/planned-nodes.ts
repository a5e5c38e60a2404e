import { ProviderError, type Unknown } from "../../tfplugin";

/** What this process has planned for a node, as far as it matters to what refers to the node. */
export interface PlannedNode {
  /** Null for a node that the apply creates. */
  readonly uuid: string | null;
  readonly name: string | Unknown | null;
  /** Whether the node is put into maintenance, or taken out of it; undefined where that is left as it is. */
  readonly maintenance: boolean | undefined;
  /** The flag as it is configured. */
  readonly protected: boolean | Unknown | null;
  /** Whether its protection is ended. */
  readonly unprotected: boolean;
  /** The arguments that have the node cleaned, which may erase its disks. */
  readonly cleanedBy: readonly string[];
  /** Whether `manage` is true. */
  readonly managed: boolean;
  /** Whether the node is moved from `available` back to `manageable`. */
  readonly withdrawn: boolean;
}

/** The nodes that this process has planned: what refers to a node is planned after it. */
export class PlannedNodes {
  readonly #byUuid = new Map<string, PlannedNode>();
  readonly #byName = new Map<string, PlannedNode>();
  readonly #created: PlannedNode[] = [];
  readonly #protectedByDeployments = new Set<string>();
  #adoptions = 0;

  /** @throws {ProviderError} for protection that a deployment contradicts */
  add(node: PlannedNode): void {
    if (node.protected === false && this.#protectedByDeployments.has(node.uuid ?? "")) throw contradiction(node);
    if (typeof node.name === "string") this.#byName.set(node.name, node);
    if (node.uuid === null) this.#created.push(node);
    else this.#byUuid.set(node.uuid, node);
  }

  /**
   * The plan of a node.
   * @param reference UUID or name
   */
  find(reference: string): PlannedNode | undefined {
    return this.#byUuid.get(reference) ?? this.#byName.get(reference);
  }

  /**
   * Records that a deployment protects a node. A node's resource with `protected = false` would end that at each apply: it would never
   * come to rest, and the machine would be unprotected in between.
   * @param uuid undefined while the node is not known
   * @throws {ProviderError} when the node's resource has `protected = false`
   */
  protectedByDeployment(uuid: string | undefined): void {
    if (uuid === undefined) return;
    this.#protectedByDeployments.add(uuid);
    const node = this.find(uuid);
    if (node?.protected === false) throw contradiction(node);
  }

  /** Counts an adoption of a node that is not known yet. @returns how many there are by now */
  adoptsUnknown(): number {
    this.#adoptions += 1;
    return this.#adoptions;
  }

  /** The nodes that the apply creates: a reference which is unknown at plan may be to one of them. */
  created(): readonly PlannedNode[] {
    return this.#created;
  }
}

function contradiction({ name, uuid }: PlannedNode): ProviderError {
  return new ProviderError("protected is true and false for the same node", {
    detail: `The deployment of node ${typeof name === "string" ? name : uuid} has protected = true, and its ironic_node_v1 has protected = false: each apply would end the protection and set it again. Remove protected from ironic_node_v1, or give both the same value.`,
    path: ["protected"],
  });
}

import type { Reference } from "../reference";
import { type RegistryClient, RegistryError } from "../registry";

/** Statuses of a transient failure, which prove nothing about the tag list. */
const TRANSIENT_STATUSES = [408, 429];

/**
 * Reason why Ironic does not find this tag: Ironic reads the registry's tag list before it requests the tag's manifest
 * (OciClient._resolve_tag). Undefined for a listed tag, and after a transient failure.
 */
export async function tagListFault(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tag = reference.effectiveTag;
  try {
    const tags = await client.listTags(reference, { until: tag, signal });
    return tags.includes(tag) ? undefined : "the registry's list of tags does not hold it";
  } catch (error) {
    signal.throwIfAborted();
    const status = error instanceof RegistryError ? error.status : undefined;
    if (status === undefined || status >= 500 || TRANSIENT_STATUSES.includes(status)) return undefined;
    return status < 400 ? "the registry's list of tags can't be read" : `the registry has no list of tags (${status})`;
  }
}

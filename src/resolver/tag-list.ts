import type { Reference } from "../reference";
import { type RegistryClient, RegistryError } from "../registry";

/** Statuses that are about this moment, not about the list. */
const TRANSIENT_STATUSES = [408, 429];

/**
 * Why Ironic, which looks a tag up in the registry's list before it asks for it, does not find this one; undefined where it is
 * listed, and where there is no telling now (Ironic, OciClient._resolve_tag).
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

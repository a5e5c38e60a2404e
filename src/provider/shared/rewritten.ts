import { canonicalMac, sameMac } from "./mac";
import { sameEntries, type TextMap } from "./values";

// The values that Ironic stores in another form than they are sent in. Each has a form to send, which Ironic leaves as it is, and a
// comparison, by which the configured form is no difference. Names of nodes, which Ironic replaces by UUIDs, are in node-reference.ts.

/** A value that Ironic rewrites. */
interface Rewritten<T> {
  readonly canonical: (value: T) => T;
  readonly same: (one: T, other: T) => boolean;
}

/** MAC addresses: `validate_and_normalize_mac` of ironic.common.utils. */
export const MAC: Rewritten<string> = { canonical: canonicalMac, same: sameMac };

/** A node's `conductor_group`: `NodesController` and the conductors' table have it in lower case. */
export const CONDUCTOR_GROUP: Rewritten<string> = {
  canonical: (group) => group.toLowerCase(),
  same: (one, other) => one.toLowerCase() === other.toLowerCase(),
};

/** A port's `local_link_connection`, whose `switch_id` is a MAC address or an OpenFlow datapath ID (`local_link_normalize`). */
export const LOCAL_LINK: Rewritten<TextMap> = {
  canonical: (link) => (link.switch_id ? { ...link, switch_id: link.switch_id.toLowerCase() } : link),
  same: (one, other) => sameEntries(LOCAL_LINK.canonical(one), LOCAL_LINK.canonical(other)),
};

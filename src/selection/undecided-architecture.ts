import { OPTIONS, printable } from "../reference";
import { sameArchitecture } from "./architecture";
import { shortList } from "./short-list";
import type { Considered, Selection } from "./types";

/** Outcomes of candidates that a node of their architecture would get, or could get. */
const CHOOSABLE: readonly Considered["outcome"][] = ["won", "outranked"];

/**
 * Warning that the index's order chose the architecture, because the node's is not given and the index has images for several. Ironic
 * chooses like this, too. It is about the request, and not among the warnings of the pin, which are about the artifact.
 * @param architecture the node's
 */
export function undecidedArchitecture(
  { considered }: Pick<Selection, "considered">,
  architecture: string | undefined,
): string | undefined {
  if (architecture !== undefined) return undefined;
  const offered: string[] = [];
  for (const { outcome, architecture: name } of considered) {
    const isNew = name !== undefined && !offered.some((each) => sameArchitecture(each, name));
    if (isNew && CHOOSABLE.includes(outcome)) offered.push(name);
  }
  const won = considered.find(({ outcome }) => outcome === "won")?.architecture;
  if (offered.length < 2) return undefined;
  const names = printable(shortList(offered).join(", "));
  const chosen = won === undefined ? "one that is for any of them" : `that for ${printable(won)}`;
  return `the index has images for several architectures (${names}), and the node's is not given, so that every node gets ${chosen}: give it (${OPTIONS.architecture})`;
}

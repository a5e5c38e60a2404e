import { algorithmOf, type Digest, hexOf, isDigest } from "../reference";
import { type RequestContext, UnexpectedResponseError } from "./errors";

/** An entry of a list of referrers (OCI image-spec, "Descriptors"). The list is a claim of the registry: only digests are checked. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Entries of all pages. An image has a handful of signatures; a list beyond this is an attack, or a fault. */
export const MAX_REFERRERS = 1_000;
export const REFERRERS_HINT = "the registry's operator has to correct its list of referrers";

/**
 * Statuses of registries without the API: 404 by the specification; old registries respond with the others to a path that they do not
 * know, as go-containerregistry, which cosign uses, takes them.
 */
const WITHOUT_API: ReadonlySet<number | undefined> = new Set([400, 404, 405, 406]);

export function lacksReferrersApi(status: number | undefined): boolean {
  return WITHOUT_API.has(status);
}

/** The type that cosign 3.1 writes into the fallback tag's list for every referrer: that of its manifest's configuration. */
const EMPTY = "application/vnd.oci.empty.v1+json";

/** Whether a referrer may have a type. A list that clients write is not reliable: the manifest decides. */
export function mayBe(artifactType: string, { artifactType: listed }: Referrer): boolean {
  return listed === artifactType || listed === undefined || listed === EMPTY;
}

/** The tag that lists the referrers of a manifest where the registry has no API (distribution-spec, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  // A tag has at most 128 characters: the specification cuts a longer digest.
  return `${algorithmOf(subject)}-${hexOf(subject).slice(0, 64)}`;
}

/**
 * The referrers in an index.
 * @param content the parsed index
 * @throws {UnexpectedResponseError}
 */
export function referrersOf(
  content: Readonly<Record<string, unknown>>,
  context: RequestContext,
  status: number | undefined,
): readonly Referrer[] {
  const { manifests = [] } = content;
  const options = { status, hint: REFERRERS_HINT };
  if (!Array.isArray(manifests)) {
    throw new UnexpectedResponseError(context, "the list of referrers is not an index", options);
  }
  return manifests.map((entry) => {
    const referrer = referrerOf(entry);
    if (referrer !== undefined) return referrer;
    throw new UnexpectedResponseError(context, "the list of referrers has an entry that is not a descriptor", options);
  });
}

function referrerOf(entry: unknown): Referrer | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { mediaType, digest, size, artifactType, annotations } = entry as Record<string, unknown>;
  if (typeof mediaType !== "string" || !isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
  return {
    mediaType,
    digest,
    size: size as number,
    artifactType: typeof artifactType === "string" ? artifactType : undefined,
    annotations: textsOf(annotations),
  };
}

function textsOf(annotations: unknown): Readonly<Record<string, string>> {
  const entries = typeof annotations === "object" && annotations !== null ? Object.entries(annotations) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

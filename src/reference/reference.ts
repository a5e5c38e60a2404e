import { type Digest, digestFault, parseDigest } from "./digest";
import { InvalidReferenceError } from "./errors";
import { hostFault } from "./host";

const SCHEME = "oci://";
const DEFAULT_TAG = "latest";
const MAX_TAG = 128;
/** The distribution spec's advice for the length of host and repository together; Docker's tools enforce it. */
const MAX_NAME = 255;

/** One path component of the distribution spec's `<name>`; the runs between alphanumerics are what the spec allows. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * An OCI reference as Ironic writes it: `oci://host[:port]/path[:tag][@digest]`.
 *
 * Instances are always valid. The host is kept in lower case; a digest, where there is one, decides what is fetched
 * and the tag is only remembered. `oci://host/path:@sha256:…`, which Ironic's own manual prints, is read too.
 *
 * Grammar: OCI distribution-spec 1.1, "Pulling manifests" (`<name>` and `<reference>`); Ironic's accepted digests.
 */
export class Reference {
  private constructor(
    /** `host`, `host:port`, `[ipv6]` or `[ipv6]:port`. */
    readonly registry: string,
    /** The repository: one or more path components, joined by `/`. */
    readonly repository: string,
    /** The tag as written; undefined when none was. */
    readonly tag: string | undefined,
    /** The manifest's digest; undefined when the reference has a tag alone. */
    readonly digest: Digest | undefined,
  ) {}

  /**
   * Reads a reference.
   * @throws {InvalidReferenceError} which shows where the string is wrong.
   */
  static parse(text: string): Reference {
    const fail = (position: number, reason: string, hint?: string): never => {
      throw new InvalidReferenceError(text, position, reason, hint);
    };
    if (!text.startsWith(SCHEME)) fail(0, `a reference starts with ${SCHEME}`, schemeHint(text));

    const slash = text.indexOf("/", SCHEME.length);
    const hostEnd = slash < 0 ? text.length : slash;
    const host = text.slice(SCHEME.length, hostEnd);
    const at = text.indexOf("@", SCHEME.length);
    if (at >= 0 && at < hostEnd) {
      fail(
        SCHEME.length,
        "user names and passwords do not belong in a reference",
        "give credentials as a pull secret or in a Docker configuration file",
      );
    }
    const badHost = hostFault(host);
    if (badHost) fail(SCHEME.length + badHost.position, badHost.reason);
    if (slash < 0) fail(text.length, "the repository is missing (oci://host/path)");

    const pathStart = slash + 1;
    const pathEnd = at < 0 ? text.length : at;
    const colon = text.indexOf(":", pathStart);
    const nameEnd = colon >= 0 && colon < pathEnd ? colon : pathEnd;
    const repository = text.slice(pathStart, nameEnd);
    const badName = repositoryFault(repository);
    if (badName) fail(pathStart + badName.position, badName.reason);
    if (host.length + 1 + repository.length > MAX_NAME) {
      fail(SCHEME.length + MAX_NAME, `host and repository together have at most ${MAX_NAME} characters`);
    }

    let tag: string | undefined;
    if (nameEnd < pathEnd) {
      const written = text.slice(nameEnd + 1, pathEnd);
      // An empty tag is tolerated before a digest only: Ironic's documentation prints URLs that way.
      if (written !== "" || at < 0) {
        const badTag = tagFault(written);
        if (badTag) fail(nameEnd + 1 + badTag.position, badTag.reason);
        tag = written;
      }
    }

    let digest: Digest | undefined;
    if (at >= 0) {
      const written = text.slice(at + 1);
      const badDigest = digestFault(written);
      if (badDigest) fail(at + 1 + badDigest.position, badDigest.reason);
      digest = written as Digest;
    }
    return new Reference(host.toLowerCase(), repository, tag, digest);
  }

  /** The tag that a registry is asked for: the written one, else `latest`, as in Ironic. */
  get effectiveTag(): string {
    return this.tag ?? DEFAULT_TAG;
  }

  /** `host/path`: what tag and digest are looked up in. */
  get name(): string {
    return `${this.registry}/${this.repository}`;
  }

  /** The same repository at exactly this manifest, without a tag: the form that Ironic takes for every artifact. */
  withDigest(digest: Digest): Reference {
    return new Reference(this.registry, this.repository, undefined, parseDigest(digest));
  }

  /** The same repository at this tag. */
  withTag(tag: string): Reference {
    return Reference.parse(`${SCHEME}${this.name}:${tag}`);
  }

  /** What names the question "where does this tag point": the canonical form, `latest` written out. */
  canonical(): string {
    return this.digest ? this.toString() : `${SCHEME}${this.name}:${this.effectiveTag}`;
  }

  /** The canonical form; `Reference.parse` of it gives an equal reference. */
  toString(): string {
    const tag = this.tag === undefined ? "" : `:${this.tag}`;
    const digest = this.digest === undefined ? "" : `@${this.digest}`;
    return `${SCHEME}${this.name}${tag}${digest}`;
  }

  /** The same as `toString()`, for `JSON.stringify`. */
  toJSON(): string {
    return this.toString();
  }
}

interface Fault {
  readonly position: number;
  readonly reason: string;
}

function repositoryFault(repository: string): Fault | undefined {
  let start = 0;
  for (const component of repository.split("/")) {
    if (component === "") return { position: start, reason: "a repository's path component is empty" };
    if (!COMPONENT.test(component)) {
      const stray = component.search(/[^a-z0-9._-]/);
      if (stray >= 0) {
        const upper = /[A-Z]/.test(component[stray] ?? "");
        return {
          position: start + stray,
          reason: upper ? "a repository is written in lower case" : "this character can't stand in a repository",
        };
      }
      return {
        position: start + separatorFault(component),
        reason: "components start and end with a letter or digit, with one of . _ __ or dashes between",
      };
    }
    start += component.length + 1;
  }
  return undefined;
}

/** Where the separators of a component, known to hold only allowed characters, go wrong. */
function separatorFault(component: string): number {
  const lead = component.match(/^[._-]+/);
  if (lead) return 0;
  for (const run of component.matchAll(/[._-]+/g)) {
    const atEnd = run.index + run[0].length === component.length;
    if (atEnd || !/^(?:\.|_|__|-+)$/.test(run[0])) return run.index;
  }
  return 0;
}

function tagFault(tag: string): Fault | undefined {
  if (tag === "") return { position: 0, reason: "the tag is empty" };
  if (!TAG.test(tag)) {
    const first = /^[A-Za-z0-9_]/.test(tag) ? tag.search(/[^A-Za-z0-9._-]/) : 0;
    return { position: first, reason: "a tag has letters, digits, _ . and -, and does not start with . or -" };
  }
  if (tag.length > MAX_TAG) return { position: MAX_TAG, reason: `a tag has at most ${MAX_TAG} characters` };
  return undefined;
}

function schemeHint(text: string): string | undefined {
  if (/^[a-z]+:\/\//i.test(text)) {
    return "Ironic reads oci:// references only from an OCI registry; other image URLs need no pinning";
  }
  try {
    return `did you mean ${Reference.parse(SCHEME + text).toString()}?`;
  } catch {
    return undefined;
  }
}

import { type Digest, digestFault, parseDigest } from "./digest";
import { InvalidReferenceError } from "./errors";
import { hostFault } from "./host";

const SCHEME = "oci://";
const DEFAULT_TAG = "latest";
const MAX_TAG = 128;
/** The distribution spec's recommended limit for host and repository together; Docker's tools enforce it. */
const MAX_NAME = 255;

/** One path component of the distribution spec's `<name>`, with its separators between alphanumerics. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * An OCI reference in Ironic's form: `oci://host[:port]/path[:tag][@digest]`.
 *
 * Instances are always valid. The host is in lower case. A digest takes precedence over the tag, which is kept for
 * printing. `oci://host/path:@sha256:…`, the form in Ironic's manual, is accepted too.
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
   * Parses a reference.
   * @throws {InvalidReferenceError} with the position of the fault
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
        "a reference can't contain a user name or password",
        "configure credentials as a pull secret or in a Docker configuration file",
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
      // An empty tag is accepted before a digest only: Ironic's documentation has such URLs.
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

  /** The tag of requests: the written one, else `latest`, as in Ironic. */
  get effectiveTag(): string {
    return this.tag ?? DEFAULT_TAG;
  }

  /** `host/path`, without tag and digest. */
  get name(): string {
    return `${this.registry}/${this.repository}`;
  }

  /** The same repository with this digest and without a tag: the form that Ironic accepts for any artifact. */
  withDigest(digest: Digest): Reference {
    return new Reference(this.registry, this.repository, undefined, parseDigest(digest));
  }

  /**
   * The same repository with this tag and without a digest.
   * @throws {InvalidReferenceError} for an invalid tag
   */
  withTag(tag: string): Reference {
    return Reference.parse(`${SCHEME}${this.name}:${tag}`);
  }

  /** The key of lookups: the canonical form, with `latest` for a missing tag. */
  canonical(): string {
    return this.digest ? this.toString() : `${SCHEME}${this.name}:${this.effectiveTag}`;
  }

  /** The canonical form; parsing it gives an equal reference. */
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
          reason: upper ? "a repository is written in lower case" : "this character is not allowed in a repository",
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

/** The position of the wrong separator in a component of allowed characters. */
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

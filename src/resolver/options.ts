import type { Digest } from "../reference";
import type { Keychain } from "../registry";
import type { ArtifactClass, NodeFacts, Role, SelectionProfile } from "../selection";
import type { PolicyRules } from "../signing";
import type { ExtraChecks } from "./checks";

/** Registry access and selection rules of a resolver. Every option has a default. */
export interface OciResolverOptions {
  /** The Ironic release that will deploy: `29.0.5`, `39.0`, `2025.1`, `epoxy`. Default: the newest that is known. */
  readonly ironicRelease?: string | undefined;
  /** Registries (`host` or `host:port`) that are accessed over plain HTTP; all others over HTTPS. */
  readonly plainHttp?: readonly string[] | undefined;
  /**
   * A keychain, or pull secrets by registry as Ironic takes them (`user:password`, or a Docker `auth` string).
   * Default: the credentials of `docker login` or `podman login`, or those in `authFile`.
   */
  readonly credentials?: Keychain | Readonly<Record<string, string>> | undefined;
  /** The one Docker or podman configuration file to take credentials from; ignored with `credentials`. */
  readonly authFile?: string | undefined;
  /**
   * Registries that a mirror serves: `{ "quay.io": "mirror.example" }`, or `"mirror.example/quay"` where the mirror
   * has them under a path. Pins keep the registry that the reference names; see `pinMirrors`.
   */
  readonly mirrors?: Readonly<Record<string, string>> | undefined;
  /**
   * Registries that Ironic pulls from in place of those that references name, by the same form: pinned URLs name them, with the digests
   * that are locked, and they are read from as well unless `mirrors` has another one. For a site whose conductors reach its own
   * registry only.
   */
  readonly pinMirrors?: Readonly<Record<string, string>> | undefined;
  /** Folders of certificates by registry. Default: Docker's and podman's, such as `/etc/docker/certs.d`. */
  readonly certificateFolders?: readonly string[] | undefined;
  /** Requests in flight per host. Default 8. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for one request. Default 30,000. */
  readonly timeout?: number | undefined;
  /**
   * Who must have signed which images: the path of a policy file, or its rules. An image that it refuses is an error. Default: images
   * need no signature.
   */
  readonly policy?: string | PolicyRules | undefined;
  /** The checks beyond Ironic: all of them, none, or some. Default all. */
  readonly extraChecks?: boolean | ExtraChecks | undefined;
  /** Aborts all requests of this resolver. */
  readonly signal?: AbortSignal | undefined;
}

/** The node that an artifact is resolved for, and the artifact's role. */
export interface ResolveOptions extends NodeFacts {
  /** Default `image`. */
  readonly role?: Role | undefined;
  /** Expected class: a pin that Ironic deploys as another class is an error. For images only; default `disk`. */
  readonly expect?: ArtifactClass | undefined;
  /** Selection profile; default: that of the resolver's `ironicRelease`. */
  readonly profile?: SelectionProfile | undefined;
  /** Known digest of the tag: resolved from this digest, even if the tag has moved since. */
  readonly tagDigest?: Digest | undefined;
  /** Aborts this call. Other callers of the same request still get its result. */
  readonly signal?: AbortSignal | undefined;
}

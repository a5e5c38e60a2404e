import type { HttpResponse } from "../net";
import { effectiveRegistry, PushRefusedError, type RegistryError, type RequestContext } from "./errors";
import { errorFromResponse, registryErrorCode } from "./response-error";

/** What the statuses and codes of refused writes mean, and what helps (distribution-spec 1.1, "Error Codes"). */
const REFUSALS: readonly (readonly [
  applies: (status: number, code: string | undefined, isTag: boolean) => boolean,
  what: string,
  hint: (registry: string) => string,
])[] = [
  [
    (status, code) => status === 405 || code === "UNSUPPORTED",
    "the registry takes no uploads",
    (registry) => `check that ${registry} is not read-only, a mirror or a pull-through cache`,
  ],
  [
    // 409, 412 (Harbor), 400 TAG_INVALID (ECR). Who may not push has got 403 to the manifest by its digest before.
    (status, code, isTag) => isTag && (IMMUTABLE.has(status) || code === "TAG_INVALID"),
    "the registry does not take this tag: it can't be moved, or its name is not allowed there",
    (registry) =>
      `what was pushed is in ${registry} by digest: publish it under another tag, or have its rules for tags changed (immutable or protected tags)`,
  ],
  [
    (status, code) => status === 413 || code === "SIZE_INVALID",
    "the registry, or a proxy before it, takes nothing that large",
    () => "its operator has to raise the limit (client_max_body_size of nginx), or the repository's quota",
  ],
  [(status) => status === 507, "the registry's disk is full", () => "free some space there, and push again"],
  [
    (_status, code) => code === "DIGEST_INVALID",
    "the bytes that arrived are not those that were read before",
    () =>
      "push again when nothing writes to the file any more; if it happens again, a proxy between changes what is sent",
  ],
  [
    (_status, code) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN",
    "the registry misses a blob of the manifest",
    () => "it was deleted meanwhile, as by a garbage collection: push again",
  ],
  [
    (_status, code) => code === "MANIFEST_INVALID" || code === "NAME_INVALID",
    "the registry does not accept the manifest, or the repository's path",
    (registry) => `check that ${registry} takes OCI 1.1 artifacts, and its rules for paths`,
  ],
];

const IMMUTABLE: ReadonlySet<number> = new Set([403, 409, 412]);

/** The error for a response to a write that is not a success. */
export function writeError(response: HttpResponse, context: RequestContext): RegistryError {
  const { status } = response;
  const registryCode = registryErrorCode(response);
  const options = { status, registryCode };
  const { registry } = effectiveRegistry(context);
  const isTag = context.reference?.includes(":") === false;
  const known = REFUSALS.find(([applies]) => applies(status, registryCode, isTag));
  if (known) {
    const [, what, hint] = known;
    return new PushRefusedError(context, what, { ...options, hint: hint(registry) });
  }
  if (status === 404) {
    const hint = `check the path, and that ${registry} takes uploads; some registries want a repository to be created before`;
    return new PushRefusedError(context, "the registry does not know the repository, or the upload", {
      ...options,
      hint,
    });
  }
  if (status >= 500) {
    const error = errorFromResponse(response, context);
    const hint = "try again later: what has arrived is kept; a registry whose disk is full fails like this, too";
    return new (
      error.constructor as new (
        ...parameters: ConstructorParameters<typeof PushRefusedError>
      ) => RegistryError
    )(context, "the registry failed while it was written to", { ...options, hint });
  }
  return errorFromResponse(response, context);
}

/** The error for an upload that the registry has forgotten each time. */
export function uploadLost(response: HttpResponse, context: RequestContext): RegistryError {
  const { status } = response;
  if (status !== 404) return writeError(response, context);
  return new PushRefusedError(context, "the registry does not know the upload that it has opened itself", {
    status,
    registryCode: registryErrorCode(response),
    hint: "it restarts, the connection breaks again and again, or its instances behind one address do not share their storage and their secret (http.secret of docker-registry): push again; what has arrived whole is not sent again",
  });
}

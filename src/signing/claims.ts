import { algorithmOf, type Digest, hexOf, Reference } from "../reference";
import { parseJson } from "./signer";

/** What a payload says about the image that it was signed for. */
export interface Claim {
  readonly digests: readonly Digest[];
  /** `host/path`, where the payload names a repository. */
  readonly repository: string | undefined;
}

/** The payload type of an in-toto statement in an envelope. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";
export const STATEMENT = "https://in-toto.io/Statement/v1";
/** The statement "I sign this image". An attestation, such as the result of a scan, has another type, and is no such statement. */
export const COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1";
/** The type of cosign's simple signing payload. */
const COSIGN_SIMPLE = "cosign container image signature";

/**
 * The claim of an in-toto statement, as cosign 3 signs it.
 * @throws {Error} the reason why the payload is no signature of an image
 */
export function claimOfStatement(payloadType: string, payload: Buffer): Claim {
  const statement = parseObject(payload);
  if (payloadType !== STATEMENT_TYPE || statement._type !== STATEMENT) {
    throw new Error("what was signed is not an in-toto statement");
  }
  if (statement.predicateType !== COSIGN_SIGN) {
    throw new Error(`what was signed is an attestation of another kind (${String(statement.predicateType)})`);
  }
  const subjects = (Array.isArray(statement.subject) ? statement.subject : []) as readonly {
    readonly digest?: Readonly<Record<string, unknown>>;
    readonly name?: unknown;
  }[];
  const digests = subjects.flatMap((subject) =>
    Object.entries(subject?.digest ?? {}).map(([algorithm, hex]) => `${algorithm}:${String(hex)}` as Digest),
  );
  const names = new Set(subjects.flatMap((subject) => repositoryOf(subject?.name) ?? []));
  if (names.size > 1) throw new Error("what was signed is a statement about several repositories");
  return { digests, repository: [...names][0] };
}

/**
 * The claim of a simple signing payload, the older form (cosign's SIGNATURE_SPEC.md).
 * @throws {Error} the reason why the payload is no signature of an image
 */
export function claimOfSimpleSigning(payload: Buffer): Claim {
  const { critical } = parseObject(payload) as { critical?: Readonly<Record<string, unknown>> };
  if (critical?.type !== COSIGN_SIMPLE) throw new Error("what was signed is not cosign's statement about an image");
  const image = critical.image as { "docker-manifest-digest"?: unknown } | undefined;
  const identity = critical.identity as { "docker-reference"?: unknown } | undefined;
  return {
    digests: [String(image?.["docker-manifest-digest"]) as Digest],
    repository: repositoryOf(identity?.["docker-reference"]),
  };
}

function parseObject(payload: Buffer): Readonly<Record<string, unknown>> {
  const content = parseJson(payload.toString("utf8"));
  if (typeof content === "object" && content !== null) return content as Record<string, unknown>;
  throw new Error("what was signed is not JSON");
}

/** The repository of a reference without scheme; a name of another form is taken as it is. */
function repositoryOf(name: unknown): string | undefined {
  if (typeof name !== "string" || name === "") return undefined;
  try {
    return Reference.parse(`oci://${name.replace(/^oci:\/\//, "")}`).name;
  } catch {
    return name;
  }
}

/** The subject of a statement about a digest, as in-toto writes it. */
export function subjectOf(digest: Digest, name: string) {
  return { name, digest: { [algorithmOf(digest)]: hexOf(digest) } };
}

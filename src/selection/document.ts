import * as z from "zod";
import { type Digest, isDigest, type Reference } from "../reference";
import { InvalidImageError } from "./errors";
import type { Candidate, ManifestFacts } from "./types";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/**
 * Read as Ironic reads: what it does not look at may be anything, and an explicit null is as good as nothing. A digest
 * has to be one, because it becomes part of a URL.
 */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const digest = z.custom<Digest>(isDigest, "not a digest");
const size = z.number().int().nonnegative();
const annotations = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((all) => {
    const strings = Object.entries(all ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(strings);
  });

const ManifestShape = z.object({
  mediaType: text,
  artifactType: text,
  config: z
    .object({
      mediaType: text,
      digest: digest.nullish().transform((value) => value ?? undefined),
      size: size.nullish().transform((value) => value ?? 0),
    })
    .nullish()
    .transform((value) => value ?? undefined),
  layers: z
    .array(z.object({ digest, size, mediaType: text, annotations }))
    .nullish()
    .transform((value) => value ?? undefined),
  annotations,
});

const EntryShape = ManifestShape.extend({
  digest,
  size: size.nullish().transform((value) => value ?? undefined),
  platform: z.object({ architecture: text }).nullish(),
});

const DocumentShape = z.object({ mediaType: text, manifests: z.array(EntryShape).nullish() });

/** What a tag or digest points to, as far as choosing goes. */
export interface ImageDocument {
  readonly kind: "index" | "manifest";
  readonly candidates: readonly Candidate[];
}

/**
 * Reads an index, or a single OCI manifest as its own only candidate.
 *
 * What makes it the one or the other is the document itself, as in Ironic: a list of manifests that isn't empty, or
 * its own `mediaType`. A manifest without one is refused by Ironic, and so here.
 * @throws {InvalidImageError}
 */
export function readDocument(content: unknown, documentDigest: Digest, reference: Reference): ImageDocument {
  const { manifests, mediaType } = parse(DocumentShape, content, reference);
  if (manifests && manifests.length > 0) {
    const candidates = manifests.map(({ platform, ...entry }) => ({ ...entry, architecture: platform?.architecture }));
    return { kind: "index", candidates };
  }
  if (mediaType === OCI_MANIFEST) {
    const manifest = parse(ManifestShape, content, reference);
    return {
      kind: "manifest",
      candidates: [{ ...manifest, digest: documentDigest, size: undefined, architecture: undefined }],
    };
  }
  if (manifests) {
    throw new InvalidImageError(`${reference}: the index lists no manifests`, {
      hint: "push at least one artifact into it",
    });
  }
  throw new InvalidImageError(
    `${reference}: neither an OCI index nor an OCI manifest (mediaType ${mediaType === undefined ? "missing" : printable(mediaType)})`,
    { hint: "Ironic reads OCI media types only: push with oras, or convert it (skopeo copy --format oci)" },
  );
}

/**
 * Reads the manifest of one candidate.
 * @throws {InvalidImageError}
 */
export function readManifest(content: unknown, reference: Reference): ManifestFacts {
  return parse(ManifestShape, content, reference);
}

function parse<T>(shape: z.ZodType<T>, content: unknown, reference: Reference): T {
  const parsed = shape.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? ` at ${printable(issue.path.join("."))}` : "";
  throw new InvalidImageError(
    `${reference}: not what the OCI image-spec describes${where}: ${issue?.message ?? "unreadable"}`,
    {
      hint: "push the artifact again with a tool that follows the OCI image-spec, such as oras",
    },
  );
}

function printable(value: string): string {
  return JSON.stringify(value.replace(/[^\x20-\x7e]/g, "?").slice(0, 120));
}

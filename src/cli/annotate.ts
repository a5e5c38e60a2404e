import { type Annotation, annotate as repair } from "../publish";
import { parseDigest, printableJson } from "../reference";
import { EXIT, type Io, UsageError } from "./io";
import { newClient } from "./new-client";
import { newResolver } from "./new-resolver";
import type { AnnotateCommandOptions } from "./options";
import { parseTarget, printTag, tagJson } from "./push";

/** `ironic-oci annotate REF`: repairs an index that someone else has published, without uploading blobs. */
export async function annotate(
  [name = ""]: readonly string[],
  options: AnnotateCommandOptions,
  io: Io,
): Promise<number> {
  const reference = parseTarget(name);
  if (reference.tag === undefined || reference.digest !== undefined) {
    throw new UsageError("the tag of the index is missing: HOST/REPOSITORY:TAG");
  }
  const annotations = options.disk.map(annotationOf);
  const client = newClient(options);
  const resolver = newResolver({ ...options, extraChecks: true }, io, { class: false });
  try {
    const { podmanMachine = false, dryRun = false } = options;
    const tag = await repair(client, resolver, reference, annotations, { podmanMachine, dryRun, signal: io.signal });
    if (options.json) io.out(`${printableJson(tagJson(tag, dryRun))}\n`);
    else printTag(tag, dryRun, io);
    return EXIT.fine;
  } finally {
    await Promise.all([client.close(), resolver.close()]);
  }
}

function annotationOf(text: string): Annotation {
  const [, digest, architecture, disktype] = /^([^=]+)=([^:=]+):([^:=]+)$/.exec(text) ?? [];
  if (digest === undefined || architecture === undefined || disktype === undefined) {
    throw new UsageError("--disk: the form is DIGEST=ARCHITECTURE:DISKTYPE, such as sha256:…=x86_64:qcow2");
  }
  return { digest: parseDigest(digest), architecture, disktype };
}

import type { Artifact, ArtifactKind, Outcome, PublishedTag } from "../publish";
import { dryRun, push as publish, releasesOf } from "../publish";
import { printable, printableJson, Reference } from "../reference";
import type { SigningKey } from "../signing";
import { EXIT, type Io, UsageError } from "./io";
import { newClient } from "./new-client";
import { newResolver } from "./new-resolver";
import type { PushCommandOptions } from "./options";
import { humanSize, indent, paint, printWarning, widthFor } from "./print";
import { showProgress } from "./progress";
import { readPushFile } from "./push-file";
import { table } from "./table";

/** `ironic-oci push REF`: publishes files, so that every Ironic reads them the same way. */
export async function push(references: readonly string[], options: PushCommandOptions, io: Io): Promise<number> {
  const file = options.file === undefined ? undefined : readPushFile(options.file);
  const named = references[0] ?? file?.reference;
  if (named === undefined) throw new UsageError("missing the reference to publish under: HOST/REPOSITORY:TAG");
  const reference = parseTarget(named);
  const artifacts = [...(file?.artifacts ?? []), ...artifactsOf(options)];
  if (options.signKey !== undefined && options.dryRun)
    throw new UsageError("--dry-run sends nothing: not with --sign-key");
  const signingKey = options.signKey === undefined ? undefined : await signingKeyOf(options.signKey);
  const progress = showProgress(io);
  const pushOptions = {
    podmanMachine: options.podmanMachine ?? file?.podmanMachine,
    compress: options.compress ?? file?.compress,
    mountFrom: options.mountFrom,
    signingKey,
    onProgress: progress.update,
    signal: io.signal,
  };
  const client = newClient(options);
  const resolver = newResolver({ ...options, extraChecks: true }, io, { class: false });
  try {
    const tags = options.dryRun
      ? await dryRun(reference, artifacts, pushOptions)
      : await publish(client, resolver, reference, artifacts, pushOptions);
    progress.end();
    if (options.json) io.out(`${printableJson(tags.map((tag) => tagJson(tag, options.dryRun ?? false)))}\n`);
    else for (const tag of tags) printTag(tag, options.dryRun ?? false, io);
    return EXIT.fine;
  } finally {
    progress.end();
    await Promise.all([client.close(), resolver.close()]);
  }
}

function signingKeyOf(path: string): Promise<SigningKey> {
  const { readSigningKey } = require("../signing") as typeof import("../signing");
  return readSigningKey(path, process.env);
}

/**
 * The reference to publish under; the scheme may be left out, as in other tools that push.
 * @throws {InvalidReferenceError}
 */
export function parseTarget(text: string): Reference {
  return Reference.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `oci://${text}`);
}

function artifactsOf({ disk = [], kernel = [], ramdisk = [], iso = [] }: PushCommandOptions): Artifact[] {
  const file = (kind: ArtifactKind) => (text: string) => {
    const [, architecture, path] = /^(?:([a-z0-9_]+)=)?(.+)$/s.exec(text) ?? [];
    return { kind, architecture, path: path ?? text };
  };
  return [...disk.map(diskOf), ...kernel.map(file("kernel")), ...ramdisk.map(file("ramdisk")), ...iso.map(file("iso"))];
}

function diskOf(text: string): Artifact {
  const [, architecture, disktype, path] = /^([^:=]+):([^:=]+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined)
    throw new UsageError("--disk: the form is ARCHITECTURE:DISKTYPE=FILE, such as x86_64:qcow2=disk.qcow2");
  return { kind: "disk", architecture, disktype, path };
}

/** A tag for `--json`: everything but the parsed documents, which `--dry-run` has. */
export function tagJson({ documents, outcomes, ...tag }: PublishedTag, withDocuments: boolean) {
  return {
    ...tag,
    outcomes: outcomes.map(({ gets, ...node }) => ({ ...node, gets: gets?.digest })),
    ...(withDocuments && { documents: documents.map(({ bytes: _, ...each }) => each) }),
  };
}

export function printTag(tag: PublishedTag, isDryRun: boolean, io: Io): void {
  const { reference, digest, before, artifacts, warnings, documents } = tag;
  io.out(
    `${paint(io, "bold", reference)}\n  → ${paint(io, "green", digest)}${isDryRun ? "" : describeMove(before, digest)}\n`,
  );
  if (tag.signedBy !== undefined) io.out(`    signed by key ${tag.signedBy}\n`);
  if (isDryRun) {
    for (const { content } of documents) io.out(`${indent(printableJson(content), "    ")}\n`);
  }
  const files = artifacts.map(({ url, architecture, disktype, title, blob, how }) => [
    title ?? "-",
    architecture ?? "any",
    disktype ?? "-",
    humanSize(blob.size),
    how ?? "-",
    url,
  ]);
  const columns = widthFor(io, 4);
  const lines = table(["FILE", "ARCHITECTURE", "DISKTYPE", "SIZE", "BLOB", "MANIFEST"], files, { columns });
  io.out(`${indent(lines.join("\n"), "    ")}\n\n`);
  io.out(
    `${indent(table(["NODE", "DOWNLOAD SOURCE", "RELEASES", "GETS"], nodeRows(tag), { columns }).join("\n"), "    ")}\n`,
  );
  for (const warning of warnings) printWarning(io, warning);
}

function describeMove(before: string | undefined, digest: string): string {
  if (before === undefined) return " (a new tag)";
  return before === digest ? " (unchanged)" : ` (before: ${before})`;
}

/** What each kind of node gets: releases and download sources that agree share a line. */
function nodeRows({ kind, outcomes, artifacts }: PublishedTag): string[][] {
  const lines = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { architecture, gets } = outcome;
    const source = kind === "disk" ? outcome.imageDownloadSource : "";
    const key = JSON.stringify([architecture, source, gets?.digest]);
    lines.set(key, [...(lines.get(key) ?? []), outcome]);
  }
  return [...lines.values()].map((same) => {
    const [{ architecture, imageDownloadSource, gets } = {} as Outcome] = same;
    const artifact = artifacts.find(({ digest }) => digest === gets?.digest);
    const what = [gets?.disktype, artifact?.title].filter(Boolean).join(", ");
    return [
      architecture ?? "any",
      kind === "disk" ? imageDownloadSource : "any",
      releasesOf([...new Set(same.map(({ profile }) => profile))]),
      gets === undefined ? "nothing: Ironic refuses the tag" : printable(what || gets.digest),
    ];
  });
}

import {
  ARCHIVE,
  type Copied,
  copy as copyContent,
  copyItems,
  ImageLayout,
  LayoutFolder,
  LayoutTar,
  RegistryContent,
} from "../publish";
import { printable, printableJson, Reference } from "../reference";
import type { RegistryClient } from "../registry";
import { EXIT, type Io, UsageError } from "./io";
import { noteUnused, readLocked } from "./locked";
import { newClient } from "./new-client";
import type { BundleLoadOptions, BundleWriteOptions, CopyCommandOptions, OutputOptions } from "./options";
import { humanSize, paint } from "./print";
import { showProgress } from "./progress";

/** `ironic-oci copy [REF…] --to MIRROR`: what is locked goes to a mirror, by digest. */
export async function copy(references: readonly string[], options: CopyCommandOptions, io: Io): Promise<number> {
  const items = lockedItems(references, options, io);
  const client = newClient(options);
  const mirror = newClient({
    ...options,
    mirror: mirrorsFor(
      options.to,
      items.map(({ reference }) => reference.registry),
    ),
  });
  const progress = showProgress(io);
  try {
    const settings = { whole: options.whole, onProgress: progress.update, signal: io.signal };
    const copied = await copyContent(new RegistryContent(client), new RegistryContent(mirror), items, settings);
    progress.end();
    return report(copied, options, io);
  } finally {
    progress.end();
    await close(client, mirror);
  }
}

/** `ironic-oci bundle write PATH [REF…]`: what is locked goes into an OCI image layout. */
export async function bundleWrite(
  [path = "", ...references]: readonly string[],
  options: BundleWriteOptions,
  io: Io,
): Promise<number> {
  const items = lockedItems(references, options, io);
  const client = newClient(options);
  const layout = await openLayout(path, true);
  const progress = showProgress(io);
  try {
    const settings = { whole: options.whole, onProgress: progress.update, signal: io.signal };
    const copied = await copyContent(new RegistryContent(client), layout, items, settings);
    progress.end();
    return report(copied, options, io);
  } finally {
    progress.end();
    await layout.close();
    await close(client);
  }
}

/** `ironic-oci bundle load PATH --to MIRROR`: what is in an OCI image layout goes to a registry. */
export async function bundleLoad([path = ""]: readonly string[], options: BundleLoadOptions, io: Io): Promise<number> {
  const layout = await openLayout(path, false);
  const progress = showProgress(io);
  const clients: RegistryClient[] = [];
  try {
    const items = layout.items();
    const mirror = mirrorsFor(
      options.to,
      items.map(({ reference }) => reference.registry),
    );
    const client = newClient({ ...options, mirror });
    clients.push(client);
    const target = new RegistryContent(client);
    const settings = { onProgress: progress.update, signal: io.signal };
    const copied: Copied[] = [];
    for (const item of items) {
      const whole = item.reference.digest === undefined;
      copied.push(...(await copyContent(layout, target, [item], { ...settings, whole })));
    }
    progress.end();
    return report(copied, options, io);
  } finally {
    progress.end();
    await layout.close();
    await close(...clients);
  }
}

function lockedItems(references: readonly string[], options: CopyCommandOptions | BundleWriteOptions, io: Io) {
  const locked = readLocked(options.lockFile, references);
  if (!options.json) noteUnused(locked, io);
  return copyItems(locked.queries.flatMap((query) => locked.lockFile.find(query) ?? []));
}

async function openLayout(path: string, create: boolean): Promise<ImageLayout> {
  const files = ARCHIVE.test(path) ? await LayoutTar.open(path, { create }) : new LayoutFolder(path);
  try {
    return await ImageLayout.open(path, files, { create });
  } catch (error) {
    await files.close();
    throw error;
  }
}

/**
 * The mirrors to write to, by registry, from `--to`: one for all that is copied, or one for each registry.
 * @throws {UsageError}
 */
function mirrorsFor(to: readonly string[], registries: readonly string[]): Record<string, string> {
  const mirrors: Record<string, string> = {};
  const distinct = [...new Set(registries)];
  const add = (registry: string, mirror: string) => {
    if (Object.hasOwn(mirrors, registry)) {
      throw new UsageError(`--to: there are two mirrors for ${registry}: copy to each of them by a command of its own`);
    }
    mirrors[registry] = mirror;
  };
  for (const each of to) {
    const [first = "", second] = each.split("=");
    if (second !== undefined) add(first, second);
    else {
      if (distinct.length > 1) {
        throw new UsageError(
          `--to: there are several registries (${distinct.join(", ")}): name a mirror for each, REGISTRY=MIRROR`,
        );
      }
      for (const registry of distinct) add(registry, first);
    }
  }
  const missing = distinct.filter((registry) => !Object.hasOwn(mirrors, registry));
  if (missing.length > 0) throw new UsageError(`--to: no mirror for ${missing.join(", ")}: name one, REGISTRY=MIRROR`);
  return mirrors;
}

function report(copied: readonly Copied[], { json }: OutputOptions, io: Io): number {
  if (json) {
    io.out(`${printableJson(copied)}\n`);
    return EXIT.fine;
  }
  if (copied.length === 0) io.err("there is nothing to copy\n");
  for (const { reference, digests, sent, present, referrers, left } of copied) {
    const { name } = Reference.parse(reference);
    io.out(`${paint(io, "bold", printable(reference))}\n`);
    for (const digest of digests) io.out(`  ${paint(io, "green", `oci://${name}@${digest}`)}\n`);
    const signatures = referrers.length === 0 ? "" : `; with ${signatureCount(referrers)}`;
    io.out(`    ${humanSize(sent)} sent, ${humanSize(present)} there already${signatures}\n`);
    if (left.length > 0) {
      const note = `not copied: the index behind the tag, with ${signatureCount(left)}; --whole copies it, too`;
      io.out(`    ${paint(io, "yellow", note)}\n`);
    }
  }
  return EXIT.fine;
}

function signatureCount({ length }: readonly unknown[]): string {
  return length === 1 ? "1 signature or the like" : `${length} signatures and the like`;
}

async function close(...clients: readonly RegistryClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}

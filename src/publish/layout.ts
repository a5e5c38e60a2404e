import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { algorithmOf, type Digest, digestOf, hasherFor, hexOf, isDigest, Reference } from "../reference";
import { type BlobSource, CHUNK, type Content, measure, type UploadOptions, type UploadOutcome } from "../registry";
import type { ContentSource, ContentTarget, Manifest } from "./content";
import type { CopyItem } from "./copy";
import { document } from "./documents";
import { ImageLayoutError } from "./errors";
import { fileSource } from "./file-source";

const REF_NAME = "org.opencontainers.image.ref.name";
/** Bytes; as manifests of registries. */
const MAX_MANIFEST = 4 * 1024 * 1024;
const LAYOUT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

interface Entry {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The files of an image layout, by their paths in it: a folder, or a tar archive. */
export interface LayoutFiles {
  /** The names at its top; none where there is nothing yet. */
  names(): Promise<readonly string[]>;
  /** Bytes; undefined where there is no such file. */
  size(path: string): Promise<number | undefined>;
  read(path: string): Promise<Buffer>;
  /** The content as a blob. */
  open(path: string, known: Content): BlobSource;
  /** Writes a file whose content is checked meanwhile: nothing is left of another one. */
  writeBlob(path: string, source: BlobSource, known: Content, options: UploadOptions): Promise<void>;
  write(path: string, bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/**
 * An OCI image layout (image-spec, "Image Layout"): what a USB stick carries. Its index.json names each pinned manifest by the
 * reference that it is pinned for, `host/repository@digest` or `host/repository:tag`.
 */
export class ImageLayout implements ContentSource, ContentTarget {
  readonly #path: string;
  readonly #files: LayoutFiles;
  readonly #entries: Entry[];

  private constructor(path: string, files: LayoutFiles, entries: Entry[]) {
    this.#path = path;
    this.#files = files;
    this.#entries = entries;
  }

  /**
   * Opens a layout.
   * @param create for one that is written, and may be there in part
   * @throws {ImageLayoutError} also for what another tool has written, which is not added to
   */
  static async open(path: string, files: LayoutFiles, { create = false } = {}): Promise<ImageLayout> {
    if ((await files.size("index.json")) === undefined) {
      if (create) {
        const foreign = (await files.names()).find((name) => !OURS.has(name) && !isOfFileSystem(name));
        if (foreign === undefined) {
          await writeMark(files);
          return new ImageLayout(path, files, []);
        }
        throw new ImageLayoutError(path, `it has other content: ${JSON.stringify(foreign)}`, { hint: ELSEWHERE });
      }
      throw new ImageLayoutError(path, "this is no OCI image layout: it has no index.json", {
        hint: "name what ironic-oci bundle has written; an interrupted one has to be finished first",
      });
    }
    const { manifests } = parse(path, await files.read("index.json"));
    const entries = (Array.isArray(manifests) ? manifests : []) as Entry[];
    if (!entries.every((entry) => isDigest(entry?.digest) && Number.isSafeInteger(entry.size))) {
      throw new ImageLayoutError(path, "its index.json has an entry that is no descriptor", { hint: DAMAGED });
    }
    const layout = new ImageLayout(path, files, [...entries]);
    if (create && !layout.#isOurs()) {
      throw new ImageLayoutError(path, "it is an image layout that another tool has written", { hint: ELSEWHERE });
    }
    return layout;
  }

  /** Whether each entry has the reference that it is for. */
  #isOurs(): boolean {
    return this.#entries.every(({ annotations }) => {
      const name = annotations?.[REF_NAME];
      return name !== undefined && referenceOf(name) !== undefined;
    });
  }

  /** What is in it, by the references that it was written for. */
  items(): CopyItem[] {
    const items: CopyItem[] = [];
    for (const { digest, annotations } of this.#entries) {
      const name = annotations?.[REF_NAME];
      if (name === undefined || isHelper(name)) continue;
      const reference = referenceOf(name);
      if (reference === undefined) {
        throw new ImageLayoutError(this.#path, `${JSON.stringify(name)} in its index.json is no reference`, {
          hint: "it was written by another tool: copy it with skopeo or oras",
        });
      }
      items.push({ reference, tagDigest: digest, digests: [digest] });
    }
    return items;
  }

  async manifest(at: Reference): Promise<Manifest | undefined> {
    const name = nameOf(at);
    const entry = this.#entries.find(({ annotations }) => annotations?.[REF_NAME] === name);
    const digest = at.digest ?? entry?.digest;
    if (digest === undefined) return undefined;
    const path = pathOf(digest);
    const size = await this.#files.size(path);
    if (size === undefined) return undefined;
    if (size > MAX_MANIFEST)
      throw new ImageLayoutError(this.#path, `${digest} is too large for a manifest`, { hint: DAMAGED });
    const bytes = await this.#files.read(path);
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      throw new ImageLayoutError(this.#path, `the content of ${path} is not what its name says`, { hint: DAMAGED });
    }
    const content = parse(this.#path, bytes);
    const mediaType = typeof content.mediaType === "string" ? content.mediaType : (entry?.mediaType ?? "");
    return { digest, size, mediaType, bytes, content };
  }

  async referrers(at: Reference, subject: Digest): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    for (const digest of new Set(this.#entries.map((entry) => entry.digest))) {
      const manifest = await this.manifest(at.withDigest(digest));
      if ((manifest?.content.subject as { digest?: unknown } | undefined)?.digest === subject) found.push(digest);
    }
    return found;
  }

  blob(_at: Reference, known: Content): BlobSource {
    return this.#files.open(pathOf(known.digest), known);
  }

  async damage(known: Content, signal?: AbortSignal): Promise<Error | undefined> {
    const path = pathOf(known.digest);
    const { digest, size } = await measure(this.#files.open(path, known), signal, undefined, known.digest);
    if (digest === known.digest && size === known.size) return undefined;
    return new ImageLayoutError(this.#path, `${path} has the digest ${digest} and ${size} bytes`, { hint: DAMAGED });
  }

  /** Whether it is there for this repository. */
  async hasManifest(at: Reference, digest: Digest): Promise<boolean> {
    const isNamed = this.#entries.some(
      (entry) => entry.digest === digest && entry.annotations?.[REF_NAME] === nameOf(at),
    );
    return isNamed && (await this.#files.size(pathOf(digest))) !== undefined;
  }

  async putBlob(_at: Reference, source: BlobSource, options: UploadOptions): Promise<UploadOutcome> {
    const known = source.known as Content;
    const path = pathOf(known.digest);
    if ((await this.#files.size(path)) === known.size) return { ...known, how: "present" };
    await this.#files.writeBlob(path, source, known, options);
    return { ...known, how: "uploaded" };
  }

  async putManifest(at: Reference, { mediaType, digest, size, bytes }: Manifest): Promise<void> {
    const path = pathOf(digest);
    if ((await this.#files.size(path)) === undefined) await this.#files.write(path, bytes);
    const annotations = { [REF_NAME]: nameOf(at) };
    const others = this.#entries.filter((entry) => entry.annotations?.[REF_NAME] !== annotations[REF_NAME]);
    this.#entries.splice(0, this.#entries.length, ...others, { mediaType, digest, size, annotations });
  }

  /** Writes index.json: before, it is no layout yet. */
  async finish(): Promise<void> {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const manifests = [...this.#entries].sort((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1));
    await writeMark(this.#files);
    await this.#files.write("index.json", document(mediaType, { schemaVersion: 2, mediaType, manifests }).bytes);
  }

  async close(): Promise<void> {
    await this.#files.close();
  }
}

/** Written first, so that a layout whose first blob was interrupted is known as one. */
async function writeMark(files: LayoutFiles): Promise<void> {
  const mark = Buffer.from(LAYOUT);
  if ((await files.size("oci-layout")) !== mark.length) await files.write("oci-layout", mark);
}

const ELSEWHERE =
  "name a new file with the suffix .tar, a new or empty folder, or what ironic-oci bundle write has written";
/** What a layout has at its top. Without an index.json, it is one whose writing was interrupted. */
const OURS: ReadonlySet<string> = new Set(["blobs", "oci-layout", "index.json"]);
/** What file systems and desktops put at the top of a medium. */
const isOfFileSystem = (name: string) =>
  name.startsWith(".") || name.startsWith("$") || ["lost+found", "System Volume Information"].includes(name);
const DAMAGED =
  "the medium or the copy is damaged: write it again, into a new file or folder, because bundle write keeps what is there";

/** Tags that belong to other manifests and come with them. */
const isHelper = (name: string) => /:sha(256|512)-[0-9a-f]{64}(\.\w+)?$/.test(name);
const nameIn = ({ annotations, digest }: Entry) => annotations?.[REF_NAME] ?? digest;

function referenceOf(name: string): Reference | undefined {
  try {
    return Reference.parse(`oci://${name}`);
  } catch {
    return undefined;
  }
}

function nameOf(at: Reference): string {
  return at.digest === undefined ? `${at.name}:${at.effectiveTag}` : `${at.name}@${at.digest}`;
}

function pathOf(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

function parse(path: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof content === "object" && content !== null && !Array.isArray(content))
      return content as Record<string, unknown>;
  } catch {
    // As below.
  }
  throw new ImageLayoutError(path, "a document in it is not a JSON object", { hint: DAMAGED });
}

/** A layout in a folder. */
export class LayoutFolder implements LayoutFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw writeFault(this.#folder, cause);
    }
  }

  async size(path: string): Promise<number | undefined> {
    const found = await stat(join(this.#folder, path)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }

  read(path: string): Promise<Buffer> {
    return readFile(join(this.#folder, path));
  }

  open(path: string, known: Content): BlobSource {
    return fileSource(join(this.#folder, path), known);
  }

  async writeBlob(path: string, source: BlobSource, known: Content, options: UploadOptions): Promise<void> {
    const whole = join(this.#folder, path);
    await this.#writing(whole, async (temporary) => {
      const file = await open(temporary, "wx");
      try {
        await copyChecked(this.#folder, source, known, options, async (chunk) => {
          await file.writeFile(chunk);
        });
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  async write(path: string, bytes: Buffer): Promise<void> {
    await this.#writing(join(this.#folder, path), (temporary) => writeFile(temporary, bytes, { flag: "wx" }));
  }

  async close(): Promise<void> {}

  /** A file is there as a whole or not at all. */
  async #writing(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${path}.${randomUUID().slice(0, 8)}.part`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await write(temporary);
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw writeFault(this.#folder, cause);
    }
  }
}

/** A failed write as an error with advice; any other error as it is. */
export function writeFault(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    const hint =
      "free some space, or use a larger medium (one with FAT has no files of more than 4 GB): what is complete is kept";
    return new ImageLayoutError(path, `there is no space left (${code})`, { cause, hint });
  }
  if (typeof code === "string" && /^E(ACCES|PERM|ROFS|NOTDIR|EXIST|ISDIR|NOENT|IO)$/.test(code)) {
    return new ImageLayoutError(path, `it can't be written (${code})`, { cause, hint: "check the path and its mode" });
  }
  return cause;
}

/**
 * Hands on the content of a blob in chunks, and checks its digest and size.
 * @throws {ImageLayoutError} after the last chunk
 */
export async function copyChecked(
  path: string,
  source: BlobSource,
  { digest, size }: Content,
  { onProgress, signal }: UploadOptions,
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const hash = hasherFor(digest);
  const reader = await source.open();
  let bytes = 0;
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      signal?.throwIfAborted();
      const chunk = buffer.subarray(0, await reader.read(buffer));
      hash.update(chunk);
      await write(chunk);
      bytes += chunk.length;
      onProgress?.(bytes);
      if (chunk.length < buffer.length) break;
    }
  } finally {
    await reader.close();
  }
  const actual = `${algorithmOf(digest)}:${hash.digest("hex")}`;
  if (bytes === size && actual === digest) return;
  throw new ImageLayoutError(path, `what was read for ${digest} has the digest ${actual} and ${bytes} bytes`, {
    hint: "the source, or a proxy between, damages the content: nothing of it was kept",
  });
}

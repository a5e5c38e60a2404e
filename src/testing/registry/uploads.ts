import { createHash, type Hash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { digestOf } from "../../reference";
import type { RegistryStore } from "./store";

/** How the in-process registry takes blobs. */
export interface UploadQuirks {
  /** Refuses chunks with this status: 404, 405, 416, … */
  readonly refuseChunks?: number;
  /** Bytes of the header OCI-Chunk-Min-Length. */
  readonly minChunk?: number;
  /** The Location of uploads: relative (default), absolute, or at another origin. */
  readonly location?: "relative" | "absolute" | `http${string}`;
  /** Counts and hashes what arrives instead of keeping it, for blobs larger than the memory. */
  readonly discard?: boolean;
  /** As docker-registry 2: the URL of an upload has its offset, and is worthless when bytes have arrived since. */
  readonly statefulLocation?: boolean;
  /** The connection is reset when this many bytes of an upload have arrived; once for each number. */
  readonly breakAt?: readonly number[];
}

interface Session {
  readonly repository: string;
  readonly chunks: Buffer[];
  readonly hash: Hash;
  size: number;
  broken: number;
}

/**
 * Uploads of the in-process registry (distribution-spec 1.1, "Push"): in chunks and in one piece, resumption, mounts, cancellation.
 * Bytes that have arrived before a connection breaks are kept, as in docker-registry.
 */
export class Uploads {
  quirks: UploadQuirks = {};
  readonly #store: RegistryStore;
  readonly #sessions = new Map<string, Session>();

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** Forgets all uploads that are under way, as some registries do when they restart. */
  forget(): void {
    this.#sessions.clear();
  }

  /** The number of uploads that are under way. */
  get open(): number {
    return this.#sessions.size;
  }

  /** @returns the status and code of a refusal; undefined when the response was sent */
  async serve(
    { repository, id, url, origin }: { repository: string; id: string | undefined; url: URL; origin: string },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<readonly [status: number, code: string] | undefined> {
    const { method } = request;
    if (method === "POST") return this.#open(repository, url, origin, request, response);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (!session || session.repository !== repository) return [404, "BLOB_UPLOAD_UNKNOWN"];
    const offset = url.searchParams.get("_state");
    if (this.quirks.statefulLocation && offset !== String(session.size)) return [404, "BLOB_UPLOAD_INVALID"];
    const reply = (status: number) => {
      response.setHeader("location", this.#location(repository, id as string, origin));
      // As docker-registry has it: 0-0 stands for nothing, too.
      response.setHeader("range", `0-${Math.max(0, session.size - 1)}`);
      response.writeHead(status).end();
      return undefined;
    };
    if (method === "GET") return reply(204);
    if (method === "DELETE") {
      this.#sessions.delete(id as string);
      response.writeHead(204).end();
      return undefined;
    }
    if (method === "PATCH") {
      if (this.quirks.refuseChunks !== undefined) return [this.quirks.refuseChunks, "UNSUPPORTED"];
      const [, start, end] = /^(\d+)-(\d+)$/.exec(request.headers["content-range"] ?? "") ?? [];
      const isShort = Number(end) - Number(start) + 1 < (this.quirks.minChunk ?? 0);
      if (start !== undefined && (Number(start) !== session.size || isShort)) return [416, "RANGE_INVALID"];
      await this.#take(session, request);
      return reply(202);
    }
    if (method !== "PUT") return [405, "UNSUPPORTED"];
    await this.#take(session, request);
    this.#sessions.delete(id as string);
    const digest = url.searchParams.get("digest") ?? "";
    if (digest !== `sha256:${session.hash.digest("hex")}`) return [400, "DIGEST_INVALID"];
    this.#store.repository(repository).blobs.set(digest, Buffer.concat(session.chunks));
    response.setHeader("location", `/v2/${repository}/blobs/${digest}`);
    response.setHeader("docker-content-digest", digest);
    response.writeHead(201).end();
    return undefined;
  }

  async #open(
    repository: string,
    url: URL,
    origin: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<readonly [number, string] | undefined> {
    const mount = url.searchParams.get("mount");
    const blob = mount && this.#store.find(url.searchParams.get("from") ?? "")?.blobs.get(mount);
    request.resume();
    if (blob) {
      this.#store.repository(repository).blobs.set(digestOf(blob), blob);
      response.setHeader("location", `/v2/${repository}/blobs/${mount}`);
      response.writeHead(201).end();
      return undefined;
    }
    const id = randomUUID();
    this.#sessions.set(id, { repository, chunks: [], hash: createHash("sha256"), size: 0, broken: 0 });
    if (this.quirks.minChunk !== undefined) response.setHeader("oci-chunk-min-length", this.quirks.minChunk);
    response.setHeader("location", this.#location(repository, id, origin));
    response.setHeader("range", "0-0");
    response.writeHead(202).end();
    return undefined;
  }

  #location(repository: string, id: string, origin: string): string {
    const { location = "relative" } = this.quirks;
    const path = `/v2/${repository}/blobs/uploads/${id}?_state=${this.#sessions.get(id)?.size ?? 0}`;
    if (location === "relative") return path;
    return `${location === "absolute" ? origin : location}${path}`;
  }

  async #take(session: Session, request: IncomingMessage): Promise<void> {
    for await (const chunk of request) {
      session.size += (chunk as Buffer).length;
      session.hash.update(chunk as Buffer);
      if (!this.quirks.discard) session.chunks.push(chunk as Buffer);
      if (session.size < (this.quirks.breakAt?.[session.broken] ?? Number.POSITIVE_INFINITY)) continue;
      session.broken += 1;
      request.socket.resetAndDestroy();
      throw new Error("the connection was reset, as wanted");
    }
  }
}

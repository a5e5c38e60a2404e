import type { JsonObject, PatchOperation } from "./patch";
import type { CallOptions } from "./provisioning";

/** The requests of the client that a collection consists of. */
interface Requests<T> {
  create(path: string, fields: JsonObject, options: CallOptions): Promise<T>;
  get(path: string, options: CallOptions): Promise<T>;
  /** @param key the list in the response */
  list(path: string, key: string, options: CallOptions): Promise<T[]>;
  patch(path: string, patch: readonly PatchOperation[], options: CallOptions): Promise<T>;
  delete(path: string, options: CallOptions): Promise<void>;
}

/** A collection of the API with objects of one kind, which are created, read, patched and deleted. */
export class Collection<T> {
  readonly #path: string;
  readonly #requests: Requests<T>;

  /** @param path such as `/v1/runbooks` */
  constructor(path: string, requests: Requests<T>) {
    this.#path = path;
    this.#requests = requests;
  }

  /**
   * `POST`. Created once, as a node is.
   * @throws {ConflictError} when something has the name, or what else is unique
   */
  create(fields: JsonObject, options: CallOptions = {}): Promise<T> {
    return this.#requests.create(this.#path, fields, options);
  }

  /** @throws {NotFoundError} */
  get(id: string, options: CallOptions = {}): Promise<T> {
    return this.#requests.get(this.#one(id), options);
  }

  /** All objects with all fields. */
  list(query: Readonly<Record<string, string>> = {}, options: CallOptions = {}): Promise<T[]> {
    const search = new URLSearchParams({ ...query, detail: "true" });
    return this.#requests.list(`${this.#path}?${search}`, this.#path.split("/").at(-1) ?? "", options);
  }

  /** `PATCH`; `GET` where the patch is empty. */
  patch(id: string, patch: readonly PatchOperation[], options: CallOptions = {}): Promise<T> {
    if (patch.length === 0) return this.get(id, options);
    return this.#requests.patch(this.#one(id), patch, options);
  }

  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#requests.delete(this.#one(id), options);
  }

  #one(id: string): string {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }
}

import { InvalidReferenceError, Reference } from "../reference";

/** Which registry serves another one's content. */
export class Mirrors {
  /** By registry: where it is served, as `host` or `host/path`. */
  readonly #places: ReadonlyMap<string, string>;

  /** @throws {InvalidReferenceError} for a registry or mirror that is none */
  constructor(mirrors: Readonly<Record<string, string>>) {
    this.#places = new Map(
      Object.entries(mirrors).map(([registry, mirror]) => {
        // Whatever path is asked for has to make a reference there, too.
        const { registry: host, repository } = Reference.parse(`oci://${mirror}/any`);
        return [registryName(registry), `${host}/${repository.slice(0, -"any".length)}`];
      }),
    );
  }

  /** Where a repository is read instead; undefined when at its own registry. */
  of(registry: string, repository: string): { readonly registry: string; readonly repository: string } | undefined {
    const place = this.#places.get(registry);
    if (place === undefined) return undefined;
    const { registry: host, repository: path } = Reference.parse(`oci://${place}${repository}`);
    return { registry: host, repository: path };
  }
}

/** @throws {InvalidReferenceError} for anything that is not a registry alone, such as one with a path */
function registryName(text: string): string {
  const { registry, repository } = Reference.parse(`oci://${text}/any`);
  if (repository !== "any") throw new InvalidReferenceError(text, registry.length, "a mirror serves a whole registry");
  return registry;
}

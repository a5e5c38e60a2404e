import { InvalidReferenceError, Reference } from "../reference";

/** The registries that serve another one's content. */
export class Mirrors {
  /** By registry: its mirror, as `host/` or `host/path/`. */
  readonly #places: ReadonlyMap<string, string>;

  /** @throws {InvalidReferenceError} for a registry or mirror that is not one */
  constructor(mirrors: Readonly<Record<string, string>>) {
    this.#places = new Map(
      Object.entries(mirrors).map(([registry, mirror]) => {
        // Every repository has to make a reference below the mirror, too.
        const { registry: host, repository } = Reference.parse(`oci://${mirror}/any`);
        return [registryName(registry), `${host}/${repository.slice(0, -"any".length)}`];
      }),
    );
  }

  /** The mirror's name for a repository; undefined where its own registry serves it. */
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

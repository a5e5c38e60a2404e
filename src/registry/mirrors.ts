import { InvalidReferenceError, Reference } from "../reference";

/** The configured mirrors of registries. */
export class Mirrors {
  /** By registry: its mirror, as `host/` or `host/path/`. */
  readonly #mirrors: ReadonlyMap<string, string>;

  /** @throws {InvalidReferenceError} for a registry or mirror that is not one */
  constructor(mirrors: Readonly<Record<string, string>>) {
    this.#mirrors = new Map(
      Object.entries(mirrors).map(([registry, mirror]) => {
        // Any repository has to be valid below the mirror's path.
        const { registry: host, repository } = Reference.parse(`oci://${mirror}/any`);
        return [registryName(registry), `${host}/${repository.slice(0, -"any".length)}`];
      }),
    );
  }

  /** The mirror's registry and repository; undefined without a mirror. */
  of(registry: string, repository: string): { readonly registry: string; readonly repository: string } | undefined {
    const mirror = this.#mirrors.get(registry);
    if (mirror === undefined) return undefined;
    const { registry: host, repository: path } = Reference.parse(`oci://${mirror}${repository}`);
    return { registry: host, repository: path };
  }
}

/** @throws {InvalidReferenceError} for anything that is not a registry alone, such as one with a path */
function registryName(text: string): string {
  const { registry, repository } = Reference.parse(`oci://${text}/any`);
  if (repository !== "any") throw new InvalidReferenceError(text, registry.length, "a mirror serves a whole registry");
  return registry;
}

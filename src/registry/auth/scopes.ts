/** One scope of the token spec: `type:name:actions`, of characters that need no escaping in an OAuth2 scope. */
const SCOPE =
  /^[a-z]+(?:\([a-z]+\))?:[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+(?::\d+[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]*)?:[a-z,*]+$/;
/** Scopes per repository beside its own. */
const MAX_SCOPES = 16;

/**
 * The scopes that a token needs, per repository: to pull it, and those that the registry's challenges added. A registry that
 * serves part of a repository from elsewhere asks for more than the repository's own name.
 */
export class Scopes {
  readonly #wider = new Map<string, Set<string>>();

  /** The scopes to request a token for, the repository's own first. */
  for(repository: string): string[] {
    return [pullScope(repository), ...(this.#wider.get(repository) ?? [])];
  }

  /** Adds the scopes of a challenge. What is not a scope, or exceeds the limit, is left out. */
  widen(repository: string, challenged: string | undefined): void {
    const wanted = (challenged ?? "").split(" ").filter((scope) => scope.length <= 512 && SCOPE.test(scope));
    const wider = this.#wider.get(repository) ?? new Set();
    for (const scope of wanted) if (scope !== pullScope(repository) && wider.size < MAX_SCOPES) wider.add(scope);
    if (wider.size > 0) this.#wider.set(repository, wider);
  }
}

function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

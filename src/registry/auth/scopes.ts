/** One scope of the token spec: `type:name:actions`, of characters that need no escaping in an OAuth2 scope. */
const SCOPE =
  /^[a-z]+(?:\([a-z]+\))?:[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+(?::\d+[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]*)?:[a-z,*]+$/;
/** Further scopes per repository. */
const MAX_SCOPES = 16;

/**
 * The scopes of tokens by repository: to pull it, and further ones from challenges. A registry that serves part of a repository
 * from another one requires a scope for both.
 */
export class Scopes {
  readonly #wider = new Map<string, Set<string>>();

  /** The scopes of a token request, the repository's pull scope first. */
  for(repository: string): string[] {
    return [pullScope(repository), ...(this.#wider.get(repository) ?? [])];
  }

  /** Adds the scopes of a challenge; invalid ones, and ones beyond the limit, are ignored. */
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

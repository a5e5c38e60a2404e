/** One scope of the token spec: `type:name:actions`, of characters that need no escaping in an OAuth2 scope. */
const SCOPE =
  /^[a-z]+(?:\([a-z]+\))?:[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+(?::\d+[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]*)?:[a-z,*]+$/;
const MOST = 16;

/**
 * What a token has to be good for, per repository: reading it, and whatever else the registry said it wants for that.
 * A registry that serves part of a repository from elsewhere asks for more than the repository's own name.
 */
export class Scopes {
  readonly #wider = new Map<string, Set<string>>();

  /** The scopes to ask a token for, the repository's own first. */
  for(repository: string): string[] {
    return [own(repository), ...(this.#wider.get(repository) ?? [])];
  }

  /** Takes over what a challenge asks for. What is no scope, or one too many, is left out. */
  widen(repository: string, challenged: string | undefined): void {
    const wanted = (challenged ?? "").split(" ").filter((scope) => scope.length <= 512 && SCOPE.test(scope));
    const wider = this.#wider.get(repository) ?? new Set();
    for (const scope of wanted) if (scope !== own(repository) && wider.size < MOST) wider.add(scope);
    if (wider.size > 0) this.#wider.set(repository, wider);
  }
}

function own(repository: string): string {
  return `repository:${repository}:pull`;
}

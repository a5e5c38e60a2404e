import { ConflictError, IronicApiError, IronicUnavailableError, NotFoundError, UnexpectedAnswerError } from "./errors";

/** The most POSTs for one resource. Each follows a lookup that did not find the resource. */
const MAX_POSTS = 3;
/** Milliseconds for the lookup after an abort, which must not hold up the end of the run. */
const LAST_LOOKUP = 5_000;

export interface Creation<T> {
  /** Creates the resource with the UUID that the client chose. */
  post(): Promise<T>;
  /** Looks that UUID up; rejects with NotFoundError when it does not exist. */
  get(signal: AbortSignal | undefined): Promise<T>;
}

/**
 * Creates a resource exactly once. Its UUID is the client's own, so that after a lost response, a proxy's error or a conflict
 * with an earlier attempt the resource can be looked up: an object with that UUID is the requested one.
 * @throws what the POST rejected with, when nothing exists under the UUID or the lookup fails
 */
export async function createOnce<T>({ post, get }: Creation<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  for (let posts = 1; ; posts += 1) {
    try {
      return await post();
    } catch (error) {
      // After an abort the error does not tell whether the request was carried out.
      if (!mayExist(error) && !signal?.aborted) throw error;
      const found = await lookup(get, signal, error);
      if (found !== undefined) return found;
      const mayNotPass = error instanceof ConflictError || error instanceof UnexpectedAnswerError;
      if (mayNotPass || posts === MAX_POSTS || signal?.aborted) throw error;
    }
  }
}

async function lookup<T>(get: Creation<T>["get"], signal: AbortSignal | undefined, cause: unknown) {
  try {
    return await get(signal?.aborted ? AbortSignal.timeout(LAST_LOOKUP) : signal);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw cause;
  }
}

/** Whether the resource may exist all the same. A conflict may be one with an attempt that was retried. */
function mayExist(error: unknown): boolean {
  return error instanceof ConflictError || isInDoubt(error);
}

/** Whether Ironic may have carried out a request: a connection was lost, or a proxy or a 500 has replaced the response. */
export function isInDoubt(error: unknown): boolean {
  if (error instanceof IronicUnavailableError) return error.maybeDone;
  return error instanceof UnexpectedAnswerError || (error instanceof IronicApiError && error.status >= 500);
}

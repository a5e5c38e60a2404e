/**
 * The innermost code in an error's chain of causes: Node's (`ECONNREFUSED`), OpenSSL's (`CERT_HAS_EXPIRED`) or undici's
 * (`UND_ERR_HEADERS_TIMEOUT`). undici and AggregateError wrap the error that names the cause. undefined when there is none.
 */
export function errorCode(error: unknown): string | undefined {
  let innermost: string | undefined;
  // By shape, not by class: Node's errors may come from another realm than this module (Jest's, a vm's).
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 5; depth += 1) {
    const { code, errors, cause } = at as { code?: unknown; errors?: unknown; cause?: unknown };
    // UND_ERR_SOCKET only means that the connection was closed: any other code is more specific.
    if (typeof code === "string" && (innermost === undefined || code !== "UND_ERR_SOCKET")) innermost = code;
    at = Array.isArray(errors) ? errors[0] : cause;
  }
  return innermost;
}

/** Whether the received bytes are not an HTTP response; undici has no code for it. */
export function isHttpParserError(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: unknown };
  return name === "HTTPParserError" || (cause !== undefined && isHttpParserError(cause));
}

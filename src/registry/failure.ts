import { DeadlineExceeded } from "./deadline";
import {
  type RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  type RequestContext,
  UnexpectedResponseError,
} from "./errors";
import { BodyTooLarge } from "./transport";

/** What a request that got no complete answer means, and whether another try could go better. */
export function toFailure(
  error: unknown,
  context: RequestContext,
): { readonly error: RegistryError; readonly retryable: boolean } {
  if (error instanceof BodyTooLarge) {
    const what = `the answer is longer than ${error.limit} bytes, which nothing of its kind may be`;
    return { error: new UnexpectedResponseError(context, what), retryable: false };
  }
  if (error instanceof DeadlineExceeded || isUndiciTimeout(error)) {
    const what = error instanceof DeadlineExceeded ? error.message : "no connection, or no byte, in time";
    return {
      error: new RegistryTimeoutError(context, what, { cause: error, hint: "raise `timeout`" }),
      retryable: true,
    };
  }
  const code = codeOf(error);
  const tls = TLS_FAULTS.find(([pattern]) => pattern.test(code));
  if (tls) {
    return {
      error: new RegistryUnavailableError(context, `TLS failed: ${tls[1]} (${code})`, { cause: error, hint: tls[2] }),
      retryable: false,
    };
  }
  const dns = code === "ENOTFOUND";
  return {
    error: new RegistryUnavailableError(context, `no connection (${code})`, {
      cause: error,
      hint: dns ? "check the registry's name" : "check that the registry runs and can be reached from here",
    }),
    retryable: !dns,
  };
}

const CA_HINT = "add the registry's CA (NODE_EXTRA_CA_CERTS=ca.pem)";
const TLS_FAULTS: readonly (readonly [RegExp, string, string])[] = [
  [/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED|UNKNOWN_CA/, "the certificate's issuer is not trusted", CA_HINT],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, "the certificate is outside its time", "renew it, or check the clock"],
  [/ALTNAME_INVALID/, "the certificate is for another name", "use the name that the certificate has"],
  [
    /WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH/,
    "the registry speaks plain HTTP",
    "list its host[:port] in `plainHttp`",
  ],
  [/^ERR_SSL|^ERR_TLS|^CERT_/, "the handshake was refused", "check the registry's certificate and client certificate"],
];

function isUndiciTimeout(error: unknown): boolean {
  return /^UND_ERR_(HEADERS|BODY|CONNECT)_TIMEOUT$/.test(codeOf(error));
}

/** The innermost error code there is; undici and AggregateError wrap the one that says something. */
function codeOf(error: unknown): string {
  let code = "unknown cause";
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    const own = (at as NodeJS.ErrnoException).code;
    if (typeof own === "string" && own !== "UND_ERR_SOCKET") code = own;
    else if (own === "UND_ERR_SOCKET" && code === "unknown cause") code = "the connection was closed";
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return code;
}

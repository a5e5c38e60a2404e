import { types } from "node:util";
import { IronicOciError } from "../reference";
import {
  type RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  RegistryUnreachableError,
  type RequestContext,
  type TlsFault,
  UnexpectedResponseError,
} from "./errors";
import { DeadlineExceeded } from "./http/deadline";
import { BodyTooLarge, PlainHttpRefused, ProxyFailure } from "./http/transport";

/** What a request without a complete answer came to. */
export interface Failure {
  readonly error: IronicOciError;
  /** How many tries it is worth in all, as far as the policy allows them; 1: no other try could go better. */
  readonly tries: number;
}

/** Nobody listens, or nobody answers for that long: a few more tries will do. */
const A_FEW = 3;
const AS_ALLOWED = Number.POSITIVE_INFINITY;
/** The code for bytes that make no HTTP answer. */
const NO_HTTP = "no HTTP answer";

/** What a request that got no complete answer means, and whether another try could go better. */
export function toFailure(error: unknown, context: RequestContext): Failure {
  // A certificate file or proxy variable that is wrong says so itself.
  if (error instanceof IronicOciError) return { error, tries: 1 };
  if (error instanceof BodyTooLarge) {
    // Only a success is read under such a bound.
    const what = `the answer is longer than ${error.limit} bytes, which nothing of its kind may be`;
    const hint = "whoever pushed it, or runs the registry, has to look at what is served there";
    return { error: new UnexpectedResponseError(context, what, { status: 200, hint }), tries: 1 };
  }
  if (error instanceof PlainHttpRefused) {
    const what = `plain HTTP to ${error.host} was refused, because it is not listed for it`;
    const hint = `list it in \`plainHttp\` if ${error.host} really is to be spoken to without encryption`;
    return { error: new UnexpectedResponseError(context, what, { hint }), tries: 1 };
  }
  if (error instanceof ProxyFailure) return throughProxy(error, context);
  return withoutAnswer(error, context);
}

function withoutAnswer(error: unknown, context: RequestContext, way = ""): Failure {
  const code = codeOf(error);
  if (error instanceof DeadlineExceeded || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) {
    const what = error instanceof DeadlineExceeded ? error.message : "the registry fell silent in the middle";
    const options = { cause: error, hint: "raise `timeout`, or look at what slows the registry down" };
    return { error: new RegistryTimeoutError(context, `${what}${way}`, options), tries: A_FEW };
  }
  const tls = TLS_FAULTS.find(([pattern]) => pattern.test(code));
  if (tls) {
    const [, tlsFault, what, hint] = tls;
    const options = { cause: error, hint, tlsFault };
    return { error: new RegistryUnreachableError(context, `TLS failed: ${what} (${code})${way}`, options), tries: 1 };
  }
  if (code === NO_HTTP || code === "UND_ERR_HEADERS_OVERFLOW") {
    const hint = "check the host and port; a registry that wants HTTPS must not be listed in `plainHttp`";
    const what = `what answered does not speak HTTP as it should (${code})${way}`;
    // The parser's error carries the bytes it could not read, and those may be a token: it is no cause to pass on.
    return { error: new UnexpectedResponseError(context, what, { hint }), tries: A_FEW };
  }
  const connecting = CONNECT_FAULTS.find(([pattern]) => pattern.test(code));
  if (connecting) return unreachable(`no connection (${code})${way}`, connecting[1], connecting[2]);
  const what = `the connection broke (${code})${way}`;
  const options = { cause: error, hint: "check that the registry runs and can be reached from here" };
  return { error: new RegistryUnavailableError(context, what, options), tries: AS_ALLOWED };

  function unreachable(message: string, hint: string, tries: number): Failure {
    return { error: new RegistryUnreachableError(context, message, { cause: error, hint }), tries };
  }
}

function throughProxy(failure: ProxyFailure, context: RequestContext): Failure {
  const status = statusOfProxy(failure.cause);
  if (status === undefined) return withoutAnswer(failure.cause, context, ` ${failure.message}`);
  const error: RegistryError = new RegistryUnavailableError(
    context,
    `the proxy ${failure.proxy} answered ${status} instead of letting us through`,
    {
      hint:
        status === 407
          ? "put the proxy's user and password into HTTPS_PROXY"
          : "let the proxy reach the registry, or list the registry's host in NO_PROXY",
    },
  );
  return { error, tries: status >= 500 ? AS_ALLOWED : 1 };
}

/** undici tells a refusal of the proxy's in its message only. */
function statusOfProxy(cause: unknown): number | undefined {
  const pattern = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;
  const status = types.isNativeError(cause) ? pattern.exec(cause.message)?.[1] : undefined;
  return status === undefined ? undefined : Number(status);
}

const CONNECT_FAULTS: readonly (readonly [RegExp, string, number])[] = [
  [/^ENOTFOUND$/, "check the registry's name", 1],
  [/^EAI_AGAIN$/, "the name server does not answer: check the network", A_FEW],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/,
    "check that the registry runs and can be reached from here",
    A_FEW,
  ],
];

const CA_HINT = "add the registry's authority: /etc/docker/certs.d/<host>/ca.crt, or SSL_CERT_FILE";
/** An ALERT is what the registry says of us; the others are what we say of the registry. */
const TLS_FAULTS: readonly (readonly [RegExp, TlsFault, string, string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/,
    "untrusted",
    "the certificate's issuer is not trusted",
    CA_HINT,
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    "time",
    "the certificate is outside its time",
    "renew it, or check the clock",
  ],
  [/ALTNAME_INVALID/, "name", "the certificate is for another name", "use the name that the certificate has"],
  [
    /WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH/,
    "plain-http",
    "the registry speaks plain HTTP",
    "list its host[:port] in `plainHttp`",
  ],
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNSUPPORTED_SSL_VERSION/,
    "version",
    "the registry speaks no TLS version that is accepted here",
    "have the registry speak TLS 1.2 or 1.3",
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT_(BAD_CERTIFICATE|UNKNOWN_CA)/,
    "client-certificate",
    "the registry wants a client certificate, or another one",
    "put it into /etc/docker/certs.d/<host>/client.cert and client.key",
  ],
  [
    /^ERR_SSL|^ERR_TLS|^CERT_/,
    "other",
    "the handshake was refused",
    "check the registry's certificate and client certificate",
  ],
];

/** The innermost error code there is; undici and AggregateError wrap the one that says something. */
function codeOf(error: unknown): string {
  let code = "unknown cause";
  // Not instanceof: an error of Node's own may come from another realm than this module (Jest's, a vm's).
  for (let at = error, depth = 0; types.isNativeError(at) && depth < 5; depth += 1) {
    const { code: own, errors, cause } = at as NodeJS.ErrnoException & { readonly errors?: readonly unknown[] };
    // undici's own, which has no code that says so.
    if (at.name === "HTTPParserError") return NO_HTTP;
    if (typeof own === "string" && own !== "UND_ERR_SOCKET") code = own;
    else if (own === "UND_ERR_SOCKET" && code === "unknown cause") code = "it was closed";
    at = errors?.[0] ?? cause;
  }
  return code;
}

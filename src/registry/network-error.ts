import {
  AddressRefused,
  BodyTooLarge,
  DeadlineExceeded,
  errorCode,
  IronicOciError,
  isHttpParserError,
  NetworkFailure,
  PlainHttpRefused,
} from "../net";
import { OPTIONS } from "../reference";
import {
  type RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  RegistryUnreachableError,
  type RequestContext,
  type TlsFault,
  UnexpectedResponseError,
} from "./errors";

/** The failure of a request without a complete response. */
export interface Failure {
  readonly error: IronicOciError;
  /** The limit of attempts, within the policy's; 1: not retried, because another attempt would fail the same. */
  readonly maxAttempts: number;
}

/** For a host without a listening process, or without a timely response. */
const A_FEW = 3;
const AS_ALLOWED = Number.POSITIVE_INFINITY;

/** Maps the failure of a request without a complete response to an error and a limit of attempts. */
export function classifyNetworkError(error: unknown, context: RequestContext): Failure {
  // Errors of certificate files and proxy variables.
  if (error instanceof IronicOciError) return { error, maxAttempts: 1 };
  if (error instanceof BodyTooLarge) {
    const what = `the response exceeds the limit of ${error.limit} bytes`;
    const hint = "check the pushed content, and the server behind that address";
    return { error: new UnexpectedResponseError(context, what, { status: error.status, hint }), maxAttempts: 1 };
  }
  if (error instanceof PlainHttpRefused) {
    const what = `plain HTTP to ${error.host} was refused, because the host is not configured for it`;
    const hint = `to use ${error.host} without encryption, list it: ${OPTIONS.plainHttp}`;
    return { error: new UnexpectedResponseError(context, what, { hint }), maxAttempts: 1 };
  }
  if (error instanceof AddressRefused) {
    const what = `the registry refers to ${error.host}, and that name resolves to a ${error.scope} address`;
    const hint =
      "the registry's operator has to correct its redirects; or this machine's resolver is wrong about that name";
    return { error: new UnexpectedResponseError(context, what, { cause: error, hint }), maxAttempts: 1 };
  }
  if (error instanceof NetworkFailure) return fromNetwork(error, context);
  throw error;
}

function fromNetwork(failure: NetworkFailure, context: RequestContext): Failure {
  const { proxy, proxyStatus: status } = failure;
  if (proxy === undefined) return withoutResponse(failure, context);
  if (status === undefined) return withoutResponse(failure, context, proxy);
  const error: RegistryError = new RegistryUnavailableError(
    context,
    `the proxy ${proxy} responded with ${status} instead of forwarding the request`,
    {
      hint:
        status === 407
          ? "put the proxy's user and password into HTTPS_PROXY"
          : "let the proxy reach the registry, or list the registry's host in NO_PROXY",
    },
  );
  return { error, maxAttempts: status >= 500 ? AS_ALLOWED : 1 };
}

/** The server that a connection is opened to, as the subject of an advice. */
function peerOf({ servedBy }: RequestContext, proxy?: string): string {
  if (proxy !== undefined) return `the proxy ${proxy}`;
  return servedBy === undefined ? "the registry" : `the mirror ${servedBy.registry}`;
}

function withoutResponse({ cause, sent }: NetworkFailure, context: RequestContext, proxy?: string): Failure {
  const code = errorCode(cause) ?? "unknown cause";
  const via = proxy === undefined ? "" : ` through the proxy ${proxy}`;
  const peer = peerOf(context, proxy);
  if (cause instanceof DeadlineExceeded && !sent) {
    // Connecting took until the deadline: another attempt would take as long.
    const hint = `check that ${peer} runs and can be reached from here, or allow more time: ${OPTIONS.timeout}`;
    return unreachable(`no connection within ${cause.milliseconds} ms${via}`, hint, 1);
  }
  if (cause instanceof DeadlineExceeded || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) {
    const what =
      cause instanceof DeadlineExceeded ? cause.message : "the registry stopped sending in the middle of the response";
    const options = {
      cause,
      hint: `check the registry's load and the network, or allow more time: ${OPTIONS.timeout}`,
    };
    return { error: new RegistryTimeoutError(context, `${what}${via}`, options), maxAttempts: A_FEW };
  }
  const tls = TLS_FAULTS.find(([pattern]) => pattern.test(code));
  if (tls) {
    const [, tlsFault, what, hint] = tls;
    const options = { cause, hint, tlsFault };
    return {
      error: new RegistryUnreachableError(context, `TLS failed: ${what} (${code})${via}`, options),
      maxAttempts: 1,
    };
  }
  if (isHttpParserError(cause) || code === "UND_ERR_HEADERS_OVERFLOW") {
    const hint = `check the host and port; a registry with HTTPS must not be listed for plain HTTP (${OPTIONS.plainHttp})`;
    const what = `the response is not valid HTTP (${code})${via}`;
    // The parser's error quotes bytes, which may be a token: it is not passed on as a cause.
    return { error: new UnexpectedResponseError(context, what, { hint }), maxAttempts: A_FEW };
  }
  const connecting = CONNECT_FAULTS.find(([pattern]) => pattern.test(code));
  if (connecting) return unreachable(`no connection (${code})${via}`, connecting[1](peer), connecting[2]);
  const what = `the connection broke (${code === "UND_ERR_SOCKET" ? "it was closed" : code})${via}`;
  const options = { cause, hint: `check that ${peerOf(context)} runs and can be reached from here` };
  return { error: new RegistryUnavailableError(context, what, options), maxAttempts: AS_ALLOWED };

  function unreachable(message: string, hint: string, maxAttempts: number): Failure {
    return { error: new RegistryUnreachableError(context, message, { cause, hint }), maxAttempts };
  }
}

const CONNECT_FAULTS: readonly (readonly [RegExp, hint: (peer: string) => string, number])[] = [
  [/^ENOTFOUND$/, (peer) => `check ${peer}'s name`, 1],
  [/^EAI_AGAIN$/, () => "the name server does not respond: check the network", A_FEW],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/,
    (peer) => `check that ${peer} runs and can be reached from here`,
    A_FEW,
  ],
];

const CA_HINT = "add the registry's authority: /etc/docker/certs.d/<host>/ca.crt, or SSL_CERT_FILE";
/** Alerts are the registry's refusals of this client; the other codes are this client's refusals of the registry. */
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
    "the certificate is outside its validity period",
    "renew it, or check the clock",
  ],
  [/ALTNAME_INVALID/, "name", "the certificate is for another name", "use the name that the certificate has"],
  [
    /WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH/,
    "plain-http",
    "the registry uses plain HTTP",
    `list its host[:port]: ${OPTIONS.plainHttp}`,
  ],
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNSUPPORTED_SSL_VERSION/,
    "version",
    "the registry supports no TLS version that is accepted here",
    "enable TLS 1.2 or 1.3 on the registry",
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT_(BAD_CERTIFICATE|UNKNOWN_CA)/,
    "client-certificate",
    "the registry requires a client certificate, or another one",
    "put it into /etc/docker/certs.d/<host>/client.cert and client.key",
  ],
  [
    /^ERR_SSL|^ERR_TLS|^CERT_/,
    "other",
    "the handshake was refused",
    "check the registry's certificate and client certificate",
  ],
];

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

/** What became of a request without a complete response. */
export interface Failure {
  readonly error: IronicOciError;
  /** Attempts in all, as far as the policy allows them; 1: another attempt can't go better. */
  readonly maxAttempts: number;
}

/** For a host where no process listens, or that does not respond in time. */
const A_FEW = 3;
const AS_ALLOWED = Number.POSITIVE_INFINITY;

/** The error that a request without a complete response stands for, and whether to send it again. */
export function classifyNetworkError(error: unknown, context: RequestContext): Failure {
  // A certificate file or proxy variable that is wrong has an error of its own.
  if (error instanceof IronicOciError) return { error, maxAttempts: 1 };
  if (error instanceof BodyTooLarge) {
    const what = `the response exceeds the limit of ${error.limit} bytes`;
    const hint = "check what was pushed, and what is served there";
    return { error: new UnexpectedResponseError(context, what, { status: error.status, hint }), maxAttempts: 1 };
  }
  if (error instanceof PlainHttpRefused) {
    const what = `plain HTTP to ${error.host} was refused, because it is not listed for it`;
    const hint = `if ${error.host} really is to be spoken to without encryption, list it: ${OPTIONS.plainHttp}`;
    return { error: new UnexpectedResponseError(context, what, { hint }), maxAttempts: 1 };
  }
  if (error instanceof AddressRefused) {
    const what = `the registry leads to ${error.host}, and that name stands for a ${error.scope} address`;
    const hint =
      "the registry's operator has to look at its redirects; or this machine's resolver is wrong about that name";
    return { error: new UnexpectedResponseError(context, what, { cause: error, hint }), maxAttempts: 1 };
  }
  if (error instanceof NetworkFailure) return fromNetwork(error, context);
  throw error;
}

function fromNetwork(failure: NetworkFailure, context: RequestContext): Failure {
  const { proxy, proxyStatus: status } = failure;
  if (proxy === undefined) return withoutResponse(failure, context);
  if (status === undefined) return withoutResponse(failure, context, ` through the proxy ${proxy}`);
  const error: RegistryError = new RegistryUnavailableError(
    context,
    `the proxy ${proxy} answered ${status} instead of letting us through`,
    {
      hint:
        status === 407
          ? "put the proxy's user and password into HTTPS_PROXY"
          : "let the proxy reach the registry, or list the registry's host in NO_PROXY",
    },
  );
  return { error, maxAttempts: status >= 500 ? AS_ALLOWED : 1 };
}

function withoutResponse({ cause, sent }: NetworkFailure, context: RequestContext, way = ""): Failure {
  const code = errorCode(cause) ?? "unknown cause";
  if (cause instanceof DeadlineExceeded && !sent) {
    // The whole time of the request went into connecting: another attempt would take as long again.
    const hint = `check that the registry runs and can be reached from here, or allow more time: ${OPTIONS.timeout}`;
    return unreachable(`no connection within ${cause.milliseconds} ms${way}`, hint, 1);
  }
  if (cause instanceof DeadlineExceeded || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) {
    const what = cause instanceof DeadlineExceeded ? cause.message : "the registry fell silent in the middle";
    const options = { cause, hint: `look at what slows the registry down, or allow more time: ${OPTIONS.timeout}` };
    return { error: new RegistryTimeoutError(context, `${what}${way}`, options), maxAttempts: A_FEW };
  }
  const tls = TLS_FAULTS.find(([pattern]) => pattern.test(code));
  if (tls) {
    const [, tlsFault, what, hint] = tls;
    const options = { cause, hint, tlsFault };
    return {
      error: new RegistryUnreachableError(context, `TLS failed: ${what} (${code})${way}`, options),
      maxAttempts: 1,
    };
  }
  if (isHttpParserError(cause) || code === "UND_ERR_HEADERS_OVERFLOW") {
    const hint = `check the host and port; a registry that wants HTTPS must not be listed for plain HTTP (${OPTIONS.plainHttp})`;
    const what = `what answered does not speak HTTP as it should (${code})${way}`;
    // The parser's error holds the bytes that it could not read, and those may be a token: it is not passed on as a cause.
    return { error: new UnexpectedResponseError(context, what, { hint }), maxAttempts: A_FEW };
  }
  const connecting = CONNECT_FAULTS.find(([pattern]) => pattern.test(code));
  if (connecting) return unreachable(`no connection (${code})${way}`, connecting[1], connecting[2]);
  const what = `the connection broke (${code === "UND_ERR_SOCKET" ? "it was closed" : code})${way}`;
  const options = { cause, hint: "check that the registry runs and can be reached from here" };
  return { error: new RegistryUnavailableError(context, what, options), maxAttempts: AS_ALLOWED };

  function unreachable(message: string, hint: string, maxAttempts: number): Failure {
    return { error: new RegistryUnreachableError(context, message, { cause, hint }), maxAttempts };
  }
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
/** An ALERT is the registry's verdict on this client; the others are this client's on the registry. */
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
    `list its host[:port]: ${OPTIONS.plainHttp}`,
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

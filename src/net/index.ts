/**
 * HTTP below the clients of registries and of OpenStack's APIs: the common part between a request and a socket. Entry points:
 * `Transport` and `withRetry`. It imports src/text only.
 *
 * A request passes, from top to bottom:
 *
 * - `withRetry`: attempts with growing pauses or the server's Retry-After, within a number of attempts or a time;
 * - `Transport`: one attempt. A deadline for all of it, connecting included; bounded bodies; the check for plain HTTP;
 *   and whether the request was sent before the connection failed (`NetworkFailure`), which decides whether a POST may be repeated;
 * - `Dispatchers`: undici's connection pools, one for each origin: the proxy of `HTTPS_PROXY`, `HTTP_PROXY` and
 *   `NO_PROXY`, the authorities of Node, the system and `SSL_CERT_FILE`, client certificates;
 * - the DNS lookup. A URL from another server (a redirect, a token realm) must not reach this machine or its link: the address of
 *   the connection is checked, not the name.
 *
 * Beside these: aborting and waiting (`sleep`, `unlessAborted`, `withDeadline`), work that callers share (`SingleFlight`,
 * `SharedPromise`, `Limiter`), durations from servers (`retryAfter`, `lifetimeOf`, `timeBetween`, which bound untrusted values),
 * and text that is safe for a terminal (`printable`).
 *
 * Callers map failures to their error classes and decide which requests may be sent twice.
 */

export { CONTENT_FOR_PATH, isFileContent, printable, printableJson, printableLines, unknownName } from "../text";
export { MAX_TIMER, sleep, unlessAborted } from "./abort";
export { type AddressScope, addressScope, mayLeadTo } from "./address-scope";
export { basicAuth } from "./basic-auth";
export {
  CertificateFileError,
  checkClientCertificate,
  readAuthorities,
  readAuthority,
  readPem,
  type TlsSettings,
} from "./certificates";
export { DeadlineExceeded } from "./deadline";
export { AddressRefused } from "./dispatchers";
export { type Environment, homeFolder } from "./environment";
export { errorCode, isHttpParserError } from "./error-code";
export { IronicOciError } from "./errors";
export { jsonDepth } from "./json-depth";
export { Limiter } from "./limiter";
export { ProxyConfigurationError } from "./proxy";
export { isRedirect, redirectTarget } from "./redirect";
export { type Attempt, isRetryableStatus, type RetryPolicy, withRetry } from "./retry";
export { lifetimeOf, retryAfter, timeBetween } from "./server-times";
export { SharedPromise } from "./shared-promise";
export { SingleFlight } from "./single-flight";
export {
  BodyTooLarge,
  type HttpHeaders,
  type HttpRequest,
  type HttpResponse,
  NetworkFailure,
  PlainHttpRefused,
  Transport,
  type TransportOptions,
} from "./transport";

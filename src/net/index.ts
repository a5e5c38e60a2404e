/**
 * One floor below the clients of registries and of OpenStack's APIs: everything between a request and a socket that is the same
 * for both. It imports no other module.
 *
 * A request passes, from top to bottom:
 *
 * - `withRetry`: sends it again after failures that pass, in growing pauses or when the server's Retry-After says, within a
 *   number of attempts or a time;
 * - `Transport`: one attempt. A deadline over the whole of it, connecting included; bodies within bounds; a gate for plain HTTP;
 *   and whether the request had left when the connection failed (`NetworkFailure`), which decides whether a POST may be repeated;
 * - `Dispatchers`: undici's pools of connections, one way to each origin: the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and
 *   `NO_PROXY` name, the authorities of Node, the system and `SSL_CERT_FILE`, client certificates;
 * - the lookup of the host's name. A URL that another server named (a redirect, a token realm) must not lead into this machine
 *   or onto its link, whatever name stands for that address: it is judged on the address that is connected to.
 *
 * Beside these: aborting and waiting (`sleep`, `unlessAborted`, `withDeadline`), work that callers share (`SingleFlight`,
 * `SharedPromise`, `Limiter`), times that servers name (`retryAfter`, `lifetimeOf`, `timeBetween`: read in one place, since
 * none of them is to be trusted), and text that a terminal would obey (`printable`).
 *
 * Each user gives its errors their own words and decides what may be sent twice; nothing here knows what a registry is.
 */
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
export type { Environment } from "./environment";
export { errorCode, isHttpParserError } from "./error-code";
export { IronicOciError } from "./errors";
export { Limiter } from "./limiter";
export { printable, printableJson, printableLines } from "./printable";
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

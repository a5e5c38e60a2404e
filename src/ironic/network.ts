import { DeadlineExceeded, errorCode, type NetworkFailure } from "../net";
import { IronicUnavailableError } from "./errors";

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_/;
/** Alerts with which a server refuses the client certificate, or the lack of one. */
const CLIENT_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_)/;
const TLS_ERRORS = /^(EPROTO|ERR_(SSL|TLS)_.*)$/;
/** Closed by this process, or never sent. */
const LOCAL_ERRORS = /^(UND_ERR_(DESTROYED|CLOSED|INVALID_ARG|NOT_SUPPORTED)|ERR_INVALID_.*)$/;

/**
 * Whether sending the request again changes nothing.
 * @param retryOnOutage true while polling an API that has responded before: ECONNREFUSED and ENOTFOUND then mean a restart, and
 *   are retried
 */
export function isPermanent({ cause, proxyStatus }: NetworkFailure, retryOnOutage: boolean): boolean {
  const code = errorCode(cause) ?? "";
  if (proxyStatus !== undefined) return proxyStatus < 500;
  if (UNTRUSTED.test(code) || TLS_ERRORS.test(code) || LOCAL_ERRORS.test(code)) return true;
  return !retryOnOutage && (code === "ECONNREFUSED" || code === "ENOTFOUND");
}

/** Whether the server may have carried out the request. */
export function mayHaveBeenSent({ cause, sent }: NetworkFailure): boolean {
  const code = errorCode(cause) ?? "";
  return sent && ![UNTRUSTED, TLS_ERRORS, LOCAL_ERRORS].some((pattern) => pattern.test(code));
}

/** @param maybeDone whether the request may have been carried out */
export function unreachable(base: string, failure: NetworkFailure, maybeDone: boolean): IronicUnavailableError {
  const { cause, proxy, proxyStatus } = failure;
  if (proxyStatus !== undefined) {
    return new IronicUnavailableError(`no response from ${base}: the proxy ${proxy} responded with ${proxyStatus}`, {
      hint:
        proxyStatus === 407
          ? "put the proxy's user and password into HTTPS_PROXY or HTTP_PROXY"
          : "let the proxy reach the API, or list the API's host in NO_PROXY",
      maybeDone,
    });
  }
  const code = errorCode(cause) ?? "unknown cause";
  const via = proxy === undefined ? "" : ` through the proxy ${proxy}`;
  const hint = hintFor(code, maybeDone);
  const reason = cause instanceof DeadlineExceeded ? `not complete within ${cause.milliseconds} ms` : code;
  return new IronicUnavailableError(`no response from ${base}${via} (${reason})`, { cause, hint, maybeDone });
}

function hintFor(code: string, maybeDone: boolean): string {
  if (CLIENT_CERTIFICATE.test(code)) return "the API requires a client certificate, or another one: set cert and key";
  if (UNTRUSTED.test(code)) return "give the CA that signed the API's certificate (cacert)";
  if (TLS_ERRORS.test(code))
    return "the TLS handshake failed: check whether the URL should start with http:// or https://";
  if (maybeDone)
    return "the connection ended after the request was sent: it may have been carried out, so check before you repeat it";
  return "check the URL, and that the API can be reached from here";
}

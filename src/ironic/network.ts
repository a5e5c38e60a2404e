import { IronicUnavailableError } from "./errors";

/** The code of what ended a connection: Node's, OpenSSL's or undici's; undefined when it was no such thing. */
export function codeOf(error: unknown): string | undefined {
  // By shape and not by class: Node's own errors may come from another realm than this code runs in.
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 4; depth += 1) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === "string") return code;
    at = Array.isArray(errors) ? errors[0] : cause;
  }
  return undefined;
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_/;
const NO_TLS = /^(EPROTO|ERR_(SSL|TLS)_.*)$/;
/** We ourselves ended it, or the request could not be made. */
const OURS = /^(UND_ERR_(DESTROYED|CLOSED|INVALID_ARG|NOT_SUPPORTED)|ERR_INVALID_.*)$/;
/** Nothing was sent: there was nobody to send it to. */
const NOBODY = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * Whether trying again changes nothing.
 * @param patient whether somebody was there before, so that nobody there is a thing that passes
 */
export function isFinal(error: unknown, patient: boolean): boolean {
  const code = codeOf(error) ?? "";
  if (UNTRUSTED.test(code) || NO_TLS.test(code) || OURS.test(code)) return true;
  return !patient && (code === "ECONNREFUSED" || code === "ENOTFOUND");
}

/** Whether the request may have arrived before the connection ended. */
export function isLeft(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return ![UNTRUSTED, NO_TLS, NOBODY, OURS].some((way) => way.test(code));
}

/** @param maybeDone whether the request may have been carried out all the same */
export function unreachable(base: string, cause: unknown, maybeDone: boolean): IronicUnavailableError {
  const code = codeOf(cause) ?? "unknown cause";
  return new IronicUnavailableError(`no answer from ${base} (${code})`, { cause, hint: hintFor(code, maybeDone) });
}

function hintFor(code: string, maybeDone: boolean): string {
  if (UNTRUSTED.test(code)) return "give the CA that signed the API's certificate (cacert)";
  if (NO_TLS.test(code))
    return "no TLS could be agreed on there: check whether the URL should start with http:// or https://";
  if (maybeDone)
    return "the connection ended after the request was sent: it may have been carried out, so look before you repeat it";
  return "check the URL, and that the API can be reached from here";
}

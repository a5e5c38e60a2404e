import { ProviderError } from "../tfplugin";

/** The errors of the other modules: they have a code for programs and a hint for users. */
interface CodedError extends Error {
  readonly code: string;
  readonly hint?: string | undefined;
  /** Why Ironic refused the request, of errors that know it. */
  readonly reason?: string | undefined;
}

/** Summaries of diagnostics by error code; the detail is the message of the error. */
const SUMMARIES: Readonly<Record<string, string>> = {
  IRONIC_UNAVAILABLE: "Ironic does not answer",
  IRONIC_UNAUTHORIZED: "Ironic refused the credentials",
  IRONIC_FORBIDDEN: "Ironic's policy does not allow this",
  IRONIC_MICROVERSION: "Ironic does not support this microversion",
  IRONIC_MICROVERSION_TOO_OLD: "The API microversion is too old",
  IRONIC_CONFLICT: "The object exists already in Ironic, or is in use",
  IRONIC_NODE_LOCKED: "The node is locked",
  IRONIC_NOT_FOUND: "Ironic does not have this object",
  IRONIC_REFUSED: "Ironic refused the request",
  IRONIC_PROVISION_FAILED: "The node did not reach the expected provision state",
  IRONIC_UNEXPECTED_ANSWER: "This is not Ironic",
  IRONIC_INVALID_IDENTIFIER: "The identifier can't be used in requests",
  IRONIC_SETTINGS: "The connection settings for Ironic can't be used",
  KEYSTONE: "Keystone refused the request",
  CERTIFICATE_FILE: "A certificate file can't be used",
  PROXY_CONFIGURATION: "The proxy settings can't be used",
  MANIFEST_NOT_FOUND: "The registry does not have this digest",
  TAG_NOT_FOUND: "The registry does not have this tag",
  AUTHENTICATION_FAILED: "The registry refused the credentials",
  REGISTRY_UNAVAILABLE: "The registry does not answer",
  REGISTRY_TIMEOUT: "The registry does not answer",
  CLASS_MISMATCH: "Ironic would deploy this image as another class",
  UNUSABLE_PIN: "Ironic can't deploy this image by digest",
  INVALID_REFERENCE: "This is not an OCI reference",
  LOCK_FROZEN: "The image is not in the lock file",
  LOCK_MODE: "IRONIC_OCI_LOCK is not a lock mode",
};

/** Summaries that follow the reason which Ironic gives, whatever the status is. */
const BY_REASON: Readonly<Record<string, string>> = {
  protected: "The node is protected",
  maintenance: "The node is in maintenance",
  retired: "The node is retired",
  power: "The node is not powered off",
  transition: "Ironic works on the node",
  state: "The node's provision state does not allow this",
  unchangeable: "The node's provision state does not allow this change",
  database: "Ironic's database is busy",
  conductor: "Ironic's conductor has failed to do this",
};

/** An error of the Ironic client or of the resolver as a diagnostic; undefined for any other error. */
export function toProviderError(error: unknown): ProviderError | undefined {
  if (!isCodedError(error)) return undefined;
  const detail =
    error.hint === undefined ? sentence(error.message) : `${sentence(error.message)}\n\n${sentence(error.hint)}`;
  return new ProviderError(summaryOf(error), { detail, cause: error });
}

function summaryOf({ code, reason = "" }: CodedError): string {
  return (
    BY_REASON[reason] ??
    SUMMARIES[code] ??
    (code.startsWith("LOCK_FILE_") ? "The lock file can't be used" : undefined) ??
    (code.startsWith("IRONIC_") ? "The request to Ironic failed" : "The image can't be pinned")
  );
}

function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && "hint" in error && typeof (error as Partial<CodedError>).code === "string";
}

/** A text with a capital letter at its beginning and a full stop at its end, where it is one line. */
export function sentence(text: string): string {
  // The last of several lines is no sentence: it may be the caret below a wrong character.
  const ended = /[.!?\u2026]$|\n/.test(text) ? text : `${text}.`;
  // A reference keeps its case.
  if (/^[a-z]+:\/\//.test(ended)) return ended;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

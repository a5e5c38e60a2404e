import { ProviderError } from "../tfplugin";

/** What the errors of the other rooms have in common: a code for programs, and a hint for people. */
interface CodedError extends Error {
  readonly code: string;
  readonly hint?: string | undefined;
  /** Why Ironic refused the request, of errors that know it. */
  readonly reason?: string | undefined;
}

/** The first lines of diagnostics, by what went wrong; the rest is the error's own message. */
const SUMMARIES: Readonly<Record<string, string>> = {
  IRONIC_UNAVAILABLE: "Ironic does not answer",
  IRONIC_UNAUTHORIZED: "Ironic refused the credentials",
  IRONIC_FORBIDDEN: "Ironic's policy does not allow this",
  IRONIC_MICROVERSION: "Ironic does not speak this microversion",
  IRONIC_MICROVERSION_TOO_OLD: "The API microversion is too old",
  IRONIC_CONFLICT: "Ironic has something like this already, or it is in use",
  IRONIC_NODE_LOCKED: "The node is locked",
  IRONIC_NOT_FOUND: "Ironic has no such thing",
  IRONIC_REFUSED: "Ironic refused the request",
  IRONIC_PROVISION_FAILED: "The node did not get where it should",
  IRONIC_UNEXPECTED_ANSWER: "This is not Ironic",
  IRONIC_INVALID_IDENTIFIER: "This name can't be used in requests",
  IRONIC_SETTINGS: "The settings for reaching Ironic can't be used",
  KEYSTONE: "Keystone refused",
  CERTIFICATE_FILE: "A certificate file can't be used",
  PROXY_CONFIGURATION: "The proxy settings can't be used",
  MANIFEST_NOT_FOUND: "The registry does not have this digest",
  TAG_NOT_FOUND: "The registry does not have this tag",
  AUTHENTICATION_FAILED: "The registry refused the credentials",
  REGISTRY_UNAVAILABLE: "The registry does not answer",
  REGISTRY_TIMEOUT: "The registry does not answer",
  CLASS_MISMATCH: "Ironic would deploy this image as something else",
  UNUSABLE_PIN: "Ironic fails on this image once it is pinned",
  INVALID_REFERENCE: "This is no OCI reference",
};

/** Summaries that follow the reason which Ironic gives, whatever the status is. */
const BY_REASON: Readonly<Record<string, string>> = {
  protected: "The node is protected",
  maintenance: "The node is in maintenance",
  retired: "The node is retired",
  transition: "Ironic works on the node",
  state: "The node's provision state does not allow this",
  database: "Ironic's database is busy",
};

/** What Ironic answers with 409 where a node's provision state forbids a change (ironic.conductor.manager, `update_node`, `update_port`). */
const FORBIDDEN_BY_STATE = /can ?not have .+ updated unless/is;
const FORBIDDEN_HINT =
  "Bring the node into one of the states that Ironic names, or set it to maintenance meanwhile where Ironic names that, and apply again.";

/** An error of Ironic's client or of the resolver as a diagnostic; undefined for what is neither. */
export function toProviderError(error: unknown): ProviderError | undefined {
  if (!isCodedError(error)) return undefined;
  if (error.code === "IRONIC_CONFLICT" && FORBIDDEN_BY_STATE.test(error.message)) {
    const detail = `${sentence(error.message)}\n\n${FORBIDDEN_HINT}`;
    return new ProviderError("The node's provision state does not allow this change", { detail, cause: error });
  }
  const detail =
    error.hint === undefined ? sentence(error.message) : `${sentence(error.message)}\n\n${sentence(error.hint)}`;
  const byReason = error.reason === undefined ? undefined : BY_REASON[error.reason];
  return new ProviderError(byReason ?? SUMMARIES[error.code] ?? "The image can't be pinned", { detail, cause: error });
}

function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && "hint" in error && typeof (error as Partial<CodedError>).code === "string";
}

function sentence(text: string): string {
  const ended = /[.!?…]$/.test(text) ? text : `${text}.`;
  // A reference is written as it is.
  if (/^[a-z]+:\/\//.test(ended)) return ended;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

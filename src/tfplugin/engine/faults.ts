import { type Diagnostic, ProviderError, printPath } from "../author/diagnostics";
import { kindOf, type Path, ValueError } from "../cty";

/** A hook returned a value that its schema does not allow: a mistake of the provider's author. */
export class ResultError extends Error {
  override readonly name = "ResultError";

  constructor(
    readonly path: Path,
    message: string,
  ) {
    super(message);
  }
}

/** The call in which an error was thrown. */
export interface FaultContext {
  /** The operation, such as `create null_resource`; completes "failed to …". */
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly explain: ((error: unknown) => ProviderError | undefined) | undefined;
  /** Masks secrets in the text of unexpected errors: they may come from another call, and hold its secrets. */
  mask(text: string): string;
}

/** Turns a thrown value of any kind into a diagnostic. */
export function faultToDiagnostic(error: unknown, context: FaultContext): Diagnostic {
  const known = error instanceof ProviderError ? error : explained(error, context);
  if (known !== undefined) return { severity: "error", summary: known.message, detail: known.detail, path: known.path };
  const { operation, signal } = context;
  if (signal.aborted && isAbort(error, signal)) {
    const detail = `Terraform was interrupted while the provider was about to ${operation}.`;
    return { severity: "error", summary: "Interrupted", detail, path: [] };
  }
  if (error instanceof ValueError) {
    const where = error.path.length === 0 ? "A value" : `The value of "${printPath(error.path)}"`;
    const detail = `${where} does not fit: ${error.message}.`;
    return { severity: "error", summary: "Invalid value", detail, path: error.path };
  }
  if (error instanceof ResultError) {
    const where = error.path.length === 0 ? "" : ` for "${printPath(error.path)}"`;
    const detail = `To ${operation}, the provider returned an invalid value${where}: ${error.message}. ${REPORT}`;
    return { severity: "error", summary: "Provider returned an invalid value", detail, path: error.path };
  }
  const detail = `The provider failed to ${operation}. ${REPORT}\n\n${context.mask(describe(error))}`;
  return { severity: "error", summary: "Fault in the provider", detail, path: [] };
}

const REPORT = "This is a mistake in the provider: please report it to its developers with this message.";

/** The error as the provider explains it. A bug in `explain` must not hide the error itself. */
function explained(error: unknown, { explain }: FaultContext): ProviderError | undefined {
  try {
    return explain?.(error);
  } catch {
    return undefined;
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (isErrorLike(error) && error.name === "AbortError");
}

/** The first lines of a stack: enough to find the place, without filling the terminal. */
function describe(error: unknown): string {
  if (isErrorLike(error)) {
    const { name, message, stack = `${name}: ${message}` } = error;
    return stack.split("\n").slice(0, 8).join("\n");
  }
  return typeof error === "string" ? error : `Thrown was ${kindOf(error)}.`;
}

/** Whether a value has the shape of an error: one of another realm, as in test runners, is not `instanceof Error`. */
function isErrorLike(error: unknown): error is Error {
  if (typeof error !== "object" || error === null || !("name" in error && "message" in error)) return false;
  return typeof error.name === "string" && typeof error.message === "string";
}

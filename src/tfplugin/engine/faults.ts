import { type Diagnostic, ProviderError, printPath } from "../author/diagnostics";
import { kindOf, type Path, ValueError } from "../cty";

/** A hook returned what its schema does not allow: a mistake of the provider's author. */
export class ResultError extends Error {
  override readonly name = "ResultError";

  constructor(
    readonly path: Path,
    message: string,
  ) {
    super(message);
  }
}

/** What was going on when an error was thrown. */
export interface Situation {
  /** For people: `create null_resource`. */
  readonly doing: string;
  readonly signal: AbortSignal;
  readonly explain: ((error: unknown) => ProviderError | undefined) | undefined;
  /** Masks secrets in the text of errors nobody expected: they may come from another call, and hold its secrets. */
  mask(text: string): string;
}

/** Turns whatever was thrown into a diagnostic. */
export function faultToDiagnostic(error: unknown, situation: Situation): Diagnostic {
  const known = error instanceof ProviderError ? error : explained(error, situation);
  if (known !== undefined) return { severity: "error", summary: known.message, detail: known.detail, path: known.path };
  const { doing, signal } = situation;
  if (signal.aborted && isAbort(error, signal)) {
    const detail = `Terraform was interrupted while the provider was about to ${doing}.`;
    return { severity: "error", summary: "Interrupted", detail, path: [] };
  }
  if (error instanceof ValueError) {
    const where = error.path.length === 0 ? "A value" : `The value of "${printPath(error.path)}"`;
    const detail = `${where} does not fit: ${error.message}.`;
    return { severity: "error", summary: "Invalid value", detail, path: error.path };
  }
  if (error instanceof ResultError) {
    const where = error.path.length === 0 ? "" : ` for "${printPath(error.path)}"`;
    const detail = `To ${doing}, the provider returned an invalid value${where}: ${error.message}. ${REPORT}`;
    return { severity: "error", summary: "Provider returned an invalid value", detail, path: error.path };
  }
  const detail = `The provider failed to ${doing}. ${REPORT}\n\n${situation.mask(describe(error))}`;
  return { severity: "error", summary: "Fault in the provider", detail, path: [] };
}

const REPORT = "This is a mistake in the provider: please report it to its developers with this message.";

/** A mistake in the explanation must not hide what there was to explain. */
function explained(error: unknown, { explain }: Situation): ProviderError | undefined {
  try {
    return explain?.(error);
  } catch {
    return undefined;
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (isErrorLike(error) && error.name === "AbortError");
}

/** Enough of a stack to find the place, without filling the terminal. */
function describe(error: unknown): string {
  if (isErrorLike(error)) {
    const { name, message, stack = `${name}: ${message}` } = error;
    return stack.split("\n").slice(0, 8).join("\n");
  }
  return typeof error === "string" ? error : `Thrown was ${kindOf(error)}.`;
}

/** By its looks: an error of another realm, as test runners have them, is no `instanceof Error`. */
function isErrorLike(error: unknown): error is Error {
  if (typeof error !== "object" || error === null || !("name" in error && "message" in error)) return false;
  return typeof error.name === "string" && typeof error.message === "string";
}

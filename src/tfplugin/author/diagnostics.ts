import type { Path } from "../cty";

/** An error or warning for the user, at the attribute that it concerns. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** The problem, in one line. */
  readonly summary: string;
  /** Facts and the next step, in sentences. */
  readonly detail: string;
  /** The attribute: names, keys and indexes from the top of the resource. */
  readonly path: Path;
}

/** The optional parts of a diagnostic. */
export interface DiagnosticOptions {
  readonly detail?: string;
  readonly path?: Path;
}

/** An error for the user, thrown by a hook. Any other error that a hook throws is reported as a fault of the provider. */
export class ProviderError extends Error {
  override readonly name: string = "ProviderError";
  readonly detail: string;
  readonly path: Path;

  constructor(
    summary: string,
    { detail = "", path = [], cause }: DiagnosticOptions & { readonly cause?: unknown } = {},
  ) {
    super(summary, cause === undefined ? undefined : { cause });
    this.detail = detail;
    this.path = path;
  }
}

/** Collects the errors and warnings of one call. */
export class Diagnostics {
  readonly #all: Diagnostic[] = [];

  error(summary: string, { detail = "", path = [] }: DiagnosticOptions = {}): void {
    this.add({ severity: "error", summary, detail, path });
  }

  warning(summary: string, { detail = "", path = [] }: DiagnosticOptions = {}): void {
    this.add({ severity: "warning", summary, detail, path });
  }

  add(diagnostic: Diagnostic): void {
    this.#all.push(diagnostic);
  }

  get hasErrors(): boolean {
    return this.#all.some(({ severity }) => severity === "error");
  }

  get all(): readonly Diagnostic[] {
    return this.#all;
  }
}

/** A path in the notation of the configuration: `disks[0].tags["a"]`. */
export function printPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join("");
}

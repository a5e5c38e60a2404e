import type { Path } from "../cty";

/** Something to tell the user, at the place it is about. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** One line: what is wrong. */
  readonly summary: string;
  /** What to do about it, in sentences. */
  readonly detail: string;
  /** The attribute it is about: names, keys and indexes from the resource's top. */
  readonly path: Path;
}

/** Where and why of a diagnostic. */
export interface DiagnosticOptions {
  readonly detail?: string;
  readonly path?: Path;
}

/** Thrown by a hook: ends it with this error and no more, where any other error is reported as a fault of the provider. */
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

/** Collects what one call has to tell. */
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

/** A path as a user would write it: `disks[0].tags["a"]`. */
export function printPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join("");
}

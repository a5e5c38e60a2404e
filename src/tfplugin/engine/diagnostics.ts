import type { CtyType, Path } from "../cty";
import { type AttributePath, type DiagnosticMessage, type PathStep, Severity } from "../proto/tfplugin6";

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

/** A diagnostic as it travels. The type tells a map's key from an attribute's name. */
export function diagnosticToProto(diagnostic: Diagnostic, type: CtyType): DiagnosticMessage {
  const { severity, summary, detail, path } = diagnostic;
  const attribute = pathToProto(path, type);
  return {
    severity: Severity[severity],
    summary,
    detail,
    attribute: attribute.steps.length > 0 ? attribute : undefined,
  };
}

/** A path as it travels, as far as Terraform can follow it: elements of a set have no address. */
export function pathToProto(path: Path, type: CtyType): AttributePath {
  const steps: PathStep[] = [];
  let here: CtyType | undefined = type;
  for (const step of path) {
    if (here === undefined) break;
    if (typeof step === "number") {
      if (here.kind !== "list" && here.kind !== "tuple" && here.kind !== "dynamic") break;
      steps.push({ attributeName: undefined, elementKeyString: undefined, elementKeyInt: step });
    } else if (here.kind === "map") {
      steps.push({ attributeName: undefined, elementKeyString: step, elementKeyInt: undefined });
    } else if (here.kind === "object" && Object.hasOwn(here.attributes, step)) {
      steps.push({ attributeName: step, elementKeyString: undefined, elementKeyInt: undefined });
    } else break;
    here = stepInto(here, step);
  }
  return { steps };
}

function stepInto(type: CtyType, step: string | number): CtyType | undefined {
  if (type.kind === "list" || type.kind === "map") return type.element;
  if (type.kind === "tuple") return type.elements[Number(step)];
  if (type.kind === "object") return type.attributes[step];
  return undefined;
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

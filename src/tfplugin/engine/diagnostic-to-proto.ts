import type { Diagnostic } from "../author/diagnostics";
import type { CtyType, Path } from "../cty";
import { type AttributePath, type DiagnosticMessage, type PathStep, Severity } from "../proto/tfplugin6";

/** The message of a diagnostic. The type distinguishes keys of maps from names of attributes. */
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

/** The message of a path, as far as Terraform can follow it: elements of a set have no address. */
export function pathToProto(path: Path, type: CtyType): AttributePath {
  const steps: PathStep[] = [];
  let current: CtyType | undefined = type;
  for (const step of path) {
    if (current === undefined) break;
    if (typeof step === "number") {
      if (current.kind !== "list" && current.kind !== "tuple" && current.kind !== "dynamic") break;
      steps.push({ attributeName: undefined, elementKeyString: undefined, elementKeyInt: step });
    } else if (current.kind === "map") {
      steps.push({ attributeName: undefined, elementKeyString: step, elementKeyInt: undefined });
    } else if (current.kind === "object" && Object.hasOwn(current.attributes, step)) {
      steps.push({ attributeName: step, elementKeyString: undefined, elementKeyInt: undefined });
    } else break;
    current = stepInto(current, step);
  }
  return { steps };
}

function stepInto(type: CtyType, step: string | number): CtyType | undefined {
  if (type.kind === "list" || type.kind === "map") return type.element;
  if (type.kind === "tuple") return type.elements[Number(step)];
  if (type.kind === "object") return type.attributes[step];
  return undefined;
}

// Values and diagnostics of the plugin protocol, in the form in which tests write and read them.
import type { Path, Schema, TfValue } from "../../../src/tfplugin";
import { decodeMsgpack, encodeMsgpack, getKey, type TfObject } from "../../../src/tfplugin/cty";
import type { DynamicValue, Response } from "../../../src/tfplugin/proto/tfplugin6";
import type { Input } from "../../../src/tfplugin/proto/wire";

/** A diagnostic with its path in plain notation. */
export interface ShownDiagnostic {
  severity: "error" | "warning";
  summary: string;
  detail: string;
  path: Path;
}

type DiagnosticMessages = Response<"ValidateResourceConfig">["diagnostics"];

export function encode(schema: Schema, value: TfValue): Input<DynamicValue> {
  return { msgpack: encodeMsgpack(schema.type, value) };
}

export function decode(schema: Schema, value: DynamicValue | undefined): TfObject | null {
  if (value === undefined) throw new Error("no value in the response");
  return decodeMsgpack(schema.type, value.msgpack) as TfObject | null;
}

/** A configuration: arguments that are left out are null, and there is no block. */
export function configOf(schema: Schema, args: TfObject): TfObject {
  const stray = Object.keys(args).filter((name) => !Object.hasOwn(schema.type.attributes, name));
  if (stray.length > 0) throw new Error(`the schema has no ${stray.join(", ")}`);
  const entries = Object.keys(schema.type.attributes).map((name): [string, TfValue] => {
    const nesting = getKey(schema.blocks, name)?.nesting;
    const empty = nesting === undefined || nesting === "single" ? null : nesting === "map" ? {} : [];
    return [name, args[name] ?? empty];
  });
  return Object.fromEntries(entries);
}

export function diagnosticsOf(all: DiagnosticMessages): ShownDiagnostic[] {
  return all.map(({ severity, summary, detail, attribute }) => ({
    severity: severity === 1 ? "error" : "warning",
    summary,
    detail,
    path: pathOf(attribute?.steps ?? []),
  }));
}

export function pathOf(steps: NonNullable<DiagnosticMessages[number]["attribute"]>["steps"]): Path {
  return steps.map((step) => step.attributeName ?? step.elementKeyString ?? step.elementKeyInt ?? "?");
}

import { type Diagnostics, printPath } from "../author/diagnostics";
import { getKey, isArray, isObject, isUnknown, isWhollyKnown, type Path, type TfObject, type TfValue } from "../cty";
import type { AttributeSpec, FieldsSpec, SchemaSpec } from "../schema";
import { entriesOf, member, membersOf } from "./objects";

/** The abilities of the calling Terraform. */
export interface ValidateOptions {
  readonly writeOnlyAllowed: boolean;
}

/** Checks a configuration by the rules of the schema that Terraform does not check itself. */
export function validateConfig(
  schema: SchemaSpec,
  config: TfObject,
  diagnostics: Diagnostics,
  options: ValidateOptions,
): void {
  if (schema.deprecated !== undefined) diagnostics.warning("Deprecated", { detail: schema.deprecated });
  validateFields(schema, config, [], diagnostics, options);
}

function validateFields(
  fields: FieldsSpec,
  object: TfObject,
  path: Path,
  diagnostics: Diagnostics,
  options: ValidateOptions,
): void {
  for (const { name, attribute, inner } of membersOf(fields)) {
    const value = member(object, name);
    if (value === null && inner === undefined) continue;
    const memberPath = [...path, name];
    if (attribute !== undefined && value !== null)
      validateAttribute(attribute, value, memberPath, diagnostics, options);
    if (inner === undefined) continue;
    const entries = entriesOf(inner, value);
    const block = getKey(fields.blocks, name);
    if (block?.deprecated !== undefined && entries.length > 0 && block.nesting !== "group") {
      diagnostics.warning("Deprecated block", { detail: block.deprecated, path: memberPath });
    }
    for (const { key, object: child } of entries) {
      validateFields(inner.fields, child, key === undefined ? memberPath : [...memberPath, key], diagnostics, options);
    }
  }
}

function validateAttribute(
  attribute: AttributeSpec,
  value: TfValue,
  path: Path,
  diagnostics: Diagnostics,
  { writeOnlyAllowed }: ValidateOptions,
): void {
  if (attribute.deprecated !== undefined) {
    diagnostics.warning("Deprecated argument", { detail: attribute.deprecated, path });
  }
  if (attribute.writeOnly && !writeOnlyAllowed) {
    diagnostics.error("Write-only argument not supported", {
      path,
      detail: `The argument "${printPath(path)}" is write-only, which needs Terraform 1.11 or later.`,
    });
  }
  const nullPath = attribute.nullElements ? undefined : nullWithin(attribute, value, path);
  if (nullPath !== undefined) {
    diagnostics.error("Null value inside a collection", {
      path: nullPath,
      detail: `The elements of "${printPath(path)}" must not be null.`,
    });
    return;
  }
  if (isUnknown(value) || !isWhollyKnown(value)) return;
  for (const check of attribute.checks) {
    const problem = check(value);
    if (problem !== undefined) {
      diagnostics.error("Invalid value", { path, detail: `The argument "${printPath(path)}" ${problem}.` });
    }
  }
}

/** The path of a null element of a list, set or map, whose element types exclude null. */
function nullWithin({ type }: AttributeSpec, value: TfValue, path: Path): Path | undefined {
  if (!("element" in type)) return undefined;
  const members: [string | number, TfValue][] = isArray(value) ? [...value.entries()] : [];
  if (isObject(value)) members.push(...Object.entries(value));
  const found = members.find(([, element]) => element === null);
  return found === undefined ? undefined : [...path, found[0]];
}

// Checks of the values that hooks return. A value that does not fit is the provider's mistake and not the user's, and is
// reported so.
import { type Diagnostics, printPath } from "../author/diagnostics";
import { type CtyType, isObject, type TfObject, type TfValue, ValueError } from "../cty";
import type { DynamicValue } from "../proto/tfplugin6";
import type { FieldsSpec, SchemaSpec } from "../schema";
import type { CallContext } from "./call";
import { keepKnown } from "./equivalence";
import { ResultError } from "./faults";
import { complete, unknownAsNull, withoutWriteOnly } from "./objects";
import { unknownPaths, unsetPaths } from "./schema-plan";
import { requireObject, writeValue } from "./values";

/**
 * A hook's result as an object that has the schema's members and no write-only value.
 *
 * @throws ResultError when it is not an object, or has members too many or too few
 */
export function checkResult(fields: FieldsSpec, result: unknown): TfObject {
  return withoutWriteOnly(fields, checkMembers(fields, requireResult(result)));
}

/** @throws ResultError when the value does not fit the type */
export function encodeResult(type: CtyType, value: TfValue): DynamicValue {
  try {
    return writeValue(type, value);
  } catch (error) {
    if (error instanceof ValueError) throw new ResultError(error.path, error.message);
    throw error;
  }
}

/**
 * The complete and known state that a hook returned. A value left unknown, or null against the schema, is an error each.
 *
 * @param known the values that stay where the returned ones mean the same
 */
export function encodeState(
  schema: SchemaSpec,
  known: TfObject | null,
  returned: unknown,
  call: CallContext,
): DynamicValue {
  const { redactor, diagnostics } = call;
  const state = keepKnown(schema, known, checkResult(schema, returned));
  redactor.learn(schema, state);
  for (const path of unknownPaths(state)) {
    diagnostics.error("Provider left a value unknown", {
      path,
      detail: `After it was applied, "${printPath(path)}" is still unknown. This is a mistake in the provider.`,
    });
  }
  const complete = unknownAsNull(state);
  const encoded = encodeResult(schema.type, complete);
  if (!diagnostics.hasErrors) reportIncomplete(schema, requireObject(complete), diagnostics);
  return encoded;
}

/** The state that a hook saved halfway: values still unknown are null in it. */
export function encodeSavedState(
  schema: SchemaSpec,
  known: TfObject | null,
  saved: unknown,
  { redactor }: CallContext,
): DynamicValue {
  const state = unknownAsNull(keepKnown(schema, known, checkResult(schema, saved)));
  redactor.learn(schema, requireObject(state));
  return encodeResult(schema.type, state);
}

/** The state that an import, a move or an upgrade gave, in which members may be missing. */
export function encodePartialState(schema: SchemaSpec, returned: unknown, call: CallContext): DynamicValue {
  const state = checkResult(schema, complete(schema, requireResult(returned)));
  call.redactor.learn(schema, state);
  const encoded = encodeResult(schema.type, state);
  reportIncomplete(schema, state, call.diagnostics);
  return encoded;
}

/** Reports each null of an attribute that the schema declares never null. Returns whether there is one. */
export function reportIncomplete(fields: FieldsSpec, state: TfObject, diagnostics: Diagnostics): boolean {
  const unset = unsetPaths(fields, state);
  for (const path of unset) {
    diagnostics.error("Incomplete state", { path, detail: `"${printPath(path)}" is null, and it never should be.` });
  }
  return unset.length > 0;
}

function requireResult(value: unknown): TfObject {
  if (isObject(value)) return value;
  throw new ResultError([], "an object is required");
}

/** Walking an object by its schema would silently drop members that the schema does not have. */
function checkMembers(fields: FieldsSpec, object: TfObject): TfObject {
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(fields.type.attributes, name))
      throw new ResultError([], `the schema has no attribute "${name}"`);
  }
  for (const name of Object.keys(fields.type.attributes)) {
    if (object[name] === undefined) throw new ResultError([name], "the attribute is missing: use null for no value");
  }
  return object;
}

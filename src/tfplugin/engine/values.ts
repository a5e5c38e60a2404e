// Values as requests carry them (`DynamicValue`: MessagePack, or JSON), read and written by their type.
import {
  type CtyType,
  decodeJson,
  decodeMsgpack,
  encodeMsgpack,
  isObject,
  type TfObject,
  type TfValue,
  ValueError,
} from "../cty";
import type { DynamicValue } from "../proto/tfplugin6";
import type { SchemaSpec } from "../schema";
import type { Redactor } from "./redact";

const MSGPACK_NIL = 0xc0;
const NO_BYTES = Buffer.alloc(0);

/** Whether a value of any type is null, by its bytes alone. */
export function isNullValue(value: DynamicValue | undefined): boolean {
  if (value === undefined) return true;
  const { msgpack, json } = value;
  if (msgpack.length > 0) return msgpack.length === 1 && msgpack[0] === MSGPACK_NIL;
  return json.length === 0 || Buffer.from(json).toString().trim() === "null";
}

/** @throws ValueError when the value is not of that type */
export function writeValue(type: CtyType, value: TfValue): DynamicValue {
  return { msgpack: encodeMsgpack(type, value), json: NO_BYTES };
}

/**
 * An object of a schema, or null; its secrets are known to the redactor from then on.
 *
 * @throws ValueError when the value does not fit the schema
 */
export function readObjectOrNull(
  schema: SchemaSpec,
  value: DynamicValue | undefined,
  redactor: Redactor,
): TfObject | null {
  const decoded = readValue(schema.type, value);
  if (decoded === null) return null;
  const object = requireObject(decoded);
  redactor.learn(schema, object);
  return object;
}

/** @throws ValueError when the value is null or does not fit the schema */
export function readObject(schema: SchemaSpec, value: DynamicValue | undefined, redactor: Redactor): TfObject {
  const object = readObjectOrNull(schema, value, redactor);
  if (object === null) throw new ValueError([], "a configuration is required");
  return object;
}

/** The JSON text of a stored state; undefined for state in the notation of Terraform 0.11 and earlier. */
export function jsonText(raw: { json: Uint8Array } | undefined): string | undefined {
  return raw === undefined || raw.json.length === 0 ? undefined : Buffer.from(raw.json).toString("utf8");
}

/** @throws ValueError when the value is anything but an object */
export function requireObject(value: TfValue): TfObject {
  if (isObject(value)) return value;
  throw new ValueError([], "an object is required");
}

/** @throws ValueError when the value does not fit the type */
export function readValue(type: CtyType, value: DynamicValue | undefined): TfValue {
  if (value === undefined) return null;
  if (value.msgpack.length > 0) return decodeMsgpack(type, value.msgpack);
  return value.json.length > 0 ? decodeJson(type, Buffer.from(value.json).toString("utf8")) : null;
}

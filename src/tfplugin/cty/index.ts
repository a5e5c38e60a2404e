// Terraform's type system, called cty: types, values, and their two encodings. Pure.
export { kindOf, type Path, ValueError } from "./error";
export { decodeJson, encodeJson, fromJson } from "./json";
export { type JsonValue, parseJson } from "./json-text";
export { decodeMsgpack, encodeMsgpack } from "./msgpack";
export { ExactNumber, type TfNumber, tfNumber } from "./number";
export { type CtyType, hasDynamic, type TypeJson, typeFromJson, typeToJson } from "./type";
export { type Bound, isUnknown, type Refinements, Unknown, unknown } from "./unknown";
export {
  Dynamic,
  dynamic,
  equalTypes,
  equalValues,
  getKey,
  isArray,
  isObject,
  isWhollyKnown,
  setKey,
  type TfObject,
  type TfValue,
} from "./value";

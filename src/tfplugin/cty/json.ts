// Terraform values in JSON: docs/plugin-protocol/object-wire-format.md in hashicorp/terraform.
import { kindOf, MAX_DEPTH, type Path, ValueError } from "./error";
import { type JsonValue, parseJson } from "./json-text";
import { ExactNumber, numberToJson, tfNumber } from "./number";
import { type CtyType, typeFromJson, typeToJson } from "./type";
import { Unknown } from "./unknown";
import { Dynamic, getKey, isArray, isObject, setKey, type TfValue } from "./value";

/** Options of reading JSON. */
export interface JsonOptions {
  /** For state of another build of the schema: missing attributes are null, unknown attributes are dropped. */
  readonly lenient?: boolean;
}

/**
 * Reads a value of a type from JSON text.
 *
 * @throws ValueError, with the path, when the text is not JSON of a value of that type.
 */
export function decodeJson(type: CtyType, text: string, options: JsonOptions = {}): TfValue {
  return fromJson(type, parseJson(text), [], options);
}

/**
 * Writes a value of a type as JSON text.
 *
 * @throws ValueError, with the path, when the value is not of that type, is unknown, or is an infinity.
 */
export function encodeJson(type: CtyType, value: TfValue): string {
  return toJson(type, value, []);
}

/** Like `decodeJson`, from JSON already parsed. */
export function fromJson(type: CtyType, json: JsonValue, path: Path, options: JsonOptions): TfValue {
  if (path.length > MAX_DEPTH) throw new ValueError(path, "a value nested too deeply");
  if (json === null) return null;
  switch (type.kind) {
    case "string":
      // Terraform converts too: state may have been written when the attribute was a number or a bool.
      if (typeof json === "string") return json;
      if (typeof json === "boolean" || typeof json === "number" || json instanceof ExactNumber) {
        return typeof json === "boolean" ? String(json) : (numberToJson(json) ?? "");
      }
      throw mismatch(path, "a string", json);
    case "bool":
      if (typeof json === "boolean") return json;
      if (json === "true" || json === "1") return true;
      if (json === "false" || json === "0") return false;
      throw mismatch(path, "a bool", json);
    case "number":
      return readNumber(type, json, path);
    case "dynamic": {
      const [typeJson, value] = isJsonObject(json) ? [getKey(json, "type"), getKey(json, "value")] : [];
      if (typeJson === undefined || value === undefined) throw mismatch(path, "a value with its type", json);
      const inner = typeFromJson(typeJson);
      if (inner.kind === "dynamic") {
        if (value === null) return null;
        throw new ValueError(path, "the type of a value may not itself be dynamic");
      }
      return new Dynamic(inner, fromJson(inner, value, path, options));
    }
    case "list":
    case "set":
      if (!isJsonArray(json)) throw mismatch(path, "an array", json);
      return json.map((element, i) => fromJson(type.element, element, [...path, i], options));
    case "tuple":
      if (!isJsonArray(json)) throw mismatch(path, "an array", json);
      if (json.length !== type.elements.length) {
        throw new ValueError(path, `an array of ${type.elements.length} elements is required, found ${json.length}`);
      }
      return type.elements.map((element, i) => fromJson(element, json[i] ?? null, [...path, i], options));
    case "map": {
      if (!isJsonObject(json)) throw mismatch(path, "an object", json);
      const map: { [key: string]: TfValue } = {};
      for (const [key, member] of Object.entries(json)) {
        setKey(map, key, fromJson(type.element, member, [...path, key], options));
      }
      return map;
    }
    case "object": {
      if (!isJsonObject(json)) throw mismatch(path, "an object", json);
      if (!options.lenient) {
        for (const name of Object.keys(json)) {
          if (!Object.hasOwn(type.attributes, name)) {
            throw new ValueError(path, "an attribute that the schema does not have");
          }
        }
      }
      const object: { [name: string]: TfValue } = {};
      for (const [name, attribute] of Object.entries(type.attributes)) {
        const member = getKey(json, name);
        if (member === undefined && !options.lenient) {
          throw new ValueError(path, `the attribute "${name}" is missing`);
        }
        setKey(object, name, member === undefined ? null : fromJson(attribute, member, [...path, name], options));
      }
      return object;
    }
  }
}

function readNumber(type: CtyType & { kind: "number" }, json: JsonValue, path: Path): TfValue {
  let number = json;
  if (typeof number === "string") {
    try {
      number = tfNumber(number);
    } catch {
      throw new ValueError(path, "a number is required");
    }
  }
  if (typeof number !== "number" && !(number instanceof ExactNumber)) throw mismatch(path, "a number", json);
  if (type.integer && !Number.isSafeInteger(number)) throw new ValueError(path, "a whole number is required");
  return number;
}

function toJson(type: CtyType, value: TfValue, path: Path): string {
  if (path.length > MAX_DEPTH) throw new ValueError(path, "a value nested too deeply");
  if (value === null) return "null";
  if (value instanceof Unknown) throw new ValueError(path, "an unknown value has no JSON");
  switch (type.kind) {
    case "string":
      if (typeof value !== "string") throw mismatch(path, "a string", value);
      return quote(value, path);
    case "bool":
      if (typeof value !== "boolean") throw mismatch(path, "a bool", value);
      return String(value);
    case "number": {
      if (typeof value !== "number" && !(value instanceof ExactNumber)) throw mismatch(path, "a number", value);
      const text = numberToJson(value);
      if (text === undefined) throw new ValueError(path, "a finite number is required");
      return text;
    }
    case "dynamic":
      if (!(value instanceof Dynamic)) throw mismatch(path, "a dynamic value", value);
      return `{"value":${toJson(value.type, value.value, path)},"type":${JSON.stringify(typeToJson(value.type))}}`;
    case "list":
    case "set":
      if (!isArray(value)) throw mismatch(path, "an array", value);
      return `[${value.map((element, i) => toJson(type.element, element, [...path, i])).join(",")}]`;
    case "tuple":
      if (!isArray(value)) throw mismatch(path, "an array", value);
      if (value.length !== type.elements.length) {
        throw new ValueError(path, `an array of ${type.elements.length} elements is required, found ${value.length}`);
      }
      return `[${type.elements.map((element, i) => toJson(element, value[i] ?? null, [...path, i])).join(",")}]`;
    case "map":
      if (!isObject(value)) throw mismatch(path, "an object", value);
      return members(
        Object.entries(value).map(([key, v]) => [quote(key, path), toJson(type.element, v, [...path, key])]),
      );
    case "object": {
      if (!isObject(value)) throw mismatch(path, "an object", value);
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(type.attributes, key)) throw new ValueError(path, `the schema has no attribute "${key}"`);
      }
      return members(
        Object.entries(type.attributes).map(([name, attribute]) => {
          const member = getKey(value, name);
          if (member === undefined) throw new ValueError([...path, name], "the attribute is missing");
          return [quote(name, path), toJson(attribute, member, [...path, name])];
        }),
      );
    }
  }
}

function members(entries: [string, string][]): string {
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(",")}}`;
}

function quote(text: string, path: Path): string {
  if (!text.isWellFormed()) throw new ValueError(path, "a string that is not valid Unicode");
  return JSON.stringify(text.normalize("NFC"));
}

function mismatch(path: Path, wanted: string, found: unknown): ValueError {
  return new ValueError(path, `${wanted} is required, found ${kindOf(found)}`);
}

function isJsonObject(json: JsonValue): json is { readonly [key: string]: JsonValue } {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !(json instanceof ExactNumber);
}

function isJsonArray(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}

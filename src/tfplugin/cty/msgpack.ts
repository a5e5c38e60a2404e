// Terraform values in MessagePack: docs/plugin-protocol/object-wire-format.md in hashicorp/terraform.
import { kindOf, MAX_DEPTH, ValueError } from "./error";
import { MsgpackReader, MsgpackWriter } from "./msgpack-bytes";
import { ExactNumber, encodeNumber, fromDouble, type TfNumber, tfNumber } from "./number";
import { type CtyType, typeFromJson, typeToJson } from "./type";
import { type Bound, type Refinements, Unknown, unknown } from "./unknown";
import { Dynamic, getKey, isArray, isObject, setKey, type TfValue } from "./value";

const EXTENSION_UNKNOWN = 0;
const EXTENSION_REFINED = 12;
/** Bytes of refinements; Terraform refuses more. */
const MAX_REFINEMENTS = 1024;
/** Bytes of a prefix refinement: long enough for every purpose, and within the limit above. */
const MAX_PREFIX = 256;

const KEY_NULL = 1n;
const KEY_PREFIX = 2n;
const KEY_MIN = 3n;
const KEY_MAX = 4n;
const KEY_MIN_LENGTH = 5n;
const KEY_MAX_LENGTH = 6n;

/**
 * Reads a value of a type.
 *
 * @throws ValueError, with the path, when the bytes do not encode a value of that type.
 */
export function decodeMsgpack(type: CtyType, bytes: Uint8Array): TfValue {
  const reader = new MsgpackReader(bytes);
  const value = new Decoder(reader).read(type);
  if (!reader.atEnd) throw new ValueError([], "bytes left over after the value");
  return value;
}

/**
 * Writes a value of a type. Object attributes that are missing or `undefined` are an error: null has to be explicit.
 *
 * @throws ValueError, with the path, when the value is not of that type.
 */
export function encodeMsgpack(type: CtyType, value: TfValue): Buffer {
  const writer = new MsgpackWriter();
  new Encoder(writer).write(type, value);
  return writer.bytes();
}

/** Keeps the path of the current value, for errors. */
class PathTracker {
  protected readonly path: (string | number)[] = [];

  protected at<T>(step: string | number, work: () => T): T {
    if (this.path.length >= MAX_DEPTH) throw this.error("a value nested too deeply");
    this.path.push(step);
    const result = work();
    this.path.pop();
    return result;
  }

  protected error(message: string): ValueError {
    return new ValueError(this.path, message);
  }

  /** Adds the current path to an error that has none: tokens are read without one. */
  protected withPath<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof ValueError && error.path.length === 0 && this.path.length > 0)
        throw this.error(error.message);
      throw error;
    }
  }
}

class Decoder extends PathTracker {
  readonly #in: MsgpackReader;

  constructor(reader: MsgpackReader) {
    super();
    this.#in = reader;
  }

  read(type: CtyType): TfValue {
    const token = this.withPath(() => this.#in.peek());
    if (token === "extension") return this.withPath(() => readUnknown(this.#in, type));
    if (token === "nil") {
      this.#in.nil();
      return null;
    }
    switch (type.kind) {
      case "string":
        return this.withPath(() => this.#in.string());
      case "bool":
        return this.withPath(() => this.#in.bool());
      case "number": {
        const value = this.withPath(() => readNumber(this.#in));
        if (type.integer) this.#requireInteger(value);
        return value;
      }
      case "dynamic":
        return this.#dynamic();
      case "list":
      case "set": {
        const length = this.withPath(() => this.#in.arrayHeader());
        const elements: TfValue[] = [];
        for (let i = 0; i < length; i++) elements.push(this.at(i, () => this.read(type.element)));
        return elements;
      }
      case "tuple": {
        const length = this.withPath(() => this.#in.arrayHeader());
        if (length !== type.elements.length) {
          throw this.error(`a tuple of ${type.elements.length} elements is required, found ${length}`);
        }
        return type.elements.map((element, i) => this.at(i, () => this.read(element)));
      }
      case "map": {
        const length = this.withPath(() => this.#in.mapHeader());
        const map: { [key: string]: TfValue } = {};
        for (let i = 0; i < length; i++) {
          const key = this.withPath(() => this.#in.string());
          const value = this.at(key, () => this.read(type.element));
          setKey(map, key, value);
        }
        return map;
      }
      case "object":
        return this.#object(type.attributes);
    }
  }

  #object(attributes: { readonly [name: string]: CtyType }): TfValue {
    const length = this.withPath(() => this.#in.mapHeader());
    const found: { [name: string]: TfValue } = {};
    for (let i = 0; i < length; i++) {
      const name = this.withPath(() => this.#in.string());
      const type = getKey(attributes, name);
      if (type === undefined) throw this.error("an attribute that the schema does not have");
      setKey(
        found,
        name,
        this.at(name, () => this.read(type)),
      );
    }
    for (const name of Object.keys(attributes)) {
      if (!Object.hasOwn(found, name)) throw this.error(`the attribute "${name}" is missing`);
    }
    return found;
  }

  #dynamic(): TfValue {
    const type = this.withPath(() => {
      if (this.#in.arrayHeader() !== 2) throw new ValueError([], "a value with its type is required");
      return readType(this.#in.peek() === "string" ? Buffer.from(this.#in.string()) : this.#in.binary());
    });
    if (type.kind !== "dynamic") return new Dynamic(type, this.read(type));
    // A value whose type is itself dynamic can only be null or unknown.
    const token = this.withPath(() => this.#in.peek());
    if (token !== "nil" && token !== "extension") throw this.error("the type of a value may not itself be dynamic");
    return this.read(type);
  }

  #requireInteger(value: TfNumber): void {
    if (!Number.isSafeInteger(value)) {
      throw this.error(`a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER} is required`);
    }
  }
}

function readNumber(reader: MsgpackReader): TfNumber {
  switch (reader.peek()) {
    case "int":
      return tfNumber(reader.int());
    case "float": {
      const number = fromDouble(reader.float());
      if (number === undefined) throw new ValueError([], "a number is required, found NaN");
      return number;
    }
    case "string":
      return tfNumber(reader.string());
    default:
      throw new ValueError([], `a number is required, found ${reader.peek()}`);
  }
}

function readType(json: Uint8Array): CtyType {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(json).toString("utf8"));
  } catch {
    throw new ValueError([], "a type that is not JSON");
  }
  return typeFromJson(parsed);
}

function readUnknown(reader: MsgpackReader, type: CtyType): Unknown {
  const { type: code, data } = reader.extension();
  // Every extension is an unknown value; only this one has refinements.
  if (code !== EXTENSION_REFINED || data.length <= 1 || type.kind === "dynamic") return unknown;
  const refinements = readRefinements(new MsgpackReader(data), type);
  return Object.keys(refinements).length === 0 ? unknown : new Unknown(refinements);
}

function readRefinements(reader: MsgpackReader, type: CtyType): Refinements {
  const found: { -readonly [K in keyof Refinements]: Refinements[K] } = {};
  const collection = type.kind === "list" || type.kind === "set" || type.kind === "map";
  for (let left = reader.mapHeader(); left > 0; left--) {
    const key = reader.int();
    if (key === KEY_NULL) found.isNull = reader.bool();
    else if (key === KEY_PREFIX && type.kind === "string") found.prefix = reader.string();
    else if (key === KEY_MIN && type.kind === "number") found.min = readBound(reader);
    else if (key === KEY_MAX && type.kind === "number") found.max = readBound(reader);
    else if (key === KEY_MIN_LENGTH && collection) found.minLength = readLength(reader);
    else if (key === KEY_MAX_LENGTH && collection) found.maxLength = readLength(reader);
    else skip(reader, 0); // a refinement of a later Terraform
  }
  return found;
}

function readBound(reader: MsgpackReader): Bound {
  if (reader.arrayHeader() !== 2) throw new ValueError([], "a bound is a number and a bool");
  return { value: readNumber(reader), inclusive: reader.bool() };
}

function readLength(reader: MsgpackReader): number {
  const length = reader.int();
  if (length < 0n || length > BigInt(Number.MAX_SAFE_INTEGER)) throw new ValueError([], "a length out of range");
  return Number(length);
}

function skip(reader: MsgpackReader, depth: number): void {
  if (depth > MAX_DEPTH) throw new ValueError([], "a value nested too deeply");
  const token = reader.peek();
  if (token === "array") {
    for (let left = reader.arrayHeader(); left > 0; left--) skip(reader, depth + 1);
  } else if (token === "map") {
    for (let left = reader.mapHeader() * 2; left > 0; left--) skip(reader, depth + 1);
  } else reader[token]();
}

class Encoder extends PathTracker {
  readonly #out: MsgpackWriter;

  constructor(writer: MsgpackWriter) {
    super();
    this.#out = writer;
  }

  write(type: CtyType, value: TfValue): void {
    if (value === null) this.#out.nil();
    else if (value instanceof Unknown) this.#unknown(type, value);
    else this.#known(type, value);
  }

  #known(type: CtyType, value: Exclude<TfValue, null | Unknown>): void {
    switch (type.kind) {
      case "string":
        if (typeof value !== "string") throw this.#mismatch("a string", value);
        this.#string(value);
        break;
      case "bool":
        if (typeof value !== "boolean") throw this.#mismatch("a bool", value);
        this.#out.bool(value);
        break;
      case "number":
        if (typeof value !== "number" && !(value instanceof ExactNumber)) throw this.#mismatch("a number", value);
        if (type.integer && !Number.isSafeInteger(value)) throw this.error("a whole number is required");
        this.#number(value);
        break;
      case "dynamic":
        if (!(value instanceof Dynamic)) throw this.#mismatch("a dynamic value", value);
        if (value.type.kind === "dynamic") throw this.error("the type of a value may not itself be dynamic");
        this.#out.arrayHeader(2);
        this.#out.binary(Buffer.from(JSON.stringify(typeToJson(value.type))));
        this.write(value.type, value.value);
        break;
      case "list":
      case "set":
      case "tuple":
        this.#sequence(type, value);
        break;
      case "map":
        this.#map(type.element, value);
        break;
      case "object":
        this.#object(type.attributes, value);
        break;
    }
  }

  #sequence(type: Extract<CtyType, { element: CtyType } | { kind: "tuple" }>, value: TfValue): void {
    if (!isArray(value)) throw this.#mismatch("an array", value);
    const elements = type.kind === "tuple" ? type.elements : value.map(() => type.element);
    if (value.length !== elements.length) {
      throw this.error(`an array of ${elements.length} elements is required, found ${value.length}`);
    }
    this.#out.arrayHeader(value.length);
    for (const [i, element] of elements.entries()) this.at(i, () => this.write(element, value[i] ?? null));
  }

  #map(element: CtyType, value: TfValue): void {
    if (!isObject(value)) throw this.#mismatch("an object", value);
    const entries = Object.entries(value);
    this.#out.mapHeader(entries.length);
    for (const [key, member] of entries) {
      this.#string(key);
      this.at(key, () => this.write(element, member));
    }
  }

  #object(attributes: { readonly [name: string]: CtyType }, value: TfValue): void {
    if (!isObject(value)) throw this.#mismatch("an object", value);
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(attributes, key)) throw this.error(`the schema has no attribute "${key}"`);
    }
    const entries = Object.entries(attributes);
    this.#out.mapHeader(entries.length);
    for (const [name, attribute] of entries) {
      this.#string(name);
      this.at(name, () => {
        const member = getKey(value, name);
        if (member === undefined) throw this.error("the attribute is missing: use null for no value");
        this.write(attribute, member);
      });
    }
  }

  #mismatch(wanted: string, value: unknown): ValueError {
    return this.error(`${wanted} is required, found ${kindOf(value)}`);
  }

  #string(value: string): void {
    // Terraform strings are normalized Unicode; a lone surrogate has no UTF-8.
    if (!value.isWellFormed()) throw this.error("a string that is not valid Unicode");
    this.#out.string(value.normalize("NFC"));
  }

  #number(value: TfNumber): void {
    const encoded = encodeNumber(value);
    if (encoded === undefined) throw this.error("a number is required, found NaN");
    if ("int" in encoded) this.#out.int(encoded.int);
    else if ("float" in encoded) this.#out.float(encoded.float);
    else this.#out.string(encoded.text);
  }

  #unknown(type: CtyType, { refinements }: Unknown): void {
    const body = type.kind === "dynamic" ? undefined : this.#refinements(refinements);
    if (body === undefined || body.length > MAX_REFINEMENTS) this.#out.extension(EXTENSION_UNKNOWN, Buffer.alloc(1));
    else this.#out.extension(EXTENSION_REFINED, body);
  }

  #refinements({ isNull, prefix, min, max, minLength, maxLength }: Refinements): Buffer | undefined {
    const body = new MsgpackWriter();
    const inner = new Encoder(body);
    const bound = (key: bigint, { value, inclusive }: Bound) => {
      body.int(key);
      body.arrayHeader(2);
      inner.#number(value);
      body.bool(inclusive);
    };
    const length = (key: bigint, value: number) => {
      body.int(key);
      body.int(BigInt(value));
    };
    const parts: (() => void)[] = [];
    if (isNull !== undefined) {
      parts.push(() => {
        body.int(KEY_NULL);
        body.bool(isNull);
      });
    }
    if (prefix) {
      parts.push(() => {
        body.int(KEY_PREFIX);
        inner.#string(shorten(prefix));
      });
    }
    if (min !== undefined) parts.push(() => bound(KEY_MIN, min));
    if (max !== undefined) parts.push(() => bound(KEY_MAX, max));
    if (minLength !== undefined) parts.push(() => length(KEY_MIN_LENGTH, minLength));
    if (maxLength !== undefined) parts.push(() => length(KEY_MAX_LENGTH, maxLength));
    if (parts.length === 0) return undefined;
    body.mapHeader(parts.length);
    for (const part of parts) part();
    return body.bytes();
  }
}

/** A prefix within the limit: a shorter prefix is still true. Never cut inside a character. */
function shorten(prefix: string): string {
  if (Buffer.byteLength(prefix) <= MAX_PREFIX) return prefix;
  let kept = "";
  for (const character of prefix) {
    if (Buffer.byteLength(kept + character) > MAX_PREFIX) break;
    kept += character;
  }
  return kept;
}

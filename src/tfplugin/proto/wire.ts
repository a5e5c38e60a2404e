// The encoding of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), as far as the plugin protocol uses it.
// A message is declared as an object of fields, from which its TypeScript type follows: no code is generated, and no .proto
// file is parsed when the provider starts, which would cost more than all the rest of the start.

/** Bytes that do not encode the declared message. */
export class ProtoError extends Error {
  override readonly name = "ProtoError";
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The declaration of a field, as a .proto file has it: `int` stands for int64, int32 and enumerations. */
export interface FieldDescriptor {
  readonly number: number;
  readonly label: "" | "optional" | "repeated" | "map";
  /** The type, of the elements or values where the label says so. */
  readonly type: "bool" | "int" | "string" | "bytes" | Descriptor;
}

/** The declaration of a message. */
export interface Descriptor {
  readonly fields: { readonly [name: string]: FieldDescriptor };
}

interface Field<T> extends FieldDescriptor {
  readonly wireType: typeof VARINT | typeof BYTES;
  /** The value of a field that is not in the message. */
  readonly defaultValue: () => T;
  readonly write: (value: T, number: number, out: Writer) => void;
  /** Reads one occurrence; `previous` is the value of the occurrences before it. */
  readonly read: (input: Reader, previous: T) => T;
}

/** The fields of a message, by name. */
export type Fields = { readonly [name: string]: Field<never> };

/** A message type: writes and reads its messages. */
export interface Message<T> extends Descriptor {
  /** Writes a message; fields that are left out have their default. */
  encode(value: Input<T>): Buffer;
  /** @throws ProtoError when the bytes do not encode such a message */
  decode(bytes: Uint8Array): T;
}

/** A decoded message: every field is present. */
export type MessageOf<M> = M extends Message<infer T> ? T : never;

/** A message to encode: any field may be left out, at any depth. */
export type Input<T> = T extends Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : { readonly [K in keyof T]?: Input<T[K]> };

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** Declares a message. */
export function message<F extends { readonly [name: string]: unknown }>(
  fields: F & { readonly [K in keyof F]: Field<ValueOf<F[K]>> },
): Message<{ -readonly [K in keyof F]: ValueOf<F[K]> }> {
  const all = Object.entries(fields) as [string, Field<unknown>][];
  const byNumber = new Map(all.map(([name, field]) => [field.number, [name, field] as const]));
  return {
    fields: fields as unknown as Descriptor["fields"],
    encode(value) {
      const out = new Writer();
      for (const [name, field] of all) {
        const member = (value as { [name: string]: unknown })[name];
        if (member !== undefined) field.write(member, field.number, out);
      }
      return out.bytes();
    },
    decode(bytes) {
      const input = new Reader(bytes);
      const result: { [name: string]: unknown } = {};
      for (const [name, field] of all) result[name] = field.defaultValue();
      while (!input.atEnd) {
        const tag = input.varint();
        const wireType = Number(tag & 7n);
        const known = byNumber.get(Number(tag >> 3n));
        if (known === undefined) input.skip(wireType);
        else {
          const [name, field] = known;
          if (wireType !== field.wireType) throw new ProtoError(`the field ${name} has another wire type`);
          result[name] = field.read(input, result[name]);
        }
      }
      return result as { [K in keyof F]: ValueOf<F[K]> };
    },
  };
}

export function bool(number: number): Field<boolean> {
  return scalar(
    number,
    "bool",
    VARINT,
    false,
    (out, v) => out.varint(v ? 1n : 0n),
    (input) => input.varint() !== 0n,
  );
}

/** int64, int32 or an enumeration. Numbers beyond 2^53 are refused: the protocol has none so large. */
export function int(number: number): Field<number> {
  return scalar(number, "int", VARINT, 0, writeInt, readInt);
}

export function string(number: number): Field<string> {
  return scalar(
    number,
    "string",
    BYTES,
    "",
    (out, v) => out.delimited(Buffer.from(v)),
    (input) => input.delimited().toString(),
  );
}

const NO_BYTES = Buffer.alloc(0);

export function bytes(number: number): Field<Uint8Array> {
  return {
    ...scalar<Uint8Array>(
      number,
      "bytes",
      BYTES,
      NO_BYTES,
      (out, v) => out.delimited(v),
      (input) => input.delimited(),
    ),
    write: (value, n, out) => {
      if (value.length > 0) out.tag(n, BYTES).delimited(value);
    },
  };
}

/** A field with presence, so that it may hold its default value: a member of a `oneof`, or `optional`. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  const { number, type, wireType, read } = field;
  return {
    number,
    label: "optional",
    type,
    wireType,
    defaultValue: () => undefined,
    read: (input) => read(input, field.defaultValue()),
    write: (value, n, out) => {
      if (value === undefined) return;
      const inner = new Writer();
      field.write(value, n, inner);
      // The field wrote nothing for a default value, so its presence is written here: zero as a number or as a length.
      if (inner.bytes().length === 0) out.tag(n, wireType).varint(0n);
      else out.raw(inner.bytes());
    },
  };
}

/** A message within a message. */
export function nested<T>(number: number, kind: Message<T>): Field<T | undefined> {
  return {
    number,
    label: "",
    type: kind,
    wireType: BYTES,
    defaultValue: () => undefined,
    read: (input) => kind.decode(input.delimited()),
    write: (value, n, out) => {
      if (value !== undefined) out.tag(n, BYTES).delimited(kind.encode(value as Input<T>));
    },
  };
}

/** A message type that is declared further down, for messages that contain each other. */
export function lazy<T>(kind: () => Message<T>): Message<T> {
  return {
    get fields() {
      return kind().fields;
    },
    encode: (value) => kind().encode(value),
    decode: (bytes) => kind().decode(bytes),
  };
}

/** A list of messages. */
export function repeated<T>(number: number, kind: Message<T>): Field<T[]> {
  return {
    number,
    label: "repeated",
    type: kind,
    wireType: BYTES,
    defaultValue: () => [],
    read: (input, previous) => {
      previous.push(kind.decode(input.delimited()));
      return previous;
    },
    write: (values, n, out) => {
      for (const value of values) out.tag(n, BYTES).delimited(kind.encode(value as Input<T>));
    },
  };
}

/** A map from strings to messages. */
export function mapOf<T>(number: number, kind: Message<T>): Field<{ [key: string]: T }> {
  const entry = message({ key: string(1), value: nested(2, kind) });
  const empty = NO_BYTES;
  return {
    number,
    label: "map",
    type: kind,
    wireType: BYTES,
    defaultValue: () => ({}),
    read: (input, previous) => {
      const { key, value } = entry.decode(input.delimited());
      Object.defineProperty(previous, key, {
        value: value ?? kind.decode(empty),
        enumerable: true,
        configurable: true,
        writable: true,
      });
      return previous;
    },
    write: (values, n, out) => {
      for (const [key, value] of Object.entries(values)) {
        out.tag(n, BYTES).delimited(entry.encode({ key, value } as Input<MessageOf<typeof entry>>));
      }
    },
  };
}

function scalar<T>(
  number: number,
  type: "bool" | "int" | "string" | "bytes",
  wireType: typeof VARINT | typeof BYTES,
  defaultValue: T,
  write: (out: Writer, value: T) => void,
  read: (input: Reader) => T,
): Field<T> {
  return {
    number,
    label: "",
    type,
    wireType,
    defaultValue: () => defaultValue,
    read,
    write: (value, n, out) => {
      if (value === defaultValue) return;
      out.tag(n, wireType);
      write(out, value);
    },
  };
}

function writeInt(out: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) throw new ProtoError("a whole number is required");
  out.varint(BigInt.asUintN(64, BigInt(value)));
}

function readInt(input: Reader): number {
  const value = BigInt.asIntN(64, input.varint());
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new ProtoError("a number out of range");
  return number;
}

class Writer {
  readonly #chunks: Uint8Array[] = [];

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  tag(number: number, wireType: number): this {
    return this.varint(BigInt(number) * 8n + BigInt(wireType));
  }

  varint(value: bigint): this {
    const bytes: number[] = [];
    let left = value;
    do {
      const low = Number(left & 0x7fn);
      left >>= 7n;
      bytes.push(left === 0n ? low : low | 0x80);
    } while (left !== 0n);
    this.#chunks.push(Uint8Array.from(bytes));
    return this;
  }

  delimited(value: Uint8Array): this {
    this.varint(BigInt(value.length));
    return this.raw(value);
  }

  raw(value: Uint8Array): this {
    this.#chunks.push(value);
    return this;
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtoError("the message ends too early");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtoError("a number of too many bytes");
  }

  delimited(): Buffer {
    return this.#take(Number(this.varint()));
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.#take(8);
    else if (wireType === BYTES) this.delimited();
    else if (wireType === FIXED32) this.#take(4);
    else throw new ProtoError("a wire type that does not exist");
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new ProtoError("the message ends too early");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

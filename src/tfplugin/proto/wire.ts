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
  /** Appends a message without its length. */
  write(value: Input<T>, out: Writer): void;
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
  const write = (value: unknown, out: Writer) => {
    for (const [name, field] of all) {
      const member = (value as { [name: string]: unknown })[name];
      if (member !== undefined) field.write(member, field.number, out);
    }
  };
  return {
    fields: fields as unknown as Descriptor["fields"],
    write,
    encode(value) {
      const out = new Writer();
      write(value, out);
      return out.bytes();
    },
    decode(bytes) {
      const input = new Reader(bytes);
      const result: { [name: string]: unknown } = {};
      for (const [name, field] of all) result[name] = field.defaultValue();
      while (!input.atEnd) {
        const tag = input.varint();
        const wireType = tag % 8;
        const known = byNumber.get(Math.floor(tag / 8));
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
    (out, v) => out.varint(v ? 1 : 0),
    (input) => input.varint() !== 0,
  );
}

/** int64, int32 or an enumeration. Numbers beyond 2^53 are refused: the protocol has none so large. */
export function int(number: number): Field<number> {
  return scalar(
    number,
    "int",
    VARINT,
    0,
    (out, v) => out.int(v),
    (input) => input.int(),
  );
}

export function string(number: number): Field<string> {
  return scalar(
    number,
    "string",
    BYTES,
    "",
    (out, v) => out.text(v),
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
      const { size } = out;
      field.write(value, n, out);
      // The field wrote nothing for a default value, so its presence is written here: zero as a number or as a length.
      if (out.size === size) out.tag(n, wireType).varint(0);
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
      if (value !== undefined) out.tag(n, BYTES).nested(kind, value as Input<T>);
    },
  };
}

/** A message type that is declared further down, for messages that contain each other. */
export function lazy<T>(kind: () => Message<T>): Message<T> {
  return {
    get fields() {
      return kind().fields;
    },
    write: (value, out) => kind().write(value, out),
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
      for (const value of values) out.tag(n, BYTES).nested(kind, value as Input<T>);
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
        out.tag(n, BYTES).nested(entry, { key, value } as Input<MessageOf<typeof entry>>);
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

/** Collects the bytes of a message. Numbers are doubles where they are exact: most varints are one byte, and a BigInt is slow. */
class Writer {
  #bytes = Buffer.allocUnsafe(512);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  tag(number: number, wireType: number): this {
    return this.varint(number * 8 + wireType);
  }

  /** A non-negative safe integer. */
  varint(value: number): this {
    this.#reserve(MAX_VARINT);
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 0x80)) this.#bytes[this.#size++] = (left % 0x80) | 0x80;
    this.#bytes[this.#size++] = left;
    return this;
  }

  /** An integer; negative ones are written as their 64-bit complement. */
  int(value: number): void {
    if (!Number.isSafeInteger(value)) throw new ProtoError("a whole number is required");
    if (value >= 0) {
      this.varint(value);
      return;
    }
    this.#reserve(MAX_VARINT);
    let left = BigInt.asUintN(64, BigInt(value));
    for (; left > 0x7fn; left >>= 7n) this.#bytes[this.#size++] = Number(left & 0x7fn) | 0x80;
    this.#bytes[this.#size++] = Number(left);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.varint(length).#reserve(length);
    this.#size += this.#bytes.write(value, this.#size);
  }

  delimited(value: Uint8Array): void {
    this.varint(value.length).#reserve(value.length);
    this.#bytes.set(value, this.#size);
    this.#size += value.length;
  }

  nested<T>(kind: Message<T>, value: Input<T>): void {
    const start = this.#size;
    kind.write(value, this);
    const end = this.#size;
    // The length comes before the message, and is known after it: written behind it at first, which makes room for it.
    this.varint(end - start);
    this.#bytes.copyWithin(start + this.#size - end, start, end);
    this.#size = start;
    this.varint(end - start);
    this.#size += end - start;
  }

  #reserve(count: number): void {
    const needed = this.#size + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}

/** Bytes of the longest varint. */
const MAX_VARINT = 10;
/** Bytes of a varint that a double holds exactly. */
const EXACT_VARINT = 7;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A varint without a sign; not exact beyond 2^53. */
  varint(): number {
    return this.#short() ?? Number(this.#long());
  }

  int(): number {
    const short = this.#short();
    if (short !== undefined) return short;
    const number = Number(BigInt.asIntN(64, this.#long()));
    if (!Number.isSafeInteger(number)) throw new ProtoError("a number out of range");
    return number;
  }

  delimited(): Buffer {
    return this.#take(this.varint());
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.#take(8);
    else if (wireType === BYTES) this.delimited();
    else if (wireType === FIXED32) this.#take(4);
    else throw new ProtoError("a wire type that does not exist");
  }

  /** A varint of at most seven bytes; undefined, and nothing is read, if it is longer. */
  #short(): number | undefined {
    let value = 0;
    for (let count = 0, unit = 1; count < EXACT_VARINT; count += 1, unit *= 0x80) {
      const byte = this.#bytes[this.#at + count];
      if (byte === undefined) throw new ProtoError("the message ends too early");
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        this.#at += count + 1;
        return value;
      }
    }
    return undefined;
  }

  #long(): bigint {
    let value = 0n;
    for (let count = 0; count < MAX_VARINT; count += 1) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtoError("the message ends too early");
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtoError("a number of too many bytes");
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new ProtoError("the message ends too early");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

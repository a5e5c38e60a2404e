// MessagePack's tokens (https://github.com/msgpack/msgpack/blob/master/spec.md). Written here and not taken from a library
// because values are read by their Terraform type: 64-bit integers keep their digits, a map may have the key `__proto__`,
// and a header that promises more than the input holds allocates nothing.
import { ValueError } from "./error";

/** The kind of a token, as far as a reader has to distinguish them. */
export type Token = "nil" | "bool" | "int" | "float" | "string" | "binary" | "array" | "map" | "extension";

const EMPTY = new Uint8Array(0);
// `ignoreBOM` keeps a leading U+FEFF, which is part of the string.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one token after another. Every method throws `ValueError` when the next token is of another kind. */
export class MsgpackReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The kind of the next token, which stays unread. */
  peek(): Token {
    const code = this.#bytes[this.#at];
    if (code === undefined) throw truncated();
    if (code <= 0x7f || code >= 0xe0 || (code >= 0xcc && code <= 0xd3)) return "int";
    if (code <= 0x8f || code >= 0xde) return "map";
    if (code <= 0x9f || code >= 0xdc) return "array";
    if (code <= 0xbf || code >= 0xd9) return "string";
    if (code === 0xc0) return "nil";
    if (code === 0xc1) throw new ValueError([], "not MessagePack");
    if (code <= 0xc3) return "bool";
    if (code <= 0xc6) return "binary";
    if (code === 0xca || code === 0xcb) return "float";
    return "extension";
  }

  nil(): void {
    this.#expect("nil");
    this.#at++;
  }

  bool(): boolean {
    this.#expect("bool");
    return this.#byte() === 0xc3;
  }

  int(): bigint {
    this.#expect("int");
    const code = this.#byte();
    if (code <= 0x7f) return BigInt(code);
    if (code >= 0xe0) return BigInt(code - 0x100);
    const at = this.#skip(1 << (code & 3));
    switch (code) {
      case 0xcc:
        return BigInt(this.#view.getUint8(at));
      case 0xcd:
        return BigInt(this.#view.getUint16(at));
      case 0xce:
        return BigInt(this.#view.getUint32(at));
      case 0xcf:
        return this.#view.getBigUint64(at);
      case 0xd0:
        return BigInt(this.#view.getInt8(at));
      case 0xd1:
        return BigInt(this.#view.getInt16(at));
      case 0xd2:
        return BigInt(this.#view.getInt32(at));
      default:
        return this.#view.getBigInt64(at);
    }
  }

  float(): number {
    this.#expect("float");
    return this.#byte() === 0xca ? this.#view.getFloat32(this.#skip(4)) : this.#view.getFloat64(this.#skip(8));
  }

  string(): string {
    this.#expect("string");
    const code = this.#byte();
    const length = code <= 0xbf ? code & 0x1f : this.#length(code - 0xd9);
    try {
      return utf8.decode(this.#take(length));
    } catch (error) {
      if (error instanceof ValueError) throw error;
      throw new ValueError([], "a string that is not valid UTF-8");
    }
  }

  binary(): Uint8Array {
    this.#expect("binary");
    return this.#take(this.#length(this.#byte() - 0xc4));
  }

  /** The number of elements; they follow. */
  arrayHeader(): number {
    this.#expect("array");
    const code = this.#byte();
    return code <= 0x9f ? code & 0x0f : this.#length(code - 0xdc + 1);
  }

  /** The number of entries; a key and a value of each follow. */
  mapHeader(): number {
    this.#expect("map");
    const code = this.#byte();
    return code <= 0x8f ? code & 0x0f : this.#length(code - 0xde + 1);
  }

  extension(): { type: number; data: Uint8Array } {
    this.#expect("extension");
    const code = this.#byte();
    const length = code <= 0xc9 ? this.#length(code - 0xc7) : 1 << (code - 0xd4);
    const type = this.#view.getInt8(this.#skip(1));
    return { type, data: this.#take(length) };
  }

  #expect(token: Token): void {
    const found = this.peek();
    if (found !== token) throw new ValueError([], `${token} expected, found ${found}`);
  }

  #byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  /** A length of 1, 2 or 4 bytes. */
  #length(log2: number): number {
    const at = this.#skip(1 << log2);
    if (log2 === 0) return this.#view.getUint8(at);
    return log2 === 1 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #skip(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw truncated();
    this.#at = at + count;
    return at;
  }

  #take(count: number): Uint8Array {
    if (count === 0) return EMPTY;
    const at = this.#skip(count);
    return this.#bytes.subarray(at, at + count);
  }
}

function truncated(): ValueError {
  return new ValueError([], "the value ends too early");
}

/** Writes one token after another, each in its shortest form. */
export class MsgpackWriter {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  /** The bytes written so far, as a copy. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  nil(): void {
    this.#byte(0xc0);
  }

  bool(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** @param value from -2^63 to 2^64 - 1 */
  int(value: bigint): void {
    if (value >= 0n) {
      if (value <= 0x7fn) this.#byte(Number(value));
      else if (value <= 0xffn) this.#unsigned(0xcc, Number(value), 1);
      else if (value <= 0xffffn) this.#unsigned(0xcd, Number(value), 2);
      else if (value <= 0xffffffffn) this.#unsigned(0xce, Number(value), 4);
      else {
        this.#byte(0xcf);
        const at = this.#reserve(8);
        this.#buffer.writeBigUInt64BE(value, at);
      }
    } else if (value >= -0x20n) this.#byte(Number(value) & 0xff);
    else if (value >= -0x80n) this.#signed(0xd0, Number(value), 1);
    else if (value >= -0x8000n) this.#signed(0xd1, Number(value), 2);
    else if (value >= -0x80000000n) this.#signed(0xd2, Number(value), 4);
    else {
      this.#byte(0xd3);
      const at = this.#reserve(8);
      this.#buffer.writeBigInt64BE(value, at);
    }
  }

  float(value: number): void {
    this.#byte(0xcb);
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    if (length <= 31) this.#byte(0xa0 | length);
    else this.#header(0xd9, length, 0);
    const at = this.#reserve(length);
    this.#buffer.write(value, at);
  }

  binary(value: Uint8Array): void {
    this.#header(0xc4, value.length, 0);
    this.raw(value);
  }

  arrayHeader(length: number): void {
    if (length <= 15) this.#byte(0x90 | length);
    else this.#header(0xdc, length, 1);
  }

  mapHeader(length: number): void {
    if (length <= 15) this.#byte(0x80 | length);
    else this.#header(0xde, length, 1);
  }

  extension(type: number, data: Uint8Array): void {
    const log2 = [1, 2, 4, 8, 16].indexOf(data.length);
    if (log2 >= 0) this.#byte(0xd4 + log2);
    else this.#header(0xc7, data.length, 0);
    this.#byte(type);
    this.raw(data);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** A code and a length of 1, 2 or 4 bytes; `code` is that of the shortest length, `shortest` its log2. */
  #header(code: number, length: number, shortest: number): void {
    const log2 = Math.max(shortest, length <= 0xff ? 0 : length <= 0xffff ? 1 : 2);
    this.#unsigned(code + log2 - shortest, length, 1 << log2);
  }

  #unsigned(code: number, value: number, size: number): void {
    this.#byte(code);
    const at = this.#reserve(size); // before the write: it may replace the buffer
    this.#buffer.writeUIntBE(value, at, size);
  }

  #signed(code: number, value: number, size: number): void {
    this.#byte(code);
    const at = this.#reserve(size);
    this.#buffer.writeIntBE(value, at, size);
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}

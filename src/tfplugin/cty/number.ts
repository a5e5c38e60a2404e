import { ValueError } from "./error";

/**
 * A Terraform number that no JavaScript number represents exactly: a large integer, or a decimal with more digits than a
 * double holds. Made by `tfNumber` and by decoding only, so that each number has one representation.
 */
export class ExactNumber {
  readonly #decimal: Decimal;

  private constructor(decimal: Decimal) {
    this.#decimal = decimal;
  }

  /** @internal */
  static from(decimal: Decimal): ExactNumber {
    return new ExactNumber(decimal);
  }

  /** @internal */
  get decimal(): Decimal {
    return this.#decimal;
  }

  /** The number in decimal digits, exact. */
  toString(): string {
    return print(this.#decimal);
  }

  /** The nearest double. */
  valueOf(): number {
    return Number(this.toString());
  }

  /** A string, which keeps the digits in logs: most readers of a JSON number lose them. */
  toJSON(): string {
    return this.toString();
  }
}

/**
 * A Terraform number. A JavaScript number represents the decimal that it prints as (0.1 is one tenth, as in Terraform, and not
 * the double nearest to it); everything else is an `ExactNumber`. `Number(n)` turns either into a double.
 */
export type TfNumber = number | ExactNumber;

/** A decimal: ±digits × 10^exponent, `digits` without zeros at either end; zero has no digits. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** The encoding of a number: a 64-bit integer, a double, or decimal text. */
export type NumberEncoding = { int: bigint } | { float: number } | { text: string };

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
/** The largest exponent: Terraform's own numbers overflow beyond it. */
const MAX_EXPONENT = 1_000_000_000;
/** The longest plain notation; scientific notation beyond keeps `1e999999999` short. */
const MAX_PLAIN = 2_000;

/**
 * Reads a decimal such as `"12.5"` or `"-3e400"`, or takes a bigint.
 *
 * @throws ValueError when the text is not a decimal number.
 */
export function tfNumber(value: string | bigint): TfNumber {
  const decimal = parse(String(value));
  if (decimal === undefined) throw new ValueError([], "a number is required");
  return fromDecimal(decimal);
}

/** The exact value of a double, which for 0.1 is not one tenth. `undefined` for NaN, which is not a Terraform number. */
export function fromDouble(double: number): TfNumber | undefined {
  if (Number.isNaN(double)) return undefined;
  if (!Number.isFinite(double)) return double;
  return fromDecimal(exactDecimal(double));
}

/** The encoding that Terraform reads back as the same number. `undefined` for NaN, which has none. */
export function encodeNumber(value: TfNumber): NumberEncoding | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return Number.isNaN(value) ? undefined : { float: value };
  const decimal = decimalOf(value);
  const { negative, digits, exponent } = decimal;
  if (exponent >= 0 && digits.length + exponent <= 20) {
    const int = BigInt(`${negative ? "-" : ""}${digits}${"0".repeat(exponent)}` || "0");
    if (int >= INT64_MIN && int <= UINT64_MAX) return { int };
  }
  const text = print(decimal);
  const double = Number(text);
  if (exponent < 0 && Number.isFinite(double) && sameDecimal(exactDecimal(double), decimal)) return { float: double };
  return { text };
}

/** The number in JSON. `undefined` for infinities and NaN, which have no JSON. */
export function numberToJson(value: TfNumber): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  return print(decimalOf(value));
}

/** Whether two numbers are equal. */
export function equalNumbers(a: TfNumber, b: TfNumber): boolean {
  if (typeof a === "number" && typeof b === "number") return a === b;
  if (typeof a === "number" || typeof b === "number") return false; // each number has one representation
  return sameDecimal(a.decimal, b.decimal);
}

function fromDecimal(decimal: Decimal): TfNumber {
  const double = Number(print(decimal));
  const printed = Number.isFinite(double) ? parse(String(double)) : undefined;
  if (printed === undefined || !sameDecimal(printed, decimal)) return ExactNumber.from(decimal);
  return double === 0 ? 0 : double; // Terraform has no negative zero
}

function decimalOf(value: TfNumber): Decimal {
  if (value instanceof ExactNumber) return value.decimal;
  const decimal = parse(String(value));
  if (decimal === undefined) throw new ValueError([], "a number is required");
  return decimal;
}

function parse(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const all = whole + fraction;
  let start = 0;
  let end = all.length;
  while (start < end && all[start] === "0") start++;
  while (end > start && all[end - 1] === "0") end--;
  if (start === end) return { negative: false, digits: "", exponent: 0 };
  const exponent = Number(power) - fraction.length + (all.length - end);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { negative: sign === "-", digits: all.slice(start, end), exponent };
}

function print({ negative, digits, exponent }: Decimal): string {
  const sign = negative ? "-" : "";
  if (digits === "") return "0";
  if (exponent >= 0) {
    if (exponent > MAX_PLAIN) return `${sign}${digits}e${exponent}`;
    return sign + digits + "0".repeat(exponent);
  }
  const point = digits.length + exponent;
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (-point > MAX_PLAIN) return `${sign}${digits}e${exponent}`;
  return `${sign}0.${"0".repeat(-point)}${digits}`;
}

function sameDecimal(a: Decimal, b: Decimal): boolean {
  return a.negative === b.negative && a.exponent === b.exponent && a.digits === b.digits;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The exact decimal value of a finite double: mantissa × 2^-k is mantissa × 5^k × 10^-k. */
function exactDecimal(double: number): Decimal {
  scratch.setFloat64(0, double);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const power = (biased === 0 ? 1 : biased) - 1075;
  const sign = bits >> 63n === 1n ? "-" : "";
  const text =
    power >= 0 ? `${sign}${mantissa << BigInt(power)}` : `${sign}${mantissa * 5n ** BigInt(-power)}e${power}`;
  return parse(text) ?? { negative: false, digits: "", exponent: 0 };
}

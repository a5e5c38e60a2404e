import type { TfNumber } from "./number";

/** Facts that hold of an unknown value (Terraform plugin protocol, object wire format, "refined unknown values"). */
export interface Refinements {
  /** `true`: certainly null; `false`: certainly not null. */
  readonly isNull?: boolean;
  /** Strings: the prefix of the value. */
  readonly prefix?: string;
  /** Numbers: the lower bound. */
  readonly min?: Bound;
  /** Numbers: the upper bound. */
  readonly max?: Bound;
  /** Lists, sets, maps: the least number of elements. */
  readonly minLength?: number;
  /** Lists, sets, maps: the greatest number of elements. */
  readonly maxLength?: number;
}

/** One end of a number's range. */
export interface Bound {
  readonly value: TfNumber;
  readonly inclusive: boolean;
}

/** A value that is known only once the plan is applied. */
export class Unknown {
  // A private member makes the class nominal: no plain object can pass for an unknown value.
  readonly #refinements: Refinements;

  constructor(refinements: Refinements = {}) {
    this.#refinements = refinements;
  }

  get refinements(): Refinements {
    return this.#refinements;
  }

  toString(): string {
    return "(known after apply)";
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The unknown value without refinements. */
export const unknown = new Unknown();

/** Whether a value is unknown as a whole; a known list may still hold unknown elements. */
export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

import { optional, optionalComputed, t, type Validator } from "../../tfplugin";
import { isEmpty, sameEntries, type TextMap } from "./values";

// Arguments that only the user sets. `openshift-metal3/ironic` stored "", 0, false, [] and {} for unset arguments, and so do generated
// configurations: they mean the same as leaving the argument out.

interface Options {
  readonly description: string;
  readonly requiresReplace?: boolean;
  readonly sensitive?: boolean;
}

interface Validated<T> {
  readonly validate?: Validator<T>;
}

interface Compared<T> {
  /** Whether two values mean the same; see rewritten.ts. */
  readonly equivalent?: (one: T, other: T) => boolean;
}

/** A string; "" means unset. */
export const userString = (options: Options & Validated<string>) =>
  optional(t.string, { ...options, meansUnset: isEmpty });

/** A whole number; 0 means unset. */
export const userInteger = (options: Options) => optional(t.integer, { ...options, meansUnset: isEmpty });

/** A boolean; false means unset. */
export const userBool = (options: Options) => optional(t.bool, { ...options, meansUnset: isEmpty });

/** A boolean of which false is a value too; null leaves Ironic's value unchanged. Computed to Terraform, so that an import's value can be kept. */
export const managedBool = (options: Options) => optional(t.bool, { ...options, meansUnset: () => false });

/** A list of strings; [] means unset. */
export const userList = (options: Options & Validated<readonly string[]> & Compared<readonly string[]>) =>
  optional(t.list(t.string), { ...options, meansUnset: isEmpty });

/** A set of strings; [] means unset. */
export const userSet = (options: Options & Validated<readonly string[]>) =>
  optional(t.set(t.string), { ...options, meansUnset: isEmpty });

/** A map of strings, in which a null value means that the key is unset; {} means unset. */
export const userMap = (options: Options & Compared<TextMap>) =>
  optional(t.map(t.string), { equivalent: sameEntries, ...options, nullElements: true, meansUnset: isEmpty });

/** A string that defaults to Ironic's value; "" means unset. */
export const ironicString = (options: Options & Compared<string>) =>
  optionalComputed(t.string, { ...options, meansUnset: isEmpty });

import { optional, optionalComputed, t, type Validator } from "../../tfplugin";
import { isEmpty, type TextMap, withoutNulls } from "./values";

// Arguments that only the user sets. `openshift-metal3/ironic` stored "", 0, false, [] and {} for unset arguments, and so do generated
// configurations: they mean the same as leaving the argument out.

interface Options {
  readonly description: string;
  readonly requiresReplace?: boolean;
  readonly sensitive?: boolean;
}

/** A string; "" means unset. */
export const userString = (options: Options & { readonly validate?: Validator<string> }) =>
  optional(t.string, { ...options, meansUnset: isEmpty });

/** A whole number; 0 means unset. */
export const userInteger = (options: Options) => optional(t.integer, { ...options, meansUnset: isEmpty });

/** A boolean; false means unset. */
export const userBool = (options: Options) => optional(t.bool, { ...options, meansUnset: isEmpty });

/** A list of strings; [] means unset. */
export const userList = (options: Options) => optional(t.list(t.string), { ...options, meansUnset: isEmpty });

/** A set of strings; [] means unset. */
export const userSet = (options: Options) => optional(t.set(t.string), { ...options, meansUnset: isEmpty });

/** A map of strings, in which a null value means that the key is unset; {} means unset. */
export const userMap = (options: Options) =>
  optional(t.map(t.string), { ...options, nullElements: true, meansUnset: isEmpty, equivalent: sameEntries });

/** A string that defaults to Ironic's value; "" means unset. */
export const ironicString = (options: Options) => optionalComputed(t.string, { ...options, meansUnset: isEmpty });

function sameEntries(one: TextMap, other: TextMap): boolean {
  const [some, others] = [withoutNulls(one), withoutNulls(other)];
  const keys = Object.keys(some);
  return keys.length === Object.keys(others).length && keys.every((key) => some[key] === others[key]);
}

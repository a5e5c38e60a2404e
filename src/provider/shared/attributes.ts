import { optional, t, type Validator } from "../../tfplugin";
import { isEmpty, type TextMap, withoutNulls } from "./values";

// Arguments that the user alone decides. `openshift-metal3/ironic` stored "" and {} where nothing was configured, and so does a
// configuration that is made by a program: they mean the same as leaving the argument out.

interface Options {
  readonly description: string;
  readonly requiresReplace?: boolean;
}

/** A string; "" means unset. */
export const userString = (options: Options & { readonly validate?: Validator<string> }) =>
  optional(t.string, { ...options, meansUnset: isEmpty });

/** A list of strings; [] means unset. */
export const userList = (options: Options) => optional(t.list(t.string), { ...options, meansUnset: isEmpty });

/** A map of strings, in which a null value means that the key is unset; {} means unset. */
export const userMap = (options: Options) =>
  optional(t.map(t.string), { ...options, nullElements: true, meansUnset: isEmpty, equivalent: sameEntries });

function sameEntries(one: TextMap, other: TextMap): boolean {
  const [some, others] = [withoutNulls(one), withoutNulls(other)];
  const keys = Object.keys(some);
  return keys.length === Object.keys(others).length && keys.every((key) => some[key] === others[key]);
}

import { printable } from "../reference";
import { ClassMismatchError, type SelectionError, UnusablePinError } from "../selection";
import { describeQuery, type LockedPin, type PinQuery } from "./query";

const NAMES = { disk: "a disk image", bootc: "a bootc container" } as const;

/** Prefix of the resolver's `unusable` warning. */
const UNUSABLE = "Ironic fails on the pinned URL";

/** Conflict between the query's expected class and that of the locked image, as a clause. */
export function classConflict({ role, expect = "disk" }: PinQuery, asPinned: LockedPin["asPinned"]) {
  if (role !== "image" || asPinned === undefined || asPinned.kind === expect) return undefined;
  return `${NAMES[expect]} is expected, and pinned it is ${NAMES[asPinned.kind]} for Ironic`;
}

/**
 * Error of the class check for a locked pin: it was locked with the check off, or by a version without the check. Undefined for
 * a valid pin, and for a lock file without the class (the pin has a warning then).
 */
export function lockedFault(query: PinQuery, pin: LockedPin): SelectionError | undefined {
  const unusable = pin.warnings.find((warning) => warning.startsWith(UNUSABLE));
  if (unusable !== undefined) {
    return new UnusablePinError(`${describeQuery(query)}: ${printable(unusable)}`, {
      hint: `push the artifact again with a tool that follows the OCI image-spec, such as oras; then run: ironic-oci update ${pin.reference}`,
    });
  }
  const conflict = classConflict(query, pin.asPinned);
  if (conflict === undefined || pin.asPinned === undefined) return undefined;
  return new ClassMismatchError(`${describeQuery(query)}: in the lock file, ${conflict} (${pin.digest})`, {
    hint: classAdvice(pin.reference, pin.asPinned.kind),
  });
}

/** Hint for a locked class that is not the expected one. */
export function classAdvice(reference: string, actual: "disk" | "bootc"): string {
  const named = printable(reference);
  const other = actual === "disk" ? "bootc" : "disk";
  return [
    `if ${NAMES[actual]} is intended, expect it: \`ironic-oci update ${named} --expect ${actual}\` on the command line,`,
    `\`expect: "${actual}"\` in a program; if not, publish ${NAMES[other]} under this reference and run \`ironic-oci update ${named}\``,
  ].join(" ");
}

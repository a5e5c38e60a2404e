import { printable } from "../reference";
import { ClassMismatchError, type SelectionError, UnusablePinError } from "../selection";
import { describeQuery, type LockedPin, type PinQuery } from "./query";

const NAMES = { disk: "a disk image", bootc: "a bootc container" } as const;

/** How the resolver's warning about a pinned URL that Ironic fails on begins. */
const UNUSABLE = "Ironic fails on the pinned URL";

/** What a locked image is for Ironic, where that is not what the query expects: a clause. */
export function classConflict({ role, expect = "disk" }: PinQuery, asPinned: LockedPin["asPinned"]) {
  if (role !== "image" || asPinned === undefined || asPinned.kind === expect) return undefined;
  return `${NAMES[expect]} is expected, and pinned it is ${NAMES[asPinned.kind]} for Ironic`;
}

/**
 * Why a locked pin is no answer while the class check is on: it was locked with the check off, or by a version that did not check.
 * Undefined where it is one, and where the lock file does not tell (the pin has a warning then).
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

/** The ways out of a locked class that is not the expected one. */
export function classAdvice(reference: string, actual: "disk" | "bootc"): string {
  const named = printable(reference);
  const other = actual === "disk" ? "bootc" : "disk";
  return [
    `if ${NAMES[actual]} is what is meant, expect it: \`ironic-oci update ${named} --expect ${actual}\` on the command line,`,
    `\`expect: "${actual}"\` in a program; if not, publish ${NAMES[other]} under this reference and run \`ironic-oci update ${named}\``,
  ].join(" ");
}

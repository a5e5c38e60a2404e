import { printable, type Reference } from "../reference";
import {
  type ArtifactClass,
  BOOTC_SUPPORT,
  ClassMismatchError,
  type ClassReading,
  type Selection,
  type SelectionProfile,
  UnusablePinError,
} from "../selection";

export const CLASS_NAMES: Readonly<Record<ArtifactClass, string>> = {
  disk: "a disk image",
  bootc: "a bootc container",
};

const PUBLISH_DISK =
  "publish a disk image so that tag and digest agree: one layer, the empty configuration, an artifactType, and the annotation disktype on the manifest and on its entry in an index (oras push --artifact-type application/vnd.example.disk --annotation disktype=qcow2 HOST/PATH:TAG FILE)";
const PUBLISH_BOOTC =
  "podman push and buildah push write a bootc container as Ironic wants it, with an image configuration and without an artifactType";

/**
 * Before anything is requested: no pin can be a bootc container for a release that knows none.
 * @throws {ClassMismatchError}
 */
export function checkExpectation(
  reference: Reference,
  expect: ArtifactClass | undefined,
  profile: SelectionProfile,
): void {
  if (expect !== "bootc" || profile !== "ironic-29") return;
  throw new ClassMismatchError(
    `${reference}: a bootc container is expected, and up to release 33 Ironic takes every pinned image for a disk image: ${BOOTC_SUPPORT}`,
    { hint: "name the release that you run, if it is a later one; or give a disk image" },
  );
}

/**
 * Holds what Ironic makes of the pinned URL against what the user expects there.
 * @throws {ClassMismatchError} when it would deploy it as something else
 * @throws {UnusablePinError} when it would fail on it
 */
export function checkClass(
  reference: Reference,
  selection: Selection,
  expect: ArtifactClass | undefined,
  profile: SelectionProfile,
): void {
  const { asPinned, pinFailure, digest } = selection;
  if (pinFailure !== undefined) {
    throw new UnusablePinError(`${reference}: Ironic fails on ${digest}, because ${printable(pinFailure)}`, {
      hint: "push the artifact again with a tool that follows the OCI image-spec, such as oras",
    });
  }
  if (expect === undefined || asPinned.kind === expect) return;
  const summary = `${reference}: ${CLASS_NAMES[expect]} is expected, and pinned it is ${CLASS_NAMES[asPinned.kind]} for Ironic (as ${profile} reads it)`;
  throw new ClassMismatchError([summary, ...explain(selection).map((line) => `  ${line}`)].join("\n"), {
    hint: `${expect === "disk" ? PUBLISH_DISK : PUBLISH_BOOTC}; ${otherwise(reference, asPinned.kind)}`,
  });
}

/** What to do where the image is right and the expectation is not, for each surface. */
function otherwise(reference: Reference, actual: ArtifactClass): string {
  const update = `ironic-oci update ${printable(reference.canonical())} --expect ${actual}`;
  return `if ${CLASS_NAMES[actual]} is what is meant, expect it: \`--expect ${actual}\` on the command line (for what is locked already: \`${update}\`), \`expect: "${actual}"\` in a program`;
}

/** Both readings, a line each. */
export function explain({ readings, digest }: Selection): string[] {
  const line = (way: string, { kind, why }: ClassReading) => printable(`${way}: ${CLASS_NAMES[kind]}, because ${why}`);
  return [
    ...(readings.byTag ? [line("by its tag", readings.byTag)] : []),
    line(`by its digest ${digest}`, readings.byDigest),
  ];
}

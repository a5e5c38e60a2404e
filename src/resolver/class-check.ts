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
 * Check before any request: for a release without bootc support, a pin can't be a bootc container.
 * @throws {ClassMismatchError}
 */
export function checkExpectation(
  reference: Reference,
  expect: ArtifactClass | undefined,
  profile: SelectionProfile,
): void {
  if (expect !== "bootc" || profile !== "ironic-29") return;
  throw new ClassMismatchError(
    `${reference}: a bootc container is expected, and up to release 33 Ironic deploys every pinned image as a disk image: ${BOOTC_SUPPORT}`,
    { hint: "name the release that you run, if it is a later one; or give a disk image" },
  );
}

/**
 * Compares the class that Ironic deploys from the pinned URL with the expected class.
 * @throws {ClassMismatchError} when Ironic would deploy another class
 * @throws {UnusablePinError} when Ironic would fail on the pinned URL
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

/** Hint for a right image with a wrong expectation: for the command line and for programs. */
function otherwise(reference: Reference, actual: ArtifactClass): string {
  const update = `ironic-oci update ${printable(reference.canonical())} --expect ${actual}`;
  return `if ${CLASS_NAMES[actual]} is intended, expect it: \`--expect ${actual}\` on the command line (for a locked reference: \`${update}\`), \`expect: "${actual}"\` in a program`;
}

/** Both readings, by tag and by digest, one line each. */
export function explain({ readings, digest }: Selection): string[] {
  const line = (source: string, { kind, why }: ClassReading) =>
    printable(`${source}: ${CLASS_NAMES[kind]}, because ${why}`);
  return [
    ...(readings.byTag ? [line("by its tag", readings.byTag)] : []),
    line(`by its digest ${digest}`, readings.byDigest),
  ];
}

import { printable } from "../reference";
import type { Pin } from "../resolver";
import { EXIT, type Io } from "./io";
import { newResolver, policyFor } from "./new-resolver";
import {
  type ChosenRelease,
  chosenRelease,
  describeChosenRelease,
  expectation,
  type NodeOptions,
  type OutputOptions,
  type PolicyOptions,
  type RegistryOptions,
} from "./options";
import {
  describeAsPinned,
  describeVerdict,
  humanSize,
  indent,
  paint,
  printUndecided,
  printWarning,
  widthFor,
} from "./print";
import { exitCodeOf, reportEach } from "./report";
import { table } from "./table";

/** `ironic-oci resolve REF…`: the manifest that Ironic would choose, with the reason for each candidate. */
export async function resolve(
  references: readonly string[],
  options: NodeOptions & RegistryOptions & PolicyOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const expect = expectation(options);
  const release = chosenRelease(options);
  // A mirror's list of tags may differ from the registry's, which is the one that Ironic reads.
  const tagList = Object.keys({ ...options.mirror, ...options.pinMirror }).length === 0;
  const resolver = newResolver(options, io, { tagList, policy: policyFor(options, "") });
  try {
    const { arch: architecture, downloadSource: imageDownloadSource, role } = options;
    const node = { architecture, imageDownloadSource, role, expect };
    const outcomes = await Promise.allSettled(
      references.map(async (reference) => ({ ...(await resolver.resolve(reference, node)), ...release })),
    );
    for (const outcome of outcomes) {
      const warning = outcome.status === "fulfilled" && resolver.undecidedArchitecture(outcome.value, architecture);
      if (warning) printUndecided(io, outcome.value.reference, warning);
    }
    reportEach(references, outcomes, options, io, (pin) => printPin(pin, io));
    return exitCodeOf(outcomes) ?? EXIT.fine;
  } finally {
    await resolver.close();
  }
}

function printPin(pin: Pin & ChosenRelease, io: Io): void {
  io.out(`${paint(io, "bold", pin.reference)}\n  → ${paint(io, "green", pin.url)}\n`);
  const facts = [
    pin.diskFormat,
    pin.size === undefined ? undefined : humanSize(pin.size),
    pin.fileName,
    pin.mediaType,
  ].filter((fact) => fact !== undefined);
  io.out(`    ${printable(facts.join(", "))}; chosen as ${pin.profile} does\n`);
  io.out(`    ${describeAsPinned(pin)}; for ${describeChosenRelease(pin)}\n`);
  if (pin.verified) io.out(`    ${describeVerdict(pin.verified)}\n`);
  for (const { message } of pin.warnings) printWarning(io, message);
  const rows = pin.considered.map(({ digest, architecture, disktype, weight, outcome, reason }) => [
    outcome === "won" ? "*" : "",
    digest ?? "-",
    architecture ?? "any",
    disktype ?? "none",
    weight === undefined ? "-" : String(weight),
    reason,
  ]);
  const lines = table(["", "MANIFEST", "ARCHITECTURE", "DISKTYPE", "WEIGHT", "REASON"], rows, {
    columns: widthFor(io, 4),
  });
  const styled = lines.map((line) => (line.startsWith("*") ? line : paint(io, "dim", line)));
  io.out(`${indent(styled.join("\n"), "    ")}\n`);
}

import { printable } from "../reference";
import type { Pin } from "../resolver";
import { EXIT, type Io } from "./io";
import { type NodeOptions, newResolver, type OutputOptions, type RegistryOptions } from "./options";
import { humanSize, paint, table } from "./print";
import { reportEach } from "./report";

/** `ironic-oci resolve REF…`: what Ironic would choose, and why not the others. */
export async function resolve(
  references: readonly string[],
  options: NodeOptions & RegistryOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const resolver = newResolver(options, io);
  try {
    const node = { architecture: options.arch, imageDownloadSource: options.downloadSource, role: options.role };
    const outcomes = await Promise.allSettled(references.map((reference) => resolver.resolve(reference, node)));
    reportEach(references, outcomes, options, io, (pin) => printPin(pin, io));
    return outcomes.every(({ status }) => status === "fulfilled") ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

function printPin(pin: Pin, io: Io): void {
  io.out(`${paint(io, "bold", pin.reference)}\n  → ${paint(io, "green", pin.url)}\n`);
  const facts = [
    pin.diskFormat,
    pin.size === undefined ? undefined : humanSize(pin.size),
    pin.fileName,
    pin.mediaType,
  ].filter((fact) => fact !== undefined);
  io.out(`    ${printable(facts.join(", "))}; chosen as ${pin.profile} does\n`);
  for (const { message } of pin.warnings) io.err(`  ${paint(io, "yellow", "warning:")} ${printable(message)}\n`);
  const rows = pin.considered.map(({ digest, architecture, disktype, weight, outcome, reason }) => [
    outcome === "won" ? "*" : "",
    digest ?? "-",
    architecture ?? "any",
    disktype ?? "none",
    weight === undefined ? "-" : String(weight),
    reason,
  ]);
  const lines = table(["", "MANIFEST", "ARCHITECTURE", "DISKTYPE", "WEIGHT", "REASON"], rows);
  const styled = lines.map((line) => (line.startsWith("*") ? line : paint(io, "dim", line)));
  io.out(`${styled.map((line) => `    ${line}`).join("\n")}\n`);
}

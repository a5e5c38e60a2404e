import { existsSync } from "node:fs";
import { answerAll, describeQuestion, lockMode, type PinQuestion, readLockFile } from "../lock";
import { printable, printableJson, Reference } from "../reference";
import { EXIT, type Io } from "./io";
import { newResolver } from "./new-resolver";
import {
  chosenRelease,
  describeChosenRelease,
  expectation,
  type LockOptions,
  type NodeOptions,
  type OutputOptions,
  type RegistryOptions,
} from "./options";
import { describeAsPinned, errorJson, paint, printError, table } from "./print";

/** `ironic-oci lock [REF…]`: puts references into the lock file; without any, lists what is in it. */
export async function lock(
  references: readonly string[],
  options: NodeOptions & RegistryOptions & LockOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const { lockFile: path, json } = options;
  if (references.length === 0) return list(path, json ?? false, io);
  const expect = expectation(options);
  const release = chosenRelease(options);
  const resolver = newResolver(options, io);
  const questions = references.map(
    (reference): PinQuestion => ({
      reference: Reference.parse(reference),
      role: options.role,
      architecture: options.arch,
      imageDownloadSource: options.downloadSource,
      profile: resolver.profile,
      ...(expect && { expect }),
    }),
  );
  try {
    const mode = lockMode(undefined, process.env, existsSync(path));
    const answers = await answerAll(questions, { path, mode, resolver, signal: io.signal });
    // The questions of one command differ in their references only.
    const failed = new Set(answers.failures.map(({ question }) => question.reference.canonical()));
    const pins = questions
      .filter(({ reference }) => !failed.has(reference.canonical()))
      .flatMap((question) => answers.find(question) ?? []);
    if (json) {
      const failures = answers.failures.map(({ question, error }) => ({
        reference: question.reference,
        error: errorJson(error),
      }));
      io.out(`${printableJson({ lockFile: path, ...release, pins, failures })}\n`);
    } else {
      for (const pin of pins) {
        io.out(`${pin.reference}\n  → ${paint(io, "green", pin.url)}\n`);
        io.out(`    ${describeAsPinned(pin)}; for ${describeChosenRelease(release)}\n`);
        for (const warning of pin.warnings) io.err(`  ${paint(io, "yellow", "warning:")} ${printable(warning)}\n`);
      }
      for (const { question, error } of answers.failures) {
        io.err(`${describeQuestion(question)}\n`);
        printError(io, error);
      }
    }
    return answers.failures.length === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

function list(path: string, json: boolean, io: Io): number {
  const entries = readLockFile(path).entries();
  if (json) {
    io.out(`${printableJson(Object.fromEntries(entries))}\n`);
    return EXIT.fine;
  }
  if (entries.length === 0) io.err(`${path} locks nothing yet\n`);
  for (const [reference, { digest, selections }] of entries) {
    io.out(`${paint(io, "bold", reference)}  ${paint(io, "dim", digest)}\n`);
    const rows = selections.map((each) => [
      each.role,
      each.architecture ?? "any",
      each.imageDownloadSource ?? "-",
      each.profile ?? "-",
      each.digest,
      each.reason,
      each.role === "image" ? (each.asPinned?.kind ?? "unknown") : "-",
    ]);
    const lines = table(["ROLE", "ARCHITECTURE", "SOURCE", "PROFILE", "PINNED", "REASON", "AS PINNED"], rows);
    io.out(`${lines.map((line) => `    ${line}`).join("\n")}\n`);
  }
  return EXIT.fine;
}

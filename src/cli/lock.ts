import { existsSync } from "node:fs";
import { answerAll, describeQuestion, lockMode, type PinQuestion, readLockFile } from "../lock";
import { printableJson, Reference } from "../reference";
import { EXIT, type Io } from "./io";
import { type LockOptions, type NodeOptions, newResolver, type OutputOptions, type RegistryOptions } from "./options";
import { errorJson, paint, printError, table } from "./print";

/** `ironic-oci lock [REF…]`: puts references into the lock file; without any, lists what is in it. */
export async function lock(
  references: readonly string[],
  options: NodeOptions & RegistryOptions & LockOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const { lockFile: path, json } = options;
  if (references.length === 0) return list(path, json ?? false, io);
  const resolver = newResolver(options, io);
  const questions = references.map(
    (reference): PinQuestion => ({
      reference: Reference.parse(reference),
      role: options.role,
      architecture: options.arch,
      imageDownloadSource: options.downloadSource,
      profile: resolver.profile,
    }),
  );
  try {
    const mode = lockMode(undefined, process.env, existsSync(path));
    const answers = await answerAll(questions, { path, mode, resolver, signal: io.signal });
    const pins = questions.flatMap((question) => answers.find(question) ?? []);
    if (json) {
      const failures = answers.failures.map(({ question, error }) => ({
        reference: question.reference,
        error: errorJson(error),
      }));
      io.out(`${printableJson({ lockFile: path, pins, failures })}\n`);
    } else {
      for (const { reference, url } of pins) io.out(`${reference}\n  → ${paint(io, "green", url)}\n`);
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
    ]);
    const lines = table(["ROLE", "ARCHITECTURE", "SOURCE", "PROFILE", "PINNED", "REASON"], rows);
    io.out(`${lines.map((line) => `    ${line}`).join("\n")}\n`);
  }
  return EXIT.fine;
}

import { answerAll, describeQuestion } from "../lock";
import { printableJson } from "../reference";
import { EXIT, type Io } from "./io";
import { readLocked } from "./locked";
import { type LockOptions, newResolver, type OutputOptions, type RegistryOptions } from "./options";
import { errorJson, paint, printError } from "./print";

/** `ironic-oci update [REF…]`: resolves what is locked anew, each selection as it was asked for. */
export async function update(
  references: readonly string[],
  options: RegistryOptions & LockOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const { lockFile: path } = options;
  const { lockFile: before, questions } = readLocked(path, references);
  const resolver = newResolver(options, io);
  try {
    const { find, failures } = await answerAll(questions, { path, mode: "update", resolver, signal: io.signal });
    const changes = questions.flatMap((question) => {
      const [from, to] = [before.find(question)?.digest, find(question)?.digest];
      return to === from ? [] : [{ question, from, to }];
    });
    if (options.json) {
      const changed = changes.map(({ question, from, to }) => ({ ...question, from, to }));
      const failed = failures.map(({ question, error }) => ({
        reference: question.reference,
        error: errorJson(error),
      }));
      io.out(`${printableJson({ lockFile: path, changed, failures: failed })}\n`);
    } else {
      for (const { question, from, to } of changes) {
        io.out(
          `${describeQuestion(question)}\n  ${paint(io, "red", `- ${from}`)}\n  ${paint(io, "green", `+ ${to}`)}\n`,
        );
      }
      for (const { error } of failures) printError(io, error);
      const kept = questions.length - changes.length - failures.length;
      io.err(paint(io, "dim", `${changes.length} changed, ${kept} unchanged, ${failures.length} failed\n`));
    }
    return failures.length === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

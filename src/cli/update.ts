import { answerAll, describeQuestion, type LockedPin, type PinQuestion } from "../lock";
import { printable, printableJson } from "../reference";
import type { ArtifactClass } from "../resolver";
import { EXIT, type Io, UsageError } from "./io";
import { readLocked } from "./locked";
import { newResolver } from "./new-resolver";
import type { LockOptions, OutputOptions, RegistryOptions } from "./options";
import { errorJson, paint, printError } from "./print";

interface UpdateOptions extends RegistryOptions, LockOptions, OutputOptions {
  readonly expect?: ArtifactClass;
}

/** A locked selection with its digest before and after. */
interface Updated {
  readonly question: PinQuestion;
  readonly from: string | undefined;
  readonly pin: LockedPin;
}

/** `ironic-oci update [REF…]`: resolves locked selections again, each with its locked expectation or that of `--expect`. */
export async function update(references: readonly string[], options: UpdateOptions, io: Io): Promise<number> {
  const { lockFile: path, expect } = options;
  if (expect !== undefined && references.length === 0) {
    throw new UsageError("--expect requires references: ironic-oci update REF --expect CLASS");
  }
  const { lockFile: before, questions: locked } = readLocked(path, references);
  const selections = locked.map((question) => ({ question: expecting(question, expect), from: before.find(question) }));
  const resolver = newResolver(options, io);
  try {
    const questions = selections.map(({ question }) => question);
    const { find, failures } = await answerAll(questions, { path, mode: "update", resolver, signal: io.signal });
    const stuck = new Set(failures.map(({ question }) => question.reference.canonical()));
    const updated = selections.flatMap(({ question, from }): Updated[] => {
      const pin = find(question);
      const moved = pin !== undefined && !stuck.has(question.reference.canonical());
      return moved ? [{ question, from: from?.digest, pin }] : [];
    });
    if (options.json) {
      const failed = failures.map(({ question, error }) => ({
        reference: question.reference,
        error: errorJson(error),
      }));
      const changed = updated.filter(isChanged).map(toJson);
      const unchanged = updated.filter((each) => !isChanged(each)).map(toJson);
      io.out(`${printableJson({ lockFile: path, changed, unchanged, failures: failed })}\n`);
    } else {
      for (const each of updated) printUpdated(each, io);
      for (const { error } of failures) printError(io, error);
      const changed = updated.filter(isChanged).length;
      const unchanged = selections.length - changed - failures.length;
      io.err(paint(io, "dim", `${changed} changed, ${Math.max(unchanged, 0)} unchanged, ${failures.length} failed\n`));
    }
    return failures.length === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

/** `--expect` applies to images only: a kernel or ramdisk has no class. */
function expecting(question: PinQuestion, expect: ArtifactClass | undefined): PinQuestion {
  return question.role === "image" && expect !== undefined ? { ...question, expect } : question;
}

function isChanged({ from, pin }: Updated): boolean {
  return from !== pin.digest;
}

function toJson({ question, from, pin }: Updated) {
  const { asPinned, warnings } = pin;
  return { ...question, from, to: pin.digest, ...(question.role === "image" && { asPinned }), warnings };
}

function printUpdated(updated: Updated, io: Io): void {
  const { question, from, pin } = updated;
  const name = describeQuestion(question);
  if (isChanged(updated)) {
    io.out(`${name}\n  ${paint(io, "red", `- ${from}`)}\n  ${paint(io, "green", `+ ${pin.digest}`)}\n`);
  } else if (pin.warnings.length > 0) {
    io.err(`${name}\n`);
  }
  for (const warning of pin.warnings) io.err(`  ${paint(io, "yellow", "warning:")} ${printable(warning)}\n`);
}

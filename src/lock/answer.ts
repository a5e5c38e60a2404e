import { existsSync } from "node:fs";
import { IronicOciError } from "../reference";
import type { OciResolver, Pin } from "../resolver";
import { LockFrozenError } from "./errors";
import type { LockFile } from "./lock-file";
import { lockedFault } from "./locked-fault";
import type { LockMode } from "./mode";
import {
  describeQuestion,
  keyText,
  type LockedPin,
  type PinQuestion,
  sameNodeKind,
  selectionKey,
  toLockedPin,
} from "./question";
import { changeLockFile, readLockFile } from "./store";

export interface AnswerOptions {
  readonly path: string;
  readonly mode: LockMode;
  /** Asked for what is not locked, which is never done in mode `frozen`; its class check holds for what is locked, too. */
  readonly resolver: Pick<OciResolver, "resolve" | "classCheck">;
  readonly signal?: AbortSignal | undefined;
  /** Called after each question that needed the network. */
  readonly onResolved?: (done: number, of: number) => void;
}

/** A question that could not be answered, and why. */
export interface Unanswered {
  readonly question: PinQuestion;
  readonly error: unknown;
}

export interface Answers {
  find(question: PinQuestion): LockedPin | undefined;
  readonly failures: readonly Unanswered[];
}

/**
 * Answers questions from the lock file and, in the modes that allow it, from the registries; what is new is locked.
 *
 * A failure does not undo the others: what could be resolved is locked all the same, and every failure is told.
 * @throws {LockFrozenError} in mode `frozen`, listing everything that is not locked
 */
export async function answerAll(questions: readonly PinQuestion[], options: AnswerOptions): Promise<Answers> {
  const { path, mode } = options;
  const asked = distinct(questions);
  const locked = readLockFile(path);
  const { classCheck } = options.resolver;
  if (mode === "frozen") return frozenAnswers(asked, locked, path, classCheck);
  const complete = mode === "prefer" && asked.every((question) => isComplete(locked.find(question)));
  if (complete && (existsSync(path) || asked.length === 0) && !locked.hasRefuted(asked)) {
    return { find: (question) => locked.find(question), failures: faults(asked, locked, classCheck) };
  }

  const wanted = new Set(asked);
  const failures: Unanswered[] = [];
  const kept: PinQuestion[] = [];
  const lockFile = await changeLockFile(path, async (current) => {
    const open =
      mode === "update"
        ? [...asked, ...companions(asked, current)]
        : asked.filter((each) => !isComplete(current.find(each)));
    kept.push(...asked.filter((each) => !open.includes(each)));
    const answered: [PinQuestion, LockedPin][] = [];
    let done = 0;
    await Promise.all(
      open.map(async (question) => {
        const earlier = mode === "prefer" ? current.find(question) : undefined;
        try {
          const pin = toLockedPin(await resolve(question, current, options));
          if (earlier === undefined || earlier.digest === pin.digest) answered.push([question, pin]);
        } catch (error) {
          // What is locked stays an answer as long as nothing is found to be wrong with it.
          if (wanted.has(question) && (earlier === undefined || isVerdict(error))) failures.push({ question, error });
        }
        done += 1;
        options.onResolved?.(done, open.length);
      }),
    );
    options.signal?.throwIfAborted();
    // A reference moves as a whole or not at all: half of its nodes must not be left without an answer.
    const stuck = new Set(failures.map(({ question }) => question.reference.canonical()));
    const next = current.with(
      answered.filter(([{ reference }]) => mode !== "update" || !stuck.has(reference.canonical())),
    );
    return next.withoutRefuted(asked);
  });
  failures.push(...faults(kept, lockFile, classCheck));
  const order = new Map(asked.map((question, position) => [question, position]));
  failures.sort((a, b) => (order.get(a.question) ?? 0) - (order.get(b.question) ?? 0));
  return { find: (question) => lockFile.find(question), failures };
}

/** An answer of format 1 may leave open what Ironic makes of the pinned URL: then it is resolved once more, to the same digest. */
function isComplete(pin: LockedPin | undefined): boolean {
  return pin?.asPinned !== undefined;
}

/** Whether an error is about the pin itself, and not about the way to the registry. */
function isVerdict(error: unknown): boolean {
  return error instanceof IronicOciError && ["CLASS_MISMATCH", "UNUSABLE_PIN"].includes(error.code);
}

/** What else is locked of the same references, for other programs' nodes: it follows the tag as well. */
function companions(asked: readonly PinQuestion[], locked: LockFile): PinQuestion[] {
  const names = new Set(asked.map(({ reference }) => reference.canonical()));
  // A selection of the other class for the same kind of node is what the one that is asked for takes the place of.
  const all = locked
    .questions()
    .filter((each) => names.has(each.reference.canonical()) && !asked.some((one) => sameNodeKind(one, each)));
  return distinct([...asked, ...all]).slice(asked.length);
}

/** A tag that is locked for one node is that tag for the next one too, wherever it points by now. */
function resolve(question: PinQuestion, current: LockFile, options: AnswerOptions): Promise<Pin> {
  const { reference, ...node } = question;
  const tagDigest = options.mode === "prefer" ? current.tagDigest(reference) : undefined;
  return options.resolver.resolve(reference, { ...node, tagDigest, signal: options.signal });
}

/** What of these questions is locked, and refused by the class check. */
function faults(
  questions: readonly PinQuestion[],
  locked: LockFile,
  classCheck: OciResolver["classCheck"],
): readonly Unanswered[] {
  if (classCheck !== "error") return [];
  return questions.flatMap((question) => {
    const pin = locked.find(question);
    const error = pin && lockedFault(question, pin);
    return error ? [{ question, error }] : [];
  });
}

/** @throws {LockFrozenError} */
export function frozenAnswers(
  questions: readonly PinQuestion[],
  locked: LockFile,
  path: string,
  classCheck: OciResolver["classCheck"],
): Answers {
  const missing = questions.filter((question) => !locked.find(question));
  if (missing.length > 0)
    throw new LockFrozenError(
      path,
      missing.map((question) => whyMissing(question, locked)),
    );
  return { find: (question) => locked.find(question), failures: faults(questions, locked, classCheck) };
}

function whyMissing(question: PinQuestion, locked: LockFile): string {
  const reason = locked.tagDigest(question.reference) ? "locked, but not for this kind of node" : "not locked";
  return `${describeQuestion(question)}: ${reason}`;
}

function distinct(questions: readonly PinQuestion[]): PinQuestion[] {
  const byText = new Map<string, PinQuestion>();
  for (const question of questions) {
    const text = `${question.reference.canonical()}\u0000${keyText(selectionKey(question))}`;
    if (!byText.has(text)) byText.set(text, question);
  }
  return [...byText.values()];
}

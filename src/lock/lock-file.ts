import { type Digest, Reference } from "../reference";
import { artifactFacts } from "../selection";
import { type LockContent, type LockedReference, type LockedSelection, parseLock, printLock } from "./format";
import { classConflict } from "./locked-fault";
import { keyText, type LockedPin, type PinQuestion, pinnedUrl, sameNodeKind, selectionKey } from "./question";

/** Kernels and ramdisks are locked without a profile, because none matters to them: any will do to ask again. */
const NEWEST: PinQuestion["profile"] = "ironic-34";

/** How Ironic reads the pinned URL of a kernel or ramdisk: it is a file, whatever its class. */
const FILE: LockedPin["asPinned"] = { kind: "disk", diskFormat: "unknown" };

const CLASS_UNKNOWN =
  "the lock file was written by an earlier version, and does not tell whether Ironic takes the pinned image for a disk image or a bootc container: resolve it again where there is a network (mode prefer keeps the digest, ironic-oci update moves it)";

/** A lock file's content in memory. Immutable: every change gives a new one. */
export class LockFile {
  static readonly empty = new LockFile(new Map());
  readonly #content: LockContent;

  private constructor(content: LockContent) {
    this.#content = content;
  }

  /**
   * @throws {LockFileDamagedError}
   * @throws {LockFileNewerError}
   */
  static parse(text: string, path: string): LockFile {
    return new LockFile(parseLock(text, path));
  }

  toString(): string {
    return printLock(this.#content);
  }

  /** Every locked reference in canonical form, with what its tag pointed to. */
  entries(): readonly (readonly [string, LockedReference])[] {
    return [...this.#content];
  }

  /** Every question that is answered here. */
  questions(): PinQuestion[] {
    return [...this.#content].flatMap(([name, { selections }]) =>
      selections.map(({ role, architecture, imageDownloadSource, profile = NEWEST, expect }) => ({
        reference: Reference.parse(name),
        role,
        architecture,
        imageDownloadSource,
        profile,
        ...(expect && { expect }),
      })),
    );
  }

  /** What the tag pointed to when it was locked. */
  tagDigest(reference: Reference): Digest | undefined {
    return this.#content.get(reference.canonical())?.digest;
  }

  /** The locked answer to a question. */
  find(question: PinQuestion): LockedPin | undefined {
    const entry = this.#content.get(question.reference.canonical());
    const key = keyText(selectionKey(question));
    const selection = entry?.selections.find((each) => keyText(each) === key);
    return entry && selection && toPin(question, entry, selection);
  }

  /** Whether there is something that `withoutRefuted` would take away. */
  hasRefuted(asked: readonly PinQuestion[]): boolean {
    return this.#refuted(asked).length > 0;
  }

  /**
   * Without the selections of the other class that these questions refute: where what is pinned for a kind of node is what the
   * question expects, nothing else can be expected there of the same tag. What is itself asked for stays.
   */
  withoutRefuted(asked: readonly PinQuestion[]): LockFile {
    const refuted = this.#refuted(asked);
    if (refuted.length === 0) return this;
    const content = new Map(this.#content);
    for (const question of refuted) {
      const name = question.reference.canonical();
      const entry = content.get(name);
      const key = keyText(selectionKey(question));
      if (entry) {
        content.set(name, { ...entry, selections: entry.selections.filter((each) => keyText(each) !== key) });
      }
    }
    return new LockFile(content);
  }

  #refuted(asked: readonly PinQuestion[]): PinQuestion[] {
    return asked.flatMap((question): PinQuestion[] => {
      const { role, expect = "disk" } = question;
      if (role !== "image" || this.find(question)?.asPinned?.kind !== expect) return [];
      const other: PinQuestion = { ...question, expect: expect === "disk" ? "bootc" : "disk" };
      const isAsked = asked.some((each) => (each.expect ?? "disk") === other.expect && sameNodeKind(each, other));
      return isAsked || this.find(other) === undefined ? [] : [other];
    });
  }

  /**
   * With these answers. An answer from another state of a tag puts an end to all earlier ones for the reference, so
   * that all nodes follow the same state.
   */
  with(answers: Iterable<readonly [PinQuestion, LockedPin]>): LockFile {
    const content = new Map(this.#content);
    for (const [question, pin] of answers) {
      const name = question.reference.canonical();
      const entry = content.get(name);
      const key = selectionKey(question);
      const earlier = entry?.digest === pin.tagDigest ? entry.selections : [];
      const kept = earlier.filter((each) => keyText(each) !== keyText(key));
      content.set(name, { digest: pin.tagDigest, selections: [...kept, toSelection(key, pin)] });
    }
    return new LockFile(content);
  }
}

function toPin(question: PinQuestion, entry: LockedReference, selection: LockedSelection): LockedPin {
  const asPinned = question.role === "image" ? selection.asPinned : FILE;
  return {
    reference: question.reference.canonical(),
    role: question.role,
    profile: question.profile,
    url: pinnedUrl(question.reference, selection.digest),
    tagDigest: entry.digest,
    asPinned,
    ...artifactFacts(selection),
    reason: selection.reason,
    warnings: withClass(selection.warnings ?? [], question, asPinned),
  };
}

/** The warnings with what the file itself does not say: it was written by an earlier version, or with checks switched off. */
function withClass(
  warnings: readonly string[],
  question: PinQuestion,
  asPinned: LockedPin["asPinned"],
): readonly string[] {
  if (asPinned === undefined) return [...warnings, CLASS_UNKNOWN];
  const conflict = classConflict(question, asPinned);
  if (conflict === undefined || warnings.some((warning) => warning.includes("is expected"))) return warnings;
  return [...warnings, conflict];
}

function toSelection(key: ReturnType<typeof selectionKey>, pin: LockedPin): LockedSelection {
  return {
    ...key,
    ...artifactFacts(pin),
    asPinned: key.role === "image" ? pin.asPinned : undefined,
    reason: pin.reason,
    warnings: [...pin.warnings],
  };
}

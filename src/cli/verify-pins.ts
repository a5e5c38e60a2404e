import type { LockedPin } from "../lock";
import { type CheckedPin, checkPins, copyItems, type PinState, RegistryContent } from "../publish";
import { IronicOciError, printable, printableJson, Reference } from "../reference";
import { EXIT, type Io } from "./io";
import { noteUnused, readLocked } from "./locked";
import { newClient } from "./new-client";
import { newResolver, policyFor } from "./new-resolver";
import type { LockOptions, OutputOptions, RegistryOptions } from "./options";
import { paint, widthFor } from "./print";
import { showProgress } from "./progress";
import { table } from "./table";

export interface VerifyPinsOptions extends RegistryOptions, LockOptions, OutputOptions {
  readonly deep?: boolean;
}

/** A pin that was checked; `unverified`: it is there, and not signed as the policy says. */
interface VerifiedPin extends Omit<CheckedPin, "state"> {
  readonly state: PinState | "unverified";
}

const COLOURS = {
  ok: "green",
  untagged: "yellow",
  missing: "red",
  damaged: "red",
  unverified: "red",
} as const satisfies Record<VerifiedPin["state"], string>;

/**
 * `ironic-oci verify [REF…]`: whether what is locked is still in its registry, as it was pinned, and signed as the policy beside the lock
 * file says, where there is one.
 */
export async function verifyPins(references: readonly string[], options: VerifyPinsOptions, io: Io): Promise<number> {
  const locked = readLocked(options.lockFile, references);
  const pins = locked.queries.flatMap((query) => locked.lockFile.find(query) ?? []);
  const items = copyItems(pins);
  const client = newClient(options);
  const progress = showProgress(io);
  let checked: VerifiedPin[];
  try {
    const settings = { deep: options.deep, onProgress: progress.update, signal: io.signal };
    checked = await verified(await checkPins(new RegistryContent(client), items, settings), pins, options, io);
  } finally {
    progress.end();
    await client.close();
  }
  if (options.json) io.out(`${printableJson(checked)}\n`);
  else {
    noteUnused(locked, io);
    print(checked, io);
  }
  return checked.some(({ state }) => COLOURS[state] === "red") ? EXIT.failed : EXIT.fine;
}

/**
 * The pins with the verdict of the policy beside the lock file.
 * @throws {SigningFileError} for a policy that is wrong
 */
async function verified(
  checked: readonly CheckedPin[],
  pins: readonly LockedPin[],
  options: VerifyPinsOptions,
  io: Io,
): Promise<VerifiedPin[]> {
  const policy = policyFor({}, options.lockFile);
  if (policy === undefined) return [...checked];
  const resolver = newResolver(options, io, { policy });
  const verify = async (pin: CheckedPin): Promise<VerifiedPin> => {
    const locked = pins.find(({ reference, digest }) => reference === pin.reference && digest === pin.digest);
    if (COLOURS[pin.state] === "red" || locked === undefined) return pin;
    try {
      await resolver.verify({ ...locked, reference: Reference.parse(locked.reference) });
      return pin;
    } catch (error) {
      if (!isVerdict(error)) throw error;
      const { message, hint } = error;
      return { ...pin, state: "unverified", detail: hint === undefined ? message : `${message}\n${hint}` };
    }
  };
  try {
    return await Promise.all(checked.map(verify));
  } finally {
    await resolver.close();
  }
}

function isVerdict(error: unknown): error is IronicOciError {
  return error instanceof IronicOciError && ["IMAGE_DENIED", "SIGNATURE_UNVERIFIED"].includes(error.code);
}

function print(checked: readonly VerifiedPin[], io: Io): void {
  const rows = checked.map(({ reference, digest, state }) => [state, reference, digest]);
  const [headings, ...lines] = table(["STATE", "REFERENCE", "PINNED"], rows, { columns: widthFor(io, 0) });
  io.out(`${headings}\n`);
  for (const [position, line] of lines.entries()) {
    const { state = "ok", detail } = checked[position] ?? {};
    io.out(`${state === "ok" ? line : paint(io, COLOURS[state], line)}\n`);
    // The text of an error has several lines.
    for (const each of detail?.split("\n") ?? []) io.out(`  ${printable(each)}\n`);
  }
}

import type { LockedPin } from "../lock";
import { type CheckedPin, checkPins, copyItems, type PinState, RegistryContent, textOf, uncheckedBy } from "../publish";
import { printable, printableJson, Reference } from "../reference";
import type { RegistryClient } from "../registry";
import { Policy, SigningError } from "../signing";
import { EXIT, type Io } from "./io";
import { noteUnused, readLocked } from "./locked";
import { newClient } from "./new-client";
import { policyFor } from "./new-resolver";
import type { LockOptions, OutputOptions, RegistryOptions } from "./options";
import { errorJson, paint, widthFor } from "./print";
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
  unchecked: "red",
  unverified: "red",
} as const satisfies Record<VerifiedPin["state"], string>;

/**
 * `ironic-oci verify [REF…]`: whether what is locked is still in its registry, as it was pinned, and signed as the policy beside the lock
 * file says, where there is one. Every pin is checked, whatever becomes of the others.
 */
export async function verifyPins(references: readonly string[], options: VerifyPinsOptions, io: Io): Promise<number> {
  const locked = readLocked(options.lockFile, references);
  const pins = locked.queries.flatMap((query) => locked.lockFile.find(query) ?? []);
  // Before any request: it may be wrong.
  const path = policyFor({}, options.lockFile);
  const policy = path === undefined ? undefined : new Policy(path);
  const client = newClient(options);
  const progress = showProgress(io);
  let checked: VerifiedPin[];
  try {
    const settings = { deep: options.deep, onProgress: progress.update, signal: io.signal };
    checked = await checkPins(new RegistryContent(client), copyItems(pins), settings);
    if (policy) checked = await Promise.all(checked.map((pin) => verified(pin, pins, policy, client, io.signal)));
  } finally {
    progress.end();
    await client.close();
  }
  if (options.json) {
    io.out(
      `${printableJson(checked.map(({ error, ...pin }) => ({ ...pin, ...(error && { error: errorJson(error) }) })))}\n`,
    );
  } else {
    noteUnused(locked, io);
    print(checked, io);
  }
  return checked.some(({ state }) => COLOURS[state] === "red") ? EXIT.failed : EXIT.fine;
}

/** A pin with the verdict of the policy, where it is there. */
async function verified(
  pin: VerifiedPin,
  pins: readonly LockedPin[],
  policy: Policy,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<VerifiedPin> {
  const locked = pins.find(({ reference, digest }) => reference === pin.reference && digest === pin.digest);
  if (COLOURS[pin.state] === "red" || locked === undefined) return pin;
  try {
    await policy.verify(client, { ...locked, reference: Reference.parse(locked.reference) }, signal);
    return pin;
  } catch (error) {
    if (error instanceof SigningError) return { ...pin, state: "unverified", detail: textOf(error), error };
    return { ...pin, ...uncheckedBy(error, signal) };
  }
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

import { type CheckedPin, checkPins, copyItems, type PinState, RegistryContent } from "../publish";
import { printable, printableJson } from "../reference";
import { EXIT, type Io } from "./io";
import { noteUnused, readLocked } from "./locked";
import { newClient } from "./new-client";
import type { AccessOptions, LockOptions, OutputOptions } from "./options";
import { paint, widthFor } from "./print";
import { showProgress } from "./progress";
import { table } from "./table";

export interface VerifyPinsOptions extends AccessOptions, LockOptions, OutputOptions {
  readonly deep?: boolean;
}

const COLOURS = { ok: "green", untagged: "yellow", missing: "red", damaged: "red" } as const satisfies Record<
  PinState,
  string
>;

/** `ironic-oci verify [REF…]`: whether what is locked is still in its registry, as it was pinned. */
export async function verifyPins(references: readonly string[], options: VerifyPinsOptions, io: Io): Promise<number> {
  const locked = readLocked(options.lockFile, references);
  const items = copyItems(locked.queries.flatMap((query) => locked.lockFile.find(query) ?? []));
  const client = newClient(options);
  const progress = showProgress(io);
  let checked: CheckedPin[];
  try {
    const settings = { deep: options.deep, onProgress: progress.update, signal: io.signal };
    checked = await checkPins(new RegistryContent(client), items, settings);
  } finally {
    progress.end();
    await client.close();
  }
  if (options.json) io.out(`${printableJson(checked)}\n`);
  else {
    noteUnused(locked, io);
    print(checked, io);
  }
  return checked.some(({ state }) => state === "missing" || state === "damaged") ? EXIT.failed : EXIT.fine;
}

function print(checked: readonly CheckedPin[], io: Io): void {
  const rows = checked.map(({ reference, digest, state }) => [state, reference, digest]);
  const [headings, ...lines] = table(["STATE", "REFERENCE", "PINNED"], rows, { columns: widthFor(io, 0) });
  io.out(`${headings}\n`);
  for (const [position, line] of lines.entries()) {
    const { state = "ok", detail } = checked[position] ?? {};
    io.out(`${state === "ok" ? line : paint(io, COLOURS[state], line)}\n`);
    if (detail !== undefined) io.out(`  ${printable(detail)}\n`);
  }
}

import { stripVTControlCharacters } from "node:util";
import type { Io } from "./io";

/** What is needed of `process.stdout` and `process.stderr`. */
export type OutputStream = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;

/** The streams of a process as {@link Io}: colours and widths are for terminals, each stream by itself. */
export function processIo(
  { stdout, stderr, env }: { stdout: OutputStream; stderr: OutputStream; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Io {
  const isTerminal = stdout.isTTY === true;
  return {
    out: (text) => void stdout.write(text),
    // Beside results on a terminal, errors may go to a file (`2>log`).
    err: (text) => void stderr.write(stderr.isTTY === true ? text : stripVTControlCharacters(text)),
    colour: isTerminal && !env.NO_COLOR,
    columns: isTerminal ? stdout.columns : undefined,
    errColumns: stderr.isTTY === true ? stderr.columns : undefined,
    signal,
  };
}

import { printable } from "../reference";

export interface TableOptions {
  /** Whether the last cell of a row may have several lines. */
  readonly lines?: boolean;
  /** The width in characters that the table has to fit into. Default: any, as for output that is piped. */
  readonly columns?: number | undefined;
}

/** The least width of a column that is wrapped. */
const NARROWEST = 16;
const GAP = "  ";

type Cell = readonly string[];

/**
 * Columns under headings, each as wide as its widest cell; cells are escaped with `printable`. A table that would be too wide has short
 * digests; where it still is, its widest column is wrapped.
 * @returns a string for each row, with newlines in it where the row takes several lines
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { lines = false, columns = Number.POSITIVE_INFINITY }: TableOptions = {},
): string[] {
  const last = headings.length - 1;
  const whole: Cell[][] = [headings, ...rows].map((row) =>
    headings.map((_, column) => {
      const text = row[column] ?? "";
      return (lines && column === last ? text.split("\n") : [text]).map(printable);
    }),
  );
  return printed(fitting(whole, columns));
}

function fitting(rows: readonly Cell[][], columns: number): readonly Cell[][] {
  if (widthOf(rows) <= columns) return rows;
  const short = rows.map((row) => row.map((cell) => cell.map(withShortDigests)));
  const excess = widthOf(short) - columns;
  if (excess <= 0) return short;
  const widths = widthsOf(short);
  const widest = widths.indexOf(Math.max(...widths));
  const width = Math.max(NARROWEST, (widths[widest] ?? 0) - excess);
  return short.map((row) =>
    row.map((cell, column) => (column === widest ? cell.flatMap((line) => wrapped(line, width)) : cell)),
  );
}

/** As Docker shows IDs: the first twelve digits. */
function withShortDigests(text: string): string {
  return text.replace(/\b(sha(?:256|384|512):[0-9a-f]{12})[0-9a-f]{20,}/g, "$1…");
}

/** Lines of at most a width, broken at spaces; a longer word is not broken. */
function wrapped(text: string, width: number): string[] {
  const result: string[] = [];
  for (const word of text.split(" ")) {
    const line = result.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) result[result.length - 1] = `${line} ${word}`;
    else result.push(word);
  }
  return result;
}

function widthsOf(rows: readonly Cell[][]): number[] {
  return (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.flatMap((row) => (row[column] ?? []).map(({ length }) => length))),
  );
}

function widthOf(rows: readonly Cell[][]): number {
  const widths = widthsOf(rows);
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

function printed(rows: readonly Cell[][]): string[] {
  const widths = widthsOf(rows);
  return rows.map((row) => {
    const height = Math.max(...row.map(({ length }) => length));
    const lines = Array.from({ length: height }, (_, line) =>
      row
        .map((cell, column) => (cell[line] ?? "").padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    );
    return lines.join("\n");
  });
}

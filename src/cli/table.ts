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
 * digests; where it still is, its widest columns are wrapped; and where no more can be wrapped, each row has a line for each of its
 * cells, below an empty line.
 * @returns a string for the headings, empty without columns, and one for each row, with newlines where the row takes several lines
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
  if (widthOf(whole) <= columns) return printed(whole);
  const short = whole.map((row) => row.map((cell) => cell.map(withShortDigests)));
  const fitting = wrappedToFit(short, columns);
  return fitting === undefined ? asLists(short, columns) : printed(fitting);
}

/** The rows with their widest columns wrapped; undefined where no column that could be wrapped is left. */
function wrappedToFit(rows: readonly Cell[][], columns: number): readonly Cell[][] | undefined {
  const excess = widthOf(rows) - columns;
  if (excess <= 0) return rows;
  const widths = widthsOf(rows);
  const widest = widths.indexOf(Math.max(...widths));
  const width = Math.max(NARROWEST, (widths[widest] ?? 0) - excess);
  const wrappedRows = rows.map((row) =>
    row.map((cell, column) => (column === widest ? cell.flatMap((line) => wrapped(line, width)) : cell)),
  );
  return widthOf(wrappedRows) < widthOf(rows) ? wrappedToFit(wrappedRows, columns) : undefined;
}

/** Each row as lines of a heading and its cell; a cell without a heading stands alone. */
function asLists([headings = [], ...rows]: readonly Cell[][], columns: number): string[] {
  const names = headings.map(([heading = ""]) => heading);
  const width = Math.max(...names.map(({ length }) => length)) + GAP.length;
  const lists = rows.map((row) =>
    row.flatMap((cell, column) => {
      const name = names[column] ?? "";
      if (name === "") return cell.filter((line) => line !== "");
      const lines = cell.flatMap((line) => wrapped(line, Math.max(NARROWEST, columns - width)));
      return lines.map((line, index) => ((index === 0 ? name : "").padEnd(width) + line).trimEnd());
    }),
  );
  return ["", ...lists.map((lines, index) => [...lines, ...(index < lists.length - 1 ? [""] : [])].join("\n"))];
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

import { basename } from "node:path";
import type { Progress } from "../publish";
import { printable } from "../reference";
import type { Io } from "./io";
import { humanSize } from "./print";

/** Milliseconds between two pictures on a terminal, and between two lines where there is none. */
const PICTURE = 100;
const LINE = 10_000;
const BAR = 20;

const VERBS: Readonly<Record<Progress["phase"], string>> = {
  ...{ hash: "reading", send: "sending", present: "is there already", mounted: "linked from another repository" },
  uploaded: "sent",
};

interface Row {
  progress: Progress;
  /** When the phase began, and when a line was printed last: milliseconds. */
  began: number;
  printed: number;
}

/** Shows how far files are, on stderr: a bar for each on a terminal, else a line now and then. */
export function showProgress(io: Io, now: () => number = Date.now): { update(progress: Progress): void; end(): void } {
  const rows = new Map<string, Row>();
  let drawn = 0;
  let drawnAt = 0;

  const draw = () => {
    const columns = io.errColumns ?? 80;
    const lines = [...rows.values()].map((row) => lineOf(row, now()).slice(0, columns - 1));
    io.err(`${drawn > 0 ? `\u001b[${drawn}A` : ""}${lines.map((line) => `\u001b[2K${line}\n`).join("")}`);
    drawn = lines.length;
    drawnAt = now();
  };

  return {
    update(progress) {
      const known = rows.get(progress.path);
      const isSame = known?.progress.phase === progress.phase;
      const row = isSame ? known : { progress, began: now(), printed: 0 };
      // The time of sending is that of the whole.
      if (known && progress.phase === "uploaded") row.began = known.began;
      row.progress = progress;
      rows.set(progress.path, row);
      if (io.errColumns !== undefined) {
        if (!isSame || now() - drawnAt >= PICTURE) draw();
        return;
      }
      if (isSame && now() - row.printed < LINE) return;
      row.printed = now();
      io.err(`${lineOf(row, now(), false)}\n`);
    },
    end() {
      if (io.errColumns !== undefined && rows.size > 0) draw();
      rows.clear();
      drawn = 0;
    },
  };
}

function lineOf({ progress, began }: Row, at: number, withBar = true): string {
  const { path, phase, bytes, total } = progress;
  const name = printable(basename(path));
  const seconds = (at - began) / 1000;
  const rate = seconds > 0 ? bytes / seconds : 0;
  const speed = rate > 0 ? `, ${humanSize(Math.round(rate))}/s` : "";
  if (phase !== "hash" && phase !== "send") {
    return `${name}: ${VERBS[phase]}, ${humanSize(bytes)}${phase === "uploaded" ? speed : ""}`;
  }
  const share = total ? Math.min(1, bytes / total) : undefined;
  const left = total && rate > 0 ? `, ${duration((total - bytes) / rate)} left` : "";
  const done = total === undefined ? humanSize(bytes) : `${humanSize(bytes)} of ${humanSize(total)}`;
  const bar = withBar && share !== undefined ? `${barOf(share)} ` : "";
  return `${bar}${name}: ${VERBS[phase]}, ${done}${speed}${left}`;
}

function barOf(share: number): string {
  const full = Math.round(share * BAR);
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

import { stripVTControlCharacters } from "node:util";
import { showProgress } from "../../src/cli/progress";

function rig(errColumns?: number) {
  let [text, now] = ["", 0];
  const io = {
    out: () => undefined,
    err: (more: string) => {
      text += more;
    },
    ...{ colour: false, errColumns, signal: new AbortController().signal },
  };
  const progress = showProgress(io, () => now);
  const at = (
    seconds: number,
    bytes: number,
    phase: "hash" | "send" | "uploaded" | "present" = "send",
    path = "/x/a.raw",
  ) => {
    now = seconds * 1000;
    progress.update({ path, phase, bytes, total: phase === "hash" ? undefined : 1_000_000 });
  };
  return { at, end: progress.end, shown: () => text };
}

test("without a terminal: a line at the beginning and the end, and one every ten seconds", () => {
  const { at, end, shown } = rig();
  at(0, 0);
  for (let second = 1; second <= 24; second += 1) at(second, second * 40_000);
  at(25, 1_000_000, "uploaded");
  end();
  expect(shown().split("\n")).toEqual([
    "a.raw: sending, 0 B of 1.0 MB",
    "a.raw: sending, 400.0 kB of 1.0 MB, 40.0 kB/s, 15 s left",
    "a.raw: sending, 800.0 kB of 1.0 MB, 40.0 kB/s, 5 s left",
    "a.raw: sent, 1.0 MB, 40.0 kB/s",
    "",
  ]);
});

test("on a terminal: a bar for each file, drawn over the one before, and never wider than the terminal", () => {
  const { at, end, shown } = rig(50);
  at(0, 0, "hash", "b.raw");
  at(1, 250_000);
  at(1.01, 260_000);
  at(2, 500_000);
  end();
  const frames = shown().split("\u001b[2A");
  expect(frames.at(-1)?.replaceAll("\u001b[2K", "").split("\n")).toEqual([
    "b.raw: reading, 0 B",
    "[##########..........] a.raw: sending, 500.0 kB o",
    "",
  ]);
  // The update after ten milliseconds is not worth a picture.
  expect(shown()).not.toContain("260.0 kB");
  for (const line of shown().split("\n")) expect(stripVTControlCharacters(line).length).toBeLessThan(50);
});

test("what is there already is said so, and a hostile name is not obeyed", () => {
  const { at, shown } = rig();
  at(0, 1_000_000, "present", "/x/\u001b[31mred.raw");
  expect(shown()).toMatch(/red\.raw: is there already, 1\.0 MB\n$/);
  expect(shown()).not.toContain("\u001b");
});

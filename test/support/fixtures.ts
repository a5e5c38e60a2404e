import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The path of a recorded file below `test/fixtures`. */
export function fixturePath(...path: string[]): string {
  return join(__dirname, "..", "fixtures", ...path);
}

/** A recorded JSON file below `test/fixtures`. */
export function readFixture(...path: string[]): unknown {
  return JSON.parse(readFileSync(fixturePath(...path), "utf8"));
}

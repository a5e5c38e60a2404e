import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { POWER_ON } from "./machine";

/**
 * The marker that the machine's system has printed on the serial console since it was last switched on; undefined before it has.
 */
export function markerIn(console: string): string | undefined {
  const lastBoot = console.slice(Math.max(console.lastIndexOf(POWER_ON), 0));
  return /METAL-IMAGE name=\w+ marker=([0-9a-f]+) end/.exec(lastBoot)?.[1];
}

/** Waits until the console shows any image's marker; undefined when it does not within `seconds`. */
export async function awaitMarker(file: string, seconds: number): Promise<string | undefined> {
  for (const deadline = Date.now() + seconds * 1000; ; await delay(500)) {
    const console = readFileSync(file, "latin1");
    const marker = markerIn(console);
    if (marker !== undefined || Date.now() > deadline) return marker;
  }
}

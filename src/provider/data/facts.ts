import type { JsonObject } from "../../ironic";
import { toText } from "../shared/values";

// Values of Ironic's free-form JSON for state. Another type than the expected one is the fault of a driver or a hook: null.

export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function flag(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** A whole number, which drivers also send as text. */
export function whole(value: unknown): number | null {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** A number, which the agent sends as text. */
export function decimal(value: unknown): number | null {
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" ? number : null;
}

export function textList(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : null;
}

/** A free-form field as a map of strings; values that are not strings are JSON. */
export function texts(fields: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [[key, toText(value)]])),
  );
}

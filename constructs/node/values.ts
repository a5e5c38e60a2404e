import * as z from "zod";
import { orToken } from "../prop-schema";
import { PullSecret } from "../secret";
import { asMap, asText, isToken } from "../tokens";
import type { FieldValue } from "./configuration";

/**
 * Names of `driver_info` fields that hold secrets: those that Ironic masks as `******`, and some more. A literal there would be
 * written to Terraform JSON.
 */
const SECRET_FIELD = /pass(?:word|phrase|wd)?$|password|secret|token|private_key|_key$|community|credential/i;

export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

export const FIELD_VALUE = "must be a string, a number, true, false, a list, a map, or a token";

export const fieldValue: z.ZodType<FieldValue> = z.lazy(() =>
  z.union(
    [
      z.custom<FieldValue>(isToken).transform((token) => (typeof token === "string" ? asText(token) : token)),
      z.string(),
      z.number(),
      z.boolean(),
      z.array(fieldValue),
      z.record(z.string(), fieldValue),
    ],
    FIELD_VALUE,
  ),
);

/** Whether an object or list holds itself, which JSON can't express. */
function isCyclic(value: unknown, holders: readonly unknown[] = []): boolean {
  if (typeof value !== "object" || value === null || isToken(value)) return false;
  if (holders.includes(value)) return true;
  return Object.values(value).some((inner) => isCyclic(inner, [...holders, value]));
}

/** A map of Ironic's free-form values. */
export function mapOf<T>(value: z.ZodType<T>) {
  const map = z.record(z.string().min(1), value).refine((given) => !isCyclic(given), "must not contain itself");
  return orToken<Record<string, T>>(map, asMap);
}
export const fields = mapOf(fieldValue);
export const secret = z.custom<PullSecret>(
  (value) => value instanceof PullSecret,
  "a secret is given as PullSecret.fromVariable(…), .fromDockerConfig(…) or .fromToken(…), never as a string",
);

import type { IResolvable } from "cdktf";
import * as z from "zod";
import { InvalidReferenceError, Reference, unknownName } from "../src/reference";
import { InvalidPropsError } from "./errors";
import { asText, isToken } from "./tokens";

/** A wrong prop: where it is, the fault as a clause, and the remedy. */
export interface PropProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string | undefined;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Parsed<S extends Shape> = z.output<z.ZodObject<S>>;

/** The props that are right, and the problems of all others. */
export interface ParsedProps<S extends Shape> {
  readonly valid: Partial<Parsed<S>>;
  readonly problems: readonly PropProblem[];
}

/** Schemas of whole objects by shape. */
const schemas = new WeakMap<Shape, z.ZodType>();

/**
 * Parses an object: at once, which is fast for ten thousand nodes; if something is wrong, prop by prop, so that no wrong prop hides
 * another one.
 */
export function parseProps<S extends Shape>(shape: S, props: unknown): ParsedProps<S> {
  let schema = schemas.get(shape);
  if (schema === undefined) {
    schema = z.strictObject(shape);
    schemas.set(shape, schema);
  }
  const parsed = schema.safeParse(props);
  return parsed.success ? { valid: parsed.data as Partial<Parsed<S>>, problems: [] } : parseEach(shape, props);
}

function parseEach<S extends Shape>(shape: S, props: unknown): ParsedProps<S> {
  if (typeof props !== "object" || props === null || Array.isArray(props)) {
    return { valid: {}, problems: [{ path: [], message: `must be an object, not ${nameOf(props)}` }] };
  }
  const given = props as Readonly<Record<string, unknown>>;
  const valid: Record<string, unknown> = {};
  const problems: PropProblem[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const value = given[name];
    if (value === undefined && schema instanceof z.ZodOptional) continue;
    const parsed = value === undefined ? MISSING : schema.safeParse(value, { error: inPlainEnglish });
    if (parsed.success) valid[name] = parsed.data;
    else problems.push(...issuesOf(parsed.error).map((issue) => problemOf(issue, name)));
  }
  const known = Object.keys(shape);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name)) problems.push({ path: [name], message: unknownName("a prop", name, known) });
  }
  return { valid: valid as Partial<Parsed<S>>, problems };
}

const MISSING = { success: false, error: { issues: [{ code: "custom", path: [], message: "is needed" }] } } as const;

/** An object within a prop, parsed by {@link parseProps}. */
export function objectOf<S extends Shape>(shape: S) {
  return z.unknown().transform((value, context): Parsed<S> => {
    const { valid, problems } = parseProps(shape, value);
    for (const { path, message, hint } of problems) {
      context.addIssue({ code: "custom", path: [...path], message, params: { hint } });
    }
    return problems.length === 0 ? (valid as Parsed<S>) : z.NEVER;
  });
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly params?: { readonly hint?: string | undefined } | undefined;
}

/** The first issue of each path: zod checks the length of a value of a wrong type as well, if it has one. */
function issuesOf({ issues }: { readonly issues: readonly Issue[] }): readonly Issue[] {
  const paths = issues.map(({ path }) => path.join("\u0000"));
  return issues.filter((_, index) => paths.indexOf(paths[index] ?? "") === index);
}

function problemOf({ path, message, params }: Issue, name: string): PropProblem {
  return { path: [name, ...path], message, hint: params?.hint };
}

/** The faults of which zod's own texts are for developers of zod schemas. */
function inPlainEnglish(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  if (issue.code === "invalid_key") return "a name must not be empty";
  if (issue.code !== "invalid_type") return undefined;
  if (input === undefined) return "is needed";
  if (issue.expected === "int") return "must be a whole number";
  return `must be ${EXPECTED[issue.expected] ?? issue.expected}, not ${nameOf(input)}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  record: "a map",
};

/** The kind of a value of a wrong type. The value itself may be a secret. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (Number.isNaN(value)) return "NaN";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The error of a check that throws one. */
export function errorsOf(check: () => unknown): InvalidPropsError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidPropsError)) throw error;
    return [error];
  }
}

/** @throws {InvalidPropsError} which lists all problems, those of other errors included; nothing if there are none */
export function throwProblems(constructPath: string, found: readonly (PropProblem | InvalidPropsError)[]): void {
  const problems = found.flatMap((each) => {
    if (!(each instanceof InvalidPropsError)) return [{ text: textOf(each), hint: each.hint }];
    return each.problems.map((text) => ({ text, hint: each.hint }));
  });
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw new InvalidPropsError(constructPath, [first.text], first.hint);
  throw new InvalidPropsError(
    constructPath,
    problems.map(({ text, hint }) => (hint === undefined ? text : `${text}\n${hint}`)),
  );
}

function textOf({ path, message }: PropProblem): string {
  return `${path.join(".") || "props"}: ${message}`;
}

const KNOWN = "must be known at synth time: a token can't be used here";

/** A schema that passes tokens of every encoding, normalised by `as`, and checks all other values. */
export function orToken<T>(schema: z.ZodType<T>, as: (token: unknown) => T) {
  return z.unknown().transform((value, context): T => {
    if (isToken(value)) return as(value);
    return parsedBy(schema, value, context);
  });
}

/**
 * A schema whose value decides something at synth time.
 * @param why the reason, as an addition to the message
 */
export function known<T>(schema: z.ZodType<T>, why = "") {
  return z.unknown().transform((value, context): T => {
    if (!isToken(value)) return parsedBy(schema, value, context);
    context.addIssue({ code: "custom", message: KNOWN + why });
    return z.NEVER;
  });
}

export function parsedBy<T>(schema: z.ZodType<T>, value: unknown, context: z.RefinementCtx): T {
  const parsed = schema.safeParse(value, { error: inPlainEnglish });
  if (parsed.success) return parsed.data;
  for (const { message, path, params } of issuesOf(parsed.error)) {
    context.addIssue({ code: "custom", message, path: [...path], params });
  }
  return z.NEVER;
}

export const plainText = z.string().min(1, "must not be empty");
export const text = orToken(plainText, asText);
export const knownText = known(plainText);
export const boolean = orToken<boolean | IResolvable>(z.boolean(), (token) => token as IResolvable);
export const literal = (pattern: RegExp, message: string) => orToken(plainText.regex(pattern, message), asText);

/** An OCI reference. */
export const reference = z.unknown().transform((value, context): string => {
  if (typeof value !== "string" || isToken(value)) return parsedBy(knownText, value, context);
  try {
    Reference.parse(value);
    return value;
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    context.addIssue({ code: "custom", message: error.message, params: { hint: error.hint } });
    return z.NEVER;
  }
});

/** `image_download_source`. */
export const downloadSource = known(
  z.enum(["local", "http"], "must be local or http; Ironic can't use swift with OCI images"),
);

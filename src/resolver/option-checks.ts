import { IronicOciError, Reference, registryFault, unknownName } from "../reference";
import { ARTIFACT_CLASSES, parseRelease, ROLES, SELECTION_PROFILES, UnknownReleaseError } from "../selection";
import type { ExtraChecks } from "./checks";
import type { OciResolverOptions, ResolveOptions } from "./options";

/** Wrong options of a resolver, or of `resolve`: in a program without types, or computed at run time. Lists all of them. */
export class InvalidOptionsError extends IronicOciError {
  readonly code = "INVALID_OPTIONS";

  constructor(
    /** The function that was called. */
    readonly path: string,
    /** One line for each wrong option. */
    readonly problems: readonly string[],
  ) {
    super(`${path}: ${problems.length === 1 ? problems[0] : `\n${problems.map((each) => `  ${each}`).join("\n")}`}`);
  }
}

/** The fault of a value, as a clause; undefined if it is right. */
type Check = (value: unknown) => string | undefined;
type Checks<T> = Readonly<Record<keyof T, Check>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value) ? undefined : `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
const text: Check = (value) =>
  typeof value === "string" && value !== "" ? undefined : "must be a string that is not empty";
const registry: Check = (value) =>
  typeof value === "string" ? registryFault(value) : "must be a registry: host or host:port";
const list =
  (element: Check): Check =>
  (value) =>
    Array.isArray(value) ? value.map(element).find((fault) => fault !== undefined) : "must be a list";
const abortSignal: Check = (value) =>
  isObject(value) && typeof value.addEventListener === "function" ? undefined : "must be an AbortSignal";

/** A mirror: `host[:port]`, or one with a path. */
const mirror: Check = (value) => {
  const [host = "", ...path] = typeof value === "string" ? value.split("/") : [];
  return registry(host) ?? (path.includes("") ? "a mirror's path has an empty part" : undefined);
};

const mirrors: Check = (value) => {
  if (!isObject(value)) return 'must be an object: { "quay.io": "mirror.example" }';
  return Object.entries(value)
    .map(([name, of]) => registry(name) ?? mirror(of))
    .find((fault) => fault !== undefined);
};

/** The values are secrets: they are never quoted. */
const credentials: Check = (value) => {
  if (!isObject(value)) return "must be a keychain, or an object of pull secrets by registry";
  if (typeof value.resolve === "function") return undefined;
  return Object.entries(value)
    .map(([name, secret]) => registry(name) ?? (typeof secret === "string" ? undefined : `${name}: must be a string`))
    .find((fault) => fault !== undefined);
};

const release: Check = (value) => {
  if (typeof value !== "string" && typeof value !== "number") return "must be a string";
  try {
    parseRelease(String(value));
    return undefined;
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    return `${error.message}; ${error.hint}`;
  }
};

const EXTRA_CHECKS: Record<keyof ExtraChecks, true> = {
  ...{ architecture: true, class: true, compression: true, bootc: true, downloadSource: true },
  ...{ layers: true, tagList: true },
};
const extraChecks: Check = (value) => {
  if (typeof value === "boolean") return undefined;
  if (!isObject(value)) return "must be true, false or an object of checks";
  const known = Object.keys(EXTRA_CHECKS);
  return Object.entries(value)
    .map(([name, on]) => {
      if (!known.includes(name)) return `${name} ${unknownName("a check", name, known)}`;
      return typeof on === "boolean" || on === undefined ? undefined : `${name} must be true or false`;
    })
    .find((fault) => fault !== undefined);
};

const RESOLVER: Checks<OciResolverOptions> = {
  ironicRelease: release,
  plainHttp: list(registry),
  credentials,
  authFile: text,
  mirrors,
  pinMirrors: mirrors,
  certificateFolders: list(text),
  concurrency: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 1 ? undefined : "must be a whole number from 1",
  timeout: (value) => (typeof value === "number" && value > 0 ? undefined : "must be a number of milliseconds above 0"),
  // Its content is checked where it is read.
  policy: (value) => (isObject(value) ? undefined : text(value)),
  extraChecks,
  signal: abortSignal,
};

const REQUEST: Checks<ResolveOptions> = {
  architecture: text,
  imageDownloadSource: oneOf("local", "http", "swift"),
  role: oneOf(...ROLES),
  expect: oneOf(...ARTIFACT_CLASSES),
  profile: oneOf(...SELECTION_PROFILES),
  tagDigest: text,
  signal: abortSignal,
};

/**
 * Problems of a resolver's options, one line each.
 * @param more names and checks of further options, beside those of a resolver
 */
export function resolverProblems(options: unknown, more: Readonly<Record<string, Check>> = {}): string[] {
  return problems(options, { ...RESOLVER, ...more });
}

/**
 * A release that is the only wrong option is left to the caller: its error has a class of its own.
 * @throws {InvalidOptionsError}
 */
export function checkResolverOptions(options: unknown): void {
  const others = problems(options, { ...RESOLVER, ironicRelease: () => undefined });
  throwAny("OciResolver", others.length === 0 ? [] : problems(options, RESOLVER));
}

/** @throws {InvalidOptionsError} */
export function checkResolveOptions(reference: unknown, options: unknown): void {
  const isReference = typeof reference === "string" || reference instanceof Reference;
  throwAny("resolve", [...(isReference ? [] : ["reference: must be a string"]), ...problems(options, REQUEST)]);
}

function throwAny(path: string, found: readonly string[]): void {
  if (found.length > 0) throw new InvalidOptionsError(path, found);
}

function problems(options: unknown, checks: Readonly<Record<string, Check>>): string[] {
  if (!isObject(options)) return ["options: must be an object"];
  const known = Object.keys(checks);
  return Object.entries(options).flatMap(([name, value]) => {
    if (!Object.hasOwn(checks, name)) return [`${name}: ${unknownName("an option", name, known)}`];
    const fault = value === undefined ? undefined : checks[name]?.(value);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

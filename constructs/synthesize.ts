import { existsSync } from "node:fs";
import type { App } from "cdktf";
import {
  describeQuery,
  LOCK_MODES,
  type LockMode,
  lockMode,
  type PinFailure,
  type PinResults,
  pinAll,
  programName,
} from "../src/lock";
import { IronicOciError, printable } from "../src/reference";
import {
  describeRelease,
  NEWEST_RELEASE,
  OciResolver,
  type OciResolverOptions,
  resolverProblems,
} from "../src/resolver";
import { policyBeside } from "../src/signing";
import { InvalidPropsError, NotPinnedError } from "./errors";
import { takeWarnings } from "./node/warnings";
import { CONTEXT, PinRegistry } from "./pin-registry";
import { takeUndeployed } from "./targets/default";

/** Options of {@link synthesize}. Those of {@link OciResolverOptions} say how registries are reached. */
export interface SynthesizeOptions extends OciResolverOptions {
  /** Path of the lock file. Default: the context key `cdktf-ironic-oci:lockFile`, else `ironic-oci.lock.json` in the working directory. */
  readonly lockFile?: string | undefined;
  /** `prefer`, `frozen` or `update`. Default: `IRONIC_OCI_LOCK`, else `frozen` in CI with a lock file, else `prefer`. */
  readonly lockMode?: LockMode | undefined;
}

/**
 * Pins all references of the tree, writes the lock file and synthesizes the app (`app.synth()`).
 *
 * References are resolved concurrently, and each tag once, for any number of nodes. Nothing is synthesized unless all of them have
 * a pin. Warnings and a summary go to stderr.
 *
 * Where a policy requires signatures (the option `policy`, else `ironic-oci.policy.json` beside the lock file), an image that is not signed
 * by whom it must be gets no pin.
 *
 * @throws {NotPinnedError} listing every reference without a pin, the constructs that need it, and the reason
 * @throws {LockFrozenError} in mode `frozen`, listing every reference that is not locked
 * @throws {LockFileDamagedError} and the other errors of the lock file, before any request
 * @throws {InvalidPropsError} which names every wrong option
 * @throws {SigningFileError} for a policy that is wrong, and for its keys and trusted roots
 * @throws {ProviderInstallError} and the other errors of `ironic.IronicProvider`
 */
export async function synthesize(app: App, options: SynthesizeOptions = {}): Promise<void> {
  const problems = resolverProblems(options, {
    lockFile: (path) => (typeof path === "string" && path !== "" ? undefined : "must be a path"),
    lockMode: (mode) => (LOCK_MODES.some((each) => each === mode) ? undefined : `must be ${LOCK_MODES.join(" or ")}`),
  });
  if (problems.length > 0) throw new InvalidPropsError("synthesize", problems);
  const { lockFile } = options;
  const registry = PinRegistry.of(app);
  registry.configure({ ironicRelease: options.ironicRelease, lockFile });
  if (!registry.hasTestPins) await pin(registry, options);
  app.synth();
  warnOfNodes(app);
  noteUndeployedNodes(app);
}

/** Resolves and locks missing pins, and prints a summary. */
async function pin(registry: PinRegistry, options: SynthesizeOptions): Promise<void> {
  const { lockFile: _, lockMode: modeOption, policy, ...resolverOptions } = options;
  const queries = registry.queries();
  const path = registry.lockFilePath;
  const mode = lockMode(modeOption, process.env, existsSync(path));
  const resolver = new OciResolver({ ...resolverOptions, policy: policy ?? policyBeside(path) });
  const progress = new Progress();
  try {
    const onResolved = (done: number, of: number) => progress.show(`pinning ${done} of ${of}`);
    const user = { name: programName(path), needsNothingElse: true };
    const results = await pinAll(queries, { path, mode, resolver, user, signal: options.signal, onResolved });
    if (results.failures.length > 0) throw notPinned(results.failures, registry);
    registry.use(results.find);
    progress.clear();
    const locked = mode === "update" ? 0 : queries.filter((query) => results.before.find(query)).length;
    printSummary(queries.length, locked, path, results.written);
    noteDropped(results);
    warn(registry, results.find);
    for (const { query, warning } of results.undecided) {
      process.stderr.write(`warning: ${describeQuery(query)}: ${warning}\n`);
    }
    if (results.unrecorded !== undefined) process.stderr.write(`warning: ${printable(results.unrecorded)}\n`);
    noteAssumedRelease(registry);
  } finally {
    progress.clear();
    await resolver.close();
  }
}

/** Set by `cdktf` and `cdktn` for a program that they run: they collect its output, and print the annotations themselves. */
function isRunByCdktf(): boolean {
  return process.env.CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS !== undefined;
}

/** One line on success: the number of pins, how many of them were locked before, and the files. */
function printSummary(pins: number, locked: number, path: string, written: readonly string[]): void {
  if (pins === 0 || isRunByCdktf()) return;
  const resolved = pins - locked;
  const parts = [locked > 0 && `${locked} from the lock file`, resolved > 0 && `${resolved} resolved and locked`];
  const artifacts = pins === 1 ? "1 artifact" : `${pins} artifacts`;
  // A new lock file's merge driver: see declareUnionMerge.
  const others = written.filter((file) => file !== path);
  const files = printable(others.length === 0 ? path : `${path}; wrote ${others.join(", ")}, too`);
  process.stderr.write(`pinned ${artifacts}: ${parts.filter(Boolean).join(", ")} (${files})\n`);
}

/** Notes which references left the lock file, because the program does not have them any more. */
function noteDropped({ before, after }: PinResults): void {
  const left = new Set(after.entries().map(([name]) => name));
  const dropped = before.entries().flatMap(([name]) => (left.has(name) ? [] : [printable(name)]));
  if (dropped.length === 0 || isRunByCdktf()) return;
  process.stderr.write(`removed from the lock file, because nothing uses it any more: ${named(dropped)}\n`);
}

const MAX_NAMED = 5;

function notPinned(failures: readonly PinFailure[], registry: PinRegistry): NotPinnedError {
  const problems = failures.map(({ query, error }) => {
    const requesters = registry.requesters(query);
    // Other programs' selections of a reference are updated with it.
    const who = requesters.length > 0 ? named(requesters) : "another user of the lock file";
    return `${who}: ${describeQuery(query)}\n    ${describe(error).replaceAll("\n", "\n    ")}`;
  });
  return new NotPinnedError(
    problems,
    "the pins that were resolved, if any, are in the lock file; nothing was synthesized",
  );
}

function named(paths: readonly string[]): string {
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : "";
  return paths.slice(0, MAX_NAMED).join(", ") + more;
}

function describe(error: unknown): string {
  if (!(error instanceof IronicOciError)) return String(error);
  return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
}

/** Warnings are part of the lock file and of its diff; they are printed too, once each. */
function warn(registry: PinRegistry, find: Parameters<PinRegistry["use"]>[0]): void {
  for (const query of registry.queries()) {
    for (const warning of find(query)?.warnings ?? []) {
      process.stderr.write(`warning: ${describeQuery(query)}: ${printable(warning)}\n`);
    }
  }
}

/**
 * Prints the nodes' warnings when the program is run without `cdktf` or `cdktn`, which print them as annotations besides the
 * program's stderr.
 */
function warnOfNodes(app: App): void {
  const warnings = takeWarnings(app);
  if (isRunByCdktf()) return;
  for (const [message, paths] of warnings) {
    process.stderr.write(`warning: ${named(paths)}: ${printable(message)}\n`);
  }
}

/** Notes that the default release decides the choice of images; once for the program. */
function noteAssumedRelease(registry: PinRegistry): void {
  if (!registry.assumesRelease) return;
  const assumed = `Ironic ${describeRelease(NEWEST_RELEASE)} is assumed, because no release is set`;
  process.stderr.write(`note: ${assumed}: ironicRelease of synthesize, or the context key ${CONTEXT.ironicRelease}\n`);
}

/** Notes that nodes have an image and nothing that deploys it, because no target was chosen; once for the program. */
function noteUndeployedNodes(app: App): void {
  const paths = takeUndeployed(app);
  if (paths.length === 0) return;
  const choice = `the context key ${CONTEXT.target}, or the prop target: "ironic" deploys, "null" silences this note`;
  process.stderr.write(
    `note: ${named(paths)}: a null_resource holds the pinned configuration, and deploys nothing; choose by ${choice}\n`,
  );
}

/** A progress line on a terminal, overwritten in place; nothing when stderr is not a terminal. */
class Progress {
  #shown = false;

  show(line: string): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[K${line}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }
}

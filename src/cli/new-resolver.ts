import { type ExtraChecks, OciResolver } from "../resolver";
import { type PolicyRules, policyBeside } from "../signing";
import type { Io } from "./io";
import type { NodeOptions, PolicyOptions, RegistryOptions } from "./options";

const ONLY_CLASS: ExtraChecks = {
  ...{ architecture: false, compression: false, bootc: false, downloadSource: false, layers: false },
  class: true,
};

/** The policy of a command: `--policy`, else the one beside the lock file. */
export function policyFor({ policy }: PolicyOptions, lockFile: string): string | undefined {
  return policy ?? policyBeside(lockFile);
}

/** A resolver with the registry options of the command line; apart from options.ts, so that `--help` loads no registry client. */
export function newResolver(
  options: RegistryOptions & Pick<NodeOptions, "ironicRelease" | "expect">,
  io: Io,
  {
    policy,
    ...checks
  }: Pick<ExtraChecks, "tagList" | "class"> & {
    readonly policy?: string | PolicyRules | undefined;
  } = {},
): OciResolver {
  const { plainHttp, authFile, mirror, pinMirror, timeout, extraChecks, ironicRelease, expect } = options;
  // An explicit --expect is checked even with --no-extra-checks.
  const without = expect === undefined ? false : ONLY_CLASS;
  return new OciResolver({
    plainHttp,
    authFile,
    mirrors: mirror,
    pinMirrors: pinMirror,
    ironicRelease,
    policy,
    extraChecks: extraChecks ? checks : without,
    timeout: timeout === undefined ? undefined : timeout * 1000,
    signal: io.signal,
  });
}

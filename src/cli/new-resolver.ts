import { type ExtraChecks, OciResolver } from "../resolver";
import type { Io } from "./io";
import type { NodeOptions, RegistryOptions } from "./options";

const ONLY_CLASS: ExtraChecks = {
  ...{ architecture: false, compression: false, bootc: false, downloadSource: false, layers: false },
  class: true,
};

/** A resolver with the registry options of the command line; apart from options.ts, so that `--help` loads no registry client. */
export function newResolver(
  options: RegistryOptions & Pick<NodeOptions, "ironicRelease" | "expect">,
  io: Io,
  checks: Pick<ExtraChecks, "tagList" | "class"> = {},
): OciResolver {
  const { plainHttp, authFile, mirror, timeout, extraChecks, ironicRelease, expect } = options;
  // An explicit --expect is checked even with --no-extra-checks.
  const without = expect === undefined ? false : ONLY_CLASS;
  return new OciResolver({
    plainHttp,
    authFile,
    mirrors: mirror,
    ironicRelease,
    extraChecks: extraChecks ? checks : without,
    timeout: timeout === undefined ? undefined : timeout * 1000,
    signal: io.signal,
  });
}

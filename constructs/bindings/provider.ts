import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { checkDependencyLock, installProvider, lockProvider, type RequiredProvider } from "../../src/delivery";
import { CONTEXT } from "../pin-registry";
import { IronicProvider as Generated, type IronicProviderConfig } from "./generated/provider";

/**
 * Configuration of the Terraform provider `ironic` in a stack. At synth time it writes the provider's program into the stack's
 * `terraform.d/plugins` and its checksums into the stack's `.terraform.lock.hcl`, so that `terraform init` and `cdktf` need no network
 * for it. The program is a script, or a self-contained executable (the context key `cdktf-ironic-oci:selfContained`).
 *
 * `app.synth()` throws {@link ProviderBundleMissingError}, {@link ProviderReleaseError}, {@link ProviderInstallError},
 * {@link UnsupportedPlatformError}, {@link DependencyLockDamagedError} or {@link DependencyLockFileError} when that fails.
 */
export class IronicProvider extends Generated {
  /** Arguments that are not given are read from the environment (`IRONIC_ENDPOINT`, `OS_CLOUD`, …) when Terraform runs. */
  constructor(scope: Construct, id: string, config: IronicProviderConfig = {}) {
    super(scope, id, config);
    installProviderInto(TerraformStack.of(this));
  }
}

const delivered = new WeakSet<TerraformStack>();

/**
 * Makes the synthesis of a stack, by any caller, install the provider beside the stack's configuration, and lock it there. Once per
 * stack, for any number of provider configurations.
 */
export function installProviderInto(stack: TerraformStack): void {
  if (delivered.has(stack)) return;
  delivered.add(stack);
  const { synthesizer } = stack;
  stack.synthesizer = {
    synthesize(session) {
      const { workingDirectory, synthesizedStackPath, stackMetadataPath } = session.manifest.forStack(stack);
      const folder = join(session.outdir, workingDirectory);
      checkDependencyLock(folder);
      synthesizer.synthesize(session);
      const selfContained: unknown = stack.node.tryGetContext(CONTEXT.selfContained);
      const installed = installProvider(join(folder, "terraform.d", "plugins"), {
        selfContained: typeof selfContained === "string" ? selfContained : undefined,
      });
      // With cdktf synth --hcl the stack is not JSON, and the requirements are in its metadata.
      const written = [synthesizedStackPath, stackMetadataPath].map((path) => path && join(session.outdir, path));
      lockProvider(folder, installed, requiredProviders(written));
    },
  };
}

/** Providers that a synthesized stack requires, by constructs or by overrides. */
function requiredProviders(paths: readonly (string | undefined)[]): readonly RequiredProvider[] {
  const required = paths.map(readJson).find((json) => json !== undefined)?.terraform?.required_providers ?? {};
  return Object.entries(required).flatMap(([name, requirement]) => {
    const { source = name, version } = typeof requirement === "string" ? { version: requirement } : requirement;
    const address = qualified(source);
    return address === undefined ? [] : [{ address, version }];
  });
}

function readJson(path: string | undefined): Configuration | undefined {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Configuration;
  } catch {
    return undefined;
  }
}

/** The part of a stack's JSON that is read here. */
interface Configuration {
  readonly terraform?: {
    readonly required_providers?: Readonly<Record<string, Requirement | string>>;
  };
}

interface Requirement {
  readonly source?: string;
  readonly version?: string;
}

/** `hashicorp/null` as `registry.terraform.io/hashicorp/null`; undefined for other text. */
function qualified(source: string): string | undefined {
  const parts = source.split("/");
  if (parts.length > 3 || !parts.every((part) => /^[\w.:-]+$/.test(part))) return undefined;
  return [...["registry.terraform.io", "hashicorp"].slice(0, 3 - parts.length), ...parts].join("/");
}

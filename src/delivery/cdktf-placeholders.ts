// Placeholders that keep cdktf and cdktn from running `terraform providers lock`, which requests every provider of a stack from the
// public registry and therefore fails for this one. Sources: cdktf-cli 0.21 and cdktn-cli 0.24, cdktf-stack.ts (checkNeedsLockfileUpdate),
// terraform-provider-lock.ts and version-constraints.ts.
import type { DependencyLock, LockedProvider } from "./dependency-lock";
import { meetsConstraints, parseConstraints, printConstraints } from "./version-constraint";

/** A provider that a stack's configuration requires. */
export interface RequiredProvider {
  /** Fully qualified: `registry.terraform.io/hashicorp/null`. */
  readonly address: string;
  /** The version constraint in the configuration; undefined for any version. */
  readonly version: string | undefined;
}

const MARK = "/* cdktf-ironic-oci: ";
const PLACEHOLDERS = /\s*\/\* cdktf-ironic-oci: [\s\S]*?\*\/[ \t]*\n?/g;

/**
 * A lock file's text with a comment at its end that holds entries for cdktf, for the providers whose real entries do not satisfy
 * it.
 *
 * cdktf runs the command unless each required provider has constraints in the file that match the required version. It reads the
 * file line by line and takes entries in a comment for real ones; Terraform does not, and drops the comment when it adds entries.
 * An entry whose version has to change is left to cdktf, which then runs `terraform init -upgrade`.
 */
export function withPlaceholders(lock: DependencyLock, required: readonly RequiredProvider[]): string {
  const text = withoutPlaceholders(lock.text);
  const addresses = required
    .filter((each) => needsPlaceholder(each, lock.find(each.address)))
    .map((each) => each.address);
  if (addresses.length === 0) return text;
  const blocks = [...new Set(addresses)]
    .sort()
    .map((address) => `provider "${address}" {\n  constraints = ">= 0.0.0"\n}\n`);
  const comment = `${MARK}for cdktf, not for Terraform. Without these lines cdktf would ask the public registry\nfor every provider of this stack, and not find cdktf-ironic-oci/ironic there.\n${blocks.join("")}*/\n`;
  return `${text.trimEnd()}\n\n${comment}`;
}

/** The text without the comment of {@link withPlaceholders}. */
export function withoutPlaceholders(text: string): string {
  return text.replace(PLACEHOLDERS, "\n");
}

function needsPlaceholder({ version }: RequiredProvider, locked: LockedProvider | undefined): boolean {
  if (locked?.constraints === undefined) return true;
  const required = version === undefined ? [] : parseConstraints(version);
  // Terraform refuses such a constraint with an error.
  if (required === undefined) return false;
  if (!meetsConstraints(locked.version ?? "", required)) return false;
  // cdktf compares the first version in the required text with the locked constraints: correct for one constraint
  // whose version satisfies it, undefined for `>`, `<`, `!=` and several.
  const understood = required.length === 1 && ["=", "~>", ">=", "<="].includes(required[0]?.operator ?? "");
  return !understood || locked.constraints !== printConstraints(required);
}

import type { Diagnostics } from "../../tfplugin";

/** The key of `driver_info` and of `instance_info` that holds a pull secret. */
export const PULL_SECRET = "image_pull_secret";

/** Reports each write-only argument that is configured without its version: Terraform can't compare write-only values. */
export function requireVersion<Name extends string>(
  config: { readonly [name in Name | `${Name}_version`]: unknown },
  names: readonly Name[],
  diagnostics: Diagnostics,
): void {
  for (const name of names) {
    if (config[name] === null || config[`${name}_version`] !== null) continue;
    const detail = `A change of a write-only value can't be detected. Set ${name}_version = 1, and increase it with each new value.`;
    diagnostics.error(`${name} without a version`, { detail, path: [name] });
  }
}

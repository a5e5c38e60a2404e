/** Ironic's pairs of names for one architecture; any other name stands only for itself. */
const SAME: readonly (readonly string[])[] = [
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
];

/** Whether an artifact for `offered` runs on a node of `wanted`, by Ironic's names. */
export function sameArchitecture(wanted: string, offered: string): boolean {
  return wanted === offered || SAME.some((names) => names.includes(wanted) && names.includes(offered));
}

/** Other spellings of the names, as their letters and digits: those of compilers, of Windows and of Debian. */
const SPELLINGS: Readonly<Record<string, string>> = {
  x8664: "x86_64",
  x64: "x86_64",
  amd64: "x86_64",
  intel64: "x86_64",
  aarch64: "aarch64",
  arm64: "aarch64",
  armv8: "aarch64",
  arm64v8: "aarch64",
  ppc64el: "ppc64le",
};

/**
 * Ironic's name for an architecture that is spelled in another way, such as `AMD64` or `x86-64`; undefined for a name that Ironic
 * compares as it is, and for an unknown one.
 */
function ironicsSpelling(architecture: string): string | undefined {
  if (SAME.some((names) => names.includes(architecture))) return undefined;
  return SPELLINGS[architecture.toLowerCase().replace(/[^a-z0-9]/g, "")];
}

/** The question whether another spelling is meant, for a node whose architecture is spelled in another way than Ironic's. */
export function didYouMean({ architecture }: { readonly architecture?: string | undefined }): string | undefined {
  const meant = architecture && ironicsSpelling(architecture);
  return meant
    ? `Ironic's name for this architecture is ${meant}: did you mean that instead of ${architecture}?`
    : undefined;
}

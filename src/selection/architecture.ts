/** Ironic's pairs of names for one architecture; any other name stands only for itself. */
const SAME: readonly (readonly string[])[] = [
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
];

/** Whether an artifact for `offered` runs on a node of `wanted`, by Ironic's names. */
export function sameArchitecture(wanted: string, offered: string): boolean {
  return wanted === offered || SAME.some((names) => names.includes(wanted) && names.includes(offered));
}

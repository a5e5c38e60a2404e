// Version constraints in Terraform's syntax (Terraform, "Version Constraints"; internal/getproviders/providerreqs).

/** In Terraform's order of constraints on the same version. */
const OPERATORS = [">", ">=", "=", "~>", "<=", "<", "!="] as const;
type Operator = (typeof OPERATORS)[number];

interface Version {
  readonly numbers: readonly [number, number, number];
  /** `rc.1` of `1.2.0-rc.1`; "" for a release. */
  readonly prerelease: string;
}

/** One constraint, such as `~> 1.2`. */
export interface Constraint {
  readonly operator: Operator;
  readonly version: Version;
  /** For `~>`: the count of written numbers; only the last one may increase. `~> 1` means `~> 1.0`. */
  readonly precision: 2 | 3;
}

const TERM = /^(=|!=|>=?|<=?|~>)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?$/;

/** The constraints of `>= 1.2, < 2.0.0`; undefined for text that Terraform would refuse. */
export function parseConstraints(text: string): readonly Constraint[] | undefined {
  const constraints = text.split(",").map((term) => parseConstraint(term.trim()));
  return constraints.every((each) => each !== undefined) ? constraints : undefined;
}

function parseConstraint(term: string): Constraint | undefined {
  const [matched, operator = "=", major, minor, patch, prerelease = ""] = TERM.exec(term) ?? [];
  if (matched === undefined) return undefined;
  return {
    operator: operator as Operator,
    version: { numbers: [Number(major), Number(minor ?? 0), Number(patch ?? 0)], prerelease },
    precision: patch === undefined ? 2 : 3,
  };
}

/** The canonical form, the only one that Terraform accepts in a dependency lock file: sorted, without duplicates. */
export function printConstraints(constraints: readonly Constraint[]): string {
  const sorted = [...constraints].sort(
    (a, b) => compareVersions(a.version, b.version) || OPERATORS.indexOf(a.operator) - OPERATORS.indexOf(b.operator),
  );
  return [...new Set(sorted.map(printConstraint))].join(", ");
}

function printConstraint({ operator, version, precision }: Constraint): string {
  const numbers = version.numbers.slice(0, operator === "~>" ? precision : 3).join(".");
  const prerelease = version.prerelease === "" ? "" : `-${version.prerelease}`;
  return `${operator === "=" ? "" : `${operator} `}${numbers}${prerelease}`;
}

/** Whether a version meets all of the constraints. A prerelease meets only constraints that name it. */
export function meetsConstraints(version: string, constraints: readonly Constraint[]): boolean {
  const parsed = parseConstraint(version)?.version;
  if (parsed === undefined) return false;
  const named = constraints.some((each) => each.operator === "=" && compareVersions(each.version, parsed) === 0);
  if (parsed.prerelease !== "" && !named) return false;
  return constraints.every((constraint) => meets(parsed, constraint));
}

function meets(version: Version, { operator, version: boundary, precision }: Constraint): boolean {
  const order = compareVersions(version, boundary);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "~>":
      // All written numbers but the last one have to be equal.
      return order >= 0 && boundary.numbers.slice(0, precision - 1).every((each, at) => version.numbers[at] === each);
  }
}

/** Semantic Versioning 2.0.0, section 11. */
function compareVersions(a: Version, b: Version): number {
  for (const [at, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "" || b.prerelease === "") return a.prerelease === "" ? 1 : -1;
  return comparePrereleases(a.prerelease.split("."), b.prerelease.split("."));
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    if (left === right) continue;
    const numeric = [left, right].map((each) => /^\d+$/.test(each));
    if (numeric[0] && numeric[1]) return Number(left) - Number(right);
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

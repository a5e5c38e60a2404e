import type { Declarations, EntryPoint, PublicExport, PublicMember } from "./declarations";

/** Members that CDKTF's generator adds to each argument's property, under the same names and without docstrings. */
const CDKTF_ACCESSORS =
  /^(?:reset|put)[A-Z]|Input$|^(?:constructor|tfResourceType|internalValue|synthesize(?:Hcl)?Attributes)$/;

/** One line for each export and member without a docstring, and for each type that is named and not exported. */
export function apiFaults(declarations: Declarations, entryPoints: readonly EntryPoint[]): string[] {
  const faults = entryPoints.flatMap(({ exports }) => [...undocumented(exports), ...unexported(declarations, exports)]);
  // Exports of both entry points are reported once.
  return [...new Set(faults)];
}

function undocumented(exports: readonly PublicExport[]): string[] {
  return exports.flatMap((each) => [
    ...(each.docs === "" ? [`${each.name} has no docstring`] : []),
    ...each.members
      .filter((member) => member.docs === "" && !isBoilerplate(each, member))
      .map((member) => `${each.name}.${member.name} has no docstring`),
  ]);
}

function isBoilerplate({ isGenerated }: PublicExport, { name }: PublicMember): boolean {
  return isGenerated && CDKTF_ACCESSORS.test(name);
}

function unexported(declarations: Declarations, exports: readonly PublicExport[]): string[] {
  const known = new Set(exports.map(({ symbol }) => symbol));
  return exports.flatMap(({ name, declarations: all, isError }) => {
    const types = all.flatMap((declaration) => declarations.referencedTypes(declaration, isError));
    return [...new Set(types)]
      .filter((type) => !known.has(type))
      .map((type) => `${name} names the type ${type.name}, which is not exported`);
  });
}

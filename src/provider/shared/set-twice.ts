import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { typedKeys, typedName } from "./typed";

type Values = Readonly<Record<string, unknown>>;
/** The keys of one field in Ironic that an argument sets. */
export type Source = readonly [argument: string, keys: readonly string[]];

/** Reports every key of a field in Ironic that two arguments set: one of the values would be lost silently. */
export function checkSetTwice(sources: readonly Source[], diagnostics: Diagnostics): void {
  const first = new Map<string, string>();
  for (const [argument, keys] of sources) {
    for (const key of keys) {
      const other = first.get(key);
      if (other === undefined) first.set(key, argument);
      else {
        const detail = `Both ${other} and ${argument} set it. Keep one of them: ${advice(argument)}.`;
        diagnostics.error(`${key} is set twice`, { detail, path: [argument] });
      }
    }
  }
}

/** The arguments of a free-form field: the map of strings, and that of other values where the resource has it. */
export function freeFormSources(name: string, config: unknown): readonly Source[] {
  const { [name]: texts, [typedName(name)]: typed } = config as Values;
  return [
    [name, keysOf(texts as Values | Unknown | null)],
    [typedName(name), typedKeys(typed as Parameters<typeof typedKeys>[0])],
  ];
}

/** The keys of a map whose values are not null. */
export function keysOf(map: Values | Unknown | null): readonly string[] {
  if (map === null || isUnknown(map)) return [];
  return Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [key]));
}

function advice(argument: string): string {
  if (argument.endsWith("_wo")) return `${argument} is never stored in a plan or in state`;
  return argument.endsWith("_typed") ? `${argument} sends it as it is` : `${argument} is shown in plans`;
}

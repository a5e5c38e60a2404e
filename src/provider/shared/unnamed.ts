import { type Diagnostics, isUnknown, type PrivateState, type Unknown } from "../../tfplugin";
import { CAPABILITIES, pairsOf, print } from "./capabilities";
import { isImported } from "./legacy-state";
import { isConfigured } from "./managed";
import { isEmpty, knownMap, type TextMap, without, withoutNulls } from "./values";

// An import takes every value that Ironic has, and the configuration may name fewer: Terraform generates `driver_info = null`, because
// the argument is sensitive. An argument, a key of a free-form argument (`extra.rack`) or a capability
// (`properties.capabilities.boot_mode`) that no configuration has named since the import is left alone: it stays in state and in Ironic,
// and is not a change. It becomes an ordinary one once it is configured.

const UNNAMED = "unnamed";

/** The arguments of a resource by name. */
type Values = Readonly<Record<string, unknown>>;

/** What no configuration has named since the import. */
export interface Unnamed {
  /** Whether there may be any. */
  readonly any: boolean;
  /** @param path such as `owner` or `extra.rack` */
  has(path: string): boolean;
}

export function unnamedSinceImport(privateState: Pick<PrivateState, "get">): Unnamed {
  if (isImported(privateState)) return { any: true, has: () => true };
  const recorded = privateState.get(UNNAMED);
  const paths = new Set(Array.isArray(recorded) ? recorded : []);
  return { any: paths.size > 0, has: (path) => paths.has(path) };
}

/** The free-form arguments of a resource. */
export interface FreeForm {
  readonly names: readonly string[];
  /** The paths of what another argument sets: keys of free-form arguments, such as `extra.rack`, and arguments. */
  readonly elsewhere?: readonly string[];
  /** Whether a path such as `properties.vendor` is no reason for a change where the configuration names other keys of the map only. */
  readonly isUsual?: (path: string) => boolean;
}

/**
 * The plan in which everything unnamed keeps its prior value. A map that is configured in part is either the prior or the configured one,
 * because Terraform accepts no third: the prior one while they agree and the other keys are usual ones.
 */
export function keepUnnamed<Planned>(
  config: unknown,
  state: unknown,
  planned: Planned,
  unnamed: Unnamed,
  freeForm: FreeForm,
): Planned {
  if (!unnamed.any) return planned;
  const { names, elsewhere = [] } = freeForm;
  const kept = Object.entries(config as Values).flatMap(([name, configured]): [string, unknown][] => {
    const prior = (state as Values)[name];
    if (!isConfigured(prior) || elsewhere.includes(name)) return [];
    if (names.includes(name)) {
      const map = keptMap(name, configured as TextMap | Unknown | null, prior as TextMap, unnamed, freeForm);
      return map === undefined ? [] : [[name, map]];
    }
    return configured === null && unnamed.has(name) ? [[name, prior]] : [];
  });
  return { ...planned, ...Object.fromEntries(kept) };
}

/** The prior map, or a part of it, to plan; undefined where the configured one is planned. */
function keptMap(
  name: string,
  configured: TextMap | Unknown | null,
  prior: TextMap,
  unnamed: Unnamed,
  { elsewhere = [], isUsual = () => false }: FreeForm,
): TextMap | undefined {
  if (configured === null) {
    const map = part(name, withoutPaths(name, prior, elsewhere), (path) => unnamed.has(path));
    return isEmpty(map) ? undefined : map;
  }
  const map = knownMap(configured);
  if (!map) return undefined;
  const [wanted, current] = [leaves(name, map), leaves(name, prior)];
  const others = Object.keys(current).filter((path) => !Object.hasOwn(wanted, path));
  const agrees = Object.entries(wanted).every(([path, value]) => current[path] === value);
  const isLeft = (path: string) => unnamed.has(path) && isUsual(path) && !elsewhere.includes(path);
  return agrees && others.length > 0 && others.every(isLeft) ? prior : undefined;
}

/** Records, after an update, what is in state and still not configured. */
export function recordUnnamed(
  privateState: PrivateState,
  config: unknown,
  planned: unknown,
  unnamed: Unnamed,
  { names, elsewhere = [] }: FreeForm,
): void {
  const paths = Object.entries(config as Values).flatMap(([name, configured]): string[] => {
    const value = (planned as Values)[name];
    if (!unnamed.any || !isConfigured(value) || isUnknown(value) || elsewhere.includes(name)) return [];
    if (!names.includes(name)) return configured === null && unnamed.has(name) ? [name] : [];
    const wanted = leaves(name, (configured ?? {}) as TextMap);
    const others = Object.keys(leaves(name, withoutPaths(name, value as TextMap, elsewhere)));
    return others.filter((path) => unnamed.has(path) && !Object.hasOwn(wanted, path));
  });
  if (paths.length > 0) privateState.set(UNNAMED, paths);
  else privateState.delete(UNNAMED);
}

/**
 * The state without what is unnamed: what the configuration set.
 * @param names the arguments to look at: free-form ones and strings
 */
export function namedState<S>(state: S, unnamed: Unnamed, names: readonly string[]): S {
  if (!unnamed.any) return state;
  const named = names.map((name): [string, unknown] => {
    const value = (state as Values)[name] as TextMap | string | null;
    if (value === null || typeof value === "string") return [name, unnamed.has(name) ? null : value];
    return [name, part(name, value, (path) => !unnamed.has(path))];
  });
  return { ...state, ...Object.fromEntries(named) };
}

/** The planned values without what is unnamed: these arguments as they are configured. */
export function configuredOnly<Planned>(
  planned: Planned,
  config: unknown,
  unnamed: Unnamed,
  names: readonly string[],
): Planned {
  if (!unnamed.any) return planned;
  return { ...planned, ...Object.fromEntries(names.map((name) => [name, (config as Values)[name] ?? null])) };
}

/**
 * Warns of unnamed keys that the planned map no longer has: the plan shows them as removed, and Ironic keeps them.
 */
export function warnOfUnnamed(
  planned: unknown,
  state: unknown,
  unnamed: Unnamed,
  { names, elsewhere = [] }: FreeForm,
  diagnostics: Diagnostics,
): void {
  if (!unnamed.any) return;
  const paths = names.flatMap((name) => {
    const map = knownMap(((planned as Values)[name] ?? null) as TextMap | Unknown | null);
    if (map === undefined) return [];
    const prior = withoutPaths(name, ((state as Values)[name] ?? {}) as TextMap, elsewhere);
    return Object.keys(without(prior, Object.keys(withoutNulls(map ?? {}))))
      .map((key) => `${name}.${key}`)
      .filter((path) => unnamed.has(path));
  });
  if (paths.length === 0) return;
  const detail = `Not configured: ${paths.join(", ")}. The next apply removes these from state and leaves them unchanged in Ironic.`;
  diagnostics.warning("The import found keys that are not configured", { detail });
}

function withoutPaths(name: string, map: TextMap, paths: readonly string[]): TextMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !paths.includes(`${name}.${key}`)));
}

/** The part of a map whose paths are taken. */
function part(name: string, map: TextMap, takes: (path: string) => boolean): TextMap {
  return Object.fromEntries(
    Object.entries(withoutNulls(map)).flatMap(([key, value]): [string, string][] => {
      const pairs = key === CAPABILITIES ? pairsOf(value) : undefined;
      if (pairs === undefined || isEmpty(pairs)) return takes(`${name}.${key}`) ? [[key, value]] : [];
      const taken = Object.entries(pairs).filter(([pair]) => takes(`${name}.${key}.${pair}`));
      if (taken.length === Object.keys(pairs).length) return [[key, value]];
      return taken.length > 0 ? [[key, print(Object.fromEntries(taken))]] : [];
    }),
  );
}

/** The values of a map by path; capabilities, which are a free-form field in one text, one by one. */
function leaves(name: string, map: TextMap): Record<string, string> {
  const { [CAPABILITIES]: text, ...others } = withoutNulls(map);
  const pairs = pairsOf(text);
  const capabilities = Object.entries(pairs ?? {}).map(([pair, value]) => [`${CAPABILITIES}.${pair}`, value] as const);
  const unread: [string, string][] = pairs === undefined && text !== undefined ? [[CAPABILITIES, text]] : [];
  const all = [...Object.entries<string>(others as TextMap), ...capabilities, ...unread];
  return Object.fromEntries(all.map(([key, value]) => [`${name}.${key}`, value]));
}

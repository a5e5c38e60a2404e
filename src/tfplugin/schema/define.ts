// The functions that declare a schema: types, attributes, blocks. Each returns the specification that the engine walks at run time
// (`spec.ts`), typed so that the compiler knows the values (`stage-types.ts`).
import type { CtyType, TfValue } from "../cty";
import { checkSchema } from "./check";
import type { AttributeSpec, BlockSpec, Check, FieldsSpec, NestedSpec, SchemaSpec } from "./spec";
import type {
  BoolStages,
  Computed,
  ComputedNonNull,
  Defaulted,
  DynamicStages,
  FieldsStages,
  GroupBlock,
  IntegerStages,
  ListBlock,
  ListStages,
  MapBlock,
  MapStages,
  NumberStages,
  ObjectStages,
  Optional,
  OptionalComputed,
  OptionalComputedNonNull,
  Required,
  SingleBlock,
  STAGES,
  StageTypes,
  StringStages,
  TupleStages,
  WriteOnly,
} from "./stage-types";

/** A value type without attribute flags inside: a primitive, or a list, set, map, object or tuple of such types. */
export interface Type<S extends StageTypes> {
  readonly cty: CtyType;
  readonly nested: undefined;
  readonly [STAGES]: S;
}

/** Objects whose attributes have their own flags (computed, sensitive, …). */
export interface NestedType<S extends StageTypes> {
  readonly cty: CtyType;
  readonly nested: NestedSpec;
  readonly [STAGES]: S;
}

/** An attribute of a schema. */
export interface Attribute<S extends StageTypes> extends AttributeSpec {
  readonly [STAGES]: S;
}

/** A nested block of a schema. */
export interface Block<S extends StageTypes> extends BlockSpec {
  readonly [STAGES]: S;
}

/** Attributes by name. */
export type Attributes = { readonly [name: string]: Attribute<StageTypes> };
/** Blocks by name. */
export type Blocks = { readonly [name: string]: Block<StageTypes> };

/** A schema; `Config`, `Plan`, `PlannedState`, `State`, … name the types of its values. */
export interface Schema<S extends StageTypes = StageTypes> extends SchemaSpec {
  readonly [STAGES]: S;
}

/** A configuration; any value may be unknown. */
export type Config<S extends Schema> = S[typeof STAGES]["config"];
/** A configuration without unknown values: at apply, and when a data source is read. */
export type KnownConfig<S extends Schema> = S[typeof STAGES]["known"];
/** A plan in the making; any value may be unknown. */
export type Plan<S extends Schema> = S[typeof STAGES]["plan"];
/** A planned state about to be applied: only computed values may be unknown. */
export type PlannedState<S extends Schema> = S[typeof STAGES]["apply"];
/** The state of a resource or data source, complete and known. */
export type State<S extends Schema> = S[typeof STAGES]["state"];
/** State as stored: after an import or a move, every attribute may be null that is not `nonNull`. */
export type StoredState<S extends Schema> = S[typeof STAGES]["stored"];
/** State in which every attribute may be left out that is not `nonNull`. */
export type PartialState<S extends Schema> = Omissible<S[typeof STAGES]["partial"]>;
type Omissible<T> = { readonly [N in keyof T as undefined extends T[N] ? N : never]?: T[N] } & {
  readonly [N in keyof T as undefined extends T[N] ? never : N]: T[N];
};

function type<S extends StageTypes>(cty: CtyType): Type<S> {
  return { cty, nested: undefined } as Type<S>;
}

/** The value types. */
export const t = {
  string: type<StringStages>({ kind: "string" }),
  bool: type<BoolStages>({ kind: "bool" }),
  /** Any number, without loss: a JavaScript number where one represents it exactly, an `ExactNumber` otherwise. */
  number: type<NumberStages>({ kind: "number" }),
  /** A whole number between ±(2^53 − 1), always a JavaScript number. To Terraform it is a number. */
  integer: type<IntegerStages>({ kind: "number", integer: true }),
  /** A value of a type that the configuration decides. */
  dynamic: type<DynamicStages>({ kind: "dynamic" }),
  /** A list whose elements differ in type; its validation has to refuse what is no list. To Terraform it is a value of any type. */
  dynamicList: type<DynamicStages>({ kind: "dynamic", list: true }),
  list: <S extends StageTypes>(element: Type<S>) => type<ListStages<S>>({ kind: "list", element: element.cty }),
  /** In JavaScript an array, in which order and repetition have no meaning. */
  set: <S extends StageTypes>(element: Type<S>) => type<ListStages<S>>({ kind: "set", element: element.cty }),
  map: <S extends StageTypes>(element: Type<S>) => type<MapStages<S>>({ kind: "map", element: element.cty }),
  object: <T extends { readonly [name: string]: Type<StageTypes> }>(attributes: T) =>
    type<ObjectStages<T>>({
      kind: "object",
      attributes: Object.fromEntries(Object.entries(attributes).map(([name, { cty }]) => [name, cty])),
    }),
  tuple: <const T extends readonly Type<StageTypes>[]>(elements: T) =>
    type<TupleStages<T>>({ kind: "tuple", elements: elements.map(({ cty }) => cty) }),
} as const;

type NoBlocks = Record<never, never>;

function nestedType<S extends StageTypes>(nesting: NestedSpec["nesting"], attributes: Attributes): NestedType<S> {
  const inner = fields(attributes, {});
  return { cty: wrap(nesting, inner.type), nested: { nesting, fields: inner } } as unknown as NestedType<S>;
}

/** Nested attributes: one object or several, whose attributes have their own flags. */
export const nested = {
  single: <A extends Attributes>(attributes: A) => nestedType<FieldsStages<A, NoBlocks>>("single", attributes),
  list: <A extends Attributes>(attributes: A) => nestedType<ListStages<FieldsStages<A, NoBlocks>>>("list", attributes),
  set: <A extends Attributes>(attributes: A) => nestedType<ListStages<FieldsStages<A, NoBlocks>>>("set", attributes),
  map: <A extends Attributes>(attributes: A) => nestedType<MapStages<FieldsStages<A, NoBlocks>>>("map", attributes),
} as const;

/** Options of every attribute. */
export interface AttributeOptions<S extends StageTypes> {
  /** The documentation, in Markdown. */
  readonly description?: string;
  /** Terraform hides the value in its output; the engine masks it in logs and diagnostics. */
  readonly sensitive?: boolean;
  /** Advice on a replacement; a configuration that sets the attribute gets it as a warning. */
  readonly deprecated?: string;
  /** Checks a value that is known and not null: returns the problem, which completes "The argument … ", or nothing. */
  readonly validate?: Validator<S["known"]> | readonly Validator<S["known"]>[];
  /**
   * Allows null elements of a collection, which are an error otherwise. The element types exclude null all the same, so code that
   * reads the value has to expect it.
   */
  readonly nullElements?: boolean;
  /** Whether a change of the value replaces the resource, or a function that decides it. */
  readonly requiresReplace?: boolean | ((change: AttributeChange<S>) => boolean);
  /**
   * Semantic equality: whether two values that are set and differ mean the same, such as a MAC address in upper and lower case. The
   * value that Terraform has already then stays: the prior one in a plan and a refresh, the planned one after an apply. Must be
   * symmetric and pure.
   */
  readonly equivalent?: (one: S["state"], other: S["state"]) => boolean;
}

/** Options of attributes that may be null. */
export interface UnsetOption<S extends StageTypes> {
  /**
   * Whether a value means the same as leaving the attribute out, as "" or {} do for many services: then null and that value are not a
   * change of each other, and a computed attribute is left to the provider. One exception is Terraform's: a configured value is
   * planned as it is where there is no prior value. Declares an optional attribute as computed to Terraform, which otherwise accepts
   * no prior value where nothing is configured.
   */
  readonly meansUnset?: (value: S["state"]) => boolean;
}

/** A change of one attribute of an existing resource. */
export interface AttributeChange<S extends StageTypes> {
  readonly state: S["state"] | null;
  readonly planned: Optional<S>["plan"];
}

/** Returns the problem of a value, or nothing. */
export type Validator<V> = (value: V) => string | undefined;

/** Options of attributes that the provider computes. */
export interface ComputedOptions {
  /** Never null in state, and typed so; the engine reports a null as an error. */
  readonly nonNull?: boolean;
  /** Planned as unknown by every update, as for a modification time. Otherwise an update keeps the value. */
  readonly unknownOnUpdate?: boolean;
}

type AnyType<S extends StageTypes> = Type<S> | NestedType<S>;
/** Write-only: the value reaches `create` and `update` through `config`, and never plan or state. */
type WriteOnlyOption = {
  readonly writeOnly: true;
  readonly requiresReplace?: never;
  readonly equivalent?: never;
  readonly meansUnset?: never;
};

/** An attribute that the user must set. */
export function required<S extends StageTypes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & WriteOnlyOption,
): Attribute<WriteOnly<S, never>>;
export function required<S extends StageTypes>(type: AnyType<S>, options?: AttributeOptions<S>): Attribute<Required<S>>;
export function required(type: AnyType<StageTypes>, options: AllOptions = {}): Attribute<StageTypes> {
  return attribute(type, options, { required: true });
}

/** An attribute that the user may set. */
export function optional<S extends StageTypes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & WriteOnlyOption,
): Attribute<WriteOnly<S, null>>;
export function optional<S extends StageTypes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & {
    /** The planned value where the configuration has none. */
    readonly default: S["state"];
    readonly meansUnset?: never;
  },
): Attribute<Defaulted<S>>;
export function optional<S extends StageTypes>(
  type: AnyType<S>,
  options?: AttributeOptions<S> & UnsetOption<S>,
): Attribute<Optional<S>>;
export function optional(type: AnyType<StageTypes>, options: AllOptions = {}): Attribute<StageTypes> {
  // Terraform allows a planned value other than the configured one only for computed attributes.
  if (options.meansUnset !== undefined)
    return attribute(type, { ...options, default: null }, { optional: true, computed: true });
  return attribute(type, options, { optional: true, computed: options.default !== undefined });
}

/** An attribute that only the provider sets. */
export function computed<S extends StageTypes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & ComputedOptions & { readonly nonNull: true },
): Attribute<ComputedNonNull<S>>;
export function computed<S extends StageTypes>(
  type: AnyType<S>,
  options?: AttributeOptions<S> & ComputedOptions & UnsetOption<S>,
): Attribute<Computed<S>>;
export function computed(type: AnyType<StageTypes>, options: AllOptions = {}): Attribute<StageTypes> {
  return attribute(type, options, { computed: true });
}

/** An attribute that the user may set; where the user does not, the provider does. */
export function optionalComputed<S extends StageTypes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & ComputedOptions & { readonly nonNull: true },
): Attribute<OptionalComputedNonNull<S>>;
export function optionalComputed<S extends StageTypes>(
  type: AnyType<S>,
  options?: AttributeOptions<S> & ComputedOptions & UnsetOption<S>,
): Attribute<OptionalComputed<S>>;
export function optionalComputed(type: AnyType<StageTypes>, options: AllOptions = {}): Attribute<StageTypes> {
  return attribute(type, options, { optional: true, computed: true });
}

interface AllOptions extends ComputedOptions {
  readonly description?: string;
  readonly sensitive?: boolean;
  readonly nullElements?: boolean;
  readonly deprecated?: string;
  // The value types of these were checked at the declaration; here they are erased.
  readonly validate?: unknown;
  readonly requiresReplace?: unknown;
  readonly equivalent?: unknown;
  readonly meansUnset?: unknown;
  readonly writeOnly?: boolean;
  readonly default?: unknown;
}

function attribute(
  { cty, nested }: AnyType<StageTypes>,
  options: AllOptions,
  mode: { required?: boolean; optional?: boolean; computed?: boolean },
): Attribute<StageTypes> {
  const { validate = [] } = options;
  const spec: AttributeSpec = {
    type: cty,
    nested,
    required: mode.required ?? false,
    optional: mode.optional ?? false,
    computed: mode.computed ?? false,
    sensitive: options.sensitive ?? false,
    writeOnly: options.writeOnly ?? false,
    nonNull: options.nonNull ?? false,
    unknownOnUpdate: options.unknownOnUpdate ?? false,
    nullElements: options.nullElements ?? false,
    default: options.default as TfValue | undefined,
    equivalent: options.equivalent as AttributeSpec["equivalent"],
    meansUnset: options.meansUnset as AttributeSpec["meansUnset"],
    requiresReplace: (options.requiresReplace ?? false) as AttributeSpec["requiresReplace"],
    checks: (Array.isArray(validate) ? validate : [validate]) as Check[],
    description: options.description ?? "",
    deprecated: options.deprecated,
  };
  return spec as Attribute<StageTypes>;
}

/** The contents of a nested block. */
export interface BlockFields<A extends Attributes, B extends Blocks> {
  readonly attributes?: A;
  readonly blocks?: B;
  readonly description?: string;
  readonly deprecated?: string;
}

/** The number of blocks; Terraform checks it. */
export interface BlockCount {
  readonly minItems?: number;
  readonly maxItems?: number;
}

function blockOf<S extends StageTypes>(
  nesting: BlockSpec["nesting"],
  options: BlockFields<Attributes, Blocks> & BlockCount,
): Block<S> {
  const inner = fields(options.attributes ?? {}, options.blocks ?? {});
  const spec: BlockSpec = {
    type: wrap(nesting, inner.type),
    nesting,
    fields: inner,
    minItems: options.minItems ?? 0,
    maxItems: options.maxItems ?? 0,
    description: options.description ?? "",
    deprecated: options.deprecated,
  };
  return spec as Block<S>;
}

/** Nested blocks. Nested attributes are better for new schemas; blocks are for configurations that exist already. */
export const block = {
  /** At most one block; null without one. */
  single: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<SingleBlock<FieldsStages<A, B>>>("single", options),
  /** At most one block, never null: without one, all its attributes are null. */
  group: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B>) =>
    blockOf<GroupBlock<FieldsStages<A, B>>>("group", options),
  list: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<ListBlock<FieldsStages<A, B>>>("list", options),
  set: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<ListBlock<FieldsStages<A, B>>>("set", options),
  /** Blocks by label. */
  map: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B>) =>
    blockOf<MapBlock<FieldsStages<A, B>>>("map", options),
} as const;

/** The contents of a schema. */
export interface SchemaOptions<A extends Attributes, B extends Blocks> extends BlockFields<A, B> {
  /** Raise it when state of an earlier schema no longer fits; the resource then needs `upgrade`. Default: 0. */
  readonly version?: number;
}

/**
 * A schema: of a resource, a data source, or a provider's configuration.
 *
 * @throws SchemaError when Terraform would refuse it
 */
export function schema<A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(
  options: SchemaOptions<A, B>,
): Schema<FieldsStages<A, B>> {
  const spec: SchemaSpec = {
    ...fields(options.attributes ?? {}, options.blocks ?? {}),
    version: options.version ?? 0,
    description: options.description ?? "",
    deprecated: options.deprecated,
  };
  checkSchema(spec);
  return spec as Schema<FieldsStages<A, B>>;
}

function fields(attributes: Attributes, blocks: Blocks): FieldsSpec {
  const members = { ...attributes, ...blocks };
  const types = Object.fromEntries(Object.entries(members).map(([name, { type }]) => [name, type]));
  return { type: { kind: "object", attributes: types }, attributes, blocks };
}

function wrap(nesting: BlockSpec["nesting"], element: CtyType): CtyType {
  return nesting === "single" || nesting === "group" ? element : { kind: nesting, element };
}

// The vocabulary in which schemas are written: types, attributes, blocks. Each function returns what the room walks at run
// time (`spec.ts`), typed so that the compiler knows the values (`shapes.ts`).
import type { CtyType, TfValue } from "../cty";
import { checkSchema } from "./check";
import type {
  BoolShapes,
  Computed,
  ComputedSet,
  Defaulted,
  DynamicShapes,
  FieldsShapes,
  GroupBlock,
  IntegerShapes,
  ListBlock,
  ListShapes,
  MapBlock,
  MapShapes,
  NumberShapes,
  ObjectShapes,
  Optional,
  OptionalComputed,
  OptionalComputedSet,
  Required,
  SHAPES,
  Shapes,
  SingleBlock,
  StringShapes,
  TupleShapes,
  WriteOnly,
} from "./shapes";
import type { AttributeSpec, BlockSpec, Check, FieldsSpec, NestedSpec, SchemaSpec } from "./spec";

/** A type without flags inside: what lists, maps and objects are made of. */
export interface Type<S extends Shapes> {
  readonly cty: CtyType;
  readonly nested: undefined;
  readonly [SHAPES]: S;
}

/** Objects whose attributes have flags of their own (computed, sensitive, …). */
export interface NestedType<S extends Shapes> {
  readonly cty: CtyType;
  readonly nested: NestedSpec;
  readonly [SHAPES]: S;
}

/** An attribute of a schema. */
export interface Attribute<S extends Shapes> extends AttributeSpec {
  readonly [SHAPES]: S;
}

/** A nested block of a schema. */
export interface Block<S extends Shapes> extends BlockSpec {
  readonly [SHAPES]: S;
}

/** Attributes by name. */
export type Attributes = { readonly [name: string]: Attribute<Shapes> };
/** Blocks by name. */
export type Blocks = { readonly [name: string]: Block<Shapes> };

/** A schema; `Config`, `Plan`, `Apply`, `State`, … name the types of its values. */
export interface Schema<S extends Shapes = Shapes> extends SchemaSpec {
  readonly [SHAPES]: S;
}

/** What a user wrote; anything may still be unknown. */
export type Config<S extends Schema> = S[typeof SHAPES]["config"];
/** What a user wrote, all of it known: at apply, and when a data source is read. */
export type KnownConfig<S extends Schema> = S[typeof SHAPES]["known"];
/** A planned state; anything may still be unknown. */
export type Plan<S extends Schema> = S[typeof SHAPES]["plan"];
/** A planned state about to be applied: only what is computed may be unknown. */
export type Planned<S extends Schema> = S[typeof SHAPES]["apply"];
/** The state of a resource or data source, complete and known. */
export type State<S extends Schema> = S[typeof SHAPES]["state"];
/** State as it was stored: after an import or a move, all but `alwaysSet` attributes may be null. */
export type Stored<S extends Schema> = S[typeof SHAPES]["stored"];
/** State in which everything may be left out that is not `alwaysSet`. */
export type Partially<S extends Schema> = Omissible<S[typeof SHAPES]["partial"]>;
type Omissible<T> = { readonly [N in keyof T as undefined extends T[N] ? N : never]?: T[N] } & {
  readonly [N in keyof T as undefined extends T[N] ? never : N]: T[N];
};

function type<S extends Shapes>(cty: CtyType): Type<S> {
  return { cty, nested: undefined } as Type<S>;
}

/** The types. */
export const t = {
  string: type<StringShapes>({ kind: "string" }),
  bool: type<BoolShapes>({ kind: "bool" }),
  /** Any number, without loss: a JavaScript number where one stands for it exactly, an `ExactNumber` otherwise. */
  number: type<NumberShapes>({ kind: "number" }),
  /** A whole number between ±(2^53 − 1), always a JavaScript number. For Terraform it is a number. */
  integer: type<IntegerShapes>({ kind: "number", integer: true }),
  /** A value whose type the user decides. */
  dynamic: type<DynamicShapes>({ kind: "dynamic" }),
  list: <S extends Shapes>(element: Type<S>) => type<ListShapes<S>>({ kind: "list", element: element.cty }),
  /** In JavaScript an array; neither order nor repetition means anything. */
  set: <S extends Shapes>(element: Type<S>) => type<ListShapes<S>>({ kind: "set", element: element.cty }),
  map: <S extends Shapes>(element: Type<S>) => type<MapShapes<S>>({ kind: "map", element: element.cty }),
  object: <T extends { readonly [name: string]: Type<Shapes> }>(attributes: T) =>
    type<ObjectShapes<T>>({
      kind: "object",
      attributes: Object.fromEntries(Object.entries(attributes).map(([name, { cty }]) => [name, cty])),
    }),
  tuple: <const T extends readonly Type<Shapes>[]>(elements: T) =>
    type<TupleShapes<T>>({ kind: "tuple", elements: elements.map(({ cty }) => cty) }),
} as const;

type NoBlocks = Record<never, never>;

function nestedType<S extends Shapes>(nesting: NestedSpec["nesting"], attributes: Attributes): NestedType<S> {
  const inner = fields(attributes, {});
  return { cty: wrap(nesting, inner.type), nested: { nesting, fields: inner } } as unknown as NestedType<S>;
}

/** Nested attributes: one object or several, whose attributes have flags of their own. */
export const nested = {
  single: <A extends Attributes>(attributes: A) => nestedType<FieldsShapes<A, NoBlocks>>("single", attributes),
  list: <A extends Attributes>(attributes: A) => nestedType<ListShapes<FieldsShapes<A, NoBlocks>>>("list", attributes),
  set: <A extends Attributes>(attributes: A) => nestedType<ListShapes<FieldsShapes<A, NoBlocks>>>("set", attributes),
  map: <A extends Attributes>(attributes: A) => nestedType<MapShapes<FieldsShapes<A, NoBlocks>>>("map", attributes),
} as const;

/** What every attribute may say of itself. */
export interface AttributeOptions<S extends Shapes> {
  /** For the documentation, in Markdown. */
  readonly description?: string;
  /** Terraform hides the value; the room keeps it out of logs and diagnostics. */
  readonly sensitive?: boolean;
  /** What to do instead. Whoever sets the attribute is warned with this text. */
  readonly deprecated?: string;
  /** Called once the value is known and not null: return what is wrong with it, for people, or nothing. */
  readonly validate?: Validator<S["known"]> | readonly Validator<S["known"]>[];
  /**
   * Lets a collection hold null, which is an error otherwise: the element types leave it out, and whoever reads the value has to
   * expect it all the same.
   */
  readonly nullElements?: boolean;
  /** A change of the value destroys the resource and creates a new one; or a function that decides it. */
  readonly requiresReplace?: boolean | ((change: AttributeChange<S>) => boolean);
}

/** A change of one attribute of a resource that exists. */
export interface AttributeChange<S extends Shapes> {
  readonly state: S["state"] | null;
  readonly planned: Optional<S>["plan"];
}

/** Says what is wrong with a value, or nothing. */
export type Validator<V> = (value: V) => string | undefined;

/** Options of attributes that the provider fills in. */
export interface ComputedOptions {
  /** Never null in state, and typed so. The room holds the provider to it. */
  readonly alwaysSet?: boolean;
  /** Unknown whenever something else changes, as a modification time is. Otherwise an update keeps the value. */
  readonly recomputed?: boolean;
}

type AnyType<S extends Shapes> = Type<S> | NestedType<S>;
/** Write-only: the value reaches `create` and `update` through `config`, and never plan or state. */
type WriteOnlyOption = { readonly writeOnly: true; readonly requiresReplace?: never };

/** An attribute that the user must set. */
export function required<S extends Shapes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & WriteOnlyOption,
): Attribute<WriteOnly<S, never>>;
export function required<S extends Shapes>(type: AnyType<S>, options?: AttributeOptions<S>): Attribute<Required<S>>;
export function required(type: AnyType<Shapes>, options: AllOptions = {}): Attribute<Shapes> {
  return attribute(type, options, { required: true });
}

/** An attribute that the user may set. */
export function optional<S extends Shapes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & WriteOnlyOption,
): Attribute<WriteOnly<S, null>>;
export function optional<S extends Shapes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & {
    /** The value planned where the user gives none. */
    readonly default: S["state"];
  },
): Attribute<Defaulted<S>>;
export function optional<S extends Shapes>(type: AnyType<S>, options?: AttributeOptions<S>): Attribute<Optional<S>>;
export function optional(type: AnyType<Shapes>, options: AllOptions = {}): Attribute<Shapes> {
  // Terraform lets a provider plan a value of its own only for computed attributes.
  return attribute(type, options, { optional: true, computed: options.default !== undefined });
}

/** An attribute that only the provider sets. */
export function computed<S extends Shapes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & ComputedOptions & { readonly alwaysSet: true },
): Attribute<ComputedSet<S>>;
export function computed<S extends Shapes>(
  type: AnyType<S>,
  options?: AttributeOptions<S> & ComputedOptions,
): Attribute<Computed<S>>;
export function computed(type: AnyType<Shapes>, options: AllOptions = {}): Attribute<Shapes> {
  return attribute(type, options, { computed: true });
}

/** An attribute that the user may set, and that the provider sets where they did not. */
export function optionalComputed<S extends Shapes>(
  type: AnyType<S>,
  options: AttributeOptions<S> & ComputedOptions & { readonly alwaysSet: true },
): Attribute<OptionalComputedSet<S>>;
export function optionalComputed<S extends Shapes>(
  type: AnyType<S>,
  options?: AttributeOptions<S> & ComputedOptions,
): Attribute<OptionalComputed<S>>;
export function optionalComputed(type: AnyType<Shapes>, options: AllOptions = {}): Attribute<Shapes> {
  return attribute(type, options, { optional: true, computed: true });
}

interface AllOptions extends ComputedOptions {
  readonly description?: string;
  readonly sensitive?: boolean;
  readonly nullElements?: boolean;
  readonly deprecated?: string;
  // Which type of value these take was checked where they were written; here it is no longer known.
  readonly validate?: unknown;
  readonly requiresReplace?: unknown;
  readonly writeOnly?: boolean;
  readonly default?: unknown;
}

function attribute(
  { cty, nested }: AnyType<Shapes>,
  options: AllOptions,
  mode: { required?: boolean; optional?: boolean; computed?: boolean },
): Attribute<Shapes> {
  const { validate = [] } = options;
  const spec: AttributeSpec = {
    type: cty,
    nested,
    required: mode.required ?? false,
    optional: mode.optional ?? false,
    computed: mode.computed ?? false,
    sensitive: options.sensitive ?? false,
    writeOnly: options.writeOnly ?? false,
    alwaysSet: options.alwaysSet ?? false,
    recomputed: options.recomputed ?? false,
    nullElements: options.nullElements ?? false,
    default: options.default as TfValue | undefined,
    requiresReplace: (options.requiresReplace ?? false) as AttributeSpec["requiresReplace"],
    checks: (Array.isArray(validate) ? validate : [validate]) as Check[],
    description: options.description ?? "",
    deprecated: options.deprecated,
  };
  return spec as Attribute<Shapes>;
}

/** What a nested block is made of. */
export interface BlockFields<A extends Attributes, B extends Blocks> {
  readonly attributes?: A;
  readonly blocks?: B;
  readonly description?: string;
  readonly deprecated?: string;
}

/** How many blocks there may be; Terraform checks it. */
export interface BlockCount {
  readonly minItems?: number;
  readonly maxItems?: number;
}

function blockOf<S extends Shapes>(
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

/** Nested blocks. New schemas rather use nested attributes; blocks are for configurations that have them. */
export const block = {
  /** At most one, null where there is none. */
  single: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<SingleBlock<FieldsShapes<A, B>>>("single", options),
  /** At most one, and never null: where there is none, all its attributes are null. */
  group: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B>) =>
    blockOf<GroupBlock<FieldsShapes<A, B>>>("group", options),
  list: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<ListBlock<FieldsShapes<A, B>>>("list", options),
  set: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B> & BlockCount) =>
    blockOf<ListBlock<FieldsShapes<A, B>>>("set", options),
  /** By label. */
  map: <A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(options: BlockFields<A, B>) =>
    blockOf<MapBlock<FieldsShapes<A, B>>>("map", options),
} as const;

/** What a schema is made of. */
export interface SchemaOptions<A extends Attributes, B extends Blocks> extends BlockFields<A, B> {
  /** Raised whenever state of an earlier schema no longer fits; a resource then needs `upgrade`. Zero by default. */
  readonly version?: number;
}

/**
 * A schema: of a resource, a data source, or a provider's configuration.
 *
 * @throws SchemaError when it says something that Terraform would refuse
 */
export function schema<A extends Attributes = NoBlocks, B extends Blocks = NoBlocks>(
  options: SchemaOptions<A, B>,
): Schema<FieldsShapes<A, B>> {
  const spec: SchemaSpec = {
    ...fields(options.attributes ?? {}, options.blocks ?? {}),
    version: options.version ?? 0,
    description: options.description ?? "",
    deprecated: options.deprecated,
  };
  checkSchema(spec);
  return spec as Schema<FieldsShapes<A, B>>;
}

function fields(attributes: Attributes, blocks: Blocks): FieldsSpec {
  const members = { ...attributes, ...blocks };
  const types = Object.fromEntries(Object.entries(members).map(([name, { type }]) => [name, type]));
  return { type: { kind: "object", attributes: types }, attributes, blocks };
}

function wrap(nesting: BlockSpec["nesting"], element: CtyType): CtyType {
  return nesting === "single" || nesting === "group" ? element : { kind: nesting, element };
}

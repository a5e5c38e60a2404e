// The TypeScript types that follow from a schema. An attribute has a type for each stage of a resource's life:
//   config   the configuration, with unknown values
//   known    the configuration at apply, without unknown values
//   plan     a plan in the making
//   apply    the planned state at apply: only computed values may be unknown
//   state    the state that a hook returns
//   stored   the state in a state file, where an import or another provider may have left attributes null
//   partial  the least that an import, a move or an upgrade has to return
import type { Dynamic, TfNumber, Unknown } from "../cty";

/** A value's type at each stage. */
export interface StageTypes {
  readonly config: unknown;
  readonly known: unknown;
  readonly plan: unknown;
  readonly apply: unknown;
  readonly state: unknown;
  readonly stored: unknown;
  readonly partial: unknown;
}

/** The name of a stage. */
export type Stage = keyof StageTypes;

/** Stages at which a configured value may be unknown. */
type MayBeUnknown = "config" | "plan";

/** One type for every stage. */
export type EveryStage<V> = { readonly [K in Stage]: V };

export type StringStages = EveryStage<string>;
export type NumberStages = EveryStage<TfNumber>;
export type IntegerStages = EveryStage<number>;
export type BoolStages = EveryStage<boolean>;
export type DynamicStages = EveryStage<Dynamic>;

/** The stage of elements and nested objects: only the top of a stored or partial state may be incomplete. */
type Within<K extends Stage> = K extends "stored" | "partial" ? "state" : K;
type Element<S extends StageTypes, K extends Stage> = K extends MayBeUnknown ? S[K] | Unknown : S[Within<K>];

export type ListStages<S extends StageTypes> = { readonly [K in Stage]: readonly Element<S, K>[] };
export type MapStages<S extends StageTypes> = { readonly [K in Stage]: { readonly [key: string]: Element<S, K> } };

/** Attributes of a plain object type have no flags, so each may be null. */
export type ObjectStages<T extends { readonly [name: string]: { readonly [STAGES]: StageTypes } }> = {
  readonly [K in Stage]: { readonly [N in keyof T]: Element<T[N][typeof STAGES], K> | null };
};
export type TupleStages<T extends readonly { readonly [STAGES]: StageTypes }[]> = {
  readonly [K in Stage]: { readonly [I in keyof T]: Element<T[I][typeof STAGES], K> | null };
};

/** The key under which types and attributes carry their stage types. It exists for the compiler only. */
export declare const STAGES: unique symbol;

/** A required attribute. */
export interface Required<S extends StageTypes> extends StageTypes {
  readonly config: S["config"] | Unknown;
  readonly known: S["known"];
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"];
  readonly state: S["state"];
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An optional attribute. */
export interface Optional<S extends StageTypes> extends StageTypes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An optional attribute with a default. */
export interface Defaulted<S extends StageTypes> extends StageTypes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"];
  readonly state: S["state"];
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** A computed attribute. */
export interface Computed<S extends StageTypes> extends StageTypes {
  readonly config: null;
  readonly known: null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | Unknown | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An attribute that the user may set, computed where the user does not. */
export interface OptionalComputed<S extends StageTypes> extends StageTypes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | Unknown | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** A computed attribute that is never null in state. */
export interface ComputedNonNull<S extends StageTypes> extends StageTypes {
  readonly config: null;
  readonly known: null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"] | Unknown;
  readonly state: S["state"];
  readonly stored: S["state"];
  readonly partial: S["state"];
}

/** An attribute that the user may set, computed where the user does not, and never null in state. */
export interface OptionalComputedNonNull<S extends StageTypes> extends StageTypes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"] | Unknown;
  readonly state: S["state"];
  readonly stored: S["state"];
  readonly partial: S["state"];
}

/** A write-only attribute: only the configuration has its value. */
export interface WriteOnly<S extends StageTypes, Absent> extends StageTypes {
  readonly config: S["config"] | Unknown | Absent;
  readonly known: S["known"] | Absent;
  readonly plan: null;
  readonly apply: null;
  readonly state: null;
  readonly stored: null;
  readonly partial: null | undefined;
}

interface HasStages {
  readonly [STAGES]: StageTypes;
}

/** The object of attributes and blocks, at each stage. */
export type FieldsStages<
  A extends { readonly [name: string]: HasStages },
  B extends { readonly [name: string]: HasStages },
> = {
  readonly [K in Stage]: {
    readonly [N in keyof A | keyof B]: N extends keyof A
      ? A[N][typeof STAGES][K]
      : N extends keyof B
        ? B[N][typeof STAGES][K]
        : never;
  };
};

/** A block may always be left out. */
type Omittable<K extends Stage> = K extends "partial" ? undefined : never;

export type SingleBlock<S extends StageTypes> = { readonly [K in Stage]: Element<S, K> | null | Omittable<K> };
export type GroupBlock<S extends StageTypes> = { readonly [K in Stage]: Element<S, K> | Omittable<K> };
export type ListBlock<S extends StageTypes> = {
  readonly [K in Stage]: K extends MayBeUnknown ? readonly S[K][] | Unknown : readonly S[Within<K>][] | Omittable<K>;
};
export type MapBlock<S extends StageTypes> = {
  readonly [K in Stage]: K extends MayBeUnknown
    ? { readonly [label: string]: S[K] } | Unknown
    : { readonly [label: string]: S[Within<K>] } | Omittable<K>;
};

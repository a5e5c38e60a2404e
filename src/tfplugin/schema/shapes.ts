// How a schema's TypeScript type follows from it. One attribute has another type at every stage: what a user may write
// (`config`), the same once all is known (`known`), what a plan may hold (`plan`), what is planned when it is applied
// (`apply`), what a hook must return and finds later (`state`), what may really be in a state file (`stored`), where an
// import or another provider left things out, and what such a one must at least give (`partial`).
import type { Dynamic, TfNumber, Unknown } from "../cty";

/** A value's type at each stage. */
export interface Shapes {
  readonly config: unknown;
  readonly known: unknown;
  readonly plan: unknown;
  readonly apply: unknown;
  readonly state: unknown;
  readonly stored: unknown;
  readonly partial: unknown;
}

/** The name of a stage. */
export type Stage = keyof Shapes;

/** Stages at which a value may be unknown even if it is the user's own. */
type Open = "config" | "plan";

/** The same type at every stage. */
export type Same<V> = { readonly [K in Stage]: V };

export type StringShapes = Same<string>;
export type NumberShapes = Same<TfNumber>;
export type IntegerShapes = Same<number>;
export type BoolShapes = Same<boolean>;
export type DynamicShapes = Same<Dynamic>;

/** Things are left out of a state at its top only: what is there, is there whole. */
type Inside<K extends Stage> = K extends "stored" | "partial" ? "state" : K;
type Element<S extends Shapes, K extends Stage> = K extends Open ? S[K] | Unknown : S[Inside<K>];

export type ListShapes<S extends Shapes> = { readonly [K in Stage]: readonly Element<S, K>[] };
export type MapShapes<S extends Shapes> = { readonly [K in Stage]: { readonly [key: string]: Element<S, K> } };

/** Attributes of a plain object type have no flags, so each may be null. */
export type ObjectShapes<T extends { readonly [name: string]: { readonly [SHAPES]: Shapes } }> = {
  readonly [K in Stage]: { readonly [N in keyof T]: Element<T[N][typeof SHAPES], K> | null };
};
export type TupleShapes<T extends readonly { readonly [SHAPES]: Shapes }[]> = {
  readonly [K in Stage]: { readonly [I in keyof T]: Element<T[I][typeof SHAPES], K> | null };
};

/** Carries the shapes of types and attributes; it exists for the compiler only. */
export declare const SHAPES: unique symbol;

/** A required attribute. */
export interface Required<S extends Shapes> extends Shapes {
  readonly config: S["config"] | Unknown;
  readonly known: S["known"];
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"];
  readonly state: S["state"];
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An optional attribute. */
export interface Optional<S extends Shapes> extends Shapes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An optional attribute with a default. */
export interface Defaulted<S extends Shapes> extends Shapes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"];
  readonly state: S["state"];
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** A computed attribute. */
export interface Computed<S extends Shapes> extends Shapes {
  readonly config: null;
  readonly known: null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | Unknown | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** An attribute that the user may set, and that is computed where they did not. */
export interface OptionalComputed<S extends Shapes> extends Shapes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown | null;
  readonly apply: S["apply"] | Unknown | null;
  readonly state: S["state"] | null;
  readonly stored: S["state"] | null;
  readonly partial: S["state"] | null | undefined;
}

/** A computed attribute that is never null in state. */
export interface ComputedSet<S extends Shapes> extends Shapes {
  readonly config: null;
  readonly known: null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"] | Unknown;
  readonly state: S["state"];
  readonly stored: S["state"];
  readonly partial: S["state"];
}

/** An attribute that the user may set, that is computed where they did not, and never null in state. */
export interface OptionalComputedSet<S extends Shapes> extends Shapes {
  readonly config: S["config"] | Unknown | null;
  readonly known: S["known"] | null;
  readonly plan: S["plan"] | Unknown;
  readonly apply: S["apply"] | Unknown;
  readonly state: S["state"];
  readonly stored: S["state"];
  readonly partial: S["state"];
}

/** A write-only attribute: only the configuration ever has it. */
export interface WriteOnly<S extends Shapes, Absent> extends Shapes {
  readonly config: S["config"] | Unknown | Absent;
  readonly known: S["known"] | Absent;
  readonly plan: null;
  readonly apply: null;
  readonly state: null;
  readonly stored: null;
  readonly partial: null | undefined;
}

interface Carrier {
  readonly [SHAPES]: Shapes;
}

/** The object that attributes and blocks make, at each stage. */
export type FieldsShapes<
  A extends { readonly [name: string]: Carrier },
  B extends { readonly [name: string]: Carrier },
> = {
  readonly [K in Stage]: {
    readonly [N in keyof A | keyof B]: N extends keyof A
      ? A[N][typeof SHAPES][K]
      : N extends keyof B
        ? B[N][typeof SHAPES][K]
        : never;
  };
};

/** A block may always be left out. */
type Omittable<K extends Stage> = K extends "partial" ? undefined : never;

export type SingleBlock<S extends Shapes> = { readonly [K in Stage]: Element<S, K> | null | Omittable<K> };
export type GroupBlock<S extends Shapes> = { readonly [K in Stage]: Element<S, K> | Omittable<K> };
export type ListBlock<S extends Shapes> = {
  readonly [K in Stage]: K extends Open ? readonly S[K][] | Unknown : readonly S[Inside<K>][] | Omittable<K>;
};
export type MapBlock<S extends Shapes> = {
  readonly [K in Stage]: K extends Open
    ? { readonly [label: string]: S[K] } | Unknown
    : { readonly [label: string]: S[Inside<K>] } | Omittable<K>;
};

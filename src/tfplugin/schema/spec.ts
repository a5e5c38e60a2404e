// A schema as the room works with it: what `define.ts` builds and everything else walks. No TypeScript magic here.
import type { CtyType, TfValue } from "../cty";

/** Says what is wrong with a value, for people, or nothing. Never quote the value if it may be a secret. */
export type Check = (value: TfValue) => string | undefined;

/** A change of one attribute of a resource that exists. */
export interface Change {
  readonly state: TfValue;
  readonly planned: TfValue;
}

export interface AttributeSpec {
  readonly type: CtyType;
  /** Attributes of attributes; `type` then says the same without their flags. */
  readonly nested: NestedSpec | undefined;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly writeOnly: boolean;
  readonly alwaysSet: boolean;
  readonly recomputed: boolean;
  readonly nullElements: boolean;
  readonly default: TfValue | undefined;
  readonly requiresReplace: boolean | ((change: Change) => boolean);
  readonly checks: readonly Check[];
  readonly description: string;
  readonly deprecated: string | undefined;
}

export interface NestedSpec {
  readonly nesting: "single" | "list" | "set" | "map";
  readonly fields: FieldsSpec;
}

export interface BlockSpec {
  readonly type: CtyType;
  readonly nesting: "single" | "group" | "list" | "set" | "map";
  readonly fields: FieldsSpec;
  readonly minItems: number;
  readonly maxItems: number;
  readonly description: string;
  readonly deprecated: string | undefined;
}

/** What an object is made of. */
export interface FieldsSpec {
  readonly type: CtyType & { readonly kind: "object" };
  readonly attributes: { readonly [name: string]: AttributeSpec };
  readonly blocks: { readonly [name: string]: BlockSpec };
}

export interface SchemaSpec extends FieldsSpec {
  readonly version: number;
  readonly description: string;
  readonly deprecated: string | undefined;
}

/** The objects a nested attribute or block may hold, or none. */
export type Nested = NestedSpec | BlockSpec;

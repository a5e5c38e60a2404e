// The specification of a schema at run time: `define.ts` builds it, and the engine walks it. No type-level programming here.
import type { CtyType, TfValue } from "../cty";

/** Returns the problem of a value, for the user, or nothing. It must not quote a value that may be a secret. */
export type Check = (value: TfValue) => string | undefined;

/** A change of one attribute of an existing resource. */
export interface Change {
  readonly state: TfValue;
  readonly planned: TfValue;
}

/** An attribute, with defaults filled in for every option of `define.ts`. */
export interface AttributeSpec {
  readonly type: CtyType;
  /** The nested attributes; `type` is then the same without their flags. */
  readonly nested: NestedSpec | undefined;
  readonly required: boolean;
  readonly optional: boolean;
  /** Whether the provider may plan a value of its own: of an optional attribute, where it has a default or `meansUnset`, too. */
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly writeOnly: boolean;
  readonly nonNull: boolean;
  readonly unknownOnUpdate: boolean;
  readonly nullElements: boolean;
  /**
   * The planned value where the configuration has none. Undefined: of a computed attribute, the prior value or unknown. Null only
   * with `meansUnset`: the attribute is computed for Terraform, and the user's alone.
   */
  readonly default: TfValue | undefined;
  /** Whether two values mean the same; both are known and not unset. */
  readonly equivalent: ((one: TfValue, other: TfValue) => boolean) | undefined;
  /** Whether a known value means the same as null. */
  readonly meansUnset: ((value: TfValue) => boolean) | undefined;
  /** Whether a change replaces the resource. */
  readonly requiresReplace: boolean | ((change: Change) => boolean);
  /** The checks of `validate`. */
  readonly checks: readonly Check[];
  /** Markdown; "" without a description. */
  readonly description: string;
  /** Advice on a replacement, for a deprecated attribute. */
  readonly deprecated: string | undefined;
}

/** The nested attributes of an attribute. */
export interface NestedSpec {
  readonly nesting: "single" | "list" | "set" | "map";
  readonly fields: FieldsSpec;
}

/** A nested block. */
export interface BlockSpec {
  readonly type: CtyType;
  readonly nesting: "single" | "group" | "list" | "set" | "map";
  readonly fields: FieldsSpec;
  readonly minItems: number;
  /** 0 for any number. */
  readonly maxItems: number;
  readonly description: string;
  readonly deprecated: string | undefined;
}

/** The members of an object. */
export interface FieldsSpec {
  readonly type: CtyType & { readonly kind: "object" };
  readonly attributes: { readonly [name: string]: AttributeSpec };
  readonly blocks: { readonly [name: string]: BlockSpec };
}

/** The schema of a resource, a data source, or a provider's configuration. */
export interface SchemaSpec extends FieldsSpec {
  readonly version: number;
  readonly description: string;
  readonly deprecated: string | undefined;
}

/** A nested attribute or block. */
export type Nested = NestedSpec | BlockSpec;

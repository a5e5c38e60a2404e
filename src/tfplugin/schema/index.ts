// The declaration of schemas, and the types of their values. Pure.
export { checkName, checkSchema, SchemaError } from "./check";
export {
  type Attribute,
  type AttributeChange,
  type AttributeOptions,
  type Attributes,
  type Block,
  type BlockCount,
  type BlockFields,
  type Blocks,
  block,
  type ComputedOptions,
  type Config,
  computed,
  type KnownConfig,
  type NestedType,
  nested,
  optional,
  optionalComputed,
  type PartialState,
  type Plan,
  type PlannedState,
  required,
  type Schema,
  type SchemaOptions,
  type State,
  type StoredState,
  schema,
  type Type,
  t,
  type UnsetOption,
  type Validator,
} from "./define";
export type {
  AttributeSpec,
  BlockSpec,
  FieldsSpec,
  Nested,
  NestedSpec,
  SchemaSpec,
} from "./spec";
export type { StageTypes } from "./stage-types";
export { between, lengthBetween, matching, oneOf } from "./validators";

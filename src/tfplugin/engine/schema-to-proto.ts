import type { ProviderFunction } from "../author/function";
import { type CtyType, typeToJson } from "../cty";
import {
  type Attribute,
  type Block,
  type FunctionMessage,
  Nesting,
  type SchemaMessage,
  StringKind,
} from "../proto/tfplugin6";
import type { AttributeSpec, FieldsSpec, SchemaSpec } from "../schema";

const NO_BYTES = Buffer.alloc(0);

/** The message of a schema. */
export function schemaToProto(schema: SchemaSpec): SchemaMessage {
  return { version: schema.version, block: block(schema, schema.description, schema.deprecated) };
}

/** The message of a function's declaration. */
export function functionToProto({ summary, description, parameters, returns }: ProviderFunction): FunctionMessage {
  return {
    parameters: parameters.map(({ name, type, allowNull, allowUnknown, description }) => ({
      name,
      type: typeBytes(type),
      allowNullValue: allowNull,
      allowUnknownValues: allowUnknown,
      description,
      descriptionKind: StringKind.markdown,
    })),
    return: { type: typeBytes(returns) },
    summary,
    description,
    descriptionKind: StringKind.markdown,
  };
}

export function typeBytes(type: CtyType): Buffer {
  return Buffer.from(JSON.stringify(typeToJson(type)));
}

function block(fields: FieldsSpec, description: string, deprecated: string | undefined): Block {
  return {
    attributes: Object.entries(fields.attributes).map(([name, spec]) => attribute(name, spec)),
    blockTypes: Object.entries(fields.blocks).map(([typeName, spec]) => ({
      typeName,
      block: block(spec.fields, spec.description, spec.deprecated),
      nesting: Nesting[spec.nesting],
      minItems: spec.minItems,
      maxItems: spec.maxItems,
    })),
    description,
    descriptionKind: StringKind.markdown,
    deprecated: deprecated !== undefined,
    deprecationMessage: deprecated ?? "",
  };
}

function attribute(name: string, spec: AttributeSpec): Attribute {
  const { nested } = spec;
  return {
    name,
    type: nested === undefined ? typeBytes(spec.type) : NO_BYTES,
    nestedType: nested && {
      attributes: Object.entries(nested.fields.attributes).map(([inner, child]) => attribute(inner, child)),
      nesting: Nesting[nested.nesting],
    },
    description: spec.description,
    descriptionKind: StringKind.markdown,
    required: spec.required,
    optional: spec.optional,
    computed: spec.computed,
    sensitive: spec.sensitive,
    writeOnly: spec.writeOnly,
    deprecated: spec.deprecated !== undefined,
    deprecationMessage: spec.deprecated ?? "",
  };
}

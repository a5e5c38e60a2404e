import { hasDynamic, isWhollyKnown, type Path } from "../cty";
import type { AttributeSpec, BlockSpec, FieldsSpec, SchemaSpec } from "./spec";

/** A schema that Terraform would refuse: a mistake of the provider's author, thrown when the schema is declared. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";

  constructor(path: Path, message: string) {
    super(path.length === 0 ? message : `${path.join(".")}: ${message}`);
  }
}

/** Terraform reserves these names in every resource (hashicorp/terraform, internal/configs). */
const RESERVED = new Set(["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"]);

/**
 * Checks the rules of Terraform that the types of `define.ts` cannot express.
 *
 * @throws SchemaError naming the attribute
 */
export function checkSchema(schema: SchemaSpec): void {
  if (!Number.isSafeInteger(schema.version) || schema.version < 0)
    throw new SchemaError([], "the version is not a number");
  for (const name of Object.keys(schema.type.attributes)) {
    if (RESERVED.has(name)) throw new SchemaError([name], "Terraform reserves this name");
  }
  checkFields(schema, [], { inSet: false, inCollection: false });
}

/** The nesting around an attribute. */
interface Enclosing {
  readonly inSet: boolean;
  readonly inCollection: boolean;
}

function checkFields(fields: FieldsSpec, path: Path, enclosing: Enclosing): void {
  for (const name of Object.keys(fields.attributes)) {
    if (Object.hasOwn(fields.blocks, name)) throw new SchemaError([...path, name], "both an attribute and a block");
  }
  for (const [name, attribute] of Object.entries(fields.attributes))
    checkAttribute(attribute, [...path, name], enclosing);
  for (const [name, block] of Object.entries(fields.blocks)) checkBlock(block, [...path, name], enclosing);
}

function checkAttribute(attribute: AttributeSpec, path: Path, enclosing: Enclosing): void {
  checkName(path);
  const fail = (message: string): never => {
    throw new SchemaError(path, message);
  };
  if (attribute.writeOnly) {
    if (enclosing.inSet) fail("a write-only attribute cannot be in a set");
    if (attribute.default !== undefined) fail("a write-only attribute cannot have a default: the plan never holds it");
  }
  if (attribute.default !== undefined && !isWhollyKnown(attribute.default)) fail("the default must be known");
  if (attribute.default === null && attribute.meansUnset === undefined) fail("a default must not be null");
  // The elements of a collection share one type, and such a collection has none to name.
  const { type } = attribute;
  if (enclosing.inCollection && hasDynamic(type)) fail("a dynamic value cannot be in a list, set or map");
  if (attribute.nested === undefined && "element" in type && hasDynamic(type.element))
    fail("a list, set or map cannot have dynamic elements");
  if (attribute.nested !== undefined) {
    const { nesting, fields } = attribute.nested;
    const inner = within(enclosing, nesting);
    checkFields(fields, path, inner);
    if (attribute.writeOnly) {
      for (const [name, child] of Object.entries(fields.attributes)) {
        if (!child.writeOnly) throw new SchemaError([...path, name], "must be write-only like the attribute around it");
      }
    }
  }
}

function checkBlock(block: BlockSpec, path: Path, enclosing: Enclosing): void {
  checkName(path);
  const { minItems, maxItems, nesting } = block;
  if (minItems < 0 || maxItems < 0 || (maxItems > 0 && minItems > maxItems)) {
    throw new SchemaError(path, "minItems and maxItems leave no number of blocks");
  }
  if (nesting === "single" && (minItems > 1 || maxItems > 1))
    throw new SchemaError(path, "a single block is one block");
  checkFields(block.fields, path, within(enclosing, nesting));
}

function within(enclosing: Enclosing, nesting: BlockSpec["nesting"]): Enclosing {
  return {
    inSet: enclosing.inSet || nesting === "set",
    inCollection: enclosing.inCollection || nesting === "list" || nesting === "set" || nesting === "map",
  };
}

/** @throws SchemaError when the last step of the path is no name */
export function checkName(path: Path): void {
  if (!/^[a-z0-9_]+$/.test(String(path.at(-1)))) {
    throw new SchemaError(path, "a name has lower-case letters, digits and underscores only");
  }
}

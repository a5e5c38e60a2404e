import type { AttributeSpec, BlockSpec, CtyType } from "../../src/tfplugin";
import { functionName, pascalCase } from "./names";

export type Attribute = AttributeSpec;
export type Block = BlockSpec;

/** One attribute in TypeScript. All members are expressions of TypeScript code. */
export interface AttributeType {
  /** The type of assigned values; strings, and strings in lists and maps, may be tokens. */
  readonly input: string;
  /** The type of the getter: a token. */
  readonly output: string;
  /** The token's expression, in a method of the element; "" for objects. */
  readonly get: string;
  /** A class that is instantiated once for each element, instead of `get`: of a computed attribute, or of a list of objects. */
  readonly stored?: string;
  /** Functions that convert an input to Terraform's JSON and HCL. */
  readonly toTerraform: string;
  readonly toHcl: string;
  readonly hclType: "simple" | "list" | "set" | "map";
  readonly storageClass: string;
}

const PRIMITIVES = {
  string: { input: "string", output: "string", method: "getStringAttribute" },
  number: { input: "number", output: "number", method: "getNumberAttribute" },
  bool: { input: "boolean | cdktf.IResolvable", output: "cdktf.IResolvable", method: "getBooleanAttribute" },
} as const;
const WORDS = { string: "string", number: "number", bool: "boolean" } as const;

/**
 * The code that CDKTF generates for a type. The provider has few kinds of types: a new one is an error of the build, and is to be added
 * here.
 */
export function typeOf(owner: string, name: string, attribute: Attribute): AttributeType {
  const { type } = attribute;
  const unsupported = () => new Error(`${owner}.${name}: the generator of the bindings does not support this type yet`);
  const quoted = JSON.stringify(name);
  const onlyRead = attribute.computed && !attribute.optional;
  const onlyReadBy = (list: string) => ({
    ...{ input: "never", output: list, get: "", stored: list, toTerraform: "", toHcl: "" },
    ...({ hclType: "list", storageClass: "" } as const),
  });
  if (attribute.nested !== undefined) {
    const { nesting, fields } = attribute.nested;
    const object = `${owner}${pascalCase(name)}`;
    if (onlyRead && nesting === "list") return onlyReadBy(`${object}List`);
    const isFlat = Object.values(fields.attributes).every(({ nested }) => nested === undefined);
    if (onlyRead || !isFlat || (nesting !== "list" && nesting !== "set")) throw unsupported();
    return {
      input: `${object}[] | cdktf.IResolvable`,
      output: `${object}List`,
      get: "",
      stored: `${object}List`,
      toTerraform: `cdktf.listMapper(${functionName(object)}ToTerraform, false)`,
      toHcl: `cdktf.listMapperHcl(${functionName(object)}ToHclTerraform, false)`,
      hclType: nesting,
      storageClass: `${object}List`,
    };
  }
  if (isPrimitive(type)) {
    const { input, output, method } = PRIMITIVES[type.kind];
    const word = WORDS[type.kind];
    return {
      ...{ input, output, get: `this.${method}(${quoted})`, ...mappers(type) },
      ...({ hclType: "simple", storageClass: word } as const),
    };
  }
  if (type.kind === "dynamic" && type.list) {
    return {
      input: "{ [key: string]: any }[] | cdktf.IResolvable",
      output: "cdktf.IResolvable",
      get: `cdktf.Token.asAny(this.interpolationForAttribute(${quoted}))`,
      toTerraform: "cdktf.listMapper(cdktf.anyToTerraform, false)",
      toHcl: "cdktf.listMapperHcl(cdktf.anyToHclTerraform, false)",
      hclType: "list",
      storageClass: "anyMapList",
    };
  }
  if (type.kind === "dynamic") {
    return {
      input: "{ [key: string]: any }",
      output: "{ [key: string]: any }",
      get: `this.getAnyMapAttribute(${quoted})`,
      toTerraform: "cdktf.hashMapper(cdktf.anyToTerraform)",
      toHcl: "cdktf.hashMapperHcl(cdktf.anyToHclTerraform)",
      hclType: "map",
      storageClass: "anyMap",
    };
  }
  if (!("element" in type)) throw unsupported();
  const { element } = type;
  if (isString(element)) {
    const kind = type.kind;
    if (kind === "map") {
      const [input, output] = ["{ [key: string]: string }", "{ [key: string]: string }"];
      const get = `this.getStringMapAttribute(${quoted})`;
      const stored = onlyRead ? { output: "cdktf.StringMap", stored: "cdktf.StringMap" } : { output };
      return { input, get, ...stored, ...mappers(type), hclType: kind, storageClass: "stringMap" };
    }
    const list = `this.getListAttribute(${quoted})`;
    const get = kind === "set" ? `cdktf.Fn.tolist(${list})` : list;
    return { input: "string[]", output: "string[]", get, ...mappers(type), hclType: kind, storageClass: "stringList" };
  }
  if (type.kind !== "map" && element.kind === "map" && isString(element.element)) {
    if (onlyRead) return onlyReadBy("cdktf.StringMapList");
    const attribute = `this.interpolationForAttribute(${quoted})`;
    return {
      input: "{ [key: string]: string }[] | cdktf.IResolvable",
      output: "cdktf.IResolvable",
      get: `cdktf.Token.asAny(${type.kind === "set" ? `cdktf.Fn.tolist(${attribute})` : attribute})`,
      ...{ ...mappers(type), hclType: type.kind, storageClass: "stringMapList" },
    };
  }
  throw unsupported();
}

function isPrimitive(type: CtyType): type is CtyType & { readonly kind: keyof typeof PRIMITIVES } {
  return Object.hasOwn(PRIMITIVES, type.kind);
}

function isString(type: CtyType): boolean {
  return type.kind === "string";
}

function mappers(type: CtyType): Pick<AttributeType, "toTerraform" | "toHcl"> {
  if (isPrimitive(type)) {
    const word = WORDS[type.kind];
    return { toTerraform: `cdktf.${word}ToTerraform`, toHcl: `cdktf.${word}ToHclTerraform` };
  }
  const inner = mappers((type as CtyType & { readonly element: CtyType }).element);
  if (type.kind === "map") {
    return { toTerraform: `cdktf.hashMapper(${inner.toTerraform})`, toHcl: `cdktf.hashMapperHcl(${inner.toHcl})` };
  }
  return {
    toTerraform: `cdktf.listMapper(${inner.toTerraform}, false)`,
    toHcl: `cdktf.listMapperHcl(${inner.toHcl}, false)`,
  };
}

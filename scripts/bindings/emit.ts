// Writes one file of bindings, in the shape that CDKTF's generator gives them, so that they are used as any other provider's bindings.
import { functionName, pascalCase, propertyName } from "./names";
import { type Attribute, type AttributeType, type Block, typeOf } from "./types";

/** An element of the provider's schema as a class. */
export interface Element {
  readonly kind: "provider" | "resource" | "dataSource";
  /** `NodeV1`. */
  readonly name: string;
  /** `ironic_node_v1`. */
  readonly type: string;
  readonly schema: {
    readonly description: string;
    readonly attributes: Readonly<Record<string, Attribute>>;
    readonly blocks: Readonly<Record<string, Block>>;
  };
}

/** Every provider has this argument, and no schema contains it. */
const ALIAS: Attribute = {
  type: { kind: "string" },
  nested: undefined,
  required: false,
  optional: true,
  computed: false,
  sensitive: false,
  writeOnly: false,
  nonNull: false,
  unknownOnUpdate: false,
  default: undefined,
  requiresReplace: false,
  nullElements: false,
  equivalent: undefined,
  meansUnset: undefined,
  checks: [],
  deprecated: undefined,
  description: "A name for this configuration, where a stack has more than one.",
};

interface Member {
  /** The attribute in Terraform. */
  readonly terraform: string;
  readonly property: string;
  readonly attribute: Attribute;
  readonly type: AttributeType;
}

const BASES = {
  provider: "TerraformProvider",
  resource: "TerraformResource",
  dataSource: "TerraformDataSource",
} as const;

export function emit(element: Element, provider: { readonly type: string; readonly source: string }): string {
  const { kind, name, type, schema } = element;
  const isProvider = kind === "provider";
  const members = membersOf(name, isProvider ? { ...schema.attributes, alias: ALIAS } : schema.attributes);
  const settable = members.filter(isSettable);
  const structs = Object.entries(schema.blocks).map(([block, spec]) => struct(name, block, spec));
  const nested = members.flatMap((member) => nestedObjects(name, member));
  const config = isProvider ? "" : " extends cdktf.TerraformMetaArguments";
  const optional = settable.some(({ attribute }) => attribute.required) ? "" : " = {}";
  const generator = `{ providerName: ${quote(provider.type)}, providerVersion: version }`;
  return `// Generated from the provider's schema by scripts/generate-bindings.mjs, at every build.
import * as cdktf from "cdktf";
import type { Construct } from "constructs";
import { version } from "../../../src/version";
${isProvider ? "" : `import { metaArguments } from "../meta-arguments";\n`}
/** Arguments of {@link ${name}}, by their names in CDKTF. */
export interface ${name}Config${config} {
${settable.map(configField).join("")}${structs.map((each) => each.configField).join("")}}

${structs.map((each) => each.declarations).join("")}${nested.join("")}/** ${comment(schema.description)} In Terraform: \`${type}\`. */
export class ${name} extends cdktf.${BASES[kind]} {
  static readonly tfResourceType = ${quote(type)};
${kind === "resource" ? importer(element) : ""}
  constructor(scope: Construct, id: string, config: ${name}Config${optional}) {
    super(scope, id, {
      terraformResourceType: ${quote(type)},
      terraformGeneratorMetadata: ${generator},
      ${isProvider ? `terraformProviderSource: ${quote(provider.source)},` : "...metaArguments(config),"}
    });
${settable.map((member) => `    ${valueIn(member)} = config.${member.property};\n`).join("")}${structs.map((each) => `    this._${each.property}.internalValue = config.${each.property};\n`).join("")}  }
${members.map((member) => accessors(member, isProvider)).join("")}${structs.map((each) => each.accessors).join("")}
  protected override synthesizeAttributes(): Record<string, unknown> {
    return {
${settable.map((member) => `      ${member.terraform}: ${member.type.toTerraform}(${valueIn(member)}),\n`).join("")}${structs.map((each) => `      ${each.terraform}: ${each.toTerraform}(this._${each.property}.internalValue),\n`).join("")}    };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    const attributes = {
${settable.map((member) => hclEntry(member.terraform, `${member.type.toHcl}(${valueIn(member)})`, member.type)).join("")}${structs.map((each) => hclEntry(each.terraform, `${each.toHcl}(this._${each.property}.internalValue)`, { hclType: "struct", storageClass: each.name })).join("")}    };
    return Object.fromEntries(Object.entries(attributes).filter(([, { value }]) => value !== undefined));
  }
}
`;
}

function membersOf(owner: string, attributes: Readonly<Record<string, Attribute>>): Member[] {
  return Object.entries(attributes).map(([terraform, attribute]) => ({
    ...{ terraform, attribute, property: propertyName(terraform) },
    type: typeOf(owner, terraform, attribute),
  }));
}

function isSettable({ attribute }: Member): boolean {
  return attribute.required || attribute.optional;
}

/** The expression of an argument's value, in a method of the element. */
function valueIn({ property, type }: Member): string {
  return type.stored === undefined ? `this._${property}` : `this._${property}.internalValue`;
}

function configField({ terraform, property, attribute, type }: Member): string {
  return `${documentation(terraform, attribute)}  readonly ${property}${attribute.required ? "" : "?"}: ${type.input}${attribute.required ? "" : " | undefined"};\n`;
}

/** Getters, setters and `reset…` of one attribute. Arguments of a provider (`plain`) can't be read back from Terraform. */
function accessors({ terraform, property, attribute, type }: Member, plain: boolean): string {
  const override = attribute === ALIAS ? "override " : "";
  const settable = attribute.required || attribute.optional;
  if (!settable && type.stored !== undefined) {
    const more = type.stored === "cdktf.StringMap" ? "" : ", false";
    return `
  readonly #${property} = new ${type.stored}(this, ${quote(terraform)}${more});
${documentation(terraform, attribute)}  get ${property}(): ${type.output} {
    return this.#${property};
  }
`;
  }
  if (settable && type.stored !== undefined) return listAccessors({ terraform, property, attribute, type });
  const getter = `
${documentation(terraform, attribute)}  ${override}get ${property}(): ${plain ? `${type.input} | undefined` : type.output} {
    return ${plain ? `this._${property}` : type.get};
  }
`;
  if (!settable) return getter;
  const absent = attribute.required ? "" : " | undefined";
  const reset = `  reset${pascalCase(property)}(): void {
    this._${property} = undefined;
  }
`;
  return `
  private _${property}: ${type.input} | undefined;${getter}  ${override}set ${property}(value: ${type.input}${absent}) {
    this._${property} = value;
  }
${attribute.required ? "" : reset}  get ${property}Input(): ${type.input} | undefined {
    return this._${property};
  }
`;
}

/** The accessors of a settable list or set of objects. */
function listAccessors({ terraform, property, attribute, type }: Member): string {
  const reset = `  reset${pascalCase(property)}(): void {
    this._${property}.internalValue = undefined;
  }
`;
  return `
  private readonly _${property} = new ${type.output}(this, ${quote(terraform)}, ${type.hclType === "set"});
${documentation(terraform, attribute)}  get ${property}(): ${type.output} {
    return this._${property};
  }
  put${pascalCase(property)}(value: ${type.input}): void {
    this._${property}.internalValue = value;
  }
${attribute.required ? "" : reset}  get ${property}Input(): ${type.input} | undefined {
    return this._${property}.internalValue;
  }
`;
}

function importer({ name, type }: Element): string {
  return `
  /** Makes \`cdktf plan\` write the configuration of an existing ${name}. */
  static generateConfigForImport(
    scope: Construct,
    importToId: string,
    importFromId: string,
    provider?: cdktf.TerraformProvider,
  ): cdktf.ImportableResource {
    return new cdktf.ImportableResource(scope, importToId, {
      terraformResourceType: ${quote(type)},
      importId: importFromId,
      ...(provider && { provider }),
    });
  }
`;
}

interface Struct {
  readonly terraform: string;
  readonly property: string;
  readonly name: string;
  readonly toTerraform: string;
  readonly toHcl: string;
  readonly configField: string;
  readonly accessors: string;
  readonly declarations: string;
}

/** The interface of an object that a configuration contains, and its functions. */
function objectType(name: string, subject: string, description: string, members: readonly Member[]): string {
  const value = `${name} | cdktf.IResolvable`;
  const guard = `  if (struct === undefined || cdktf.Tokenization.isResolvable(struct)) return struct;\n`;
  return `/** ${comment(description)} */
export interface ${name} {
${members.map(configField).join("")}}

/** The ${subject} {@link ${name}} in Terraform JSON. Called by CDKTF. */
export function ${functionName(name)}ToTerraform(struct?: ${value}): unknown {
${guard}  return {
${members.map((each) => `    ${each.terraform}: ${each.type.toTerraform}(struct.${each.property}),\n`).join("")}  };
}

/** The ${subject} {@link ${name}} in HCL. Called by CDKTF. */
export function ${functionName(name)}ToHclTerraform(struct?: ${value}): unknown {
${guard}  const attributes = {
${members.map((each) => hclEntry(each.terraform, `${each.type.toHcl}(struct.${each.property})`, each.type)).join("")}  };
  return Object.fromEntries(Object.entries(attributes).filter(([, { value }]) => value !== undefined));
}

`;
}

/** A single block, such as `timeouts`: an interface, two functions and a class that holds its value. */
function struct(owner: string, terraform: string, block: Block): Struct {
  const { attributes, blocks } = block.fields;
  const isFlat =
    Object.keys(blocks).length === 0 && Object.values(attributes).every(({ nested }) => nested === undefined);
  if (block.nesting !== "single" || block.minItems > 0 || !isFlat) {
    throw new Error(`${owner}.${terraform}: the generator of the bindings does not support this kind of block yet`);
  }
  const property = propertyName(terraform);
  const name = `${owner}${pascalCase(terraform)}`;
  const [toTerraform, toHcl] = [`${functionName(name)}ToTerraform`, `${functionName(name)}ToHclTerraform`];
  const members = membersOf(name, attributes);
  const value = `${name} | cdktf.IResolvable`;
  const reference = `${name}OutputReference`;
  return {
    ...{ terraform, property, name, toTerraform, toHcl },
    configField: `  /** ${comment(block.description)} */\n  readonly ${property}?: ${name} | undefined;\n`,
    accessors: `
  private readonly _${property} = new ${reference}(this, ${quote(terraform)});
  /** ${comment(block.description)} */
  get ${property}(): ${reference} {
    return this._${property};
  }
  put${pascalCase(property)}(value: ${name}): void {
    this._${property}.internalValue = value;
  }
  reset${pascalCase(property)}(): void {
    this._${property}.internalValue = undefined;
  }
  get ${property}Input(): ${value} | undefined {
    return this._${property}.internalValue;
  }
`,
    declarations: `${objectType(name, "block", block.description, members)}/** The block {@link ${name}} of a resource, to be read and changed in place. */
export class ${reference} extends cdktf.ComplexObject {
  #value: ${value} | undefined;

  constructor(terraformResource: cdktf.IInterpolatingParent, terraformAttribute: string) {
    super(terraformResource, terraformAttribute, false);
  }

  get internalValue(): ${value} | undefined {
    return this.#value;
  }
  set internalValue(value: ${value} | undefined) {
    this.#value = value;
  }
  get #known(): ${name} {
    return this.#value === undefined || cdktf.Tokenization.isResolvable(this.#value) ? {} : this.#value;
  }
${members.map(structAccessors).join("")}}

`,
  };
}

function structAccessors({ terraform, property, attribute, type }: Member): string {
  return `
${documentation(terraform, attribute)}  get ${property}(): ${type.output} {
    return ${type.get};
  }
  set ${property}(value: ${type.input} | undefined) {
    this.#value = { ...this.#known, ${property}: value };
  }
  reset${pascalCase(property)}(): void {
    this.${property} = undefined;
  }
  get ${property}Input(): ${type.input} | undefined {
    return this.#known.${property};
  }
`;
}

/** The classes of a list of objects; of a settable one, the type of an object as well. */
function nestedObjects(owner: string, member: Member): string[] {
  const { terraform, attribute, type } = member;
  if (attribute.nested === undefined) return [];
  const name = `${owner}${pascalCase(terraform)}`;
  const members = membersOf(name, attribute.nested.fields.attributes);
  const reference = `${name}OutputReference`;
  const [object, value] = isSettable(member)
    ? [
        objectType(name, "object", `An element of \`${terraform}\` of {@link ${owner}}.`, members.filter(isSettable)),
        `  /** The assigned value. */\n  internalValue: ${type.input} | undefined;\n\n`,
      ]
    : ["", ""];
  return [
    `${object}/** An element of {@link ${name}List}. */
export class ${reference} extends cdktf.ComplexObject {
  constructor(
    terraformResource: cdktf.IInterpolatingParent,
    terraformAttribute: string,
    complexObjectIndex: number,
    complexObjectIsFromSet: boolean,
  ) {
    super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
  }
${members.map(isSettable(member) ? elementGetter : computedAccessor).join("")}}

/** The list \`${terraform}\` of {@link ${owner}}. */
export class ${name}List extends cdktf.ComplexList {
${value}  /** The object at this index. */
  get(index: number): ${reference} {
    return new ${reference}(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
  }
}

`,
  ];
}

const computedAccessor = (member: Member) => accessors(member, false);

/** The getter of an attribute of an element of a settable list: elements are set by assigning the list. */
function elementGetter({ terraform, property, attribute, type }: Member): string {
  const isMap = type.stored !== undefined;
  return `
${documentation(terraform, attribute)}  get ${property}(): ${type.output} {
    return ${isMap ? `new ${type.stored}(this, ${quote(terraform)})` : type.get};
  }
`;
}

function hclEntry(
  terraform: string,
  value: string,
  { hclType, storageClass }: { readonly hclType: string; readonly storageClass: string },
): string {
  const isBlock = hclType === "struct";
  return `      ${terraform}: { value: ${value}, isBlock: ${isBlock}, type: ${quote(hclType)}, storageClassType: ${quote(storageClass)} },\n`;
}

function documentation(terraform: string, { description, deprecated, writeOnly }: Attribute): string {
  const lines = [
    description === "" ? `The attribute \`${terraform}\`.` : comment(description),
    ...(writeOnly ? ["Write-only: sent to the provider, and not stored; reading it gives null."] : []),
    ...(deprecated === undefined ? [] : [`@deprecated ${comment(deprecated)}`]),
  ];
  return lines.length === 1
    ? `  /** ${lines[0]} */\n`
    : `  /**\n${lines.map((line) => `   * ${line}\n`).join("")}   */\n`;
}

/** Text that can't end the comment it is in. */
function comment(text: string): string {
  return text.replaceAll("*/", "*\\/").replaceAll("\n", " ");
}

function quote(text: string): string {
  return JSON.stringify(text);
}

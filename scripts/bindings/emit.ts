// Writes one file of bindings, in the shape that CDKTF's own generator gives them: what is known from any other provider's
// bindings holds for these.
import { pascalCase, propertyName } from "./names";
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

/** Every provider has it, and no schema. */
const ALIAS: Attribute = {
  ...{ type: { kind: "string" }, nested: undefined, required: false, optional: true, computed: false },
  ...{ sensitive: false, writeOnly: false, nonNull: false, unknownOnUpdate: false, default: undefined },
  ...{
    requiresReplace: false,
    nullElements: false,
    equivalent: undefined,
    meansUnset: undefined,
    checks: [],
    deprecated: undefined,
  },
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
  const nested = members.flatMap(({ terraform, attribute }) => readOnlyList(name, terraform, attribute));
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
${settable.map(({ property }) => `    this._${property} = config.${property};\n`).join("")}${structs.map((each) => `    this._${each.property}.internalValue = config.${each.property};\n`).join("")}  }
${members.map((member) => accessors(member, isProvider)).join("")}${structs.map((each) => each.accessors).join("")}
  protected override synthesizeAttributes(): Record<string, unknown> {
    return {
${settable.map(({ terraform, property, type: { toTerraform } }) => `      ${terraform}: ${toTerraform}(this._${property}),\n`).join("")}${structs.map((each) => `      ${each.terraform}: ${each.toTerraform}(this._${each.property}.internalValue),\n`).join("")}    };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    const attributes = {
${settable.map((member) => hclEntry(member.terraform, `${member.type.toHcl}(this._${member.property})`, member.type)).join("")}${structs.map((each) => hclEntry(each.terraform, `${each.toHcl}(this._${each.property}.internalValue)`, { hclType: "struct", storageClass: each.name })).join("")}    };
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

function configField({ terraform, property, attribute, type }: Member): string {
  return `${documentation(terraform, attribute)}  readonly ${property}${attribute.required ? "" : "?"}: ${type.input}${attribute.required ? "" : " | undefined"};\n`;
}

/** The getters, setters and `reset…` of one attribute. A provider's arguments (`plain`) can't be read back from Terraform. */
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

function importer({ name, type }: Element): string {
  return `
  /** Has \`cdktf plan\` write the configuration of a ${name} that exists already. */
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

/** A single block, such as `timeouts`: an interface, two functions and a class that holds it. */
function struct(owner: string, terraform: string, block: Block): Struct {
  if (block.nesting !== "single" || block.minItems > 0 || Object.keys(block.fields.blocks).length > 0) {
    throw new Error(`${owner}.${terraform}: the bindings' generator does not know this kind of block yet`);
  }
  const property = propertyName(terraform);
  const name = `${owner}${pascalCase(terraform)}`;
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  const [toTerraform, toHcl] = [`${lower}ToTerraform`, `${lower}ToHclTerraform`];
  const members = membersOf(name, block.fields.attributes);
  const value = `${name} | cdktf.IResolvable`;
  const reference = `${name}OutputReference`;
  const guard = `  if (struct === undefined || cdktf.Tokenization.isResolvable(struct)) return struct;\n`;
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
    declarations: `/** ${comment(block.description)} */
export interface ${name} {
${members.map(configField).join("")}}

/** The block {@link ${name}} in Terraform JSON. Called by CDKTF. */
export function ${toTerraform}(struct?: ${value}): unknown {
${guard}  return {
${members.map((each) => `    ${each.terraform}: ${each.type.toTerraform}(struct.${each.property}),\n`).join("")}  };
}

/** The block {@link ${name}} in HCL. Called by CDKTF. */
export function ${toHcl}(struct?: ${value}): unknown {
${guard}  const attributes = {
${members.map((each) => hclEntry(each.terraform, `${each.type.toHcl}(struct.${each.property})`, each.type)).join("")}  };
  return Object.fromEntries(Object.entries(attributes).filter(([, { value }]) => value !== undefined));
}

/** The block {@link ${name}} of a resource, to be read and changed in place. */
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

/** The classes with which a computed list of objects is read. */
function readOnlyList(owner: string, terraform: string, { nested }: Attribute): string[] {
  if (nested === undefined) return [];
  const name = `${owner}${pascalCase(terraform)}`;
  const members = membersOf(name, nested.fields.attributes);
  const reference = `${name}OutputReference`;
  return [
    `/** An element of {@link ${name}List}. */
export class ${reference} extends cdktf.ComplexObject {
  constructor(
    terraformResource: cdktf.IInterpolatingParent,
    terraformAttribute: string,
    complexObjectIndex: number,
    complexObjectIsFromSet: boolean,
  ) {
    super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
  }
${members.map((member) => accessors(member, false)).join("")}}

/** The list \`${terraform}\` of {@link ${owner}}. */
export class ${name}List extends cdktf.ComplexList {
  /** The object at this place. */
  get(index: number): ${reference} {
    return new ${reference}(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
  }
}

`,
  ];
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
    ...(writeOnly ? ["Write-only: goes to the provider and nowhere else; reading it gives null."] : []),
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

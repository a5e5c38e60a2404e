import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App, type TerraformElement, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { ironic, version } from "cdktf-ironic-oci";
import { bindings } from "../../scripts/bindings";
import { ironicProvider } from "../../src/provider";
import type { Schema } from "../../src/tfplugin";

type Attribute = Schema["attributes"][string];
type Config = Record<string, unknown>;
/** A class of the bindings, as little as the tests know of it. */
type Class = new (scope: TerraformStack, id: string, config: Config) => TerraformElement & Record<string, unknown>;

const { options } = ironicProvider({});
const { resources = {}, dataSources = {} } = options;

interface Case {
  readonly name: keyof typeof ironic;
  readonly type: string;
  readonly section: "resource" | "data" | "provider";
  readonly schema: Schema;
}

const CASES: readonly Case[] = [
  { name: "IronicProvider", type: "ironic", section: "provider", schema: options.schema },
  ...entries("resource", resources, {
    ironic_node_v1: "NodeV1",
    ironic_port_group_v1: "PortGroupV1",
    ironic_port_v1: "PortV1",
    ironic_allocation_v1: "AllocationV1",
    ironic_deployment: "Deployment",
    ironic_deploy_template_v1: "DeployTemplateV1",
    ironic_runbook_v1: "RunbookV1",
    ironic_inspection_rule_v1: "InspectionRuleV1",
    ironic_volume_connector_v1: "VolumeConnectorV1",
    ironic_volume_target_v1: "VolumeTargetV1",
    ironic_node_cleaning_v1: "NodeCleaningV1",
    ironic_node_servicing_v1: "NodeServicingV1",
  }),
  ...entries("data", dataSources, {
    ironic_introspection: "DataIronicIntrospection",
    ironic_node: "DataIronicNode",
    ironic_node_bios: "DataIronicNodeBios",
    ironic_node_firmware: "DataIronicNodeFirmware",
    ironic_node_history: "DataIronicNodeHistory",
    ironic_node_inventory: "DataIronicNodeInventory",
    ironic_nodes: "DataIronicNodes",
    ironic_oci_image: "DataIronicOciImage",
  }),
];

function entries(
  section: "resource" | "data",
  all: Readonly<Record<string, { readonly schema: Schema }>>,
  names: Readonly<Record<string, keyof typeof ironic>>,
): Case[] {
  return Object.entries(all).map(([type, { schema }]) => {
    const name = names[type];
    if (name === undefined) throw new Error(`${type} is not in this test's table`);
    return { name, type, section, schema };
  });
}

/** CDKTF's rule, written once more: a test that takes the generator's own can't find it wrong. */
function property(attribute: string): string {
  if (attribute === "node") return "nodeAttribute";
  const [first = "", ...rest] = attribute.split("_");
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

/** A value for an attribute's type, which no other attribute has. */
function sample({ type }: Attribute, seed: string): unknown {
  switch (type.kind) {
    case "string":
      return `a ${seed}`;
    case "number":
      return seed.length;
    case "bool":
      return true;
    case "dynamic":
      if (type.list) return [{ op: `a ${seed}`, args: { n: 1, list: [true] } }, { op: "other" }];
      return { some_key: [`a ${seed}`, { number: 1, flag: false }], other: "text" };
    case "map":
      return { some_key: `a ${seed}` };
    case "list":
    case "set":
      return type.element.kind === "map" ? [{ some_key: `a ${seed}` }] : [`a ${seed}`, "another"];
    default:
      throw new Error(`no sample for ${type.kind}`);
  }
}

const settable = (schema: Schema) =>
  Object.entries(schema.attributes).filter(([, { required, optional }]) => required || optional);

/** Only what has to be there. */
const least = (schema: Schema): Config =>
  Object.fromEntries(
    settable(schema)
      .filter(([, { required }]) => required)
      .map(([name, attribute]) => [property(name), sample(attribute, name)]),
  );

const everything = (schema: Schema): Config =>
  Object.fromEntries(settable(schema).map(([name, attribute]) => [property(name), sample(attribute, name)]));

function stackWith(build: (stack: TerraformStack) => void): TerraformStack {
  const stack = new TerraformStack(new App({ outdir: Testing.app().outdir }), "stack");
  build(stack);
  return stack;
}

/** The arguments of the only thing in a stack, by their names in Terraform. */
function argumentsOf({ section, type }: Case, stack: TerraformStack): Record<string, unknown> {
  const json = JSON.parse(Testing.synth(stack)) as Record<string, Record<string, Record<string, Config>>>;
  const found = json[section]?.[type]?.[section === "provider" ? 0 : "thing"];
  const { "//": _metadata, ...rest } = found ?? {};
  return rest;
}

/** An expression as a template. */
const ref = (expression: string) => `\${${expression}}`;

const make = ({ name }: Case, stack: TerraformStack, config: Config) =>
  new (ironic[name] as unknown as Class)(stack, "thing", config);

test("the files are those that the generator writes now, and every time", () => {
  const folder = join(__dirname, "../../constructs/bindings/generated");
  const files = bindings(ironicProvider({}));
  expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  expect([...bindings(ironicProvider({}))]).toEqual([...files]);
});

describe.each(CASES)("$name", (each) => {
  const { schema, section, type } = each;

  test("every argument lands under its name in Terraform", () => {
    const expected = settable(schema).map(([name, attribute]) => [name, sample(attribute, name)]);
    const stack = stackWith((stack) => void make(each, stack, everything(schema)));
    expect(argumentsOf(each, stack)).toEqual(Object.fromEntries(expected));
  });

  test("and in HCL", () => {
    const stack = stackWith((stack) => void make(each, stack, everything(schema)));
    const hcl = Testing.synthHcl(stack);
    for (const [name, { type }] of settable(schema)) {
      if (type.kind !== "string") expect(hcl).toMatch(new RegExp(`\\b${name}\\s*=`));
      else expect(hcl).toContain(`"a ${name}"`);
    }
  });

  test("what is not given is not there", () => {
    const stack = stackWith((stack) => void make(each, stack, least(schema)));
    expect(Object.keys(argumentsOf(each, stack)).sort()).toEqual(
      settable(schema)
        .filter(([, { required }]) => required)
        .map(([name]) => name)
        .sort(),
    );
  });

  test("every argument can be set afterwards, read back and reset", () => {
    const stack = stackWith((stack) => {
      const thing = make(each, stack, least(schema));
      for (const [name, attribute] of settable(schema)) {
        const value = sample(attribute, `later ${name}`);
        thing[property(name)] = value;
        expect(thing[`${property(name)}Input`]).toEqual(value);
      }
    });
    for (const [name, attribute] of settable(schema)) {
      expect(argumentsOf(each, stack)).toHaveProperty(name, sample(attribute, `later ${name}`));
    }
    const thing = stack.node.findChild("thing") as TerraformElement & Record<string, unknown>;
    for (const [name, { required }] of settable(schema)) {
      const reset = thing[`reset${property(name).replace(/^./, (letter) => letter.toUpperCase())}`];
      if (required) expect(reset).toBeUndefined();
      else (reset as () => void).call(thing);
    }
    expect(Object.keys(argumentsOf(each, stack)).sort()).toEqual(
      settable(schema)
        .filter(([, { required }]) => required)
        .map(([name]) => name)
        .sort(),
    );
  });

  if (section !== "provider") {
    test("every attribute can be referred to", () => {
      const names = Object.keys(schema.attributes);
      const stack = stackWith((stack) => {
        const thing = make(each, stack, least(schema));
        for (const name of names) new TerraformOutput(stack, name, { value: thing[property(name)] });
      });
      const { output } = JSON.parse(Testing.synth(stack)) as { output: Record<string, { value: unknown }> };
      const address = `${section === "data" ? "data." : ""}${type}.thing`;
      for (const name of names) {
        const reference = `${address}.${name}`;
        const isSet = schema.attributes[name]?.type.kind === "set";
        expect([name, output[name]?.value]).toEqual([name, ref(isSet ? `tolist(${reference})` : reference)]);
      }
    });
  }

  test("strings may be tokens: those that are sensitive or write-only have to be", () => {
    const stack = stackWith((stack) => {
      const secret = new TerraformVariable(stack, "secret", { sensitive: true }).stringValue;
      const config = settable(schema).flatMap(([name, { type }]) =>
        type.kind === "string"
          ? [[property(name), secret]]
          : type.kind === "map"
            ? [[property(name), { s: secret }]]
            : [],
      );
      make(each, stack, { ...least(schema), ...Object.fromEntries(config) });
    });
    const given = argumentsOf(each, stack);
    for (const [name, { type }] of settable(schema)) {
      if (type.kind === "string") expect(given).toHaveProperty(name, ref("var.secret"));
      if (type.kind === "map") expect(given).toHaveProperty(name, { s: ref("var.secret") });
    }
  });
});

test.each(CASES.filter(({ schema }) => schema.blocks.timeouts))("timeouts of $name", (each) => {
  const timeouts = { create: "1h", update: "2h", delete: "3h" };
  const stack = stackWith((stack) => {
    const thing = make(each, stack, { ...least(each.schema), timeouts });
    new TerraformOutput(stack, "create", { value: (thing.timeouts as ironic.NodeV1TimeoutsOutputReference).create });
  });
  expect(argumentsOf(each, stack)).toHaveProperty("timeouts", timeouts);
  expect(Testing.synth(stack)).toContain(ref(`${each.type}.thing.timeouts.create`));
  expect(Testing.synthHcl(stack)).toMatch(/timeouts \{\s+create\s+= "1h"/);

  const thing = stack.node.findChild("thing") as unknown as ironic.NodeV1;
  thing.timeouts.update = "5h";
  thing.timeouts.resetDelete();
  expect(thing.timeouts.updateInput).toBe("5h");
  expect(argumentsOf(each, stack)).toHaveProperty("timeouts", { create: "1h", update: "5h" });
  thing.putTimeouts({ delete: "9h" });
  expect(thing.timeoutsInput).toEqual({ delete: "9h" });
  expect(argumentsOf(each, stack)).toHaveProperty("timeouts", { delete: "9h" });
  thing.resetTimeouts();
  expect(argumentsOf(each, stack)).not.toHaveProperty("timeouts");
});

test("what a computed list of objects holds can be referred to", () => {
  const stack = stackWith((stack) => {
    const image = new ironic.DataIronicOciImage(stack, "thing", { source: "oci://h/p:t" });
    new TerraformOutput(stack, "reason", { value: image.considered.get(1).reason });
    const found = new ironic.DataIronicIntrospection(stack, "found", { uuid: "node-0" });
    new TerraformOutput(stack, "mac", { value: found.interfaces.get(0).lookup("mac") });
  });
  const { output } = JSON.parse(Testing.synth(stack)) as { output: Record<string, { value: unknown }> };
  expect(output.reason?.value).toBe(ref("data.ironic_oci_image.thing.considered[1].reason"));
  expect(output.mac?.value).toBe(ref('data.ironic_introspection.found.interfaces[0]["mac"]'));
});

test("Terraform's own arguments, an aliased provider and an import", () => {
  const stack = stackWith((stack) => {
    const other = new ironic.IronicProvider(stack, "other", { alias: "other", url: "http://other.example" });
    const node = new ironic.NodeV1(stack, "node", {
      driver: "redfish",
      provider: other,
      lifecycle: { preventDestroy: true },
    });
    new ironic.PortV1(stack, "port", { nodeUuid: node.id, address: "52:54:00:aa:bb:01", dependsOn: [node] });
    ironic.NodeV1.generateConfigForImport(stack, "old", "node-7", other);
  });
  const json = JSON.parse(Testing.synth(stack)) as Record<string, never> & {
    resource: Record<string, Record<string, unknown>>;
  };
  expect(json.provider).toEqual({ ironic: [{ alias: "other", url: "http://other.example" }] });
  expect(json.terraform).toMatchObject({
    required_providers: { ironic: { source: "cdktf-ironic-oci/ironic", version } },
  });
  expect(json.resource.ironic_node_v1?.node).toMatchObject({
    provider: "ironic.other",
    lifecycle: { prevent_destroy: true },
  });
  expect(json.resource.ironic_port_v1?.port).toMatchObject({
    node_uuid: ref("ironic_node_v1.node.id"),
    depends_on: ["ironic_node_v1.node"],
  });
  expect(json.import).toEqual([{ provider: "ironic.other", id: "node-7", to: "ironic_node_v1.old" }]);
});

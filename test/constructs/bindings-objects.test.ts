import { transformSync } from "@swc/core";
import { App, type ComplexList, type TerraformElement, TerraformOutput, TerraformStack, Testing, Token } from "cdktf";
import { bindings } from "../../scripts/bindings";
import { computed, nested, optional, type Provider, pluginFor, required, schema, t } from "../../src/tfplugin";

// Lists of objects that a user sets: no resource of the provider has one yet, so a toy provider has.
const step = {
  interface: required(t.string, { description: "Interface of the step." }),
  priority: optional(t.integer),
  args: optional(t.map(t.string)),
  needs: optional(t.list(t.string)),
  duration: computed(t.number),
};

function toy(more: Parameters<typeof schema>[0]["attributes"] = {}): Provider {
  const { provider, resource } = pluginFor<undefined>();
  const template = schema({
    description: "A template.",
    attributes: {
      id: computed(t.string),
      steps: required(nested.list(step), { description: "Steps of the template." }),
      tags: optional(nested.set({ name: required(t.string) })),
      ...more,
    },
  });
  const fail = () => {
    throw new Error("not called");
  };
  return provider({
    address: "registry.terraform.io/example/toy",
    schema: schema({}),
    configure: () => undefined,
    resources: { toy_template: resource(template, { create: fail, read: fail, delete: fail }) },
  });
}

type Template = TerraformElement & {
  readonly steps: ComplexList & { get(index: number): Readonly<Record<string, unknown>> };
  readonly tags: ComplexList;
  putSteps(value: unknown): void;
  putTags(value: unknown): void;
  resetTags(): void;
  readonly stepsInput: unknown;
  readonly tagsInput: unknown;
};

/** An expression as a template. */
const ref = (expression: string) => `\${${expression}}`;

/** The generated class, compiled and loaded. */
function load(): new (scope: TerraformStack, id: string, config: object) => Template {
  const text = bindings(toy()).get("template.ts") ?? "";
  const { code } = transformSync(text, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  const modules: Readonly<Record<string, unknown>> = {
    cdktf: require("cdktf"),
    "../../../src/version": { version: "1.0.0" },
    "../meta-arguments": require("../../constructs/bindings/meta-arguments"),
  };
  const module = { exports: {} as Record<string, unknown> };
  new Function("module", "exports", "require", code)(module, module.exports, (name: string) => modules[name]);
  return module.exports.Template as ReturnType<typeof load>;
}

const Template = load();

function synthesized(build: (stack: TerraformStack) => void) {
  const stack = new TerraformStack(new App({ outdir: Testing.app().outdir }), "stack");
  build(stack);
  const json = JSON.parse(Testing.synth(stack)) as {
    readonly resource: { readonly toy_template: { readonly it: Record<string, unknown> } };
    readonly output?: Readonly<Record<string, { readonly value: unknown }>>;
  };
  const { "//": _, ...args } = json.resource.toy_template.it;
  return { args, output: json.output ?? {}, hcl: Testing.synthHcl(stack) };
}

const STEPS = [
  { interface: "raid", priority: 10, args: { level: "1" } },
  { interface: "bios", needs: ["raid"] },
];

test("a list of objects lands in Terraform, by the names of Terraform", () => {
  const { args, hcl } = synthesized((stack) => new Template(stack, "it", { steps: STEPS, tags: [{ name: "a" }] }));
  expect(args).toEqual({ steps: STEPS, tags: [{ name: "a" }] });
  expect(hcl).toMatch(/steps = \[\s*\{\s*interface = "raid"\s*priority = 10\s*args = \{\s*level\s*= "1"\s*\}\s*\},/);
  expect(hcl).toMatch(/needs = \[\s*"raid"\s*\]/);
});

test("it can be set later, read back and reset; one that is not given is not there", () => {
  const { args } = synthesized((stack) => {
    const template = new Template(stack, "it", { steps: [] });
    expect([template.stepsInput, template.tagsInput]).toEqual([[], undefined]);
    template.putSteps(STEPS);
    expect(template.stepsInput).toEqual(STEPS);
    template.putTags([{ name: "a" }]);
    template.resetTags();
  });
  expect(args).toEqual({ steps: STEPS });
  // What is required can't be reset.
  expect(Template.prototype).not.toHaveProperty("resetSteps");
});

test("an expression may take the place of a list, and of a member", () => {
  const list = Token.asAny(ref("var.steps"));
  expect(synthesized((stack) => new Template(stack, "it", { steps: list })).args).toEqual({ steps: ref("var.steps") });
  const member = [{ interface: Token.asString(ref("var.name")) }];
  expect(synthesized((stack) => new Template(stack, "it", { steps: member })).args).toEqual({
    steps: [{ interface: ref("var.name") }],
  });
});

test("elements can be referred to", () => {
  const { output } = synthesized((stack) => {
    const template = new Template(stack, "it", { steps: STEPS });
    new TerraformOutput(stack, "interface", { value: template.steps.get(1).interface });
    new TerraformOutput(stack, "duration", { value: template.steps.get(0).duration });
    new TerraformOutput(stack, "tags", { value: template.tags });
  });
  expect(output.interface?.value).toBe(ref("toy_template.it.steps[1].interface"));
  expect(output.duration?.value).toBe(ref("toy_template.it.steps[0].duration"));
  expect(output.tags?.value).toBe(ref("tolist(toy_template.it.tags)"));
});

test.each([
  ["a map of objects", { deep: optional(nested.map(step)) }],
  ["a list in a list", { deep: optional(nested.list({ inner: optional(nested.list(step)) })) }],
])("%s is an error of the generator", (_, attributes) => {
  expect(() => bindings(toy(attributes))).toThrow(/^Template.*does not support this type yet/);
});

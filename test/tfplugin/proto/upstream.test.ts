import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Method, Nesting, Provider, Severity, StringKind } from "../../../src/tfplugin/proto/tfplugin6";
import type { Descriptor, FieldDescriptor } from "../../../src/tfplugin/proto/wire";

// The declarations of src/tfplugin/proto/tfplugin6.ts beside the protocol's own .proto file, whose facts are in the fixture.
interface Facts {
  readonly calls: Readonly<Record<string, readonly [request: string, response: string]>>;
  /** Message → field → number, label if any, type. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const fixture = join(__dirname, "..", "..", "fixtures", "tfplugin6.json");
const facts = JSON.parse(readFileSync(fixture, "utf8")) as Facts;

/** `type_name` → `typeName`; a field named `Error` is `error`. */
const camelCase = (name: string) =>
  name
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase());

/** The differences of a declared message from the protocol's, and the fields that it leaves out, by the protocol's names. */
function compare(name: string, declared: Descriptor, seen: Map<string, readonly string[]>): string[] {
  if (seen.has(name)) return [];
  const upstream = facts.messages[name];
  if (upstream === undefined) return [`${name}: no such message`];
  const known = new Map(Object.entries(upstream).map(([field, fact]) => [camelCase(field), { field, fact }]));
  const leftOut = [...known].filter(([field]) => !Object.hasOwn(declared.fields, field)).map(([, { field }]) => field);
  seen.set(name, leftOut);
  return Object.entries(declared.fields).flatMap(([field, { number, label, type }]) => {
    const fact = known.get(field)?.fact;
    if (fact === undefined) return [`${name}.${field}: no such field`];
    const [, factNumber = "", factLabel = "", factType = ""] =
      /^(\d+) (?:(optional|repeated|map) )?(.*)$/.exec(fact) ?? [];
    const is = typeof type === "string" ? type : "message";
    const ours = `${number} ${label} ${is}`;
    const theirs = `${factNumber} ${factLabel} ${kindOf(factType)}`;
    if (ours !== theirs) return [`${name}.${field}: ${ours}, and upstream ${theirs}`];
    return typeof type === "string" ? [] : compare(factType, type, seen);
  });
}

function kindOf(type: string): FieldDescriptor["type"] | "message" {
  if (type === "bool" || type === "string" || type === "bytes") return type;
  return type === "int64" || type === "int32" || type.startsWith("enum ") ? "int" : "message";
}

const seen = new Map<string, readonly string[]>();
const differences = (Object.keys(Provider) as Method[]).map((method): [Method, string[]] => {
  const [request = "", response = ""] = facts.calls[method] ?? [];
  const { request: sent, response: received } = Provider[method];
  return [method, [...compare(request, sent, seen), ...compare(response, received, seen)]];
});

test.each(differences)("%s has the protocol's messages, fields, numbers and types", (_method, found) => {
  expect(found).toEqual([]);
});

test("the comparison finds what is wrong", () => {
  const declared = (fields: Descriptor["fields"]) => compare("RawState", { fields }, new Map());
  expect(declared({ json: { number: 1, label: "", type: "bytes" } })).toEqual([]);
  expect(declared({ json: { number: 2, label: "", type: "bytes" } })).toHaveLength(1);
  expect(declared({ json: { number: 1, label: "repeated", type: "bytes" } })).toHaveLength(1);
  expect(declared({ json: { number: 1, label: "", type: "string" } })).toHaveLength(1);
  expect(declared({ yaml: { number: 1, label: "", type: "bytes" } })).toEqual(["RawState.yaml: no such field"]);
});

test("the enumerations have the protocol's numbers", () => {
  const lower = (values: Readonly<Record<string, number>> = {}) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([name]) => name !== "INVALID")
        .map(([name, number]) => [name.toLowerCase(), number]),
    );
  expect(Severity).toEqual(lower(facts.enums["Diagnostic.Severity"]));
  expect(StringKind).toEqual(lower(facts.enums.StringKind));
  expect(Nesting).toEqual(lower(facts.enums["Schema.NestedBlock.NestingMode"]));
  expect(Nesting).toMatchObject(lower(facts.enums["Schema.Object.NestingMode"]));
});

// Each line is a decision: a call or field that an update of the fixture adds here is one to look at.
test("the calls that are not served", () => {
  expect(Object.keys(facts.calls).filter((name) => !Object.hasOwn(Provider, name))).toEqual([
    "GenerateResourceConfig",
    "ValidateEphemeralResourceConfig",
    "OpenEphemeralResource",
    "RenewEphemeralResource",
    "CloseEphemeralResource",
    "ListResource",
    "ValidateListResourceConfig",
    "ValidateStateStoreConfig",
    "ConfigureStateStore",
    "ReadStateBytes",
    "WriteStateBytes",
    "LockState",
    "UnlockState",
    "GetStates",
    "DeleteState",
    "PlanAction",
    "InvokeAction",
    "ValidateActionConfig",
  ]);
});

test("the fields that are left out", () => {
  expect(Object.fromEntries([...seen].filter(([, fields]) => fields.length > 0))).toEqual({
    Function: ["variadic_parameter", "deprecation_message"],
    "ApplyResourceChange.Request": ["provider_meta", "planned_identity"],
    "ApplyResourceChange.Response": ["legacy_type_system"],
    "ConfigureProvider.Request": ["client_capabilities"],
    "GetMetadata.Response": ["ephemeral_resources", "list_resources", "state_stores", "actions"],
    "GetProviderSchema.Response": [
      "provider_meta",
      "ephemeral_resource_schemas",
      "list_resource_schemas",
      "state_store_schemas",
      "action_schemas",
    ],
    "ImportResourceState.Request": ["client_capabilities"],
    "ImportResourceState.Response": ["deferred"],
    "MoveResourceState.Request": ["source_identity", "source_identity_schema_version"],
    "MoveResourceState.Response": ["target_identity"],
    "PlanResourceChange.Request": ["provider_meta", "client_capabilities", "prior_identity"],
    "PlanResourceChange.Response": ["legacy_type_system", "deferred"],
    RawState: ["flatmap"],
    "ReadDataSource.Request": ["provider_meta", "client_capabilities"],
    "ReadDataSource.Response": ["deferred"],
    "ReadResource.Request": ["provider_meta", "client_capabilities", "current_identity"],
    "ReadResource.Response": ["deferred"],
    "Schema.Block": ["version"],
    "Schema.Object": ["min_items", "max_items"],
    ServerCapabilities: ["generate_resource_config"],
  });
});

import {
  type ExactNumber,
  parameter,
  providerFunction,
  SchemaError,
  type TfValue,
  t,
  Unknown,
} from "../../src/tfplugin";
import { type CtyType, typeFromJson } from "../../src/tfplugin/cty";
import { callFunction } from "../support/plugin/call-function";
import { toyProvider } from "../support/toy-provider";
import { ToyRig } from "../support/toy-rig";

// Functions over gRPC, of a provider that is not configured.
let rig: ToyRig;
beforeAll(async () => {
  rig = await ToyRig.start({ configured: false });
});
afterAll(() => rig.stop());

const THING: CtyType = {
  kind: "object",
  attributes: { name: { kind: "string" }, sizes: { kind: "list", element: { kind: "number" } } },
};
const STRING: CtyType = { kind: "string" };

const call = (name: string, args: readonly TfValue[], types?: readonly CtyType[]) =>
  callFunction(rig.client, toyProvider(), name, args, types);
const joined = (left: TfValue, right: TfValue) => call("join", [left, right]);
const described = (misbehave: string, sizes: TfValue = [1.5, 2]) => call("describe", [{ name: "a", sizes }, misbehave]);

test("the declarations are in the schema, and in GetFunctions", async () => {
  const { functions } = await rig.client.call("GetFunctions", {});
  expect((await rig.client.call("GetProviderSchema", {})).functions).toEqual(functions);
  expect(Object.keys(functions)).toEqual(["join", "describe"]);
  const { parameters, return: returned, ...documentation } = functions.join ?? { parameters: [], return: undefined };
  expect(documentation).toEqual({
    summary: "Joins two words",
    description: "Joins two words with a dash. The words may be unknown.",
    descriptionKind: 1,
  });
  expect(parameters).toMatchObject([
    { name: "left", description: "The first word.", allowNullValue: false, allowUnknownValues: true },
    { name: "right", description: "The second word.", allowNullValue: true, allowUnknownValues: true },
  ]);
  const type = (bytes: Uint8Array | undefined) => typeFromJson(JSON.parse(Buffer.from(bytes ?? []).toString()));
  expect(type(returned?.type)).toEqual(STRING);
  expect(functions.describe?.parameters.map((each) => type(each.type))).toEqual([THING, STRING]);
  expect(functions.describe?.parameters[0]).toMatchObject({ allowNullValue: false, allowUnknownValues: false });
});

test("a result follows from the arguments", async () => {
  expect(await joined("a", "b")).toEqual({ result: "a-b" });
  expect(await described("")).toEqual({ result: { name: "a", count: 2, first: 1.5, thing: null } });
  expect(await described("", null)).toEqual({ result: { name: "a", count: 0, first: null, thing: null } });
});

test("an argument is null or unknown where its parameter allows it", async () => {
  expect(await joined("a", null)).toEqual({ result: "a" });
  expect(await joined("a", new Unknown())).toEqual({ unknown: { isNull: false, prefix: "a-" } });
  expect(await joined(new Unknown(), "b")).toEqual({ unknown: { isNull: false } });
});

describe("an error", () => {
  test("of the function reaches the user, at the argument that it names", async () => {
    expect(await described("refuse")).toEqual({ text: "no thing is described: It is private" });
    expect(await described("refuse-second")).toEqual({ text: "this is misbehaviour", functionArgument: 1 });
  });

  test("of a parameter's check is at its argument, the first one too", async () => {
    expect(await joined("longer", "b")).toEqual({
      text: "must have a length from 1 to 5, and has 6",
      functionArgument: 0,
    });
  });

  test("that the provider explains is explained", async () => {
    expect(await described("explain")).toEqual({ text: "The service refused: the thing is unknown" });
  });

  test("of any other kind is a fault, and the next call works", async () => {
    expect(await described("throw")).toEqual({
      text: expect.stringMatching(
        /^Fault in the provider: The provider failed to call the function describe.*TypeError: a bug/s,
      ),
    });
    expect(rig.logs).toContain("a bug");
    expect(await described("")).toHaveProperty("result");
  });

  test("in the result is the provider's, also where the result has a member named like a parameter", async () => {
    expect(await described("alien")).toEqual({
      text: expect.stringMatching(
        /the provider returned an invalid value: thing: a string is required, found a number/,
      ),
    });
  });

  test("in the encoding of an argument is at that argument", async () => {
    expect(await call("describe", [1, ""], [{ kind: "number" }, STRING])).toMatchObject({ functionArgument: 0 });
    expect(await call("join", ["a", true], [STRING, { kind: "bool" }])).toMatchObject({
      text: "string expected, found bool",
      functionArgument: 1,
    });
  });

  test("in the number of arguments, or of a function that does not exist, has no argument", async () => {
    expect(await call("join", ["a"])).toEqual({ text: "takes 2 arguments, and got 1" });
    expect(await call("toString", [])).toEqual({ text: "Unknown function: This provider has no function toString" });
  });

  test("holds no secret of the provider's configuration", async () => {
    await rig.configure({ password: "a-provider-password" });
    expect(await call("a-provider-password", [])).toEqual({
      text: "Unknown function: This provider has no function (sensitive value)",
    });
  });
});

test("a parameter's name is a name, and is there once", () => {
  const named = (name: string) => parameter(name, t.string, { description: "" });
  const declare = (...names: string[]) =>
    providerFunction({ summary: "", description: "", parameters: names.map(named), returns: t.string, call: () => "" });
  expect(declare("a", "b").parameters).toHaveLength(2);
  expect(() => declare("a", "a")).toThrow(SchemaError);
  expect(() => declare("not a name")).toThrow(SchemaError);
});

test("the compiler knows the types of arguments and result", () => {
  const description = "";
  providerFunction({
    summary: "",
    description,
    parameters: [
      parameter("known", t.integer, { description }),
      parameter("any", t.list(t.string), { description, allowUnknown: true }),
      parameter("number", t.number, { description, allowNull: true }),
    ],
    returns: t.string,
    call(known, any, number) {
      const first: number = known;
      const second: readonly (string | Unknown)[] | Unknown = any;
      const third: number | ExactNumber | null = number;
      // @ts-expect-error it may be null
      const wrong: number | ExactNumber = number;
      return [first, second, third, wrong].join();
    },
  });
  providerFunction({
    summary: "",
    description,
    parameters: [parameter("known", t.string, { description })],
    returns: t.string,
    // @ts-expect-error without an unknown argument, the result is known
    call: (known) => (known === "" ? new Unknown() : known),
  });
  expect.assertions(0);
});

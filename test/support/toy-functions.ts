// The functions of the toy provider: one of everything that a function can do.
import { isUnknown, lengthBetween, ProviderError, parameter, providerFunction, t, Unknown } from "../../src/tfplugin";
import { ToyServiceError } from "./toy-service-error";

export const join = providerFunction({
  summary: "Joins two words",
  description: "Joins two words with a dash. The words may be unknown.",
  parameters: [
    parameter("left", t.string, { description: "The first word.", allowUnknown: true, validate: lengthBetween(1, 5) }),
    parameter("right", t.string, { description: "The second word.", allowUnknown: true, allowNull: true }),
  ],
  returns: t.string,
  call(left, right) {
    if (isUnknown(left)) return new Unknown({ isNull: false });
    if (isUnknown(right)) return new Unknown({ isNull: false, prefix: `${left}-` });
    return right === null ? left : `${left}-${right}`;
  },
});

export const describe = providerFunction({
  summary: "Describes a thing",
  description: "Describes a thing by its name and its sizes.",
  parameters: [
    parameter("thing", t.object({ name: t.string, sizes: t.list(t.number) }), { description: "The thing." }),
    parameter("misbehave", t.string, { description: "refuse, refuse-second, explain, throw, alien" }),
  ],
  returns: t.object({ name: t.string, count: t.integer, first: t.number, thing: t.string }),
  call({ name, sizes }, misbehave) {
    const result = { name, count: sizes?.length ?? 0, first: sizes?.[0] ?? null, thing: null };
    switch (misbehave) {
      case "refuse":
        throw new ProviderError("no thing is described", { detail: "It is private." });
      case "refuse-second":
        throw new ProviderError("this is misbehaviour", { path: ["misbehave"] });
      case "explain":
        throw new ToyServiceError("the thing is unknown");
      case "throw":
        throw new TypeError("a bug");
      case "alien":
        return { ...result, thing: 1 } as unknown as typeof result; // the compiler would not let it pass
    }
    return result;
  },
});

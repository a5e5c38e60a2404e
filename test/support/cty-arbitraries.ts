import fc from "fast-check";
import {
  type CtyType,
  Dynamic,
  dynamic,
  type TfNumber,
  type TfValue,
  tfNumber,
  Unknown,
  unknown,
} from "../../src/tfplugin/cty";

/** Numbers of every size, as Terraform may hold them. */
export const numbers: fc.Arbitrary<TfNumber> = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(tfNumber),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, 2n ** 64n).map(tfNumber),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: -60, max: 30 }))
    .map(([mantissa, exponent]) => tfNumber(`${mantissa}e${exponent}`)),
);

const keys = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("__proto__", "constructor", "toString", "a", ""));
/** Terraform strings are normalized Unicode. */
const normal = (text: string) => text.normalize("NFC");
const strings = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ maxLength: 300 }),
    fc.constantFrom("", "\uFEFFbom", "é", "\u0000"),
  )
  .map(normal);

/** Types of every kind, a few levels deep. */
export const types: fc.Arbitrary<CtyType> = fc.letrec<{ type: CtyType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<CtyType>({ kind: "string" }, { kind: "bool" }, { kind: "number" }, { kind: "dynamic" }),
    fc.record({ kind: fc.constantFrom("list", "set", "map"), element: tie("type") }),
    fc
      .uniqueArray(keys.map(normal), { maxLength: 4 })
      .chain((names) => fc.tuple(...names.map((name) => tie("type").map((type) => [name, type] as const))))
      .map((entries): CtyType => ({ kind: "object", attributes: Object.fromEntries(entries) })),
    fc.array(tie("type"), { maxLength: 3 }).map((elements): CtyType => ({ kind: "tuple", elements })),
  ),
})).type;

/** Values of a type. */
export function valuesOf(type: CtyType, options: { unknowns: boolean }): fc.Arbitrary<TfValue> {
  const known = knownOf(type, options);
  const nullable = fc.option(known, { nil: null, freq: 6 });
  return options.unknowns
    ? fc.oneof({ weight: 6, arbitrary: nullable }, { weight: 1, arbitrary: unknownsOf(type) })
    : nullable;
}

function knownOf(type: CtyType, options: { unknowns: boolean }): fc.Arbitrary<TfValue> {
  switch (type.kind) {
    case "string":
      return strings;
    case "bool":
      return fc.boolean();
    case "number":
      return numbers;
    case "dynamic":
      return fc.oneof(
        fc.constant(dynamic(["a", 1, { b: true }])),
        fc
          .constantFrom<CtyType>({ kind: "string" }, { kind: "list", element: { kind: "number" } })
          .chain((inner) => valuesOf(inner, options).map((value) => new Dynamic(inner, value))),
      );
    case "list":
    case "set":
      return fc.array(valuesOf(type.element, options), { maxLength: 20 });
    case "map":
      return fc
        .uniqueArray(fc.tuple(keys.map(normal), valuesOf(type.element, options)), {
          maxLength: 20,
          selector: ([key]) => key,
        })
        .map((entries): TfValue => Object.fromEntries(entries));
    case "object": {
      const entries = Object.entries(type.attributes).map(([name, t]) =>
        valuesOf(t, options).map((v) => [name, v] as const),
      );
      return fc.tuple(...entries).map((all): TfValue => Object.fromEntries(all));
    }
    case "tuple":
      return fc.tuple(...type.elements.map((element) => valuesOf(element, options)));
  }
}

function unknownsOf(type: CtyType): fc.Arbitrary<Unknown> {
  const plain = fc.constant(unknown);
  const bound = fc.record({ value: numbers, inclusive: fc.boolean() });
  switch (type.kind) {
    case "dynamic":
      return plain;
    case "string":
      return fc.oneof(
        plain,
        fc
          .record({ isNull: fc.constant(false), prefix: fc.string({ minLength: 1, maxLength: 9 }) })
          .map((r) => new Unknown(r)),
      );
    case "number":
      return fc.oneof(
        plain,
        fc.record({ min: bound, max: bound }, { requiredKeys: ["min"] }).map((r) => new Unknown(r)),
      );
    case "list":
    case "set":
    case "map":
      return fc.oneof(
        plain,
        fc.record({ minLength: fc.nat(), maxLength: fc.nat() }).map((r) => new Unknown(r)),
      );
    default:
      return fc.oneof(plain, fc.constant(new Unknown({ isNull: false })));
  }
}

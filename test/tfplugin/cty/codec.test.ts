import { decode as referenceDecode, encode as referenceEncode } from "@msgpack/msgpack";
import fc from "fast-check";
import {
  type CtyType,
  Dynamic,
  decodeJson,
  decodeMsgpack,
  dynamic,
  encodeJson,
  encodeMsgpack,
  equalValues,
  parseJson,
  type TfValue,
  typeFromJson,
  typeToJson,
  Unknown,
  unknown,
  ValueError,
} from "../../../src/tfplugin/cty";
import { types, valuesOf } from "../../support/cty-arbitraries";

const typed = (options: { unknowns: boolean }) =>
  types.chain((type) => valuesOf(type, options).map((value) => ({ type, value })));

const string: CtyType = { kind: "string" };
const number: CtyType = { kind: "number" };

describe("every value comes back as it went", () => {
  test("through MessagePack", () => {
    fc.assert(
      fc.property(typed({ unknowns: true }), ({ type, value }) => {
        const back = decodeMsgpack(type, encodeMsgpack(type, value));
        expect(equalValues(type, back, value)).toBe(true);
        expect(encodeMsgpack(type, back)).toEqual(encodeMsgpack(type, value));
      }),
      { numRuns: 1000 },
    );
  });

  test("through JSON", () => {
    fc.assert(
      fc.property(typed({ unknowns: false }), ({ type, value }) => {
        const back = decodeJson(type, encodeJson(type, value));
        expect(equalValues(type, back, value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("the type too", () => {
    fc.assert(fc.property(types, (type) => expect(typeFromJson(typeToJson(type))).toEqual(type)));
  });

  test("equality sees a difference", () => {
    const type: CtyType = { kind: "object", attributes: { a: { kind: "set", element: string }, b: number } };
    const value = { a: ["x", "y"], b: 1 };
    expect(equalValues(type, value, { a: ["y", "x"], b: 1 })).toBe(true);
    expect(equalValues(type, value, { a: ["y", "x", "x"], b: 1 })).toBe(true);
    expect(equalValues(type, value, { a: ["x"], b: 1 })).toBe(false);
    expect(equalValues(type, value, { a: ["x", "y"], b: 2 })).toBe(false);
    expect(equalValues(type, value, { a: ["x", "y"], b: null })).toBe(false);
    expect(equalValues(type, { a: null, b: unknown }, { a: null, b: new Unknown({ isNull: false }) })).toBe(false);
    expect(equalValues({ kind: "list", element: string }, ["x", "y"], ["y", "x"])).toBe(false);
    expect(
      equalValues({ kind: "dynamic" }, dynamic(["x"]), new Dynamic({ kind: "list", element: string }, ["x"])),
    ).toBe(false);
  });
});

describe("nothing read throws anything but ValueError", () => {
  const survives = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(ValueError);
    }
  };

  test("random bytes as MessagePack", () => {
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 60 }), (type, bytes) => survives(() => decodeMsgpack(type, bytes))),
      { numRuns: 2000 },
    );
  });

  test("damaged MessagePack", () => {
    const damaged = typed({ unknowns: true }).chain(({ type, value }) => {
      const bytes = encodeMsgpack(type, value);
      return fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length)).map(([at, byte, end]) => {
        const copy = Buffer.from(bytes);
        copy[at] = byte;
        return { type, bytes: copy.subarray(0, end) };
      });
    });
    fc.assert(
      fc.property(damaged, ({ type, bytes }) => survives(() => decodeMsgpack(type, bytes))),
      { numRuns: 2000 },
    );
  });

  test("a value read as another type", () => {
    fc.assert(
      fc.property(typed({ unknowns: true }), types, ({ type, value }, other) => {
        survives(() => decodeMsgpack(other, encodeMsgpack(type, value)));
      }),
    );
  });

  test("any text as JSON, and any JSON as any type", () => {
    fc.assert(fc.property(types, fc.string(), (type, text) => survives(() => decodeJson(type, text))));
    fc.assert(
      fc.property(types, fc.json(), (type, text) => {
        survives(() => decodeJson(type, text));
        survives(() => decodeJson(type, text, { lenient: true }));
      }),
    );
  });

  test("any JavaScript value written as any type", () => {
    fc.assert(
      fc.property(types, fc.anything(), (type, value) => {
        survives(() => encodeMsgpack(type, value as TfValue));
        survives(() => encodeJson(type, value as TfValue));
      }),
    );
  });

  test.each([
    ["arrays without end", { kind: "dynamic" } as CtyType, Buffer.alloc(100_000, 0x91)],
    [
      "a promise of four billion elements",
      { kind: "list", element: string } as CtyType,
      Buffer.from("ddffffffff", "hex"),
    ],
    ["a promise of four billion bytes", string, Buffer.from("dbffffffff", "hex")],
    ["a number with a monstrous exponent", number, Buffer.from([0xac, ...Buffer.from("1e9999999999")])],
  ])("%s", (_, type, bytes) => {
    expect(() => decodeMsgpack(type, bytes)).toThrow(ValueError);
  });

  test("a type and a JSON text nested without end", () => {
    const deep = `${'["list",'.repeat(50_000)}"string"${"]".repeat(50_000)}`;
    expect(() => parseJson(deep)).toThrow(ValueError);
    expect(() =>
      decodeMsgpack({ kind: "dynamic" }, Buffer.concat([Buffer.from("92c6", "hex"), Buffer.alloc(4)])),
    ).toThrow(ValueError);
    const nested = `${'["list",'.repeat(300)}"string"${"]".repeat(300)}`;
    expect(() => typeFromJson(JSON.parse(nested))).toThrow(ValueError);
  });
});

describe("against another MessagePack implementation", () => {
  const plain = fc.letrec<{ type: CtyType }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom<CtyType>(string, { kind: "bool" }),
      fc.record({ kind: fc.constantFrom("list", "map"), element: tie("type") }),
    ),
  })).type;
  const hasProto = (value: TfValue) => JSON.stringify(value).includes("__proto__"); // which that library refuses

  test("what we write, it reads", () => {
    fc.assert(
      fc.property(
        plain.chain((type) => valuesOf(type, { unknowns: false }).map((value) => ({ type, value }))),
        ({ type, value }) => {
          fc.pre(!hasProto(value));
          expect(referenceDecode(encodeMsgpack(type, value))).toEqual(value);
        },
      ),
    );
  });

  test("what it writes, we read", () => {
    fc.assert(
      fc.property(
        plain.chain((type) => valuesOf(type, { unknowns: false }).map((value) => ({ type, value }))),
        ({ type, value }) => {
          expect(equalValues(type, decodeMsgpack(type, referenceEncode(value)), value)).toBe(true);
        },
      ),
    );
  });

  test("integers and floats of every width", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger()), (n) => {
        expect(decodeMsgpack(number, referenceEncode(n))).toBe(n === 0 ? 0 : n);
        expect(referenceDecode(encodeMsgpack(number, n))).toBe(n === 0 ? 0 : n);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (n) => {
        const written = referenceEncode(n, { useBigInt64: true });
        expect(String(BigInt(String(decodeMsgpack(number, written))))).toBe(String(n));
      }),
    );
  });
});

describe("the wire format's own words", () => {
  const hex = (type: CtyType, value: TfValue) => encodeMsgpack(type, value).toString("hex");

  test.each<[string, CtyType, TfValue, string]>([
    ["null", string, null, "c0"],
    ["unknown", string, unknown, "d40000"],
    ["unknown, not null", string, new Unknown({ isNull: false }), "c7030c8101c2"],
    ["a string", string, "hi", "a26869"],
    ["one half, a double", number, 0.5, "cb3fe0000000000000"],
    ["one tenth, which no double is", number, 0.1, "a3302e31"],
    ["a dynamic string", { kind: "dynamic" }, dynamic("x"), "92c40822737472696e6722a178"],
    [
      "an object in its schema's order",
      { kind: "object", attributes: { b: number, a: number } },
      { a: 1, b: 2 },
      "82a16202a16101",
    ],
  ])("%s", (_, type, value, expected) => {
    expect(hex(type, value)).toBe(expected);
  });

  test("any extension is an unknown value, and refinements of a later Terraform are passed over", () => {
    expect(decodeMsgpack(string, Buffer.from("c7032a010203", "hex"))).toBe(unknown);
    const later = Buffer.from("c7070c82638201c001c2c2", "hex");
    expect(() => decodeMsgpack(string, later)).toThrow(ValueError); // the declared length is not its length
    const valid = decodeMsgpack(string, Buffer.from("c7060c82639201c001c2".replace("c706", "c707"), "hex"));
    expect(valid).toBeInstanceOf(Unknown);
    expect((valid as Unknown).refinements).toEqual({ isNull: false });
  });

  test("a long prefix is cut to what Terraform accepts", () => {
    const back = decodeMsgpack(string, encodeMsgpack(string, new Unknown({ prefix: "ü".repeat(2000) })));
    expect((back as Unknown).refinements.prefix).toBe("ü".repeat(128));
  });

  test("strings are normalized, and half a surrogate pair is refused", () => {
    expect(decodeMsgpack(string, encodeMsgpack(string, "e\u0301"))).toBe("\u00e9");
    expect(() => encodeMsgpack(string, "\ud800")).toThrow("not valid Unicode");
  });
});

describe("errors", () => {
  const type: CtyType = {
    kind: "object",
    attributes: { list: { kind: "list", element: { kind: "map", element: number } } },
  };

  test("say where, and never what", () => {
    const secret = "hunter2-secret";
    const bytes = encodeMsgpack(
      { kind: "object", attributes: { list: { kind: "list", element: { kind: "map", element: string } } } },
      { list: [{}, { key: secret }] },
    );
    const error = catchError(() => decodeMsgpack(type, bytes));
    expect(error.path).toEqual(["list", 1, "key"]);
    expect(error.message).not.toContain(secret);
    const written = catchError(() => encodeMsgpack(type, { list: [{ key: secret }] }));
    expect(written.path).toEqual(["list", 0, "key"]);
    expect(written.message).toBe("a number is required, found a string");
    expect(catchError(() => decodeJson(type, JSON.stringify({ list: [{ key: secret }] }))).message).not.toContain(
      secret,
    );
  });

  test("a missing and a superfluous attribute are told", () => {
    expect(catchError(() => encodeMsgpack(type, {})).message).toContain("missing");
    expect(catchError(() => encodeMsgpack(type, { list: null, more: 1 })).message).toContain('no attribute "more"');
    expect(catchError(() => decodeJson(type, "{}")).message).toContain("missing");
    expect(decodeJson(type, '{"gone":1}', { lenient: true })).toEqual({ list: null });
  });

  test("a whole number must be one that JavaScript holds", () => {
    const integer: CtyType = { kind: "number", integer: true };
    expect(decodeMsgpack(integer, encodeMsgpack(number, 7))).toBe(7);
    expect(() => decodeMsgpack(integer, encodeMsgpack(number, 0.5))).toThrow("whole number");
    expect(() => decodeJson(integer, "9007199254740993")).toThrow("whole number");
  });
});

function catchError(work: () => unknown): ValueError {
  try {
    work();
  } catch (error) {
    if (error instanceof ValueError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

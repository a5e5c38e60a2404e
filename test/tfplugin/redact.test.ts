import { block, dynamic, nested, optional, schema, t } from "../../src/tfplugin";
import { Redactor } from "../../src/tfplugin/engine/redact";

const MASK = "(sensitive value)";
const thing = schema({
  attributes: {
    plain: optional(t.string),
    secret: optional(t.string, { sensitive: true }),
    wo: optional(t.string, { writeOnly: true }),
    pin: optional(t.number, { sensitive: true }),
    map: optional(t.map(t.list(t.string)), { sensitive: true }),
    any: optional(t.dynamic, { sensitive: true }),
    users: optional(nested.list({ name: optional(t.string), token: optional(t.string, { sensitive: true }) })),
  },
  blocks: {
    login: block.single({ attributes: { user: optional(t.string), key: optional(t.string, { writeOnly: true }) } }),
  },
});

function knowing(value: Parameters<Redactor["learn"]>[1]): Redactor {
  const redactor = new Redactor();
  redactor.learn(thing, value);
  return redactor;
}

test("masks what is sensitive or write-only, at any depth, and nothing else", () => {
  const redactor = knowing({
    plain: "visible",
    secret: "secret-1",
    wo: "secret-2",
    pin: 271828,
    map: { a: ["secret-3"] },
    any: dynamic({ x: ["secret-4"] }),
    users: [{ name: "ann-visible", token: "secret-5" }],
    login: { user: "bob-visible", key: "secret-6" },
  });
  expect(redactor.text("visible ann-visible bob-visible")).toBe("visible ann-visible bob-visible");
  for (const secret of ["secret-1", "secret-2", "271828", "secret-3", "secret-4", "secret-5", "secret-6"])
    expect(redactor.text(`<${secret}> <${secret}>`)).toBe(`<${MASK}> <${MASK}>`);
});

test("masks the forms that JSON and URLs give a secret, and its lines", () => {
  const redactor = knowing({ secret: 'pass"word/with spaces\nsecond line of it' });
  expect(redactor.text(JSON.stringify({ a: 'pass"word/with spaces\nsecond line of it' }))).toBe(`{"a":"${MASK}"}`);
  expect(redactor.text(encodeURIComponent('pass"word/with spaces\nsecond line of it'))).toBe(MASK);
  expect(redactor.text("only the second line of it")).toBe(`only the ${MASK}`);
});

test("masks a longer secret as a whole that contains a shorter one", () => {
  expect(knowing({ secret: "secret", wo: "long-secret-word" }).text("long-secret-word")).toBe(MASK);
});

test("leaves short texts and plain words, which would be in every message", () => {
  expect(knowing({ secret: "abc", wo: "true" }).text("abc is true")).toBe("abc is true");
});

test("masks data of any depth, keys too, errors and what has a JSON form", () => {
  const data = knowing({ secret: "hunter2!" }).data({
    list: ["x hunter2!", 1, null, true],
    "hunter2!": 1n,
    error: new Error("hunter2! was wrong"),
    url: new URL("http://host/hunter2!"),
  }) as Record<string, unknown>;
  expect(data).toMatchObject({ list: [`x ${MASK}`, 1, null, true], [MASK]: "1", url: `http://host/${MASK}` });
  expect(data.error).toContain(`Error: ${MASK} was wrong`);
});

test("knows its base's secrets, and teaches what it learns to its parent", () => {
  const [base, parent] = [knowing({ secret: "base-secret" }), new Redactor()];
  const redactor = new Redactor({ base, parent });
  redactor.learn(thing, { wo: "own-secret" });
  expect(redactor.text("base-secret own-secret")).toBe(`${MASK} ${MASK}`);
  expect(base.text("base-secret own-secret")).toBe(`${MASK} own-secret`);
  expect(parent.text("own-secret")).toBe(MASK);
});

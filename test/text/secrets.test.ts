import { MASKED, mapTexts, Secrets } from "../../src/text";
import { base64, SPELLINGS } from "../support/spellings";

const SECRETS = ["calvin", "pass", "p\"w'd/with spaces\\&<%+", "schlüssel-€-🔑", "Sup3r~S3cret?", "a-b_c>>>???"];

describe.each(Object.entries(SPELLINGS))("%s", (_, spelled) => {
  test.each(SECRETS)("of %s is masked, and the words around it are not", (secret) => {
    const secrets = new Secrets();
    secrets.add(secret);
    const shown = secrets.mask(`login failed (${spelled(secret)}) on node-0`);
    expect(shown).toContain(MASKED);
    expect(shown).toMatch(/^login failed \(.*\) on node-0$/);
    // The name of the user, or of the argument, may stay; a part of what spells the secret may not.
    expect(shown.replaceAll(MASKED, "")).not.toMatch(/alvin|w'd|with|schl|ssel|Sup3r|S3cret|c>>|[A-Za-z0-9+/_-]{12,}/);
  });
});

test("whole encoded texts are masked: their ends have bits of the secret", () => {
  const secrets = new Secrets();
  secrets.add("hunter22");
  for (const before of ["", "a", "ab", "abc", "abcd"]) {
    for (const after of ["", "z", "yz"]) {
      expect(secrets.mask(`<${base64(`${before}hunter22${after}`)}>`)).toBe(`<${MASKED}>`);
    }
  }
});

test("a short secret is masked in quotes and with its user only", () => {
  const secrets = new Secrets();
  secrets.add("a", "root");
  secrets.add("abc");
  const text = "a node abc can't be reached at all: abcdef";
  expect(secrets.mask(text)).toBe(text);
  expect(secrets.mask(`password 'abc' of "a", root:a, Basic ${base64("root:a")}`)).toBe(
    `password '${MASKED}' of "${MASKED}", ${MASKED}, Basic ${MASKED}`,
  );
});

test.each([
  ["user:pass-word", "pass-word"],
  [base64("user:pass-word"), "pass-word"],
  [base64("user:pass-word"), "user:pass-word"],
  ["#cloud-config\nchpasswd: { list: hunter2 }\n", "chpasswd: { list: hunter2 }"],
  ["#cloud-config\npassword: hunter2\n", "hunter2"],
])("of the secret %j, the part %j is secret, too", (secret, part) => {
  const secrets = new Secrets();
  secrets.add(secret);
  expect(secrets.mask(`<${part}>`)).toBe(`<${MASKED}>`);
});

test.each(["", " ", " \\\\ ", "true", "False", "null", "None", "******"])("%j is no secret", (value) => {
  const secrets = new Secrets();
  secrets.add(value);
  const text = `<${value}> True null None ******`;
  expect(secrets.mask(text)).toBe(text);
});

test("secrets within and beside each other are masked once", () => {
  const secrets = new Secrets();
  for (const secret of ["value", "sensitive", "long-secret-word", "secret", "word-and"]) secrets.add(secret);
  expect(secrets.mask("a long-secret-word-and more value")).toBe(`a ${MASKED} more ${MASKED}`);
});

test("secrets of others are masked, also those that come later", () => {
  const others = new Secrets();
  const secrets = new Secrets(others);
  others.add("later-secret");
  expect(secrets.mask("later-secret")).toBe(MASKED);
});

test("data is masked at any depth, keys too", () => {
  const secrets = new Secrets();
  secrets.add("hunter22");
  const data = { list: ["x hunter22", 1, null, true], hunter22: 1n, url: new URL("http://host/hunter22") };
  expect(mapTexts(data, (text) => secrets.mask(text))).toEqual({
    list: [`x ${MASKED}`, 1, null, true],
    [MASKED]: "1",
    url: `http://host/${MASKED}`,
  });
});

test("neither long secrets nor hostile texts take long", () => {
  const secrets = new Secrets();
  secrets.add(`${"\\".repeat(200)}x`);
  secrets.add(`${" ".repeat(200)}!`);
  secrets.add("!@#".repeat(100));
  secrets.add(`#cloud-config\n${"line of user data\n".repeat(100_000)}`);
  const began = performance.now();
  for (const character of ["\\", " ", "!", "@#!", "A"]) secrets.mask(character.repeat(50_000));
  expect(performance.now() - began).toBeLessThan(2_000);
});

import { selectVariants, VARIANTS } from "./variants";

describe("selectVariants", () => {
  const names = (...words: string[]) => selectVariants(words).map(({ name }) => name);

  test("without a word, the smallest chain on the newest Ironic", () => {
    const [only, ...others] = selectVariants([]);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ course: "rebuild", release: { version: "39.0" } });
  });

  test("all, or some by name", () => {
    expect(names("all")).toEqual(VARIANTS.map(({ name }) => name));
    expect(names("ironic-29", "interrupt")).toEqual(["interrupt", "ironic-29"]);
  });

  test("an unknown name is an error that lists the known ones", () => {
    expect(() => names("rebuild", "zsdt")).toThrow(/no variant zsdt; there are all, rebuild, .*zstd/);
  });

  test("names are unique, and good for a node, a tag and a Terraform address", () => {
    const all = names("all");
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  });
});

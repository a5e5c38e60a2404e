import { parseRelease, profileFor, RELEASES, UnknownReleaseError } from "../../src/selection";

describe("an Ironic release is understood as", () => {
  test.each([
    ["29.0.5", "29.0"],
    ["v29.0.5", "29.0"],
    ["29", "29.0"],
    ["33.1", "33.0"],
    ["39.0", "39.0"],
    ["2025.1", "29.0"],
    ["v2025.2", "32.0"],
    ["2026.1", "35.0"],
    ["2026.2", "39.0"],
    ["epoxy", "29.0"],
    ["Flamingo", "32.0"],
    ["GAZPACHO", "35.0"],
    [" hibiscus ", "39.0"],
  ])("%j: %s", (text, version) => {
    expect(parseRelease(text).version).toBe(version);
  });

  test("every version, series and code name of the table", () => {
    for (const release of RELEASES) {
      const names = [release.version, release.series, release.codeName].filter((name) => name !== undefined);
      for (const name of names) expect(parseRelease(name)).toBe(release);
    }
  });
});

describe("anything else is an error that lists what is known", () => {
  const others = [
    "banana",
    "",
    "  ",
    "40.0",
    "2027.1",
    "2025",
    "2025.3",
    "29.x",
    "vepoxy",
    "-1",
    "29.0.0.0.1",
    "latest",
  ];
  test.each([...others, "\u001b[31m"])("%j", (text) => {
    expect.assertions(5);
    try {
      parseRelease(text);
    } catch (error) {
      expect(error).toBeInstanceOf(UnknownReleaseError);
      const { hint, message } = error as UnknownReleaseError;
      expect(hint).toContain("29.0 (2025.1, Epoxy)");
      expect(hint).toContain("39.0 (2026.2, Hibiscus)");
      expect(message).toContain("is not a known Ironic release");
      expect(message).not.toContain("\u001b");
    }
  });

  test.each(["28.0", "21.4", "2024.2", "2024.1", "v26.1.6"])(
    "%s is older than OCI support, and the error says so",
    (text) => {
      expect(() => parseRelease(text)).toThrow(/does not support OCI images: they came with 29.0 \(2025.1\)/);
    },
  );
});

test.each([
  ["29.0", "ironic-29"],
  ["33.0", "ironic-29"],
  ["34.0", "ironic-34"],
  ["39.0", "ironic-34"],
  [undefined, "ironic-34"],
] as const)("the profile of %s is %s", (release, profile) => {
  expect(profileFor(release)).toBe(profile);
});

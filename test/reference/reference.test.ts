import fc from "fast-check";
import { InvalidReferenceError, Reference } from "../../src/reference";

const SHA256 = `sha256:${"2d408348dd6ff2e26efc1de03616ca91d76936a27028061bc314289cecdc895f"}`;
const SHA512 = `sha512:${"ab".repeat(64)}`;

describe("Reference.parse", () => {
  test.each([
    // The forms of Ironic's manual, "Available URL Formats".
    ["oci://host/path/container", "host", "path/container", undefined, undefined],
    ["oci://host/path/container:tag", "host", "path/container", "tag", undefined],
    [`oci://host/path/container@${SHA256}`, "host", "path/container", undefined, SHA256],
    [`oci://host/path/container:@${SHA256}`, "host", "path/container", undefined, SHA256],
    [`oci://host/path:tag@${SHA256}`, "host", "path", "tag", SHA256],
    [`oci://host/path@${SHA512}`, "host", "path", undefined, SHA512],
    ["oci://host.example:5000/a/b/c:v1.2_3-4", "host.example:5000", "a/b/c", "v1.2_3-4", undefined],
    ["oci://[::1]:5000/path:tag", "[::1]:5000", "path", "tag", undefined],
    ["oci://[2001:db8::192.0.2.1]/path", "[2001:db8::192.0.2.1]", "path", undefined, undefined],
    ["oci://QUAY.io/podman/machine-os:Stable", "quay.io", "podman/machine-os", "Stable", undefined],
    ["oci://127.0.0.1:5000/a__b/c-----d/e.f_g", "127.0.0.1:5000", "a__b/c-----d/e.f_g", undefined, undefined],
    [`oci://host/p:${"t".repeat(128)}`, "host", "p", "t".repeat(128), undefined],
  ])("%s", (text, registry, repository, tag, digest) => {
    const reference = Reference.parse(text);
    expect({ ...reference }).toEqual({ registry, repository, tag, digest });
  });

  test.each([
    ["", 0, "starts with oci://"],
    ["docker://host/path", 0, "starts with oci://"],
    ["oci://", 6, "host is missing"],
    ["oci:///path", 6, "host is missing"],
    ["oci://host", 10, "repository is missing"],
    ["oci://host/", 11, "component is empty"],
    ["oci://host//path", 11, "component is empty"],
    ["oci://host/path/", 16, "component is empty"],
    ["oci://host/Path:tag", 11, "lower case"],
    ["oci://host/pa%74h", 13, "not allowed in a repository"],
    ["oci://host/../etc", 11, "start and end with a letter or digit"],
    ["oci://host/a..b", 12, "start and end with a letter or digit"],
    ["oci://host/a___b", 12, "start and end with a letter or digit"],
    ["oci://host/ab-", 13, "start and end with a letter or digit"],
    ["oci://host/path:", 16, "tag is empty"],
    ["oci://host/path:-x", 16, "does not start with"],
    ["oci://host/path:a b", 17, "letters, digits"],
    ["oci://host/path:a:b", 17, "letters, digits"],
    [`oci://host/path:${"t".repeat(129)}`, 144, "at most 128"],
    ["oci://ho_st/path", 8, "not a host name"],
    ["oci://-host/path", 6, "not a host name"],
    ["oci://host./path", 11, "not a host name"],
    ["oci://host:/path", 11, "port"],
    ["oci://host:0/path", 11, "1 to 65535"],
    ["oci://host:65536/path", 11, "1 to 65535"],
    ["oci://host:5x/path", 12, "a port is a number"],
    ["oci://[::1/path", 10, "ends with ]"],
    ["oci://[1::2::3]/path", 7, "not an IPv6"],
    ["oci://[::1]x/path", 11, "only a :port"],
    ["oci://host/path@sha256", 22, "needs an algorithm, a colon"],
    ["oci://host/path@sha256:abcd", 27, "64 hexadecimal characters, this one has 4"],
    [`oci://host/path@sha512:${"b".repeat(64)}`, 87, "128 hexadecimal characters, this one has 64"],
    ["oci://host/path@md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 16, "sha256 or sha512"],
    [`oci://host/path@sha256:${"A".repeat(64)}`, 23, "lower-case"],
    [`oci://host/path@${SHA256}@${SHA256}`, 87, "lower-case"],
    [`oci://host/${"a".repeat(251)}`, 261, "at most 255"],
  ])("refuses %s", (text, position, reason) => {
    let error: unknown;
    try {
      Reference.parse(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidReferenceError);
    expect(error).toMatchObject({ code: "INVALID_REFERENCE", position, reason: expect.stringContaining(reason) });
  });

  test("the message points at the wrong character", () => {
    expect(() => Reference.parse("oci://host/Path:tag")).toThrow(
      "invalid OCI reference: a repository is written in lower case\n  oci://host/Path:tag\n             ^",
    );
  });

  test("a forgotten scheme is offered back", () => {
    expect(() => Reference.parse("quay.io/podman/machine-os:5.5")).toThrow(
      expect.objectContaining({ hint: "did you mean oci://quay.io/podman/machine-os:5.5?" }),
    );
  });

  test("credentials in a reference are refused and not repeated", () => {
    let message = "";
    try {
      Reference.parse("oci://admin:hunter2@host/path:tag");
    } catch (error) {
      message = JSON.stringify(error, Object.getOwnPropertyNames(error));
    }
    expect(message).toContain("can't contain a user name or password");
    expect(message).not.toContain("hunter2");
    expect(message).not.toContain("admin");
  });

  test("control characters do not reach the terminal", () => {
    expect(() => Reference.parse("oci://host/\u001b[31mred")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("\u001b") }),
    );
  });
});

test("canonical() writes latest out, toString() does not", () => {
  const reference = Reference.parse("oci://host/path");
  expect(reference.canonical()).toBe("oci://host/path:latest");
  expect(String(reference)).toBe("oci://host/path");
  expect(String(reference.withDigest(`sha256:${"0".repeat(64)}`))).toBe(`oci://host/path@sha256:${"0".repeat(64)}`);
});

describe("properties", () => {
  const alnum = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const separator = fc.constantFrom(".", "_", "__", "-", "---");
  const component = fc
    .tuple(alnum, fc.array(fc.tuple(separator, alnum), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.map(([s, word]) => s + word).join(""));
  const host = fc.oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z0-9]{1,8}){0,3}$/),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address.toLowerCase()}]`),
  );
  const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$/), { nil: undefined });
  const digest = fc.option(
    fc.oneof(
      fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
      fc.stringMatching(/^[0-9a-f]{128}$/).map((hex) => `sha512:${hex}`),
    ),
    { nil: undefined },
  );
  const reference = fc
    .tuple(host, port, fc.array(component, { minLength: 1, maxLength: 4 }), tag, digest)
    .map(
      ([h, p, path, t, d]) =>
        `oci://${h}${p === undefined ? "" : `:${p}`}/${path.join("/")}${t === undefined ? "" : `:${t}`}${d === undefined ? "" : `@${d}`}`,
    );

  test("print ∘ parse is the identity on canonical strings, parse ∘ print on references", () => {
    fc.assert(
      fc.property(reference, (text) => {
        const parsed = Reference.parse(text);
        expect(parsed.toString()).toBe(text);
        expect(Reference.parse(parsed.toString())).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  test("any string is parsed or refused with a typed error, and a parsed one prints to a parsable string", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => `oci://${text}`),
      fc.tuple(reference, fc.nat(), fc.string({ minLength: 1, maxLength: 2 })).map(([text, seed, junk]) => {
        const cut = seed % (text.length + 1);
        return text.slice(0, cut) + junk + text.slice(cut);
      }),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        let parsed: Reference;
        try {
          parsed = Reference.parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidReferenceError);
          return;
        }
        expect(Reference.parse(parsed.toString())).toEqual(parsed);
      }),
      { numRuns: 2000 },
    );
  });

  test("length does not make it slow: a megabyte of anything is refused", () => {
    for (const unit of ["a", "a-", "-", "a/", ":", "@", "a.", "__"]) {
      expect(() => Reference.parse(`oci://host/${unit.repeat(1_000_000 / unit.length)}`)).toThrow(
        InvalidReferenceError,
      );
    }
  });
});

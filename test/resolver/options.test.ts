import {
  InvalidOptionsError,
  OciResolver,
  type OciResolverOptions,
  type ResolveOptions,
} from "cdktf-ironic-oci/resolver";

/** Programs in plain JavaScript, and options that are computed, have no types. */
const REFERENCE = "oci://registry.example/os:1";

type Wrong<T> = { readonly [Name in keyof Required<T>]: readonly unknown[] };
/** Values of each option that are none. */
const RESOLVER: Wrong<OciResolverOptions> = {
  ironicRelease: [null, {}, true, "banana", ""],
  plainHttp: [null, "registry.example", [5], ["http://registry.example"], ["registry.example/path"], [""]],
  credentials: [
    null,
    "user:password",
    ["user:password"],
    { "registry.example": 5 },
    { "https://registry.example": "a:b" },
  ],
  authFile: [null, 5, ""],
  mirrors: [
    null,
    "mirror.example",
    ["mirror.example"],
    { "quay.io": 5 },
    { "quay.io": "" },
    { "https://quay.io": "m" },
  ],
  pinMirrors: [null, "mirror.example", { "quay.io": "" }, { "quay.io": "user:password@mirror.example" }],
  certificateFolders: [null, "/etc", [5]],
  concurrency: [null, 0, -5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "8"],
  timeout: [null, 0, -1, Number.NaN, "30000"],
  policy: [null, 5, ""],
  extraChecks: [null, "no", 1, { arch: false }, { layers: 0 }],
  signal: [null, 5, new AbortController()],
};
const REQUEST: Wrong<ResolveOptions> = {
  architecture: [null, 5, "", {}],
  imageDownloadSource: [null, "ftp", "", 5],
  role: [null, "disk", "", 5],
  expect: [null, "vm", ""],
  profile: [null, "ironic-30", 29],
  tagDigest: [null, 5],
  signal: [null, "x"],
};

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems;
    throw error;
  }
  return [];
}
const rejection = async (promise: Promise<unknown>) =>
  promise.then(
    () => [],
    (error: unknown) =>
      problemsOf(() => {
        throw error;
      }),
  );
const first = (wrong: Wrong<object>) =>
  Object.fromEntries(Object.entries(wrong).map(([name, [value]]) => [name, value]));
const names = (problems: readonly string[]) => problems.map((problem) => problem.split(":", 1)[0]);

const cases = (wrong: Wrong<object>) =>
  Object.entries(wrong).flatMap(([name, values]) =>
    (values as readonly unknown[]).map((value) => [name, value] as const),
  );

test.each(cases(RESOLVER))("a resolver's %s is not %p", (name, value) => {
  // It has an error class of its own.
  if (name === "ironicRelease") {
    expect(() => new OciResolver({ [name]: value } as OciResolverOptions)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_RELEASE" }),
    );
    return;
  }
  const problems = problemsOf(() => new OciResolver({ [name]: value } as OciResolverOptions));
  expect(names(problems)).toEqual([name]);
});

test.each(cases(REQUEST))("resolve's %s is not %p, and no request is sent", async (name, value) => {
  const resolver = new OciResolver();
  expect(names(await rejection(resolver.resolve(REFERENCE, { [name]: value } as ResolveOptions)))).toEqual([name]);
});

test("all wrong options are in one error, with unknown names and what they were meant to be", async () => {
  const options = { ...first(RESOLVER), ironicRelease: "banana", plainhttp: [], nonsense: 1 };
  const problems = problemsOf(() => new OciResolver(options as OciResolverOptions));
  expect(names(problems)).toEqual(Object.keys(options));
  expect(problems).toContain("plainhttp: is not an option; did you mean plainHttp?");
  const request = { ...first(REQUEST), arch: "x86_64" };
  const found = await rejection(new OciResolver().resolve(5 as never, request as ResolveOptions));
  expect(names(found)).toEqual(["reference", ...Object.keys(request)]);
  expect(found).toContain("arch: is not an option; did you mean architecture?");
});

test("what is no object at all is one too", async () => {
  expect(problemsOf(() => new OciResolver(null as never))).toEqual(["options: must be an object"]);
  expect(await rejection(new OciResolver().resolve(REFERENCE, "x86_64" as never))).toEqual([
    "options: must be an object",
  ]);
});

test("a secret in a wrong place is not repeated", () => {
  const secret = "hunter2-in-the-clear";
  const wrong = { credentials: `rack:${secret}`, plainHttp: [`rack:${secret}@registry.example`] };
  const problems = problemsOf(() => new OciResolver(wrong as unknown as OciResolverOptions));
  expect(names(problems)).toEqual(["credentials", "plainHttp"]);
  expect(problems.join()).not.toContain(secret);
});

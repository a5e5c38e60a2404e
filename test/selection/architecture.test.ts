import { didYouMean } from "../../src/selection/architecture";
import { pushArtifact, pushIndex } from "../../src/testing/registry";
import { cli } from "../support/cli";
import { Bench } from "../support/rack";

test.each([
  ["AMD64", "x86_64"],
  ["x86-64", "x86_64"],
  ["X64", "x86_64"],
  ["ARM64", "aarch64"],
  ["arm64/v8", "aarch64"],
  ["ppc64el", "ppc64le"],
])("%s is another spelling of %s", (spelling, name) => {
  expect(didYouMean({ architecture: spelling })).toContain(`${name}: did you mean that instead of ${spelling}?`);
});

test.each(["x86_64", "amd64", "aarch64", "arm64", "s390x", "toaster", "", undefined])(
  "%s has no other spelling",
  (name) => {
    expect(didYouMean({ architecture: name })).toBeUndefined();
  },
);

describe("where nothing is found", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.start();
    const { store } = bench.registry;
    const pushed = pushArtifact(store, "os", { files: [{ content: "x" }] });
    pushIndex(store, "os", "t", [
      { ...pushed, architecture: "amd64", disktype: "raw" },
      { ...pushed, architecture: "arm64", disktype: "raw" },
    ]);
  });
  afterEach(() => bench.stop());

  test.each(["image", "kernel"])("the error for an %s asks for Ironic's name", async (role) => {
    const { code, err } = await cli(
      ...["resolve", bench.ref("os:t"), "--role", role, "--arch", "AMD64", "--plain-http", bench.registry.host],
    );
    expect(code).toBe(1);
    expect(err).toContain("Ironic's name for this architecture is x86_64: did you mean that instead of AMD64?");
  });
});

import { readFileSync, writeFileSync } from "node:fs";
import { toProviderError } from "../../src/provider/diagnostics";
import { faults, pushArtifact, pushIndex } from "../../src/testing/registry";
import { cli as runCli } from "../support/cli";
import { lockJson } from "../support/lock-file";
import { Bench } from "../support/rack";
import { HOSTILE, obeyedIn } from "../support/terminal";

// What a registry, or whoever edited the lock file, writes is shown on a terminal, and never obeyed by it.

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

/** Runs a command line in this process; what it prints must not be obeyed. */
async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const ended = await runCli(...argv);
  expect({ out: obeyedIn(ended.out), err: obeyedIn(ended.err) }).toEqual({ out: [], err: [] });
  return ended;
}
const registryOptions = () => ["--plain-http", bench.registry.host];
const lockFile = () => ["--lock-file", bench.lockFile];
const ref = () => bench.ref("evil:t");

/** An index whose every text is hostile, beside one candidate that can win. */
function pushEvil(): void {
  const { store } = bench.registry;
  const files = [{ name: `${HOSTILE}.raw`, content: "x", mediaType: `application/${HOSTILE}` }];
  const good = { ...pushArtifact(store, "evil", { files }), architecture: "amd64", disktype: "raw" };
  const other = (content: string) => pushArtifact(store, "evil", { files: [{ content }] });
  pushIndex(store, "evil", "t", [
    { ...other("1"), architecture: HOSTILE, disktype: "raw" },
    { ...other("2"), architecture: "amd64", disktype: HOSTILE },
    good,
  ]);
}

test.each([["resolve"], ["resolve", "--json"]])("%s: candidates, file names, media types", async (...argv) => {
  pushEvil();
  const { code, out } = await cli(...argv, ref(), "--arch", "x86_64", ...registryOptions());
  expect(code).toBe(0);
  expect(out).toContain("txt.exe");
  if (argv.includes("--json")) {
    const [pin] = JSON.parse(out);
    expect(pin.fileName).toBe(`${HOSTILE}.raw`);
    expect(pin.considered[0].architecture).toBe(HOSTILE);
  }
});

test("an error that lists what lost, on the command line, in JSON and in Terraform's words", async () => {
  const { store } = bench.registry;
  const pushed = pushArtifact(store, "evil", { files: [{ content: "x" }] });
  pushIndex(store, "evil", "t", [
    { ...pushed, architecture: `${HOSTILE}\nerror: forged` },
    { ...pushed, disktype: HOSTILE },
  ]);
  const { code, err } = await cli("resolve", ref(), "--arch", "x86_64", ...registryOptions());
  expect({ code, forged: /^error: forged/m.test(err) }).toEqual({ code: 1, forged: false });
  expect((await cli("resolve", "--json", ref(), "--arch", "x86_64", ...registryOptions())).code).toBe(1);

  const { OciResolver } = await import("cdktf-ironic-oci");
  const resolver = new OciResolver({ plainHttp: [bench.registry.host], credentials: {} });
  const error: unknown = await resolver.resolve(ref(), { architecture: "x86_64" }).catch((thrown: unknown) => thrown);
  await resolver.close();
  const told = toProviderError(error);
  expect(told?.detail).toContain("txt.exe");
  expect(obeyedIn(`${told?.message}${told?.detail}`)).toEqual([]);
});

test("an architecture in an image's configuration", async () => {
  pushArtifact(bench.registry.store, "evil", {
    tag: "t",
    files: [{ content: "x" }],
    annotations: { disktype: "raw" },
    platformArchitecture: HOSTILE,
  });
  const { err } = await cli("resolve", ref(), "--arch", "x86_64", ...registryOptions());
  expect(err).toContain("the node is x86_64");
});

test.each([
  ["a media type", JSON.stringify({ schemaVersion: 2, mediaType: HOSTILE })],
  ["a list of manifests", JSON.stringify({ manifests: [{ [HOSTILE]: 1, digest: HOSTILE }] })],
  ["no JSON", HOSTILE],
  ["a Content-Type", "[]"],
])("%s that is none", async (_what, body) => {
  bench.registry.intercept = faults.replaceBody(body, { "content-type": "text/\u009b31m" });
  expect((await cli("resolve", ref(), ...registryOptions())).code).toBe(1);
  expect((await cli("resolve", "--json", ref(), ...registryOptions())).code).toBe(1);
});

test("a registry's error code and text", async () => {
  const body = JSON.stringify({ errors: [{ code: `MANIFEST_UNKNOWN${HOSTILE}`, message: HOSTILE }] });
  bench.registry.intercept = faults.status(404, { body });
  expect((await cli("resolve", ref(), ...registryOptions())).err).not.toContain("txt.exe");
});

test("a reference on the command line", async () => {
  expect((await cli("resolve", `oci://h/p:${HOSTILE}`)).err).toContain("invalid OCI reference");
  expect((await cli("resolve", "--json", `oci://h/p:${HOSTILE}`)).code).toBe(2);
});

describe("lock, outdated, update", () => {
  /** Edits the lock file by hand. */
  function edit(change: (text: string) => string): void {
    writeFileSync(bench.lockFile, change(readFileSync(bench.lockFile, "utf8")));
  }

  test("what a registry wrote is in the file as it was, and the file is safe to look at", async () => {
    pushEvil();
    await cli("lock", ref(), "--arch", "x86_64", ...registryOptions(), ...lockFile());
    const text = readFileSync(bench.lockFile, "utf8");
    expect(obeyedIn(text)).toEqual([]);
    expect(lockJson(bench.lockFile).references[ref()]?.selections[0]?.fileName).toBe(`${HOSTILE}.raw`);
    for (const json of [[], ["--json"]]) {
      expect((await cli("lock", ...json, ...lockFile())).code).toBe(0);
      expect((await cli("update", ...json, ...registryOptions(), ...lockFile())).code).toBe(0);
      expect((await cli("outdated", ...json, ...registryOptions(), ...lockFile())).code).toBe(0);
    }
  });

  test("what somebody wrote into the file", async () => {
    const good = bench.ref("images/cirros:0.6");
    await cli("lock", good, "--arch", "x86_64", ...registryOptions(), ...lockFile());
    const hostile = JSON.stringify(HOSTILE).slice(1, -1);
    edit((text) => text.replace('"x86_64"', `"${hostile}"`).replace(/"reason": "/, `"reason": "${hostile}`));
    for (const json of [[], ["--json"]]) {
      await cli("lock", ...json, ...lockFile());
      await cli("outdated", ...json, ...registryOptions(), ...lockFile());
      await cli("update", ...json, ...registryOptions(), ...lockFile());
    }
    edit((text) => text.replaceAll(good, `${good}${hostile}`));
    expect((await cli("lock", ...lockFile())).err).toContain("is not a reference");
  });
});

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../src/reference";
import { faults, pushArtifact } from "../../src/testing/registry";
import { cli } from "../support/cli";
import { Bench } from "../support/rack";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
  await lock("images/cirros:0.6", "--arch", "x86_64", "--download-source", "local");
  await lock("ipa:kernel", "--role", "kernel");
});
afterEach(() => bench.stop());

const options = () => ["--lock-file", bench.lockFile, "--plain-http", bench.registry.host];
const lock = (path: string, ...argv: string[]) => cli("lock", bench.ref(path), ...argv, ...options());
async function states(...argv: string[]) {
  const { code, out, err } = await cli("verify", ...argv, ...options(), "--json");
  if (!out.startsWith("[")) throw new Error(out + err);
  const pins: { reference: string; state: string; detail?: string }[] = JSON.parse(out);
  return { code, states: pins.map(({ reference, state }) => `${reference.split("/").at(-1)} ${state}`), pins };
}
const store = (repository: string) => bench.registry.store.repository(repository);
const blob = (content: string) => digestOf(Buffer.from(content));

test("all is there: no blob is read unless it is asked for", async () => {
  const ok = { code: 0, states: ["cirros:0.6 ok", "kernel ok"].map((each) => each.replace("kernel", "ipa:kernel")) };
  expect(await states()).toMatchObject(ok);
  expect(bench.registry.log.filter((each) => /^GET .*blobs/.test(each))).toEqual([]);
  expect(await states("--deep")).toMatchObject(ok);
  expect(bench.registry.log.filter((each) => /^GET .*blobs/.test(each))).toHaveLength(4);
  const { out } = await cli("verify", bench.ref("ipa:kernel"), ...options());
  expect(out).toMatch(/^STATE +REFERENCE +PINNED\nok +oci:\/\/.*ipa:kernel +sha256:[0-9a-f]{64}\n$/);
});

test("a tag that is gone, or points elsewhere: about to be collected", async () => {
  store("ipa").tags.delete("kernel");
  pushArtifact(bench.registry.store, "images/cirros", { tag: "0.6", files: [{ content: "new" }] });
  const { code, states: found, pins } = await states();
  expect([code, found]).toEqual([0, ["cirros:0.6 untagged", "ipa:kernel untagged"]]);
  expect(pins.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/the tag 0\.6 points to sha256:.* garbage collection/),
    expect.stringMatching(/the tag kernel is gone/),
  ]);
});

test("a manifest, or a blob, that is gone", async () => {
  store("ipa").blobs.delete(blob("one kernel"));
  for (const digest of store("images/cirros").manifests.keys()) store("images/cirros").manifests.delete(digest);
  expect(await states()).toMatchObject({ code: 1, states: ["cirros:0.6 missing", "ipa:kernel missing"] });
});

test("bytes that have changed: a manifest's always, a blob's with --deep", async () => {
  const kernel = store("ipa").blobs;
  kernel.set(blob("one kernel"), Buffer.from("two kernel"));
  expect(await states(bench.ref("ipa:kernel"))).toMatchObject({ code: 0, states: ["ipa:kernel ok"] });
  expect(await states(bench.ref("ipa:kernel"), "--deep")).toMatchObject({ code: 1, states: ["ipa:kernel damaged"] });
  bench.registry.intercept = faults.on(/manifests\/sha256/, faults.replaceBody("{}"));
  expect(await states(bench.ref("ipa:kernel"))).toMatchObject({ code: 1, states: ["ipa:kernel damaged"] });
});

test("a registry that can't be reached is an error, not a verdict", async () => {
  bench.registry.intercept = faults.status(401, { headers: { "www-authenticate": "Basic" } });
  const { code, out } = await cli("verify", ...options(), "--json");
  expect([code, JSON.parse(out).error.code]).toEqual([1, "AUTHENTICATION_FAILED"]);
});

test("a policy beside the lock file: what is there and not signed as it says", async () => {
  const policy = {
    rules: [
      { repositories: [`${bench.registry.host}/ipa`], deny: true },
      { repositories: ["*"], unsigned: true },
    ],
  };
  writeFileSync(join(dirname(bench.lockFile), "ironic-oci.policy.json"), JSON.stringify(policy));
  const { code, states: found, pins } = await states();
  expect([code, found]).toEqual([1, ["cirros:0.6 ok", "ipa:kernel unverified"]]);
  expect(pins[1]?.detail).toContain("ipa");
  const { out } = await cli("verify", ...options());
  expect(out).toMatch(/\n {2}oci:\/\/.*\/ipa:kernel: .*policy\.json denies it\n {2}name another image; or, .*\n$/);
  bench.registry.store.repository("ipa").blobs.clear();
  expect((await states()).states).toEqual(["cirros:0.6 ok", "ipa:kernel missing"]);
});

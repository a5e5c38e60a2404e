import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../src/reference";
import { faults, InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { serve } from "../registry/support";
import { publicPem } from "../signing/support";
import { cli } from "../support/cli";
import { Bench } from "../support/rack";
import { keyPair } from "../support/sigstore";

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
  const pins: {
    reference: string;
    state: string;
    detail?: string;
    error?: { code: string; message: string; hint: string };
  }[] = JSON.parse(out);
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

test("a registry that fails for one pin: the others are checked, and each failure has its cause", async () => {
  bench.registry.intercept = faults.on(/ipa/, faults.status(403));
  const { code, states: found, pins } = await states();
  expect([code, found]).toEqual([1, ["cirros:0.6 ok", "ipa:kernel unchecked"]]);
  expect(pins[0]).not.toHaveProperty("error");
  const { error, detail } = pins[1] ?? {};
  expect(error?.code).toBe("AUTHENTICATION_FAILED");
  expect(detail).toBe(`${error?.message}\n${error?.hint}`);
  const { out } = await cli("verify", ...options());
  expect(out).toMatch(/^STATE.*\nok +oci:.*\nunchecked +oci:.*ipa:kernel.*\n {2}oci:.*403.*\n {2}\S.*\n$/);
});

test("the tag alone can't be read: the pin is not ok", async () => {
  bench.registry.intercept = faults.on(/manifests\/kernel/, faults.status(403));
  expect(await states()).toMatchObject({ code: 1, states: ["cirros:0.6 ok", "ipa:kernel unchecked"] });
});

test("a registry that is down, beside one that is not", async () => {
  const other = await InProcessRegistry.start();
  const { host } = other;
  pushArtifact(other.store, "ipa", { tag: "kernel", files: [{ content: "kernel" }] });
  const argv = [...options(), "--plain-http", host];
  await cli("lock", `oci://${host}/ipa:kernel`, "--role", "kernel", ...argv);
  await other.stop();
  const { code, out } = await cli("verify", ...argv, "--json");
  const pins: { reference: string; state: string; error?: { code: string } }[] = JSON.parse(out);
  const found = pins.map(({ reference, state, error }) => [reference.includes(host), state, error?.code]);
  expect(code).toBe(1);
  expect(found).toEqual(
    expect.arrayContaining([
      [false, "ok", undefined],
      [true, "unchecked", "REGISTRY_UNAVAILABLE"],
    ]),
  );
  expect(pins).toHaveLength(3);
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

test("with a policy, one client reads: one token is enough for everything", async () => {
  const registry = await serve({ auth: { mode: "bearer" } });
  pushArtifact(registry.store, "ipa", { tag: "kernel", files: [{ content: "kernel" }] });
  const argv = ["--lock-file", bench.lockFile, "--plain-http", registry.host];
  const reference = `oci://${registry.host}/ipa:kernel`;
  await cli("lock", reference, "--role", "kernel", ...argv);
  const rules = [{ repositories: ["*"], signedBy: [{ key: publicPem(keyPair()) }] }];
  writeFileSync(join(dirname(bench.lockFile), "ironic-oci.policy.json"), JSON.stringify({ rules }));
  const before = registry.log.length;
  const { code, out } = await cli("verify", reference, ...argv, "--json");
  expect([code, JSON.parse(out)]).toMatchObject([
    1,
    [{ state: "unverified", error: { code: "SIGNATURE_UNVERIFIED" } }],
  ]);
  expect(registry.log.slice(before).filter((each) => /token/.test(each))).toHaveLength(1);
});

test("a policy that is wrong is an error before any request", async () => {
  writeFileSync(join(dirname(bench.lockFile), "ironic-oci.policy.json"), "{}");
  const before = bench.registry.log.length;
  const { code, out } = await cli("verify", ...options(), "--json");
  expect([code, JSON.parse(out).error.code]).toEqual([2, "SIGNING_FILE"]);
  expect(bench.registry.log).toHaveLength(before);
});

import { sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closing, serve } from "../registry/support";
import { cli } from "../support/cli";
import { keyPair, signBy, statementOf } from "../support/sigstore";
import { attach, attachOlder, publicPem, serveImages, simpleSigning } from "./support";

/** What a policy accepts at the source, it accepts at the mirror: the signatures by which the pins were verified are copied. */
const keys = keyPair();

async function bench({ policy = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "ironic-oci-copying-"));
  closing(async () => rmSync(folder, { recursive: true }));
  const { registry, one, other } = await serveImages();
  const mirror = await serve({ referrers: "all" });
  writeFileSync(join(folder, "cosign.pub"), publicPem(keys));
  const rules = [{ repositories: ["*"], signedBy: [{ key: "cosign.pub" }] }];
  if (policy) writeFileSync(join(folder, "ironic-oci.policy.json"), JSON.stringify({ rules }));
  const http = ["--plain-http", registry.host, "--plain-http", mirror.host];
  const options = [...http, "--lock-file", join(folder, "ironic-oci.lock.json")];
  const run = async (...argv: string[]) => {
    const { code, out, err } = await cli(...argv);
    if (code !== 0) throw new Error(`${argv[0]}: ${code}: ${out}${err}`);
    return out;
  };
  const lock = () => run("lock", `${one.reference}`, ...options);
  const ways = {
    copy: () => run("copy", "--to", mirror.host, ...options),
    bundle: async () => {
      await run("bundle", "write", join(folder, "stick.tar"), ...options);
      return run("bundle", "load", join(folder, "stick.tar"), "--to", mirror.host, ...http);
    },
  };
  const verifyAtMirror = async (...argv: string[]) => {
    const map = ["--mirror", `${registry.host}=${mirror.host}`, "--key", join(folder, "cosign.pub")];
    const asked = registry.log.length;
    const { code, err } = await cli("verify", "--lock", ...map, ...options, ...argv);
    expect(registry.log).toHaveLength(asked);
    return { code, err };
  };
  const has = (digest: string) => mirror.store.find("disks/one")?.manifests.has(digest as typeof one.digest) ?? false;
  return { registry, mirror, one, other, lock, ways, verifyAtMirror, has, options };
}

describe.each(["copy", "bundle"] as const)("%s", (way) => {
  test.each(["bundle", "older"])(
    "an index that was signed comes with its signature, %s, and all that it lists",
    async (form) => {
      const { registry, one, lock, ways, verifyAtMirror, has } = await bench();
      if (form === "bundle") attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
      else {
        const payload = simpleSigning(one.tagDigest, one.reference.name);
        attachOlder(registry, "disks/one", one.tagDigest, payload, {
          "dev.cosignproject.cosign/signature": sign("sha256", Buffer.from(payload), keys.privateKey).toString(
            "base64",
          ),
        });
      }
      await lock();
      await ways[way]();
      expect([one.tagDigest, one.digest].map(has)).toEqual([true, true]);
      expect(await verifyAtMirror()).toEqual({ code: 0, err: "" });
    },
  );

  test("of an index whose manifest was signed, the manifest is enough", async () => {
    const { registry, one, lock, ways, verifyAtMirror, has } = await bench();
    attach(registry, "disks/one", one.digest, signBy(keys, statementOf(one.digest)));
    await lock();
    await ways[way]();
    expect([one.tagDigest, one.digest].map(has)).toEqual([false, true]);
    expect(await verifyAtMirror()).toEqual({ code: 0, err: "" });
  });
});

test("signatures of an index that nothing was verified by stay behind: the output says so, and names --whole", async () => {
  const { registry, one, lock, ways, verifyAtMirror, mirror, options } = await bench({ policy: false });
  const signature = attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  await lock();
  expect(await ways.copy()).toMatch(/not copied: the index behind the tag, with 1 signature .*--whole/);
  const json = await cli("copy", "--to", mirror.host, ...options, "--json");
  expect(JSON.parse(json.out)).toMatchObject([{ digests: [one.digest], left: [signature] }]);
  expect(await verifyAtMirror()).toEqual({ code: 1, err: expect.stringMatching(/has no signature[\s\S]*--whole/) });
  const whole = await cli("copy", "--whole", "--to", mirror.host, ...options, "--json");
  expect(JSON.parse(whole.out)).toMatchObject([{ digests: [one.tagDigest, one.digest], left: [] }]);
  expect(await verifyAtMirror()).toEqual({ code: 0, err: "" });
});

test("a signature whose index was not copied does not count, and the error says why", async () => {
  const { mirror, one, lock, ways, verifyAtMirror } = await bench({ policy: false });
  await lock();
  await ways.copy();
  attach(mirror, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  expect(await verifyAtMirror()).toEqual({
    code: 1,
    err: expect.stringContaining(`it is of the index ${one.tagDigest}, which the registry does not have`),
  });
});

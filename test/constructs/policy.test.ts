import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotPinnedError, OciImage, type SynthesizeOptions } from "cdktf-ironic-oci";
import { publicPem } from "../signing/support";
import { Bench } from "../support/rack";
import { keyPair } from "../support/sigstore";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const signedBy = [{ key: publicPem(keyPair()) }];
const synthesized = (options: SynthesizeOptions = {}) =>
  bench
    .synthesize(
      (stack) => void new OciImage(stack, "os", { source: bench.ref("images/cirros:0.6"), architecture: "x86_64" }),
      options,
    )
    .then(
      () => undefined,
      (error: unknown) => error,
    );

test("synthesize refuses what is not signed by whom the policy says, and names the construct", async () => {
  const error = await synthesized({ policy: { rules: [{ repositories: ["*"], signedBy }] } });
  expect(error).toBeInstanceOf(NotPinnedError);
  expect((error as Error).message).toMatch(/rack-1\/os: oci:\/\/[\s\S]*has no signature[\s\S]*expected: key sha256:/);
});

test("a policy beside the lock file applies without an option, and to what is locked", async () => {
  expect(await synthesized()).toBeUndefined();
  writeFileSync(
    join(bench.folder, "ironic-oci.policy.json"),
    JSON.stringify({ rules: [{ repositories: ["*"], signedBy }] }),
  );
  expect((await synthesized()) as Error).toMatchObject({ message: expect.stringContaining("has no signature") });
  expect((await synthesized({ lockMode: "frozen" })) as Error).toMatchObject({
    message: expect.stringContaining("without a signature that was verified"),
  });
  expect(await synthesized({ policy: { rules: [{ repositories: ["*"], unsigned: true }] } })).toBeUndefined();
});

test("a policy that is wrong is an error before any request", async () => {
  const error = await synthesized({ policy: join(bench.folder, "none.json") });
  expect(error).toMatchObject({ code: "SIGNING_FILE" });
  expect(bench.registry.requests).toEqual([]);
});

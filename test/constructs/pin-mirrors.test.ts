import { readFileSync } from "node:fs";
import { BareMetalNode, OciImage } from "cdktf-ironic-oci";
import { Bench } from "../support/rack";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

test("pinMirrors: the same lock file and digests, at the site's registry, without a request", async () => {
  const build: Parameters<Bench["synthesize"]>[0] = (stack) => {
    const image = new OciImage(stack, "image", { source: bench.ref("images/cirros:0.6") });
    new BareMetalNode(stack, "node", { driver: "redfish", cpuArch: "x86_64", imageDownloadSource: "local", image });
  };
  const here = JSON.stringify(await bench.synthesize(build));
  const lock = readFileSync(bench.lockFile, "utf8");
  const [, digest] = /images\/cirros@(sha256:[0-9a-f]{64})/.exec(here) ?? [];
  expect(digest).toBeDefined();
  const before = bench.registry.log.length;
  for (const lockMode of ["frozen", "prefer"] as const) {
    const pinMirrors = { [bench.registry.host]: "registry.example/site" };
    const site = JSON.stringify(await bench.synthesize(build, { pinMirrors, lockMode }));
    expect(site).toContain(`oci://registry.example/site/images/cirros@${digest}`);
    expect(site).not.toContain(`oci://${bench.registry.host}/images/cirros@`);
  }
  expect([bench.registry.log.length, readFileSync(bench.lockFile, "utf8")]).toEqual([before, lock]);
});

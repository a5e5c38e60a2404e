import { checkDriverInfoConflicts } from "../../../src/provider/node/driver-info-conflicts";
import { unknown } from "../../../src/tfplugin";
import { Diagnostics } from "../../../src/tfplugin/author/diagnostics";

const NOTHING = {
  driver_info: null,
  driver_info_wo: null,
  deploy_kernel: null,
  deploy_ramdisk: null,
  image_pull_secret_wo: null,
};

test.each<[string, object, [string, string][]]>([
  ["nothing", {}, []],
  ["different keys", { driver_info: { a: "1" }, driver_info_wo: { b: "2" }, deploy_kernel: "k" }, []],
  ["a key that is null in one", { driver_info: { a: null }, driver_info_wo: { a: "2" } }, []],
  ["unknown maps", { driver_info: unknown, driver_info_wo: unknown, deploy_kernel: unknown }, []],
  [
    "a key of both maps",
    { driver_info: { a: "1" }, driver_info_wo: { a: "2" } },
    [["a is set twice", "driver_info_wo"]],
  ],
  [
    "the kernel",
    { driver_info: { deploy_kernel: "k" }, deploy_kernel: "k" },
    [["deploy_kernel is set twice", "deploy_kernel"]],
  ],
  [
    "the ramdisk, still unknown",
    { driver_info_wo: { deploy_ramdisk: unknown }, deploy_ramdisk: unknown },
    [["deploy_ramdisk is set twice", "deploy_ramdisk"]],
  ],
  [
    "the pull secret",
    { driver_info_wo: { image_pull_secret: "s" }, image_pull_secret_wo: "s" },
    [["image_pull_secret is set twice", "image_pull_secret_wo"]],
  ],
  [
    "several",
    { driver_info: { a: "1", b: "1" }, driver_info_wo: { a: "2", b: "2" } },
    [
      ["a is set twice", "driver_info_wo"],
      ["b is set twice", "driver_info_wo"],
    ],
  ],
])("%s", (_, config, expected) => {
  const diagnostics = new Diagnostics();
  checkDriverInfoConflicts({ ...NOTHING, ...config } as never, diagnostics);
  expect(diagnostics.all.map(({ summary, path }) => [summary, path[0]])).toEqual(expected);
  for (const { detail } of diagnostics.all) expect(detail).toContain("Keep one of them");
});

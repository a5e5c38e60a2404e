import { markerIn } from "./support/console";
import { POWER_ON } from "./support/machine";

const boot = (...lines: string[]) => ["", `${POWER_ON} power on, override None, cd none`, ...lines, ""].join("\r\n");
const marker = (name: string, id: string) => `METAL-IMAGE name=${name} marker=${id} end`;

describe("markerIn", () => {
  test.each([
    ["nothing yet", "", undefined],
    ["firmware and kernel only", boot("BdsDxe: loading Boot0002", "EFI stub: Loaded initrd"), undefined],
    ["a marker", boot("EFI stub", marker("a", "0123abcd")), "0123abcd"],
    ["a line that is not whole yet", boot(marker("a", "0123abcd").slice(0, -6)), undefined],
    ["an image before, and another one since", boot(marker("a", "aa")) + boot(marker("b", "bb")), "bb"],
    ["an image before, and nothing since", boot(marker("a", "aa")) + boot("METAL-AGENT init"), undefined],
  ])("%s", (_, text, expected) => {
    expect(markerIn(text)).toBe(expected);
  });
});
